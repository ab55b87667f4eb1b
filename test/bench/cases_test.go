package bench_test

import (
	"os"
	"path/filepath"
	"testing"
)

const (
	podPath     = "/pods/apply"
	servicePath = "/services/apply"
)

// reviewCase is a review and what is to come of it.
type reviewCase struct {
	name    string
	path    string
	body    []byte
	size    int // of the object; 0 where the name does not say
	patched bool
}

// reviewCases returns the cases in the order of their table.
func reviewCases(tb testing.TB) []reviewCase {
	tb.Helper()
	injected := recorded(tb, "pod-injected.json")
	return []reviewCase{
		{name: "Service1KB", path: servicePath, body: recorded(tb, "service.json"), size: 1 << 10, patched: true},
		{name: "Pod5KB", path: podPath, body: recorded(tb, "pod.json"), size: 5 << 10},
		{name: "Pod30KBChanged", path: podPath, body: injected, size: 30 << 10, patched: true},
		{name: "Pod30KBUnchanged", path: podPath, body: recorded(tb, "pod-injected-dual.json"), size: 30 << 10},
		{name: "Pod1000Variables", path: podPath, body: withVariables(tb, injected, 1_000), patched: true},
		{name: "Pod10000Variables", path: podPath, body: withVariables(tb, injected, 10_000), patched: true},
		{name: "PodUnread1MB", path: podPath, body: withVolumes(tb, injected, 5_000), size: 1 << 20, patched: true},
	}
}

// recorded returns a review as the API server sent it.
func recorded(tb testing.TB, file string) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		tb.Fatal(err)
	}
	return body
}
