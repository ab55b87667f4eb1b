package test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
)

// webManifest is a Service as most charts write it.
const webManifest = `
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
`

// exportCreatedAgain is a backup: what was stored is deleted and created.
func exportCreatedAgain(s *stage) {
	s.kubectl(webManifest, "create", "-f", "-")
	before := s.get()
	export := s.kubectl("", "get", "service", "web", "-o", "yaml")
	s.kubectl("", "delete", "service", "web")
	export = withoutLines(export, "uid:", "resourceVersion:", "creationTimestamp:")
	s.kubectl(export, "create", "-f", "-")
	after := s.get()
	if diff := cmp.Diff(before.Spec, after.Spec); diff != "" {
		s.Errorf("spec (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before.Annotations, after.Annotations); diff != "" {
		s.Errorf("annotations (-before +after):\n%s", diff)
	}
}

func withoutLines(text string, prefixes ...string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		keep := true
		for _, prefix := range prefixes {
			keep = keep && !strings.HasPrefix(strings.TrimSpace(line), prefix)
		}
		if keep {
			b.WriteString(line)
		}
	}
	return b.String()
}

func appliedAgain(s *stage) { s.applyAgain() }

func appliedAgainOnTheServer(s *stage) { s.applyAgain("--server-side") }

// applyAgain applies the author's manifest three times, and then the export.
func (s *stage) applyAgain(flags ...string) {
	s.Helper()
	apply := append([]string{"apply", "-f", "-"}, flags...)
	s.kubectl(webManifest, apply...)
	s.want("applied", dualStack)
	version := s.get().ResourceVersion
	for range 2 {
		s.kubectl(webManifest, apply...)
		if got := s.get().ResourceVersion; got != version {
			s.Errorf("resourceVersion = %s after the manifest is applied again, want %s", got, version)
			version = got
		}
	}
	if out := s.kubectl(webManifest, append([]string{"diff", "-f", "-"}, flags...)...); out != "" {
		s.Errorf("kubectl diff shows\n%s", out)
	}
	s.kubectl(strings.ReplaceAll(webManifest, "port: 80", "port: 81"), apply...)
	s.want("changed", dualStack)
	if got := s.get().Spec.Ports[0].Port; got != 81 {
		s.Errorf("port = %d, want 81", got)
	}
	for _, field := range s.get().ManagedFields {
		if fields := field.FieldsV1.GetRawString(); strings.Contains(fields, "ipFamilyPolicy") || strings.Contains(fields, mutate.KeyStatus) {
			s.Errorf("%s owns what we wrote: %s", field.Manager, fields)
		}
	}
}

func listsAppliedAgain(s *stage) { s.applyListsAgain("1") }

func listsAppliedAgainOnTheServer(s *stage) { s.applyListsAgain("2", "--server-side") }

// applyListsAgain applies Services that name families and addresses. A list of one
// asks the API server for less than we would have made of it, which it refuses; so
// what was accepted once has to be accepted again. Net is where their addresses
// are.
func (s *stage) applyListsAgain(net string, flags ...string) {
	s.Helper()
	for _, tc := range []struct{ name, spec, want string }{
		{"family", "ipFamilies: [IPv4]", singleStack},
		{"family-v6", "ipFamilies: [IPv6]", "SingleStack IPv6"},
		{"families", "ipFamilies: [IPv4, IPv6]", dualStack},
		{"address", "clusterIP: 10.96.20" + net + ".1", dualStack},
		{"addresses-one", "clusterIP: 10.96.20" + net + ".2\n  clusterIPs: [10.96.20" + net + ".2]", singleStack},
		{"addresses", "clusterIP: 10.96.20" + net + ".3\n  clusterIPs: [10.96.20" + net + `.3, "fd00:10:96::e` + net + `"]`, dualStack},
		{"headless", "clusterIP: None\n  clusterIPs: [None]", dualStack},
		{"headless-family", "clusterIP: None\n  ipFamilies: [IPv4]", singleStack},
	} {
		manifest := strings.Replace(webManifest, "spec:\n", "spec:\n  "+tc.spec+"\n", 1)
		for _, when := range []string{"applied", "applied again"} {
			s.kubectl(manifest, append([]string{"apply", "-f", "-"}, flags...)...)
			s.want(tc.name+" "+when, tc.want)
		}
		s.kubectl("", "delete", "service", "web")
	}
}

// optOut is the update that sets the label, and what comes after it.
func optOut(s *stage) {
	s.create(externalName)
	s.patch(`{"metadata":{"labels":{"dualstack.dev/mode":"off"}},"spec":{"type":"ClusterIP","externalName":null}}`)
	s.want("opted out", singleStack)
}

// testKubeSystem opts in where nobody should.
func (c *cluster) testKubeSystem(t *testing.T) {
	s := &stage{T: t, cluster: c, namespace: "kube-system"}
	s.kubectl("", "label", "namespace", s.namespace, "dualstack.dev/mode=apply")
	defer s.kubectl("", "label", "namespace", s.namespace, "dualstack.dev/mode-")
	s.create(nil)
	s.want("created", singleStack)
	s.kubectl("", "delete", "service", "web")
}
