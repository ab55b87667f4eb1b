package webhook

import (
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestRepeatedMembers has objects whose JSON names a member again and again. To drop
// what was read before costs nothing to write, so it counts.
func TestRepeatedMembers(t *testing.T) {
	d := newDemand(t, 0)
	pod := func(object string) (outcome, error) { return readRepeated(d, pods(), "Pod", object) }
	service := func(object string) (outcome, error) { return readRepeated(d, services(), "Service", object) }
	for _, tc := range []struct {
		name   string
		read   func(object string) (outcome, error)
		object string // with the member at the @
		member string
	}{
		{"Object", pod, `null@`, `,"object":{}`},
		{"ObjectAndNull", service, `{}@`, `,"object":null,"object":{}`},
		{"OldObject", service, `{}@`, `,"oldObject":{},"oldObject":null`},
		{"Metadata", pod, `{"kind":"Pod"@}`, `,"metadata":{}`},
		{"Labels", pod, `{"metadata":{"name":"a"@}}`, `,"labels":{"":""},"labels":null`},
		{"Annotations", service, `{"metadata":{"name":"a"@}}`, `,"annotations":{"":""},"annotations":null`},
		{"PodSpec", pod, `{"metadata":{}@}`, `,"spec":{},"spec":null`},
		{"OS", pod, `{"metadata":{},"spec":{"hostNetwork":true@}}`, `,"os":{},"os":null`},
		{"SecurityContext", pod, `{"metadata":{},"spec":{"hostNetwork":true@}}`, `,"securityContext":{},"securityContext":null`},
		{"ServiceSpec", service, `{"metadata":{}@}`, `,"spec":{},"spec":null`},
		{"Selector", service, `{"metadata":{},"spec":{"type":"ClusterIP"@}}`, `,"selector":{"":""},"selector":null`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for times, want := range map[int]string{10: "", 51: limitError{mutate.Members}.Error()} {
				_, err := tc.read(strings.Replace(tc.object, "@", strings.Repeat(tc.member, times), 1))
				if got := text(err); got != want {
					t.Errorf("%d times: error = %q, want %q", times, got, want)
				}
			}
		})
	}
}

func readRepeated[O any](d demand, r resource[O], kind, object string) (outcome, error) {
	return onDemand(d, r, `{"request":{"uid":"u-1","kind":{"version":"v1","kind":"`+kind+`"},"operation":"CREATE","object":`+object+`}}`)
}

// text returns what an error says; "" for nil.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestRepeatedObjectsAreMeasuredTogether has an object that comes in parts, and
// another of which the parts before count for themselves.
func TestRepeatedObjectsAreMeasuredTogether(t *testing.T) {
	d := newDemand(t, 0)
	half := `{"metadata":{"labels":{"a":"` + strings.Repeat("x", 200<<10) + `"}}}`
	for _, tc := range []struct {
		name, object, want string
	}{
		{"Together", half + `,"object":null,"object":` + half, limitError{mutate.Labels}.Error()},
		{"Before", half + `,"oldObject":` + half, ""},
		{"BeforeOutOfOrder", half + `,"oldObject":` + half + `,"name":"a","namespace":"shop"`, ""},
	} {
		if _, err := readRepeated(d, services(), "Service", tc.object); text(err) != tc.want {
			t.Errorf("%s: error = %q, want %q", tc.name, text(err), tc.want)
		}
	}
}

// TestRepeatedLists has lists that come again and again with nothing in them: they
// take no more room than once.
func TestRepeatedLists(t *testing.T) {
	d := newDemand(t, 0)
	for _, tc := range []struct{ name, spec, member string }{
		{"Containers", `@`, `"containers":[],`},
		{"InitContainers", `@`, `"initContainers":[],`},
		{"Variables", `"containers":[{@"name":"istio-proxy"}]`, `"env":[],`},
	} {
		body := func(times int) string {
			return `{"metadata":{},"spec":{` + strings.TrimSuffix(strings.Replace(tc.spec, "@", strings.Repeat(tc.member, times), 1), ",") + `}}`
		}
		allocations := func(times int) float64 {
			object := body(times)
			return testing.AllocsPerRun(5, func() {
				if _, err := readRepeated(d, pods(), "Pod", object); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := allocations(2), allocations(2_000); many > few+10 {
			t.Errorf("%s: %v allocations for 2 times and %v for 2000, want as many", tc.name, few, many)
		}
	}
}

// TestPolicyIsAskedForOnce has a review with two objects that are read.
func TestPolicyIsAskedForOnce(t *testing.T) {
	body := `{"request":{"uid":"u-1",` + serviceKind + `,"namespace":"shop","operation":"UPDATE","object":` + service + `,"oldObject":` + service + `}}`
	asked := 0
	var q request[mutate.ServiceView]
	_, err := readReview(new(reader), []byte(body), services(), &q, func(string) mutate.Policy {
		asked++
		return mutate.Policy{}
	})
	if err != nil || asked != 1 {
		t.Errorf("asked %d times with error %v, want once and none", asked, err)
	}
}

// TestNullsAtTheEnd has members that are null behind what they were before.
func TestNullsAtTheEnd(t *testing.T) {
	for _, body := range []string{
		`{"request":{"uid":"u-1",` + podKind + `,"kind":null,"operation":"CREATE","object":` + injectedPod + `}}`,
		`{"request":{"uid":"u-1",` + podKind + `,"operation":"CREATE","object":` + injectedPod + `,"kind":null}}`,
		`{"request":{"uid":"u-1",` + podKind + `,"operation":"CREATE","object":` + injectedPod + `},"request":null}`,
		`{"request":{"uid":"u-1"},"request":null,"request":{` + podKind + `,"operation":"CREATE","object":` + injectedPod + `}}`,
	} {
		checkDemand(t, newDemand(t, 0), pods(), body)
	}
}
