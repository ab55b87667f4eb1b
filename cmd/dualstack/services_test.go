package main

import (
	"context"
	"io"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	for _, tc := range []struct {
		answer string
		yes    bool
	}{
		{"y\n", true},
		{"yes\n", true},
		{"y", true},
		{"Y\n", true},
		{"\n", false},
		{"", false},
		{"n\n", false},
		{"Yes, please\n", false},
		{"yy\n", false},
	} {
		var out strings.Builder
		err := ask(t.Context(), strings.NewReader(tc.answer), &out, "Upgrade 2 Services?")
		if (err == nil) != tc.yes {
			t.Errorf("ask(%q) = %v, want yes: %t", tc.answer, err, tc.yes)
		}
		if out.String() != "Upgrade 2 Services? [y/N] " {
			t.Errorf("ask(%q) prints %q", tc.answer, out.String())
		}
	}
}

// TestAskInterrupted has nobody answer.
func TestAskInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	in, never := io.Pipe()
	defer func() { _ = never.Close() }()
	if err := ask(ctx, in, io.Discard, "Upgrade?"); err == nil || err.Error() != "interrupted: nothing is changed" {
		t.Errorf("ask() after an interrupt = %v, want that nothing is changed", err)
	}
}
