package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// hostile is what others may have written: it ends a line, colours the next, and
// turns the rest around.
const hostile = "w\te\nb\x1b[31m\u009b1m\u202e"

// shown is how a terminal gets it.
const shown = `w\u0009e\u000ab\u001b[31m\u009b1m\u202e`

// checkPrintable wants got to say hostile in this way, and to have nothing that a
// terminal acts on but line ends.
func checkPrintable(t *testing.T, what, got string) {
	t.Helper()
	if !strings.Contains(got, shown) {
		t.Errorf("%s has no %s:\n%s", what, shown, got)
	}
	if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("%s = %q, want no control characters", what, got)
	}
}

// hostileFile writes a manifest into a file with a hostile name.
func hostileFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), hostile+".yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Skipf("this file system has no such names: %v", err)
	}
	return file
}

// TestMutateIsPrintable has the name, the namespace, the kind, the file and an
// annotation be hostile.
func TestMutateIsPrintable(t *testing.T) {
	name := fmt.Sprintf("%q", hostile)
	service := hostileFile(t, "apiVersion: v1\nkind: Service\nmetadata:\n  name: "+name+"\n  annotations: {dualstack.dev/headless: "+name+"}\nspec: {}\n")
	twice := hostileFile(t, "apiVersion: v1\nkind: Service\nmetadata: {name: "+name+"}\nspec: {ports: 80, selector: 1}\n")
	kind := hostileFile(t, "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a, namespace: "+name+"}\n  spec: {selector: 1}\n")
	mode := hostileFile(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+", labels: {dualstack.dev/mode: "+name+"}}\n")
	for _, args := range [][]string{
		{"mutate", "-o", "notes", service},
		{"mutate", "-o", "diff", hostileFile(t, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n")},
		{"mutate", twice},
		{"mutate", kind},
		{"mutate", mode},
		{"mutate", filepath.Join(t.TempDir(), hostile)},
		{"audit", "--kubeconfig", filepath.Join(t.TempDir(), hostile)},
	} {
		var out bytes.Buffer
		run(t.Context(), append([]string{"dualstack"}, args...), &out, &out)
		checkPrintable(t, fmt.Sprintf("%q", args), out.String())
	}
}

// TestDiffIsPrintable wants lines for people to be printable, and lines for programs
// to be those of the file.
func TestDiffIsPrintable(t *testing.T) {
	f := readText("# \u202e\tapiVersion\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n")
	if err := decideAll([]*file{f}, mutate.Policy{Mode: mutate.ModeApply}, "default"); err != nil {
		t.Fatal(err)
	}
	for terminal, want := range map[bool]string{true: " # \\u202e\tapiVersion\n", false: " # \u202e\tapiVersion\n"} {
		var out bytes.Buffer
		if err := (diffPrinter{terminal: terminal}).print(&out, []*file{f}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("the diff for people (%t) has no %q:\n%s", terminal, want, out.String())
		}
	}
}

// TestServicesArePrintable has all that is said of a Service be hostile.
func TestServicesArePrintable(t *testing.T) {
	services := []*plannedService{{
		Service: &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: hostile, Namespace: hostile, Annotations: map[string]string{mutate.KeyStatus: hostile}}},
		plan: audit.Plan{
			Reason: mutate.CodeServiceDualStack, Pods: []string{hostile},
			From: audit.Stack{Policy: hostile, Families: []corev1.IPFamily{hostile}}, To: audit.Stack{Policy: hostile},
		},
	}}
	printer := servicePrinter{direction: upgrade}
	var table bytes.Buffer
	printer.table(&table, services)
	checkPrintable(t, "the table", table.String())
	checkPrintable(t, "the diff", excerpt(services[0]).hunk())
}

// TestReport wants a line for each error, whatever is in it.
func TestReport(t *testing.T) {
	two := errors.Join(errors.New("a\nb"), fmt.Errorf("c: %w", errors.Join(errors.New("d"), errors.New("\x1b"))))
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"Failure", failure{errors.New("a\nb")}, "dualstack: a\\u000ab\n"},
		{"Failure:two", failure{two}, "dualstack: a\\u000ab\ndualstack: c: d\\u000a\\u001b\n"},
		{"Use", errors.New("a\n\nb"), "dualstack: a\ndualstack: \ndualstack: b\nRun dualstack --help, or --help after a command, for its use.\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			report(&out, "dualstack", tc.err)
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}
