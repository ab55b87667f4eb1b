package test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dualstack-dev/webhook/"

// arrows holds the packages of ours that each of ours may import, tests aside:
// the picture in section 3 of docs/design.md.
func arrows() map[string][]string {
	return map[string][]string{
		"cmd/dualstack":  {"audit", "audit/collect", "audit/render", "certs", "cluster", "manifest", "mutate", "mutate/address", "mutate/patch", "mutate/server", "mutate/sidecar", "pages", "terminal", "webhook"},
		"webhook":        {"mutate"},
		"cluster":        {"mutate", "pages"},
		"audit":          {"mutate", "mutate/patch", "mutate/sidecar"},
		"audit/collect":  {"audit", "mutate", "pages"},
		"audit/render":   {"audit", "terminal"},
		"mutate":         {"mutate/address", "mutate/patch", "mutate/server", "mutate/setting", "mutate/sidecar"},
		"mutate/address": {},
		"mutate/patch":   {},
		"mutate/server":  {"mutate/setting"},
		"mutate/setting": {"mutate/address"},
		"mutate/sidecar": {"mutate/address", "mutate/setting"},
		"manifest":       {},
		"certs":          {},
		"terminal":       {},
		"pages":          {},

		// In a package of its own a test uses exported names only.
		"test":           {"audit", "audit/collect", "certs", "manifest", "mutate", "mutate/address", "mutate/server", "mutate/sidecar", "test/envtest", "webhook"},
		"test/chart":     {"test/envtest"},
		"test/demo":      {"test/envtest"},
		"test/docs":      {"audit", "mutate", "mutate/server", "mutate/sidecar"},
		"test/envtest":   {},
		"test/admission": {"mutate"},
		"test/network":   {},
		"test/noproxy":   {"mutate", "mutate/address", "test/admission", "test/network"},
		"test/servers":   {"mutate", "mutate/server", "mutate/sidecar", "test/admission", "test/network"},
	}
}

// pure holds what mutate and the packages below it may import from elsewhere.
// None of it has a context, a clock, a logger, an environment, a network or a
// client.
func pure() []string {
	return []string{
		"bytes", "cmp", "embed", "encoding", "encoding/json", "errors", "fmt", "io", "io/fs", "iter", "maps", "net/netip", "net/url", "path", "reflect", "regexp",
		"slices", "strconv", "strings",
		"go.yaml.in/yaml/v3",
		"gomodules.xyz/jsonpatch/v2",
		"k8s.io/api/core/v1", "k8s.io/apimachinery/pkg/apis/meta/v1", "k8s.io/apimachinery/pkg/labels",
		"sigs.k8s.io/yaml",
	}
}

// heavy holds what nothing below mutate may import either.
func heavy() []string {
	return []string{"k8s.io/client-go/", "sigs.k8s.io/controller-runtime/", "go.uber.org/", "github.com/prometheus/"}
}

func TestArrows(t *testing.T) {
	allowed := arrows()
	for _, p := range listPackages(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		may, listed := allowed[name]
		if !listed {
			t.Errorf("%s has no place: add it to arrows in test/imports_test.go, and to section 3 of docs/design.md, with the packages of ours that it may import", name)
			continue
		}
		for _, path := range p.imports() {
			imported, ours := strings.CutPrefix(path, module)
			if ours && imported != name && !slices.Contains(may, imported) {
				t.Errorf("%s imports %s, want only %q: section 3 of docs/design.md says which way the arrows point", name, imported, may)
			}
		}
	}
}

// TestCoreIsPure checks direct imports by what is allowed, because there is no
// end of packages that do I/O. What k8s.io/api brings with it cannot be helped,
// but for the clients.
func TestCoreIsPure(t *testing.T) {
	for _, p := range listPackages(t, "./mutate/...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, path := range p.Imports {
			if !strings.HasPrefix(path, module) && !slices.Contains(pure(), path) {
				t.Errorf("%s imports %s: the core does no I/O. If that package does none, add it to pure in test/imports_test.go", name, path)
			}
		}
		for _, path := range p.Deps {
			if slices.ContainsFunc(heavy(), func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
				t.Errorf("%s depends on %s: the core has no clients, loggers or metrics", name, path)
			}
		}
	}
}

// listedPackage is what go list says about a package.
type listedPackage struct {
	Dir, ImportPath                          string
	Imports, Deps, TestImports, XTestImports []string
}

// imports returns the imports that have a direction. Tests of the product may
// look around; what is under test/ is nothing but tests.
func (p listedPackage) imports() []string {
	if p.ImportPath == module+"test" || strings.HasPrefix(p.ImportPath, module+"test/") {
		return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
	}
	return p.Imports
}

func listPackages(t *testing.T, pattern string) []listedPackage {
	t.Helper()
	command := exec.Command("go", "list", "-json=Dir,ImportPath,Imports,Deps,TestImports,XTestImports", pattern)
	command.Dir = ".."
	out, err := command.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("go list %s: %v\n%s", pattern, err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var packages []listedPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decoding what go list says: %v", err)
		}
		// The go command repeats a cached success unless something has changed
		// that the test itself has read, and go list is another process.
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatalf("go list %s = no packages, want some", pattern)
	}
	return packages
}
