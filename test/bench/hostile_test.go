package bench_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// maxBody is the length of the longest body that is read.
const maxBody = 7 << 20

// hostileHeap is what one of these bodies may allocate, itself included.
const hostileHeap = 32 << 20

// hostileCase is a review that is made to be dear.
type hostileCase struct {
	name, path, body string
}

// hostileCases returns bodies of 7 MiB, and Pods with annotations of 3 MiB, which is
// what the API server sends before it refuses them.
func hostileCases() []hostileCase {
	const room, annotation = maxBody - 4096, 2_900_000
	cases := []hostileCase{
		{"Containers", podPath, podOf("{}", `"containers":[`+fill("{},", room)+`]`)},
		{"BothLists", podPath, podOf("{}", `"initContainers":[`+fill("{},", room/2)+`],"containers":[`+fill("{},", room/2)+`]`)},
		{"Sidecars", podPath, podOf("{}", `"containers":[`+fill(`{"name":"istio-proxy"},`, room)+`]`)},
		{"SidecarsAsSent", podPath, podOf("{}", `"containers":[`+fill(`{"name":"istio-proxy","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"Always"},`, room)+`]`)},
		{"Variables", podPath, podOf("{}", `"containers":[{"name":"istio-proxy","env":[`+fill(`{},`, room)+`]}]`)},
		{"VariablesOfNobody", podPath, podOf("{}", `"containers":[{"name":"app","env":[`+fill(`{"name":"A","value":"b"},`, room)+`]}]`)},
		{"ValueFrom", podPath, podOf("{}", `"containers":[{"name":"istio-proxy","env":[`+fill(`{"valueFrom":{}},`, room)+`]}]`)},
		{"Arguments", podPath, podOf("{}", `"containers":[{"name":"istio-init","args":[`+fill(`"",`, room)+`]}]`)},
		{"NoProxy", podPath, podOf(`{"dualstack.dev/no-proxy":"enabled"}`, `"containers":[{"name":"app","env":[{"name":"NO_PROXY","value":"`+fill(`a,`, room)+`"}]}]`)},
		{"Sysctls", podPath, podOf("{}", `"securityContext":{"sysctls":[`+fill(`{},`, room)+`]}`)},
		{"Unread", podPath, podOf("{}", `"volumes":[`+fill(`{},`, room)+`]`)},
		{"Nested", podPath, podOf("{}", `"volumes":`+strings.Repeat("[", room/2)+strings.Repeat("]", room/2))},
		{"Escapes", podPath, podOf("{}", `"volumes":["`+fill(`\"`, room)+`"]`)},
		{"Name", podPath, podOf("{}", "", `"name":"`+strings.Repeat("x", room)+`"`)},
		{"Labels", podPath, podOf("{}", ``, `"labels":{`+numbered(`"%x":"",`, room)+`}`)},
		{"OutOfOrder", podPath, strings.Replace(podOf("{}", `"containers":[`+fill(`{"env":[],"name":"istio-proxy"},`, room)+`]`), `"metadata"`, `"spec":{},"metadata"`, 1)},
		{"AtTheLimits", podPath, podOf(`{"dualstack.dev/no-proxy":"enabled"}`, `"containers":[`+fill(atTheLimits(), 999*len(atTheLimits()))+`]`)},
		{"Service", servicePath, reviewOf("Service", `{"metadata":{},"spec":{"externalIPs":[`+fill(`"192.0.2.1",`, room)+`]}}`)},
		{"Selector", servicePath, reviewOf("Service", `{"metadata":{},"spec":{"selector":{`+numbered(`"%x":"",`, room)+`}}}`)},
	}
	cases = append(cases, hostileDuplicates(room)...)
	cases = append(cases, hostileSettings(room)...)
	return append(cases, hostileAnnotations(annotation)...)
}

