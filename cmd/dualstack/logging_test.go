package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// TestConsoleIsPrintable logs what others have written.
func TestConsoleIsPrintable(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	standard := os.Stderr
	os.Stderr = out //nolint:reassign // The logger writes there.
	logger, err := newLogger("console", "info")
	os.Stderr = standard //nolint:reassign // As it was.
	if err != nil {
		t.Fatal(err)
	}
	logger.Error(hostile, zap.String("name", hostile), zap.Error(errors.New(hostile)))
	_ = out.Close()
	got, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	checkPrintable(t, "the log", string(got))
	if lines := strings.Count(string(got), "\n"); lines != 1 {
		t.Errorf("one entry has %d lines:\n%s", lines, got)
	}
}
