package main

import (
	"bytes"
	"testing"
)

// TestProgress wants one line that is written over, and nothing of it where nobody
// looks.
func TestProgress(t *testing.T) {
	var terminal bytes.Buffer
	p := progress{&terminal}
	p.show("Pod", 250)
	p.show("Pod", 300)
	p.clear()
	const want = "\r\x1b[Kreading: 250 of kind Pod\r\x1b[Kreading: 300 of kind Pod\r\x1b[K"
	if got := terminal.String(); got != want {
		t.Errorf("progress = %q, want %q", got, want)
	}
	var file bytes.Buffer
	p = newProgress(&file)
	p.show("Pod", 250)
	p.clear()
	if file.Len() > 0 {
		t.Errorf("progress where there is no terminal = %q, want nothing", &file)
	}
}
