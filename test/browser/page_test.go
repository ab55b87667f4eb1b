package browser

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// column returns an expression for the texts of a column of the findings, as they
// are shown.
func column(i int) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#list tbody tr")].filter(r => !r.hidden).map(r => r.cells[%d].innerText.trim())`, i)
}

const (
	levelColumn, namespaceColumn, objectColumn, podsColumn = 0, 1, 2, 5

	sortState = `[...document.querySelectorAll("#list thead th")].map(h => h.getAttribute("aria-sort") ?? "")`
	counted   = `document.querySelector("#filter output").textContent`
)

func head(i int) string { return fmt.Sprintf(`#list thead th:nth-child(%d) button`, i+1) }

func (b browser) testSort(t *testing.T) {
	ctx := b.open(t, window{})
	before := ask[[]string](t, ctx, column(objectColumn))
	if len(before) < 20 {
		t.Fatalf("the page has %d findings, want 20 at least", len(before))
	}
	want := slices.Sorted(slices.Values(before))
	run(t, ctx, chromedp.Click(head(objectColumn)))
	if got := ask[[]string](t, ctx, column(objectColumn)); !slices.IsSortedFunc(got, compareText) || slices.Equal(got, before) {
		t.Errorf("objects after a click = %q, want %q", got, want)
	}
	if got := ask[[]string](t, ctx, sortState); got[objectColumn] != "ascending" {
		t.Errorf("aria-sort = %q, want the objects ascending", got)
	}
	run(t, ctx, chromedp.Click(head(objectColumn)))
	got := ask[[]string](t, ctx, column(objectColumn))
	slices.Reverse(got)
	if !slices.IsSortedFunc(got, compareText) {
		t.Errorf("objects after a second click, reversed = %q, want %q", got, want)
	}
	run(t, ctx, chromedp.Click(head(podsColumn)))
	if got := ask[[]string](t, ctx, sortState); got[podsColumn] != "ascending" || got[objectColumn] != "" {
		t.Errorf("aria-sort = %q, want the Pods ascending alone", got)
	}
	var pods []int
	for _, text := range ask[[]string](t, ctx, column(podsColumn)) {
		n, _ := strconv.Atoi(text) // None is empty.
		pods = append(pods, n)
	}
	if !slices.IsSorted(pods) || pods[len(pods)-1] < 2 {
		t.Errorf("Pods after a click = %v, want ascending numbers", pods)
	}
}

// compareText compares as people do, without regard to case.
func compareText(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

func (b browser) testFilter(t *testing.T) {
	ctx := b.open(t, window{})
	all := len(ask[[]string](t, ctx, column(objectColumn)))
	run(t, ctx, chromedp.SendKeys(`input[name=text]`, "Network blocks"))
	if got, want := ask[[]string](t, ctx, column(objectColumn)), []string{"NetworkPolicy/internet"}; !slices.Equal(got, want) {
		t.Errorf("objects with the words = %q, want %q", got, want)
	}
	if got, want := ask[string](t, ctx, counted), fmt.Sprintf("1 of %d shown", all); got != want {
		t.Errorf("the count = %q, want %q", got, want)
	}
	run(t, ctx, chromedp.SendKeys(`input[name=text]`, " nothing of the kind"))
	if got := ask[[]string](t, ctx, column(objectColumn)); len(got) != 0 {
		t.Errorf("objects with words that none has = %q, want none", got)
	}
	run(t, ctx, choose("text", ""), choose("level", "blocked"))
	for _, level := range ask[[]string](t, ctx, column(levelColumn)) {
		if level != "blocked" {
			t.Errorf("a level is %q, want blocked", level)
		}
	}
	run(t, ctx, choose("namespace", "left"))
	if got := ask[[]string](t, ctx, column(objectColumn)); len(got) != 0 {
		t.Errorf("what is blocked in left = %q, want none", got)
	}
	run(t, ctx, choose("level", ""))
	for _, namespace := range ask[[]string](t, ctx, column(namespaceColumn)) {
		if namespace != "left" {
			t.Errorf("a namespace is %q, want left", namespace)
		}
	}
}

// choose gives a control of the form a value, as a person does.
func choose(name, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		const control = document.getElementById("filter").elements[%q];
		control.value = %q;
		control.dispatchEvent(new Event("input", {bubbles: true}));
		control.dispatchEvent(new Event("change", {bubbles: true}));
	}`, name, value))
}

// testKeyboard sorts and opens without a mouse, and sees where it is.
func (b browser) testKeyboard(t *testing.T) {
	ctx := b.open(t, window{})
	run(t, ctx, chromedp.Focus(head(objectColumn)), chromedp.KeyEvent(kb.Tab))
	if got := ask[string](t, ctx, `document.activeElement.textContent`); got != "Finding" {
		t.Errorf("after Tab the focus is on %q, want the next head", got)
	}
	if got := ask[string](t, ctx, `getComputedStyle(document.activeElement).outlineStyle`); got != "solid" {
		t.Errorf("the outline of what has the focus is %q, want solid", got)
	}
	run(t, ctx, chromedp.KeyEvent(kb.Enter))
	if got := ask[[]string](t, ctx, sortState); got[objectColumn+1] != "ascending" {
		t.Errorf("aria-sort after Enter = %q, want the findings ascending", got)
	}
	run(t, ctx, chromedp.Focus(`#list summary`), chromedp.KeyEvent(" "))
	if !ask[bool](t, ctx, `document.querySelector("#list details").open`) {
		t.Error("the Pods are not shown after the space bar")
	}
}

