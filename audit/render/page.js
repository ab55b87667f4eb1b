
// The page says all it has to without this; this sorts its tables and filters
// the findings.
(() => {
  "use strict";

  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };

  const compare = (a, b) => {
    const numbers = [Number(a), Number(b)];
    return a === "" || b === "" || numbers.some(Number.isNaN) ? a.localeCompare(b) : numbers[0] - numbers[1];
  };

  const sort = (table, column, direction) => {
    table.querySelectorAll("thead th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
    const body = table.tBodies[0];
    const sign = direction === "ascending" ? 1 : -1;
    body.append(...[...body.rows].sort((a, b) => sign * compare(value(a, column), value(b, column))));
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    table.querySelectorAll("thead th").forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () =>
        sort(table, column, head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending"));
      head.replaceChildren(button);
    });
  }

  const form = document.getElementById("filter");
  if (!form) return;
  const list = document.getElementById("list");
  const rows = [...list.tBodies[0].rows];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/);
    const level = form.elements.level.value;
    const namespace = form.elements.namespace.value;
    let shown = 0;
    for (const row of rows) {
      row.hidden = (level !== "" && row.dataset.level !== level) ||
        (namespace !== "" && row.dataset.namespace !== namespace) ||
        !words.every((word) => texts.get(row).includes(word));
      if (!row.hidden) shown++;
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length} shown`;
  };

  list.querySelectorAll("thead th").forEach((head, column) => {
    if (column > 0) form.elements.sort.add(new Option(head.textContent.toLowerCase(), column));
  });
  form.elements.sort.addEventListener("change", () => {
    const column = Number(form.elements.sort.value);
    sort(list, column, column === 0 ? "descending" : "ascending");
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.hidden = false;
  filter();
})();
