package audit

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FieldManager is the name under which existing Services are changed. What it
// owns nobody has chosen.
const FieldManager = "dualstack-services"

// choices are the fields of a Service that somebody has chosen. The API server
// fills in all of them, and what it fills in belongs to nobody; the webhook's
// changes belong to nobody either, since managedFields are made before:
// k8s.io/apiserver/pkg/endpoints/handlers/create.go.
type choices struct {
	policy, families, clusterIPs bool
}

// choicesIn returns who chose what. Where that cannot be told, all of it is
// chosen.
func choicesIn(service *corev1.Service) choices {
	all := choices{policy: true, families: true, clusterIPs: true}
	if len(service.ManagedFields) == 0 {
		return all
	}
	var chosen choices
	for _, entry := range service.ManagedFields {
		if isOurs(entry) || entry.FieldsV1 == nil {
			continue
		}
		var owned struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &owned); err != nil {
			return all
		}
		chosen.add(owned.Spec, "f:")
	}
	applied, err := lastApplied(service)
	if err != nil {
		return all
	}
	chosen.add(applied, "")
	return chosen
}

func (c *choices) add(fields map[string]json.RawMessage, prefix string) {
	for name, chosen := range map[string]*bool{"ipFamilyPolicy": &c.policy, "ipFamilies": &c.families, "clusterIPs": &c.clusterIPs} {
		if value, ok := fields[prefix+name]; ok && string(value) != "null" {
			*chosen = true
		}
	}
}

// lastApplied returns the spec in the manifest that kubectl apply has put into an
// annotation. It matters because a client-side apply sends what differs: to choose
// SingleStack for a Service that is it already leaves no trace in managedFields.
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
func lastApplied(service *corev1.Service) (map[string]json.RawMessage, error) {
	text, ok := service.Annotations[corev1.LastAppliedConfigAnnotation]
	if !ok {
		return nil, nil
	}
	var manifest struct {
		Spec map[string]json.RawMessage `json:"spec"`
	}
	err := json.Unmarshal([]byte(text), &manifest)
	return manifest.Spec, err
}

// isOurs reports whether an entry of managedFields is what changing a Service
// leaves.
func isOurs(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == FieldManager && entry.Operation == metav1.ManagedFieldsOperationUpdate
}
