package noproxy

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// page holds the table of what is promised.
const page = "../../docs/reference/no-proxy.md"

// A promise is a row of the table: what is reached without a proxy once a host is
// in pods.noProxyHosts, and by which programs.
type promise struct {
	host, added, url string
	cells            map[string]string // by program
}

// promises returns the rows of the table that has a column for each program.
func promises(t *testing.T) []promise {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	var rows []promise
	for line := range strings.Lines(string(text)) {
		cells := cellsOf(line)
		switch {
		case len(cells) == 0:
			columns = nil
		case cells[0] == "host":
			columns = cells
		case columns != nil && strings.Trim(cells[0], "-") != "":
			rows = append(rows, row(columns, cells))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table of hosts", page)
	}
	return rows
}

func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.Trim(cells[i], " `")
	}
	return cells
}

func row(columns, cells []string) promise {
	p := promise{cells: map[string]string{}}
	for i, column := range columns {
		switch column {
		case "host":
			p.host = cells[i]
		case "is added as":
			p.added = cells[i]
		case "so that this goes without a proxy":
			p.url = cells[i]
		default:
			p.cells[column] = cells[i]
		}
	}
	return p
}

// direct reports whether a program of this version is promised to reach the URL
// without a proxy.
func (p promise) direct(t *testing.T, program, version string) bool {
	t.Helper()
	cell := p.cells[program]
	since, ok := strings.CutPrefix(cell, "since ")
	switch {
	case cell == "yes":
		return true
	case cell == "no":
		return false
	case !ok:
		t.Fatalf("%s says %q of %s and %s, want yes, no or since VERSION", page, cell, p.url, program)
	}
	return atLeast(t, version, since)
}

func atLeast(t *testing.T, version, since string) bool {
	t.Helper()
	return slices.Compare(numbers(t, version), numbers(t, since)) >= 0
}

func numbers(t *testing.T, version string) []int {
	t.Helper()
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("version %q: %v", version, err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}
