package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A Table is one of aligned columns. No cell can end its column or its line.
type Table struct {
	out     io.Writer
	text    *bytes.Buffer
	columns *tabwriter.Writer
}

// NewTable returns a table that Flush writes to out.
func NewTable(out io.Writer) *Table {
	var text bytes.Buffer
	return &Table{out, &text, tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)}
}

// Line adds a line. One of a single cell ends the columns of those before.
func (t *Table) Line(cells ...string) {
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	fmt.Fprintln(t.columns, strings.Join(cells, "\t"))
}

// Flush writes the lines.
func (t *Table) Flush() error {
	if err := t.columns.Flush(); err != nil {
		return err
	}
	// The last cell may be empty, and the one before is padded.
	for line := range strings.Lines(t.text.String()) {
		if _, err := io.WriteString(t.out, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	t.text.Reset()
	return nil
}
