package main

import (
	"errors"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	unreadable := errors.New("no cgroup")
	for _, tc := range []struct {
		name     string
		provider memlimit.Provider
		want     int64
		err      error
	}{
		{"Limit:256Mi", memlimit.Limit(256 << 20), 256 << 20 * 9 / 10, nil},
		{"Limit:none", func() (uint64, error) { return 0, memlimit.ErrNoLimit }, before, nil},
		{"Limit:unreadable", func() (uint64, error) { return 0, unreadable }, before, unreadable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			debug.SetMemoryLimit(before)
			if err := limitMemory(tc.provider, zap.NewNop()); !errors.Is(err, tc.err) {
				t.Errorf("limitMemory() = %v, want %v", err, tc.err)
			}
			if got := debug.SetMemoryLimit(-1); got != tc.want {
				t.Errorf("the memory limit is %d, want %d", got, tc.want)
			}
		})
	}
}
