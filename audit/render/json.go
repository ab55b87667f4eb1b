package render

import (
	"encoding/json"
	"io"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/terminal"
)

// JSON writes the report for programs. It says what it is, as every Kubernetes
// document does.
func JSON(w io.Writer, report *audit.Report) error {
	encoder := json.NewEncoder(terminal.JSON{Writer: w})
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		*audit.Report
	}{"dualstack.dev/v1alpha1", "AuditReport", report})
}
