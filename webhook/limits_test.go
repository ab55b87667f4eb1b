package webhook

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestReadingStopsAtTheLimits has an object at each limit and one above it. What is
// over a limit is not read to its end.
func TestReadingStopsAtTheLimits(t *testing.T) {
	d := newDemand(t, 0)
	sidecar := func(members string) string {
		return `{"metadata":{},"spec":{"containers":[{"name":"istio-init",` + members + `}]}}`
	}
	pod := func(object string) error { _, err := readRepeated(d, pods(), "Pod", object); return err }
	service := func(object string) error { _, err := readRepeated(d, services(), "Service", object); return err }
	for _, tc := range []struct {
		name    string
		measure mutate.Measure
		read    func(object string) error
		object  func(n int) string
	}{
		{"Containers", mutate.Containers, pod, func(n int) string {
			return `{"spec":{"initContainers":[` + listed(`{}`, n/2) + `],"containers":[` + listed(`{}`, n-n/2) + `]}}`
		}},
		{"Variables", mutate.Variables, pod, func(n int) string { return sidecar(`"env":[` + listed(`{}`, n) + `]`) }},
		{"Arguments", mutate.Arguments, pod, func(n int) string {
			return sidecar(`"command":[` + listed(`""`, n/2) + `],"args":[` + listed(`""`, n-n/2) + `]`)
		}},
		{"Text:variable", mutate.Text, pod, func(n int) string {
			return sidecar(`"env":[{"name":"ISTIO_DUAL_STACK","value":"` + strings.Repeat("x", n) + `"}]`)
		}},
		{"Text:argument", mutate.Text, pod, func(n int) string { return sidecar(`"args":["` + strings.Repeat("x", n) + `"]`) }},
		{"Text:selector", mutate.Text, service, func(n int) string {
			return `{"spec":{"selector":{"` + strings.Repeat("x", n/2) + `":"` + strings.Repeat("x", n-n/2) + `"}}}`
		}},
		{"Sysctls", mutate.Sysctls, pod, func(n int) string { return `{"spec":{"securityContext":{"sysctls":[` + listed(`{}`, n) + `]}}}` }},
		{"Addresses", mutate.Addresses, service, func(n int) string {
			return `{"spec":{"ipFamilies":[` + listed(`""`, n/2) + `],"externalIPs":[` + listed(`""`, n-n/2) + `]}}`
		}},
		{"Labels", mutate.Labels, service, func(n int) string { return `{"metadata":{"labels":{"":"` + strings.Repeat("x", n) + `"}}}` }},
		{"Annotations", mutate.Annotations, pod, func(n int) string {
			return `{"metadata":{"annotations":{"` + strings.Repeat("x", n) + `":""}}}`
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			limit := mutate.Limits()[tc.measure].Max
			for over, want := range []string{"", limitError{tc.measure}.Error()} {
				if got := text(tc.read(tc.object(limit + over))); got != want {
					t.Errorf("%d more than the limit: error = %q, want %q", over, got, want)
				}
			}
		})
	}
}

// listed returns n elements of a list.
func listed(element string, n int) string {
	return strings.TrimSuffix(strings.Repeat(element+",", n), ",")
}

// TestLongUID has a uid that no API server sends.
func TestLongUID(t *testing.T) {
	f := newFixture(t)
	for length, want := range map[int]int{36: http.StatusOK, maxUID: http.StatusOK, maxUID + 1: http.StatusBadRequest} {
		body := strings.Replace(createReview(podKind, injectedPod), "u-1", strings.Repeat("u", length), 1)
		if got := post(t, f.handlers["/pods/apply"], body).Code; got != want {
			t.Errorf("a uid of %d bytes: status = %d, want %d", length, got, want)
		}
	}
}

// TestLongNamesAreNotLogged has names of a length that the API server refuses, but only
// after it has asked.
func TestLongNamesAreNotLogged(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("n", 10_000)
	body := `{"request":{"uid":"u-1",` + podKind + `,"name":"` + long + `","namespace":"` + long + `","operation":"CREATE","object":[]}}`
	response(t, post(t, f.handlers["/pods/apply"], body), "u-1")
	for _, entry := range f.logs.TakeAll() {
		for key, value := range entry.ContextMap() {
			if text, ok := value.(string); ok && len(text) > 253 {
				t.Errorf("%s has %d bytes in the log, want at most 253", key, len(text))
			}
		}
	}
}