// hostileSettings returns Pods at the limits that make use of all settings, with
// volumes that fill the body.
func hostileSettings(room int) []hostileCase {
	const list = 260_000
	pod := func(annotations, containers string) string {
		volumes := `"volumes":["` + strings.Repeat("x", room-len(annotations)-len(containers)-100) + `"]`
		return podOf(annotations, volumes+`,"containers":[`+containers+`]`)
	}
	noProxy := func(item string) string {
		return pod("{}", `{"name":"app","env":[{"name":"NO_PROXY","value":"`+fill(item, list)+`"}]}`)
	}
	arguments := func(server, pair string) string {
		return pod(`{"dualstack.dev/servers":"app=`+server+`"}`, `{"name":"app","command":["`+server+`"],"args":[`+fill(pair, 9_990*len(pair))+`]}`)
	}
	servers := pod(`{"dualstack.dev/servers":"`+numbered("c%x=go,", 8_100)+`","dualstack.dev/status":"`+fill("a,", 65_000)+`"}`, numbered(`{"name":"c%x"},`, 900*len(`{"name":"c123"},`)))
	return []hostileCase{
		{"NoProxyNames", podPath, noProxy("a,")},
		{"NoProxyRanges", podPath, noProxy("1/1,")},
		{"ArgumentsOfGunicorn", podPath, arguments("gunicorn", `"--bind","0.0.0.0:80",`)},
		{"ArgumentsOfGunicornUnread", podPath, arguments("gunicorn", `"--bind","-a",`)},
		{"ArgumentsOfNginx", podPath, arguments("nginx", `"-g","x",`)},
		{"StatusOfServers", podPath, servers},
	}
}

// hostileDuplicates returns reviews in which a member comes again and again.
func hostileDuplicates(room int) []hostileCase {
	servers := `{"annotations":{"dualstack.dev/servers":"` + numbered("c%x=nginx,", 8_100) + `"}}`
	return []hostileCase{
		{"RepeatedEnv", podPath, podOf("{}", `"containers":[{"name":"istio-proxy",`+fill(`"env":[],`, room)+`}]`)},
		{"RepeatedEnvOfOne", podPath, podOf("{}", `"containers":[{"name":"istio-proxy",`+fill(`"env":[{}],`, room)+`}]`)},
		{"RepeatedContainers", podPath, podOf("{}", fill(`"containers":[],`, room))},
		{"RepeatedLabels", podPath, podOf("{}", "", fill(`"labels":{"":""},"labels":null,`, room))},
		{"RepeatedMetadata", podPath, reviewOf("Pod", `{"metadata":`+servers+`,`+fill(`"metadata":{},`, room-9_000)+`}`)},
		{"RepeatedObjects", podPath, reviewOf("Pod", `{"metadata":`+servers+`},`+fill(`"object":{},`, room-9_000))},
		{"RepeatedPodSpecs", podPath, podOf("{}", `},`+fill(`"spec":{},"spec":null,`, room)+`,"spec":{`)},
		{"RepeatedServiceSpecs", servicePath, reviewOf("Service", `{"metadata":{},`+fill(`"spec":{},"spec":null,`, room)+`}`)},
		{"RepeatedSelectors", servicePath, reviewOf("Service", `{"metadata":{},"spec":{`+fill(`"selector":{"":""},"selector":null,`, room)+`}}`)},
		{"RepeatedServiceObjects", servicePath, reviewOf("Service", `{},`+fill(`"object":{},"object":null,`, room)+`,"object":{}`)},
		{"RepeatedServiceLabels", servicePath, reviewOf("Service", fill(`{"metadata":{"labels":{`+numbered(`"%x":"",`, 200_000)+`}}},"object":`, room-200_000)+`{}`)},
	}
}

