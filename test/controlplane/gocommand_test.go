package main

import (
	"strings"
	"testing"
)

func TestOutput(t *testing.T) {
	g, _ := fakeGo(t, `pwd -P; echo "$GOWORK $CGO_ENABLED"`, "")
	dir := t.TempDir()
	got, err := g.output(t.Context(), dir, "tool")
	if want := dir + "\noff 0\n"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("output = %q, %v; want %q", got, err, want)
	}
	_, err = goCommand("/nonexistent/go").output(t.Context(), dir, "tool")
	wantError(t, "output without a go command", err, "/nonexistent/go")
}

func TestProblems(t *testing.T) {
	many := strings.Repeat("x\n", 30)
	for _, tc := range []struct{ stderr, want string }{
		{"", ""},
		{"go: downloading a v1\nb.go:1: c\ngo: downloading d v1\n", "b.go:1: c"},
		{many + "y\n", strings.Repeat("x\n", 19) + "y"},
	} {
		if got := problems(tc.stderr); got != tc.want {
			t.Errorf("problems(%q) = %q, want %q", tc.stderr, got, tc.want)
		}
	}
}

func TestLastLine(t *testing.T) {
	for _, tc := range []struct{ s, want string }{
		{"", ""},
		{"a", "a"},
		{"a\nb\n", "b"},
	} {
		if got := lastLine(tc.s); got != tc.want {
			t.Errorf("lastLine(%q) = %q, want %q", tc.s, got, tc.want)
		}
	}
}
