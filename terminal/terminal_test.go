package terminal_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/terminal"
)

func TestPrintable(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"Plain", "web-1 (naïve, 世界)", "web-1 (naïve, 世界)"},
		{"Colour", "\x1b[31mred", `\u001b[31mred`},
		{"LineEnds", "a\nb\r\nc", `a\u000ab\u000d\u000ac`},
		{"Tab", "a\tb", `a\u0009b`},
		{"C0", "\x00\a\b\x7f", `\u0000\u0007\u0008\u007f`},
		{"C1", "\u009b31m\u0085", `\u009b31m\u0085`},
		{"Direction", "\u202egpj.exe\u2066\u200f", `\u202egpj.exe\u2066\u200f`},
		{"LineSeparators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"Invisible", "we\u200bb\ufeff", `we\u200bb\ufeff`},
		{"NoUTF8", "a\xff", `a\ufffd`},
		{"Tags", "a\U000e0041", `a\U000e0041`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := terminal.Printable(tc.text); got != tc.want {
				t.Errorf("Printable(%q) = %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

// FuzzPrintable wants nothing that a terminal acts on, and text that is printable
// as it is.
func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"web", "\x1b]0;title\a", "a\tb\n", "\u202e", "\xc3\x28", "\U000e0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := terminal.Printable(text)
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || !utf8.ValidString(got) {
			t.Errorf("Printable(%q) = %q, want graphic characters", text, got)
		}
		if again := terminal.Printable(got); again != got {
			t.Errorf("Printable(%q) = %q, want it as it is", got, again)
		}
		var line strings.Builder
		if n, err := fmt.Fprintf(terminal.Lines{Writer: &line}, "%s\n", text); err != nil || n != len(text)+1 || strings.Count(line.String(), "\n") != 1 {
			t.Errorf("writing %q as a line = %d, %v: %q", text, n, err, line.String())
		}
	})
}

// TestTable has cells that look like the end of a column or of a line.
func TestTable(t *testing.T) {
	var out strings.Builder
	table := terminal.NewTable(&out)
	table.Line("OBJECT", "CODE", "DETAIL")
	table.Line("Service/a\tb\nc", "code", "")
	table.Line("Service/web", "code", "a\vb\fc")
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `OBJECT                    CODE   DETAIL
Service/a\u0009b\u000ac   code
Service/web               code   a\u000bb\u000cc
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
}