// testWithoutScript wants all that the page has to say, and no control that does
// nothing.
func (b browser) testWithoutScript(t *testing.T) {
	ctx := b.open(t, window{withoutScript: true})
	if n := ask[int](t, ctx, `document.querySelectorAll("#list tbody tr").length`); n < 20 {
		t.Errorf("the page shows %d findings, want 20 at least", n)
	}
	if n := ask[int](t, ctx, `document.querySelectorAll("button").length`); n != 0 {
		t.Errorf("the page has %d buttons, want none", n)
	}
	if got := ask[string](t, ctx, `getComputedStyle(document.getElementById("filter")).display`); got != "none" {
		t.Errorf("the filter is displayed as %q, want none", got)
	}
}

func (b browser) testPhone(t *testing.T) {
	ctx := b.open(t, phone)
	if got := ask[int64](t, ctx, `document.documentElement.scrollWidth`); got > phone.width {
		t.Errorf("the page is %d wide, want %d, the width of the phone", got, phone.width)
	}
	// A label stands before each cell, in place of the heads.
	unlabelled := ask[[]string](t, ctx, `[...document.querySelectorAll("tbody :is(td, th)")].filter(c => c.offsetHeight > 0 &&
		!getComputedStyle(c, "::before").content.includes(c.dataset.label || "?")).map(c => c.outerHTML)`)
	if len(unlabelled) > 0 {
		t.Errorf("cells without a label: %q", unlabelled)
	}
	torn := ask[[]string](t, ctx, `[...document.querySelectorAll("tbody :is(td, th)")].filter(c => c.childElementCount > 1 ||
		c.childElementCount && [...c.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(c => c.outerHTML)`)
	if len(torn) > 0 {
		t.Errorf("cells with several parts, which stand beside each other: %q", torn)
	}
	small := ask[[]string](t, ctx, `[...document.querySelectorAll("td, li, dd, input, select")].filter(e => e.offsetHeight > 0 &&
		parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.outerHTML)`)
	if len(small) > 0 {
		t.Errorf("text smaller than 12 pixels: %q", small)
	}
	run(t, ctx, choose("sort", strconv.Itoa(objectColumn)))
	if got := ask[[]string](t, ctx, column(objectColumn)); !slices.IsSortedFunc(got, compareText) {
		t.Errorf("objects sorted on a phone = %q", got)
	}
}

// contrasts are the texts whose contrast is too little: WCAG 2.2, 1.4.3.
const contrasts = `(() => {
	const parse = (c) => c.match(/[\d.]+/g).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	return [...document.querySelectorAll("body *")]
		.filter((e) => e.tagName !== "SCRIPT" && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
		.map((e) => {
			const [a, b] = [luminance(parse(getComputedStyle(e).color)), luminance(behind(e))];
			return [e.outerHTML.slice(0, 80), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
		})
		.filter(([, ratio]) => ratio < 4.5).map(([html, ratio]) => html + " " + ratio);
})()`

func (b browser) testColours(t *testing.T) {
	for _, c := range []struct {
		name, background string
		window           window
	}{
		{"light", "rgb(255, 255, 255)", window{}},
		{"dark", "rgb(13, 17, 23)", window{dark: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := b.open(t, c.window)
			if got := ask[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); got != c.background {
				t.Errorf("the background is %s, want %s", got, c.background)
			}
			if got := ask[[]string](t, ctx, contrasts); len(got) > 0 {
				t.Errorf("contrasts below 4.5: %q", got)
			}
		})
	}
}

// testAccessible asks the browser what it tells a screen reader: tables are tables
// also where a phone shows them as cards.
func (b browser) testAccessible(t *testing.T) {
	for name, w := range map[string]window{"desktop": {}, "phone": phone} {
		t.Run(name, func(t *testing.T) {
			ctx := b.open(t, w)
			nodes := call(t, ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
			roles := map[string]int{}
			for _, n := range nodes {
				if n.Role != nil {
					roles[strings.Trim(string(n.Role.Value), `"`)]++
				}
			}
			for role, want := range map[string]int{"table": 2, "columnheader": 14, "rowheader": 3, "row": 25, "cell": 100, "main": 1, "search": 1} {
				if roles[role] < want {
					t.Errorf("a screen reader is told of %d with the role %s, want %d at least: %v", roles[role], role, want, roles)
				}
			}
			nameless := ask[[]string](t, ctx, `[...document.querySelectorAll("input, select")].filter(e => !e.labels.length).map(e => e.outerHTML)`)
			if len(nameless) > 0 {
				t.Errorf("controls without a label: %q", nameless)
			}
		})
	}
}
