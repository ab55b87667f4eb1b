package main

import "testing"

func TestUseColor(t *testing.T) {
	for _, tc := range []struct {
		name, when, noColor string
		terminal, want      bool
	}{
		{"Color:auto_Terminal:yes", "auto", "", true, true},
		{"Color:auto_Terminal:no", "auto", "", false, false},
		{"Color:auto_Terminal:yes_NO_COLOR:set", "auto", "1", true, false},
		{"Color:always_Terminal:no", "always", "", false, true},
		{"Color:always_NO_COLOR:set", "always", "1", true, true},
		{"Color:never_Terminal:yes", "never", "", true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := useColor(tc.when, tc.noColor, tc.terminal); got != tc.want {
				t.Errorf("useColor(%q, %q, %t) = %t, want %t", tc.when, tc.noColor, tc.terminal, got, tc.want)
			}
		})
	}
}
