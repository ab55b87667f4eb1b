package istio

import (
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/operator/pkg/render"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/kube/inject"
)

// systemNamespace is where the chart puts the control plane.
const systemNamespace = "istio-system"

// revision is one installation of Istio's control plane, as its users describe
// it, beside testdata/operator.yaml.
type revision struct {
	name string // empty for the default revision
	tag  string
	set  []string
}

// revisions differ in what captures the traffic, and in whether the injector is
// called again after another webhook has changed the Pod. One istiod is dual-stack,
// where nobody tells the program what to think of it. The last two capture one
// range of IPv4, without a Pod saying so: what is added to it has to outlast a
// second injection.
var revisions = []revision{
	{},
	{name: "again", tag: "prod", set: []string{"values.sidecarInjectorWebhook.reinvocationPolicy=IfNeeded", "values.pilot.env.ISTIO_DUAL_STACK=true"}},
	{name: "cni", set: []string{"values.pilot.cni.enabled=true"}},
	{name: "cni-again", set: []string{"values.pilot.cni.enabled=true", "values.sidecarInjectorWebhook.reinvocationPolicy=IfNeeded"}},
	{name: "ranges", set: []string{"values.global.proxy.includeIPRanges=10.96.0.0/12", "values.sidecarInjectorWebhook.reinvocationPolicy=IfNeeded"}},
	{name: "cni-ranges", set: []string{"values.pilot.cni.enabled=true", "values.global.proxy.includeIPRanges=10.96.0.0/12", "values.sidecarInjectorWebhook.reinvocationPolicy=IfNeeded"}},
}

// chart is what Istio's chart renders for a revision, as far as injection is
// concerned.
type chart struct {
	revision
	objects        []*unstructured.Unstructured // Services, webhook configurations and istiod
	config, values string
	mesh           *meshconfig.MeshConfig
}

// flags are the settings of the revision for istioctl's --set.
func (r revision) flags() []string {
	flags := slices.Clone(r.set)
	if r.name != "" {
		flags = append(flags, "values.revision="+r.name)
	}
	if r.tag != "" {
		flags = append(flags, "values.revisionTags[0]="+r.tag)
	}
	return flags
}

// render renders Istio's embedded chart.
func (r revision) render() (*chart, error) {
	sets, _, err := render.GenerateManifest([]string{"testdata/operator.yaml"}, r.flags(), false, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("rendering the chart of revision %q: %w", r.name, err)
	}
	c := &chart{revision: r}
	for _, set := range sets {
		for _, m := range set.Manifests {
			if err := c.add(m.Unstructured); err != nil {
				return nil, err
			}
		}
	}
	if c.config == "" || c.values == "" || c.mesh == nil {
		return nil, fmt.Errorf("the chart of revision %q has no ConfigMap for the injector, or none for the mesh", r.name)
	}
	return c, nil
}

func (c *chart) add(object *unstructured.Unstructured) error {
	switch object.GetKind() {
	case "Service", "MutatingWebhookConfiguration", "Deployment":
		c.objects = append(c.objects, object)
		return nil
	case "ConfigMap":
	default:
		return nil
	}
	var m corev1.ConfigMap
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &m); err != nil {
		return fmt.Errorf("decoding the ConfigMap %s: %w", object.GetName(), err)
	}
	if text, ok := m.Data["mesh"]; ok {
		var err error
		if c.mesh, err = mesh.ApplyMeshConfig(text, mesh.DefaultMeshConfig()); err != nil {
			return fmt.Errorf("reading the mesh configuration: %w", err)
		}
	}
	if strings.HasPrefix(m.Name, "istio-sidecar-injector") {
		c.config, c.values = m.Data["config"], m.Data["values"]
	}
	return nil
}

// byHand injects the Pod as istioctl kube-inject does.
func (c *chart) byHand(in io.Reader, out io.Writer) error {
	config, err := inject.UnmarshalConfig([]byte(c.config))
	if err != nil {
		return fmt.Errorf("reading the injector's configuration: %w", err)
	}
	values, err := inject.NewValuesConfig(c.values)
	if err != nil {
		return fmt.Errorf("reading the injector's values: %w", err)
	}
	return inject.IntoResourceFile(nil, config.Templates, values, c.name, c.mesh, in, out, func(string) {})
}