// hostileAnnotations returns Pods with an annotation of that length, of the longest
// that is stored, and of the longest that is parsed.
func hostileAnnotations(length int) []hostileCase {
	const stored, parsed = 260_000, 8_100
	var cases []hostileCase
	for _, size := range []int{length, stored, parsed} {
		for _, a := range []struct{ name, key, value string }{
			{"Maps", "proxy.istio.io/config", "proxyMetadata: {ISTIO_DUAL_STACK: x}\nx: [" + fill("{},", size-100) + "]"},
			{"Deep", "proxy.istio.io/config", "# ISTIO_DUAL_STACK\n" + strings.Repeat("[", size/2-20) + strings.Repeat("]", size/2-20)},
			{"Aliases", "proxy.istio.io/config", "ISTIO_DUAL_STACK: &a [" + fill("x,", size/2) + "]\nb: [" + fill("*a,", size/2-40) + "]"},
			{"Overrides", "proxy.istio.io/overrides", `{"containers":[` + fill("{},", size-100) + `]}`},
			{"Status", "dualstack.dev/status", fill("a,", size)},
			{"Servers", "dualstack.dev/servers", numbered("c%x=a,", size)},
			{"Ranges", "traffic.sidecar.istio.io/includeOutboundIPRanges", fill("10.96.0.0/12,", size)},
		} {
			annotations := fmt.Sprintf("{%q:%q}", a.key, a.value)
			containers := fill(`{"name":"istio-proxy"},`, 20*len(`{"name":"istio-proxy"},`))
			name := fmt.Sprintf("Annotation%s%dKB", a.name, size/1000)
			cases = append(cases, hostileCase{name, podPath, podOf(annotations, `"containers":[`+containers+`]`)})
		}
	}
	return cases
}

// atTheLimits is a container of which a thousand are just within the limits.
func atTheLimits() string {
	env := fill(`{"name":"A"},`, 18*len(`{"name":"A"},`)) + `,{"name":"NO_PROXY","value":"` + fill("a,", 230) + `"}`
	return `{"name":"linkerd-proxy","args":["--a","--b","--c","--d","--e"],"env":[` + env + `]},`
}

// podOf returns the review of a Pod with these annotations, members of its spec, and
// members of its metadata.
func podOf(annotations, spec string, metadata ...string) string {
	members := strings.Join(append([]string{`"annotations":` + annotations}, metadata...), ",")
	return reviewOf("Pod", `{"metadata":{`+members+`},"spec":{`+spec+`}}`)
}

func reviewOf(kind, object string) string {
	return fmt.Sprintf(`{"request":{"uid":"u-1","kind":{"group":"","version":"v1","kind":%q},"namespace":"shop","operation":"CREATE","object":%s}}`, kind, object)
}

// fill repeats a unit with a separator at its end up to that many bytes.
func fill(unit string, bytes int) string {
	text := strings.Repeat(unit, bytes/len(unit))
	return strings.TrimSuffix(text, ",")
}

// numbered is fill with a number in each unit.
func numbered(unit string, bytes int) string {
	var text strings.Builder
	for i := 0; text.Len() < bytes-20; i++ {
		fmt.Fprintf(&text, unit, i)
	}
	return strings.TrimSuffix(text.String(), ",")
}

// TestHostile bounds what one body allocates, all that is freed meanwhile included.
func TestHostile(t *testing.T) {
	handlers := handlersOf(widePolicy(t))
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			if len(c.body) > maxBody {
				t.Fatalf("the body has %d bytes, want at most %d", len(c.body), maxBody)
			}
			result := testing.Benchmark(c.measure(handlers))
			if got := result.AllocedBytesPerOp(); got > hostileHeap {
				t.Errorf("a review of %d bytes allocates %d, want at most %d", len(c.body), got, hostileHeap)
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	handlers := handlersOf(widePolicy(b))
	for _, c := range hostileCases() {
		b.Run(c.name, c.measure(handlers))
	}
}

func (c hostileCase) measure(handlers map[string]http.Handler) func(*testing.B) {
	return measure(handlers[c.path], reviewCase{name: c.name, path: c.path, body: []byte(c.body)})
}
