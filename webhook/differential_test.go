package webhook

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Reading on demand gives the decision that reading everything gives, in whatever
// order the members come, with duplicates and nulls. What is skipped is not looked at,
// so a value there may be of another type than Kubernetes knows it by; the API server
// sends none.

// plainReview is a review for a reader that reads everything.
type plainReview[O any] struct {
	Request struct {
		UID         types.UID             `json:"uid"`
		Kind        plainKind             `json:"kind"`
		SubResource string                `json:"subResource"`
		Name        string                `json:"name"`
		Namespace   string                `json:"namespace"`
		Operation   admissionv1.Operation `json:"operation"`
		Object      *O                    `json:"object"`
		OldObject   *O                    `json:"oldObject"`
	} `json:"request"`
}

type plainKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// demand is the handlers' readers and what they are compared with.
type demand struct{ policy mutate.Policy }

func newDemand(t testing.TB, bits uint8) demand {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	bypass, err := address.ParseBypass([]string{"fd00:10:96::/112", ".svc"})
	if err != nil {
		t.Fatal(err)
	}
	state := mutate.State(bits >> 1 & 1)
	return demand{mutate.Policy{
		Mode: mutate.ModeApply, Profiles: profiles, Servers: servers, Bypass: bypass, NoProxy: bits&1 != 0,
		Facts: mutate.Facts{Pods: state, DualStack: state, Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}, "linkerd": {DualStack: state}}},
	}}
}

// newDemands returns those of two settings and two states of what is known.
func newDemands(t testing.TB) [4]demand {
	t.Helper()
	var demands [4]demand
	for bits := range demands {
		demands[bits] = newDemand(t, uint8(bits))
	}
	return demands
}

// policyOf tells namespaces apart, so that a wrong one is seen.
func (d demand) policyOf(namespace string) mutate.Policy {
	p := d.policy
	p.Headless = namespace == "shop"
	if namespace == "off" {
		p.Mode = mutate.ModeOff
	}
	return p
}

// outcome is what a review comes to.
type outcome struct {
	UID    types.UID
	Name   string
	Result mutate.Result
}

// onDemand returns what the handler makes of a review.
func onDemand[O any](d demand, r resource[O], body string) (outcome, error) {
	var q request[O]
	policy, err := readReview(new(reader), []byte(body), r, &q, d.policyOf)
	if err != nil || !r.isOurs(&q) {
		return outcome{UID: q.UID}, err
	}
	return outcome{q.UID, q.Name, r.decide(&q, policy)}, nil
}

// plainly returns what is to come of it.
func plainly[O any](d demand, r resource[O], body string) (outcome, error) {
	var review plainReview[O]
	err := json.Unmarshal([]byte(body), &review, jsontext.AllowDuplicateNames(true))
	p := review.Request
	q := request[O]{UID: p.UID, SubResource: p.SubResource, Name: p.Name, Namespace: p.Namespace, Operation: p.Operation, Object: p.Object, OldObject: p.OldObject}
	q.Kind.Group, q.Kind.Version, q.Kind.Kind = p.Kind.Group, p.Kind.Version, p.Kind.Kind
	if err != nil || !r.isOurs(&q) {
		return outcome{UID: q.UID}, err
	}
	return outcome{q.UID, q.Name, r.decide(&q, d.policyOf(q.Namespace))}, nil
}

