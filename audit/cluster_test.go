package audit_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestServiceRanges has a cell for each size of a range, after the API server's own
// count of what it may give.
func TestServiceRanges(t *testing.T) {
	for _, c := range []struct {
		cidr   string
		left   uint64
		plenty bool
	}{
		{"10.96.0.0/16", 65534, false},
		{"10.96.0.0/30", 2, false},
		{"10.96.0.0/31", 0, false},
		{"10.96.0.0/32", 0, false},
		{"fd00::/112", 65535, false},
		{"fd00::/126", 3, false},
		{"fd00::/128", 0, false},
		{"fd00::/76", 1<<52 - 1, false},
		{"fd00::/75", 1 << 53, true},
		{"fd00::/48", 1 << 53, true},
	} {
		got := audit.NewServiceRanges([]string{c.cidr})
		if len(got) != 1 || got[0].Left != c.left || got[0].Plenty() != c.plenty {
			t.Errorf("range %s = %+v, want %d left, plenty %t", c.cidr, got, c.left, c.plenty)
		}
	}
	if got := audit.NewServiceRanges([]string{"10.96.0.0", "all"}); len(got) != 0 {
		t.Errorf("ranges of what is none = %+v, want none", got)
	}
}

// TestUse counts addresses in the range that they are of.
func TestUse(t *testing.T) {
	ranges := audit.NewServiceRanges([]string{"10.96.0.0/30", "fd00::/126"})
	for _, address := range []string{"10.96.0.1", "fd00::1", "fd00::2", "192.0.2.1", "none"} {
		ranges.Use(address)
	}
	got := fmt.Sprint(ranges[0].Used, ranges[0].Left, ranges[1].Used, ranges[1].Left)
	if want := "1 1 2 1"; got != want {
		t.Errorf("used and left = %s, want %s", got, want)
	}
}

// TestRangeFull wants a warning where there are more Services to upgrade than
// addresses of the second family.
func TestRangeFull(t *testing.T) {
	todo := audit.Entry{Level: audit.Todo, Object: audit.Object{Kind: "Service", Name: "web"}}
	full := []audit.Entry{{Level: audit.Blocked, Object: audit.Object{Kind: "Cluster"}, Finding: audit.Finding{Code: audit.CodeServiceRangeFull}}}
	for _, c := range []struct {
		name  string
		cidrs []string
		mode  mutate.Mode
		want  []audit.Entry
	}{
		{"fewer", []string{"10.96.0.0/16", "fd00::/127"}, mutate.ModeApply, full},
		{"enough", []string{"10.96.0.0/16", "fd00::/126"}, mutate.ModeApply, nil},
		{"in two ranges", []string{"10.96.0.0/16", "fd00::/127", "fd01::/127"}, mutate.ModeApply, nil},
		{"on the way back", []string{"10.96.0.0/16", "fd00::/127"}, mutate.ModeOff, nil},
		{"one family", []string{"10.96.0.0/16"}, mutate.ModeApply, nil},
		{"not told", nil, mutate.ModeApply, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := audit.Report{Cluster: audit.Cluster{ServiceRanges: audit.NewServiceRanges(c.cidrs)}}
			report.Namespaces = []audit.Namespace{{Name: "shop", Mode: c.mode, Findings: []audit.Entry{todo, todo}}}
			report.Conclude()
			if diff := cmp.Diff(c.want, report.Findings); diff != "" {
				t.Errorf("findings about two Services and %v (-want +got):\n%s", c.cidrs, diff)
			}
		})
	}
}

func TestCluster(t *testing.T) {
	known, findings := audit.NewCluster(mutate.Facts{DualStack: mutate.Enabled, Meshes: map[string]mutate.Mesh{"istio": {Revisions: map[string]mutate.State{"b": mutate.Disabled, "a": mutate.Enabled}}}})
	want := audit.Cluster{DualStack: "enabled", Istio: []audit.Revision{{Name: "a", DualStack: "enabled"}, {Name: "b", DualStack: "disabled"}}}
	if diff := cmp.Diff(want, known); diff != "" || findings != nil {
		t.Errorf("a cluster that is known (-want +got):\n%sfindings %v, want none", diff, findings)
	}
	if known, findings := audit.NewCluster(mutate.Facts{}); known.DualStack != "unknown" || len(findings) != 1 || findings[0].Code != audit.Code(audit.CodeClusterUnknown) {
		t.Errorf("a cluster that is not known = %+v with findings %v, want one that says so", known, findings)
	}
}
