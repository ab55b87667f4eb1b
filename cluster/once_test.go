package cluster

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestReadMeshes(t *testing.T) {
	failure := errors.New("forbidden")
	decided := mutate.Mesh{Revisions: states{"stable": mutate.Enabled}}
	canary := []appsv1.Deployment{istiodDeployment("canary")}
	for _, tc := range []struct {
		name string
		look istioLook
		want mutate.Mesh
		err  error
	}{
		{"Istiod:none", istioLook{}, decided, nil},
		{
			"Istiod:dual-stack",
			istioLook{deployments: canary, injectors: []admissionregistrationv1.MutatingWebhookConfiguration{injector("canary", "production")}},
			mutate.Mesh{
				Revisions: states{"stable": mutate.Enabled, "canary": mutate.Enabled},
				Tags:      states{"production": mutate.Enabled},
				Injectors: states{"canary": mutate.Enabled, "production": mutate.Enabled},
			},
			nil,
		},
		{
			"Istiod:updating",
			istioLook{deployments: []appsv1.Deployment{istiodDeployment("canary", rollingOut)}},
			mutate.Mesh{Revisions: states{"stable": mutate.Enabled, "canary": mutate.Unknown}},
			nil,
		},
		{"Deployments:forbidden", istioLook{err: failure}, decided, failure},
		{"Injectors:forbidden", istioLook{deployments: canary, injectErr: failure}, decided, failure},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ReadMeshes(t.Context(), IstioOptions{
				Reader:    &istioAPI{looks: []istioLook{tc.look}},
				Namespace: "istio-system",
				Selector:  labels.SelectorFromSet(labels.Set{"app": "istiod"}),
				Decided:   decided,
			})
			if !errors.Is(err, tc.err) {
				t.Errorf("error = %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(map[string]mutate.Mesh{"istio": tc.want}, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("meshes (-want +got):\n%s", diff)
			}
		})
	}
}