func checkDemand[O any](t *testing.T, d demand, r resource[O], body string) {
	t.Helper()
	want, err := plainly(d, r, body)
	if err != nil {
		return // The other reader may have passed over what is wrong in it.
	}
	got, err := onDemand(d, r, body)
	if errors.Is(err, limitError{mutate.Members}) {
		return // What comes again is not seen in what the plain reader returns.
	}
	if err != nil {
		t.Fatalf("reading %s on demand: %v, want no error", body, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("decision about %s (-plain +on demand):\n%s", body, diff)
	}
}

// FuzzDemand has any body.
func FuzzDemand(f *testing.F) {
	g := shuffler{rand.New(rand.NewPCG(1, 2))}
	for range 40 {
		f.Add(g.review("Pod", g.pod()), uint8(g.IntN(4)))
		f.Add(g.review("Service", g.service()), uint8(g.IntN(4)))
	}
	demands := newDemands(f)
	f.Fuzz(func(t *testing.T, body string, bits uint8) {
		checkDemand(t, demands[bits&3], pods(), body)
		checkDemand(t, demands[bits&3], services(), body)
	})
}

// TestDemandInAnyOrder has Pods and Services whose members come in any order, some of
// them twice or null.
func TestDemandInAnyOrder(t *testing.T) {
	demands, decided := newDemands(t), 0
	for seed := range uint64(3_000) {
		g := shuffler{rand.New(rand.NewPCG(seed, 16))}
		d := demands[seed%4]
		body := g.review("Pod", g.pod())
		checkDemand(t, d, pods(), body)
		checkDemand(t, d, services(), g.review("Service", g.service()))
		if got, _ := onDemand(d, pods(), body); got.Result.Patch != nil {
			decided++
		}
	}
	if decided < 300 {
		t.Errorf("%d of 3000 Pods were changed, want at least 300: the rest shows little", decided)
	}
}

// shuffler writes objects in JSON, member by member.
type shuffler struct{ *rand.Rand }

// member is a member of an object, as it is written.
type member struct{ name, value string }

// object writes the members, most of the time in their order.
func (g shuffler) object(members ...member) string {
	if g.IntN(3) == 0 {
		g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	var text []string
	for _, m := range members {
		switch g.IntN(30) {
		case 0:
			continue
		case 1:
			text = append(text, fmt.Sprintf("%q:null", m.name))
		case 2:
			text = append(text, fmt.Sprintf("%q:%s", m.name, m.value), fmt.Sprintf("%q:null", m.name))
		case 3:
			other := members[g.IntN(len(members))]
			text = append(text, fmt.Sprintf("%q:%s", other.name, other.value))
		}
		text = append(text, fmt.Sprintf("%q:%s", m.name, m.value))
	}
	return "{" + strings.Join(text, ",") + "}"
}

func (g shuffler) list(most int, element func() string) string {
	var elements []string
	for range g.IntN(most + 1) {
		if g.IntN(20) == 0 {
			elements = append(elements, "null")
		}
		elements = append(elements, element())
	}
	return "[" + strings.Join(elements, ",") + "]"
}

func (g shuffler) of(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g shuffler) quoted(texts ...string) string { return fmt.Sprintf("%q", g.of(texts...)) }

func (g shuffler) review(kind, object string) string {
	return g.object(member{"kind", `"AdmissionReview"`}, member{"request", g.object(
		member{"uid", g.quoted("u-1", "u-2")},
		member{"kind", g.object(member{"group", `""`}, member{"version", `"v1"`}, member{"kind", fmt.Sprintf("%q", kind)})},
		member{"name", `"web"`},
		member{"namespace", g.quoted("shop", "shop", "other", "off")},
		member{"operation", g.quoted("CREATE", "CREATE", "CREATE", "UPDATE")},
		member{"object", object},
		member{"oldObject", g.of("null", "null", "null", `{"spec":{"type":"ExternalName"}}`)},
	)})
}

func (g shuffler) metadata() string {
	return g.object(
		member{"name", `"web"`},
		member{"labels", g.object(member{"a", `"b"`}, member{g.of("b", "b", "b", mutate.KeyMode), g.quoted("off", "apply")})},
		member{"annotations", g.object(
			member{mutate.KeyServers, g.quoted("web=gunicorn,app=node", "web=redis", "app=haproxy,web=uvicorn", "nobody=go")},
			member{mutate.KeyNoProxy, g.quoted("enabled", "disabled")},
			member{"linkerd.io/proxy-version", `"edge-26.8.1"`},
			member{"sidecar.istio.io/status", `"{\"revision\":\"default\"}"`},
		)},
		member{"managedFields", `[{"fieldsV1":{"f:a":{}}}]`},
	)
}

func (g shuffler) pod() string {
	return g.object(member{"kind", `"Pod"`}, member{"metadata", g.metadata()}, member{"spec", g.object(
		member{"volumes", `[{"name":"a"}]`},
		member{"initContainers", g.list(3, g.container)},
		member{"containers", g.list(4, g.container)},
		member{"hostNetwork", g.of("false", "false", "false", "true")},
		member{"os", g.object(member{"name", `"linux"`})},
		member{"securityContext", g.object(member{"sysctls", g.list(2, func() string {
			return g.object(member{"name", `"net.ipv6.bindv6only"`}, member{"value", g.quoted("0", "1")})
		})})},
	)})
}

func (g shuffler) container() string {
	return g.object(
		member{"name", g.quoted("istio-proxy", "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init", "daprd", "web", "app", "other", "\u0069stio-proxy")},
		member{"image", `"x"`},
		member{"command", g.list(1, func() string { return g.quoted("gunicorn", "redis-server", "sh", "tini") })},
		member{"args", g.list(4, func() string {
			return g.quoted("--bind", "0.0.0.0:80", "0.0.0.0", "-i", "10.96.0.0/12", "--ipv6=false", "--", "-c", "--host")
		})},
		member{"env", g.list(5, g.variable)},
	)
}

func (g shuffler) variable() string {
	return g.object(
		member{"name", g.quoted("A", "NO_PROXY", "no_proxy", "ISTIO_DUAL_STACK", "HOST", "LINKERD2_PROXY_INBOUND_LISTEN_ADDR", "")},
		member{"value", g.quoted("true", "false", "localhost,.svc", "0.0.0.0", "0.0.0.0:4143", "")},
		member{"valueFrom", g.of("null", "null", "null", "{}")},
	)
}

func (g shuffler) service() string {
	return g.object(member{"metadata", g.metadata()}, member{"spec", g.object(
		member{"type", g.quoted("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")},
		member{"selector", g.object(member{"app", `"web"`})},
		member{"clusterIP", g.quoted("", "None", "10.0.0.1")},
		member{"clusterIPs", g.list(2, func() string { return g.quoted("None", "10.0.0.1", "fd00::1") })},
		member{"ipFamilyPolicy", g.of("null", "null", `"SingleStack"`, `"PreferDualStack"`)},
		member{"ipFamilies", g.list(1, func() string { return g.quoted("IPv4", "IPv6") })},
		member{"externalIPs", g.list(1, func() string { return g.quoted("192.0.2.1") })},
		member{"loadBalancerSourceRanges", g.list(1, func() string { return g.quoted("10.0.0.0/8") })},
		member{"ports", `[{"port":80}]`},
	)})
}
