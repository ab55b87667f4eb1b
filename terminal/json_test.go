package terminal_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/dualstack-dev/webhook/terminal"
)

// TestJSON has the same value come out of what is written, and nothing in it that
// would act on a terminal.
func TestJSON(t *testing.T) {
	for _, text := range []string{"plain", "a b", "é世界🚀", "\u001b[31m", "\u009b31m", "a\tb\nc", "\u202egpj", "\u200b", "\u2028", "\x7f", "\U000e0041", "\\u0041"} {
		var out strings.Builder
		encoder := json.NewEncoder(terminal.JSON{Writer: &out})
		encoder.SetIndent("", "  ")
		if err := encoder.Encode([]string{text}); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q is written as %q, want nothing that acts on a terminal", text, out.String())
		}
		var got []string
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got) != 1 || got[0] != text {
			t.Errorf("%q is written as %s, which reads as %q, %v", text, out.String(), got, err)
		}
	}
}
