package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// TestSurvey wants of each archive in testdata/survey what there is to say about
// its namespace. The comment of an archive says why it exists; its files are
// in.yaml, a Namespace and Pods and Services in it, and survey. The cluster and
// istiod are dual-stack, unless the comment says --unknown.
func TestSurvey(t *testing.T) {
	paths, err := filepath.Glob("testdata/survey/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d surveys: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			facts := mutate.Facts{DualStack: mutate.Enabled, Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}}
			if bytes.Contains(archive.Comment, []byte("--unknown")) {
				facts = mutate.Facts{}
			}
			got := summary(survey(t, string(archive.Files[0].Data), facts))
			want := &archive.Files[1].Data
			if *update {
				*want = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(*want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// survey returns what there is to say about the first document, a Namespace, with
// the others in it. A ReplicaSet named x-1 is of a Deployment named x.
func survey(t *testing.T, documents string, facts mutate.Facts) audit.Namespace {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	policy := mutate.Policy{Headless: true, Profiles: profiles, Facts: facts}
	head, rest, _ := strings.Cut(documents, "---\n")
	var namespace corev1.Namespace
	if err := yaml.UnmarshalStrict([]byte(head), &namespace); err != nil {
		t.Fatal(err)
	}
	policy = policy.WithNamespace(namespace.Labels, namespace.Annotations)
	// A mode that is not known is that of a namespace that has not opted in.
	policy.Mode, _ = mutate.ParseMode(namespace.Labels[mutate.KeyMode])
	s := audit.NewSurvey(namespace.ObjectMeta, policy)
	for document := range strings.SplitSeq(rest, "---\n") {
		addObject(t, s, document)
	}
	owners := audit.Owners{}
	for _, name := range s.Controllers("ReplicaSet") {
		owners[audit.Object{Kind: "ReplicaSet", Name: name}] = audit.Object{Kind: "Deployment", Name: strings.TrimSuffix(name, "-1")}
	}
	return s.Namespace(owners)
}

func addObject(t *testing.T, s *audit.Survey, document string) {
	t.Helper()
	var pod corev1.Pod
	var service corev1.Service
	switch {
	case strings.TrimSpace(document) == "":
	case strings.Contains(document, "kind: Pod\n"):
		if err := yaml.UnmarshalStrict([]byte(document), &pod); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		s.AddPod(&pod)
	default:
		if err := yaml.UnmarshalStrict([]byte(document), &service); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		s.AddService(&service)
	}
}

// summary writes a namespace for eyes.
func summary(n audit.Namespace) string {
	report := audit.Report{Namespaces: []audit.Namespace{n}}
	report.Conclude()
	n = report.Namespaces[0]
	var out strings.Builder
	fmt.Fprintf(&out, "mode %s, pods %+v, services %+v, asks %t\n", n.Mode, n.Pods, n.Services, report.HasFindings())
	for _, e := range n.Findings {
		fmt.Fprintln(&out, strings.TrimSpace(fmt.Sprintf("%s  %s  %s  %s  %s  %s", e.Level, e.Object, e.Code, e.Path, e.Value, strings.Join(e.Pods, ","))))
	}
	for _, step := range n.Next {
		fmt.Fprintln(&out, strings.TrimSpace(step.Command+"  # "+step.Why))
	}
	return out.String()
}

// TestStateCodes checks what outputs and the documentation rely on.
func TestStateCodes(t *testing.T) {
	for _, code := range audit.StateCodes() {
		if sentence := code.Sentence(); sentence == "" || len(sentence) > 120 || strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: sentence %q is empty, longer than 120 characters, or ends with a full stop", code, sentence)
		}
		if !strings.HasSuffix(code.Cure(), ".") {
			t.Errorf("%s: cure %q is not a sentence", code, code.Cure())
		}
	}
	seen := map[audit.Code]bool{}
	all := append(audit.Codes(), audit.StateCodes()...)
	for _, code := range mutate.Codes() {
		all = append(all, audit.Code(code))
	}
	for _, code := range audit.ServiceCodes() {
		all = append(all, audit.Code(code))
	}
	for _, code := range all {
		if seen[code] {
			t.Errorf("%s stands for two things", code)
		}
		seen[code] = true
	}
}

// TestEntryJSON wants the names of the fields that programs rely on, and what the
// code means, also where it is one of a decision.
func TestEntryJSON(t *testing.T) {
	for _, c := range []struct {
		entry audit.Entry
		want  string
	}{
		{
			audit.Entry{Level: audit.Todo, Object: audit.Object{Kind: "Deployment", Name: "web"}, Finding: audit.Finding{Code: audit.CodePodOutdated}, Pods: []string{"web-1"}},
			`{"level":"todo","object":{"kind":"Deployment","name":"web"},"code":"pod-outdated","pods":["web-1"],` +
				`"sentence":"the Pod was created without settings that one created now would get","cure":"Restart the workload, once the namespace's mode is pods or apply."}`,
		},
		{
			audit.Entry{Level: audit.Info, Object: audit.Object{Kind: "Service", Name: "web"}, Finding: audit.Finding{Code: "explicit-single-stack", Path: "/spec", Value: "SingleStack IPv4"}},
			`{"level":"info","object":{"kind":"Service","name":"web"},"code":"explicit-single-stack","path":"/spec","value":"SingleStack IPv4","sentence":"the Service says SingleStack"}`,
		},
		{
			audit.Entry{Level: audit.Blocked, Object: audit.Object{Kind: "Pod"}, Finding: audit.Finding{Code: audit.CodeForbidden}, Reason: "no"},
			`{"level":"blocked","object":{"kind":"Pod"},"code":"forbidden","reason":"no","sentence":"it may not be read, so nothing is known about it","cure":"Ask for the right to get and list it."}`,
		},
	} {
		got, err := json.Marshal(c.entry)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("JSON of %+v (-want +got):\n%s", c.entry, diff)
		}
	}
}
