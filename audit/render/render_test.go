package render_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/audit/render"
)

// hostile is what somebody might write into an object for others to open: markup, a
// script, an end of a line, and what moves a terminal's cursor.
const hostile = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\n\x1b[2J\u202e\"'&"

// hostileReport has it in every text that comes from a cluster.
func hostileReport() *audit.Report {
	e := audit.Entry{
		Level:   audit.Todo,
		Object:  audit.Object{Kind: hostile, Name: hostile},
		Finding: audit.Finding{Code: audit.CodeListenIPv4, Path: hostile, Value: hostile},
		Pods:    []string{hostile},
	}
	forbidden := audit.Entry{Level: audit.Blocked, Object: audit.Object{Kind: "Pod"}, Finding: audit.Finding{Code: audit.CodeForbidden}, Reason: hostile}
	return &audit.Report{
		Cluster: audit.Cluster{
			DualStack:     hostile,
			Istio:         []audit.Revision{{Name: hostile, DualStack: hostile}},
			ServiceRanges: []audit.ServiceRange{{CIDR: hostile, Left: 1 << 60}},
		},
		Findings: []audit.Entry{forbidden},
		Namespaces: []audit.Namespace{{
			Name: hostile, Mode: hostile, Findings: []audit.Entry{e},
			Next: []audit.Step{{Command: hostile, Why: hostile}, {Why: hostile}},
		}},
	}
}

// TestHTMLEscapes wants the page to have no element and no script but its own.
func TestHTMLEscapes(t *testing.T) {
	page := html(t, hostileReport())
	if got := strings.Count(page, "<script"); got != 1 {
		t.Errorf("the page has %d scripts, want its own", got)
	}
	for _, element := range []string{"<img", "alert(1)</script>"} {
		if strings.Contains(page, element) {
			t.Errorf("the page has %s", element)
		}
	}
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if len(policy) != 2 || !strings.HasPrefix(policy[1], "default-src &#39;none&#39;;") || strings.Contains(policy[1], "unsafe") {
		t.Errorf("the page's policy is %q, want one that allows its own style and script", policy)
	}
}

// TestHTMLIsOneFile wants the page to name nothing that it would have to ask for.
func TestHTMLIsOneFile(t *testing.T) {
	page := html(t, &audit.Report{})
	for _, reference := range []string{" src=", " href=", "url(", "@import", "fetch(", "http://", "https://"} {
		if strings.Contains(page, reference) {
			t.Errorf("the page has %q", reference)
		}
	}
}

// TestTableEscapes wants a line to be one line, and a terminal to be left alone.
func TestTableEscapes(t *testing.T) {
	var out strings.Builder
	if err := render.Table(&out, hostileReport()); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && (r < ' ' || r == '\u202e') {
			t.Fatalf("the table has %q:\n%q", r, out.String())
		}
	}
	if want := `\u000a\u001b[2J\u202e`; !strings.Contains(out.String(), want) {
		t.Errorf("the table has no %s, which stands for what it leaves out:\n%s", want, out.String())
	}
}

// TestEmpty wants an audit that found nothing to say so.
func TestEmpty(t *testing.T) {
	report := &audit.Report{Cluster: audit.Cluster{DualStack: "enabled"}, Namespaces: []audit.Namespace{{Name: "shop", Mode: "apply"}}}
	var table, document strings.Builder
	if err := errors.Join(render.Table(&table, report), render.JSON(&document, report)); err != nil {
		t.Fatal(err)
	}
	want := `CLUSTER
two IP families   enabled

NAMESPACE shop: mode apply, 0 Pods, 0 Services (0 dual-stack)

Nothing was found.
`
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(document.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got["kind"] != "AuditReport" || got["apiVersion"] != "dualstack.dev/v1alpha1" || got["findings"] != nil {
		t.Errorf("the document is %s, want an AuditReport without findings", document.String())
	}
	if page := html(t, report); !strings.Contains(page, "<p>Nothing was found.</p>") {
		t.Errorf("the page does not say that nothing was found:\n%s", page)
	}
}

func html(t *testing.T, report *audit.Report) string {
	t.Helper()
	var out strings.Builder
	if err := render.HTML(&out, report, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
