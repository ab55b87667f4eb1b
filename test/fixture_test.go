package test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

var update = flag.Bool("update", false, "rewrite out.yaml and notes of the fixtures from what the core says")

// fixture is one archive of test/fixtures. Its comment says why it exists, and
// in lines that begin with "#!" how it is run:
//
//	#! --istio-dual-stack=enabled    a flag of dualstack serve
//	#! core-only REASON               no API server can send this
//	#! namespace-unknown              the namespace has not arrived yet
//	#! reached MESH                   an injector of the mesh can reach the namespace
//	#! --sidecars-profiles=FILE       a file of test/fixtures/profiles
//
// Its files are in.yaml; before.yaml for an update; namespace.yaml for other
// labels and annotations than mode apply; out.yaml, the object as it must be
// stored; notes, a line for each decision; and warning, what kubectl shows. In them
// "$(9000 x)" stands for that many letters, which nobody wants to see.
type fixture struct {
	name             string
	archive          *txtar.Archive
	flags            []string
	coreOnly         bool
	namespaceUnknown bool
	reached          string
	namespace        mutate.MetadataView
}

// loadFixtures reads all of them. A line or a file that is not known is an
// error, so that no expectation is silently ignored.
func loadFixtures(t *testing.T) []*fixture {
	t.Helper()
	paths, err := filepath.Glob("fixtures/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d fixtures: %v", len(paths), err)
	}
	fixtures := make([]*fixture, len(paths))
	for i, path := range paths {
		if fixtures[i], err = loadFixture(path); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return fixtures
}

func loadFixture(path string) (*fixture, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	for i := range archive.Files {
		archive.Files[i].Data = expand(archive.Files[i].Data)
	}
	f := &fixture{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), archive: archive}
	for line := range strings.Lines(string(archive.Comment)) {
		directive, ok := strings.CutPrefix(strings.TrimSpace(line), "#! ")
		word, rest, _ := strings.Cut(directive, " ")
		switch {
		case !ok:
		case strings.HasPrefix(word, "--") && rest != "":
			return nil, fmt.Errorf("%q is more than one flag: give each a line", directive)
		case strings.HasPrefix(word, "--"):
			f.flags = append(f.flags, word)
		case word == "core-only":
			f.coreOnly = true
		case word == "namespace-unknown":
			f.namespaceUnknown = true
		case word == "reached":
			f.reached = rest
		default:
			return nil, fmt.Errorf("%q is not a directive", directive)
		}
	}
	known := []string{"in.yaml", "before.yaml", "namespace.yaml", "out.yaml", "notes", "warning"}
	for _, file := range archive.Files {
		if !slices.Contains(known, file.Name) {
			return nil, fmt.Errorf("%s is not one of %s", file.Name, known)
		}
	}
	f.namespace.Labels = map[string]string{mutate.KeyMode: string(mutate.ModeApply)}
	return f, yaml.Unmarshal(f.file("namespace.yaml"), &f.namespace)
}

var (
	shortX = regexp.MustCompile(`\$\((\d+) x\)`)
	longX  = regexp.MustCompile(`x{1000,}`)
)

// expand writes out what "$(9000 x)" stands for.
func expand(text []byte) []byte {
	return shortX.ReplaceAllFunc(text, func(short []byte) []byte {
		n, _ := strconv.Atoi(string(shortX.FindSubmatch(short)[1]))
		return bytes.Repeat([]byte("x"), n)
	})
}

// contract is the opposite of expand.
func contract(text []byte) []byte {
	return longX.ReplaceAllFunc(text, func(long []byte) []byte { return fmt.Appendf(nil, "$(%d x)", len(long)) })
}

