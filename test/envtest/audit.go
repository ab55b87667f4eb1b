package envtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// auditPolicy logs what happens to Pods and Services; the annotations of
// webhooks come with the level Metadata.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources:
  - group: ""
    resources: [pods, services]
- level: None
`

// AuditEvent names the fields of an audit.k8s.io/v1 Event that tests read.
type AuditEvent struct {
	AuditID     string            `json:"auditID"`
	Verb        string            `json:"verb"`
	ObjectRef   ObjectRef         `json:"objectRef"`
	Annotations map[string]string `json:"annotations"`
}

// ObjectRef is what an AuditEvent is about.
type ObjectRef struct {
	Resource  string `json:"resource"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// AuditEvents returns what has been logged so far, in order. The log is written
// before a request is answered.
func (c *ControlPlane) AuditEvents() ([]AuditEvent, error) {
	file, err := os.Open(c.path("audit.log"))
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	defer func() { _ = file.Close() }()
	var events []AuditEvent
	decoder := json.NewDecoder(bufio.NewReader(file))
	for {
		var event AuditEvent
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		events = append(events, event)
	}
}