// file returns nil where the fixture has no such file.
func (f *fixture) file(name string) []byte {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

// json returns the object in a file.
func (f *fixture) json(t *testing.T, name string) []byte {
	t.Helper()
	out, err := yaml.YAMLToJSONStrict(f.file(name))
	if err != nil {
		t.Fatalf("%s: %s: %v", f.name, name, err)
	}
	return out
}

func (f *fixture) kind(t *testing.T) string {
	t.Helper()
	var object struct{ Kind string }
	if err := yaml.Unmarshal(f.file("in.yaml"), &object); err != nil {
		t.Fatalf("%s: in.yaml: %v", f.name, err)
	}
	return object.Kind
}

// policy is what the flags and the namespace come to.
func (f *fixture) policy(t *testing.T) mutate.Policy {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	bypass, err := address.ParseBypass([]string{".svc", ".cluster.local"})
	if err != nil {
		t.Fatal(err)
	}
	p := mutate.Policy{Headless: true, Profiles: profiles, Servers: servers, Bypass: bypass, Facts: mutate.Facts{Meshes: map[string]mutate.Mesh{}}}
	for _, argument := range f.flags {
		if err := setFlag(&p, argument); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
	}
	if p.Mode, err = mutate.ParseMode(f.namespace.Labels[mutate.KeyMode]); err != nil {
		t.Fatalf("%s: namespace.yaml: %v", f.name, err)
	}
	if f.reached != "" {
		p.Facts.Reach = []mutate.Reach{{Injection: mutate.Injection{Mesh: f.reached}, Namespaces: labels.Everything()}}
	}
	if f.namespaceUnknown {
		p.Membership.Unknown = true
		return p
	}
	return p.WithNamespace(f.namespace.Labels, f.namespace.Annotations)
}

// setFlag does to p what a flag of dualstack serve does.
func setFlag(p *mutate.Policy, argument string) error {
	name, word, _ := strings.Cut(argument, "=")
	switch name {
	case "--services-policy":
		p.FamilyPolicy = corev1.IPFamilyPolicy(word)
		return nil
	case "--services-primary-family":
		p.PrimaryFamily = corev1.IPFamily(word)
		return nil
	case "--pods-no-proxy-hosts":
		var err error
		p.Bypass, err = address.ParseBypass(strings.Split(word, ","))
		return err
	case "--istio-cidrs":
		return setCIDRs(p, word)
	case "--istio-revisions":
		return setRevisions(p, word)
	case "--istio-reinvocation-policy":
		mesh := p.Facts.Meshes["istio"]
		mesh.InjectsOnce = map[string]mutate.State{"Never": mutate.Enabled, "IfNeeded": mutate.Disabled}[word]
		p.Facts.Meshes["istio"] = mesh
		return nil
	case "--sidecars-profiles":
		return addProfile(p, word)
	case "--sidecars-disabled":
		var err error
		p.Profiles, err = p.Profiles.Without(strings.Split(word, ",")...)
		return err
	}
	state, err := mutate.ParseState(word)
	switch name {
	case "--istio-ambient-dual-stack":
		p.Facts.Meshes[mutate.MeshAmbient] = mutate.Mesh{DualStack: state}
	case "--istio-dual-stack", "--linkerd-dual-stack":
		name := strings.TrimSuffix(strings.TrimPrefix(name, "--"), "-dual-stack")
		mesh := p.Facts.Meshes[name]
		mesh.DualStack = state
		p.Facts.Meshes[name] = mesh
	case "--cluster-dual-stack":
		p.Facts.DualStack = state
	case "--cluster-pods-dual-stack":
		p.Facts.Pods = state
	case "--pods-no-proxy":
		p.NoProxy = state == mutate.Enabled
	case "--services-headless":
		p.Headless = state == mutate.Enabled
	case "--services-load-balancers":
		p.LoadBalancers = state == mutate.Enabled
	default:
		return fmt.Errorf("%s is not a flag that the core knows", name)
	}
	return err
}

func addProfile(p *mutate.Policy, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	own, err := sidecar.Parse(data)
	if err != nil {
		return err
	}
	p.Profiles, err = p.Profiles.With(own)
	return err
}

func setCIDRs(p *mutate.Policy, word string) error {
	p.CIDRs = address.CIDRMap{}
	for pair := range strings.SplitSeq(word, ",") {
		v4, v6, _ := strings.Cut(pair, "=")
		from, to, err := address.ParseCIDRPair(v4, v6)
		if err != nil {
			return err
		}
		p.CIDRs[from] = to
	}
	return nil
}

func setRevisions(p *mutate.Policy, word string) error {
	mesh := p.Facts.Meshes["istio"]
	mesh.Revisions = map[string]mutate.State{}
	for pair := range strings.SplitSeq(word, ",") {
		revision, state, _ := strings.Cut(pair, "=")
		known, err := mutate.ParseState(state)
		if err != nil {
			return err
		}
		mesh.Revisions[revision] = known
	}
	p.Facts.Meshes["istio"] = mesh
	return nil
}

// rewrite writes the fixture's out.yaml and notes. They are generated; the rest
// is for people to write.
func (f *fixture) rewrite(t *testing.T, out []byte, notes string) {
	t.Helper()
	object, err := yaml.JSONToYAML(out)
	if err != nil {
		t.Fatal(err)
	}
	f.set("out.yaml", object)
	f.set("notes", []byte(notes))
	if err := os.WriteFile("fixtures/"+f.name+".txtar", contract(txtar.Format(f.archive)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) set(name string, data []byte) {
	for i := range f.archive.Files {
		if f.archive.Files[i].Name == name {
			f.archive.Files[i].Data = data
			return
		}
	}
	f.archive.Files = append(f.archive.Files, txtar.File{Name: name, Data: data})
}

// noteLines writes notes for eyes: code, part, path, and the values.
func noteLines(notes []mutate.Note) string {
	var b strings.Builder
	for _, note := range notes {
		words := []string{string(note.Code)}
		for _, word := range []string{note.Part, string(note.Path)} {
			if word != "" {
				words = append(words, word)
			}
		}
		switch {
		case note.Old != note.New:
			words = append(words, fmt.Sprintf("%q -> %q", note.Old, note.New))
		case note.Old != "":
			words = append(words, fmt.Sprintf("%q", note.Old))
		}
		fmt.Fprintln(&b, strings.Join(words, "  "))
	}
	return b.String()
}
