package test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// testTransitions stores Services and changes them as people and controllers
// do. No step that the API server takes without us may fail, and after each
// the families are as promised.
func (c *cluster) testTransitions(t *testing.T) {
	c.serve(t)
	for _, transition := range []struct {
		name string
		run  func(*stage)
	}{
		{"ExternalName-and-back", externalNameAndBack},
		{"ExternalName-replaced", externalNameReplaced},
		{"Headless-gains-selector", headlessGainsSelector},
		{"Type-changes", typeChanges},
		{"Older-than-the-label", olderThanTheLabel},
		{"Replaced-without-the-fields", replacedWithoutTheFields},
		{"Author-goes-back", authorGoesBack},
		{"Status", statusUpdates},
		{"Finalizer", finalizer},
		{"Deleting", changedWhileDeleting},
		{"Race", race},
		{"Export-created-again", exportCreatedAgain},
		{"Applied-again", appliedAgain},
		{"Applied-again-on-the-server", appliedAgainOnTheServer},
		{"Lists-applied-again", listsAppliedAgain},
		{"Lists-applied-again-on-the-server", listsAppliedAgainOnTheServer},
		{"Opt-out", optOut},
	} {
		t.Run(transition.name, func(t *testing.T) {
			s := &stage{T: t, cluster: c, namespace: strings.ToLower(transition.name)}
			c.namespace(t, s.namespace, applied, nil)
			transition.run(s)
		})
	}
	t.Run("Kube-system", c.testKubeSystem)
}

// stage is a namespace with one Service, web.
type stage struct {
	*testing.T
	*cluster
	namespace string
	// whileAsked is what happens while a question waits for its answer; nil for
	// nothing.
	whileAsked func()
}

const (
	dualStack   = "PreferDualStack IPv4,IPv6"
	singleStack = "SingleStack IPv4"
	noFamilies  = "- -"
)

// create stores the Service.
func (s *stage) create(change func(*corev1.Service)) {
	s.Helper()
	service := &corev1.Service{}
	service.Name, service.Namespace = "web", s.namespace
	service.Spec = corev1.ServiceSpec{Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80}}}
	if change != nil {
		change(service)
	}
	if err := s.client.Create(s.Context(), service); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) get() *corev1.Service {
	s.Helper()
	service := &corev1.Service{}
	if err := s.client.Get(s.Context(), client.ObjectKey{Namespace: s.namespace, Name: "web"}, service); err != nil {
		s.Fatal(err)
	}
	return service
}

// patch merges JSON into the Service.
func (s *stage) patch(merge string) {
	s.Helper()
	s.patchNamed("web", merge)
}

// patchNamed merges JSON into a Service of another name.
func (s *stage) patchNamed(name, merge string) {
	s.Helper()
	service := &corev1.Service{}
	service.Name, service.Namespace = name, s.namespace
	patch := client.RawPatch(types.MergePatchType, []byte(merge))
	if err := s.client.Patch(s.Context(), service, patch); err != nil {
		s.Fatalf("patch %s = %v, want nil", merge, err)
	}
}

// want checks policy and families, and that there is an address for each.
func (s *stage) want(when, want string) {
	s.Helper()
	service := s.get()
	policy, families := "-", "-"
	if service.Spec.IPFamilyPolicy != nil {
		policy = string(*service.Spec.IPFamilyPolicy)
	}
	if len(service.Spec.IPFamilies) > 0 {
		var words []string
		for _, family := range service.Spec.IPFamilies {
			words = append(words, string(family))
		}
		families = strings.Join(words, ",")
	}
	if got := policy + " " + families; got != want {
		s.Errorf("%s: %s, want %s", when, got, want)
	}
	if ips := service.Spec.ClusterIPs; len(ips) > 0 && ips[0] != "None" && len(ips) != len(service.Spec.IPFamilies) {
		s.Errorf("%s: cluster IPs %v for families %v, want one for each", when, ips, service.Spec.IPFamilies)
	}
}

// kubectl runs it in the namespace, with a manifest on its standard input.
func (s *stage) kubectl(manifest string, args ...string) string {
	s.Helper()
	out, err := s.cluster.kubectl(s.Context(), []byte(manifest), append([]string{"--namespace", s.namespace}, args...)...)
	if err != nil {
		s.Fatalf("kubectl %s = %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func externalName(service *corev1.Service) {
	service.Spec.Type, service.Spec.ExternalName, service.Spec.Selector = corev1.ServiceTypeExternalName, "example.com", nil
}

// externalNameAndBack is update U2, twice: the second time our annotation of
// the first is still there.
func externalNameAndBack(s *stage) {
	s.create(externalName)
	s.want("created", noFamilies)
	for range 2 {
		s.patch(`{"spec":{"type":"ClusterIP","externalName":null,"selector":{"app":"web"}}}`)
		s.want("as a ClusterIP", dualStack)
		if status := s.get().Annotations[mutate.KeyStatus]; status != "ipFamilyPolicy=PreferDualStack" {
			s.Errorf("status = %q, want it to say that the policy is ours", status)
		}
		s.patch(`{"spec":{"type":"ExternalName","externalName":"example.com"}}`)
		s.want("as an ExternalName", noFamilies)
	}
}

// externalNameReplaced is update U2 with the whole object.
func externalNameReplaced(s *stage) {
	s.create(externalName)
	service := s.get()
	service.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80}}}
	if err := s.client.Update(s.Context(), service); err != nil {
		s.Fatal(err)
	}
	s.want("as a NodePort", dualStack)
}

func headlessGainsSelector(s *stage) {
	s.create(func(service *corev1.Service) {
		service.Spec.ClusterIP, service.Spec.Selector = corev1.ClusterIPNone, nil
	})
	s.want("without a selector", "RequireDualStack IPv4,IPv6")
	s.patch(`{"spec":{"selector":{"app":"web"}}}`)
	s.want("with a selector", "RequireDualStack IPv4,IPv6")
}

func typeChanges(s *stage) {
	s.create(nil)
	ips := s.get().Spec.ClusterIPs
	for _, typ := range []string{"NodePort", "LoadBalancer", "NodePort", "ClusterIP"} {
		s.patch(`{"spec":{"type":"` + typ + `"}}`)
		s.want(typ, dualStack)
	}
	if diff := cmp.Diff(ips, s.get().Spec.ClusterIPs); diff != "" {
		s.Errorf("cluster IPs (-before +after):\n%s", diff)
	}
}

// olderThanTheLabel is what exists in a namespace that opts in later.
func olderThanTheLabel(s *stage) {
	s.setMode("")
	s.create(nil)
	s.setMode("apply")
	for _, merge := range []string{`{"metadata":{"labels":{"a":"b"}}}`, `{"spec":{"type":"NodePort"}}`, `{"spec":{"ports":[{"port":81}]}}`} {
		s.patch(merge)
		s.want(merge, singleStack)
	}
}

func (s *stage) setMode(mode string) {
	s.Helper()
	namespace := &corev1.Namespace{}
	namespace.Name = s.namespace
	label := `"` + mode + `"`
	if mode == "" {
		label = "null"
	}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"dualstack.dev/mode":`+label+`}}}`))
	if err := s.client.Patch(s.Context(), namespace, patch); err != nil {
		s.Fatal(err)
	}
	// The API server selects by its own copy of the labels.
	s.awaitCalled(mode != "")
}

// awaitCalled waits until a Service that is created here comes to us, or not.
func (s *stage) awaitCalled(called bool) {
	s.Helper()
	await(s.T, "the API server to see the label", func() bool {
		got, err := s.cluster.create(s.Context(), s.namespace, plainWeb)
		if err != nil {
			s.Fatal(err)
		}
		return (policyOf(got) == "PreferDualStack") == called
	})
}

// replacedWithoutTheFields is kubectl replace with the author's manifest: the
// API server keeps its policy and addresses.
func replacedWithoutTheFields(s *stage) {
	s.kubectl(webManifest, "create", "-f", "-")
	s.kubectl(webManifest, "replace", "-f", "-")
	s.want("replaced", dualStack)
}

// authorGoesBack is the documented way to take the second family away.
func authorGoesBack(s *stage) {
	s.create(nil)
	s.patch(`{"spec":{"ipFamilyPolicy":"SingleStack"}}`)
	s.want("SingleStack", singleStack)
	s.patch(`{"metadata":{"labels":{"a":"b"}}}`)
	s.want("after another update", singleStack)
}

// statusUpdates are a load balancer's controller at work.
func statusUpdates(s *stage) {
	s.setMode("")
	s.create(func(service *corev1.Service) { service.Spec.Type = corev1.ServiceTypeLoadBalancer })
	s.setMode("apply")
	service := s.get()
	for _, ip := range []string{"192.0.2.1", "192.0.2.2"} {
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}}
		if err := s.client.Status().Update(s.Context(), service); err != nil {
			s.Fatal(err)
		}
		s.want("with the address "+ip, singleStack)
	}
}

func finalizer(s *stage) {
	s.create(func(service *corev1.Service) { service.Finalizers = []string{"example.com/load-balancer"} })
	service := s.get()
	if err := s.client.Delete(s.Context(), service); err != nil {
		s.Fatal(err)
	}
	s.patch(`{"metadata":{"finalizers":null}}`)
	if err := s.client.Get(s.Context(), client.ObjectKeyFromObject(service), service); !apierrors.IsNotFound(err) {
		s.Errorf("get = %v, want not found", err)
	}
}

// changedWhileDeleting is update U2 of a Service that is going away.
func changedWhileDeleting(s *stage) {
	s.create(func(service *corev1.Service) {
		externalName(service)
		service.Finalizers = []string{"example.com/load-balancer"}
	})
	if err := s.client.Delete(s.Context(), s.get()); err != nil {
		s.Fatal(err)
	}
	s.patch(`{"spec":{"type":"ClusterIP","externalName":null}}`)
	s.want("as a ClusterIP", singleStack)
	s.patch(`{"metadata":{"finalizers":null}}`)
}

// race has two clients make an ExternalName a ClusterIP at once. The API server
// calls us again for the one that comes second.
func race(s *stage) {
	s.create(externalName)
	var clients sync.WaitGroup
	for _, key := range []string{"first", "second"} {
		clients.Go(func() {
			merge := `{"metadata":{"labels":{"` + key + `":"yes"}},"spec":{"type":"ClusterIP","externalName":null}}`
			service := &corev1.Service{}
			service.Name, service.Namespace = "web", s.namespace
			if err := s.client.Patch(context.WithoutCancel(s.Context()), service, client.RawPatch(types.MergePatchType, []byte(merge))); err != nil {
				s.Errorf("%s: %v", key, err)
			}
		})
	}
	clients.Wait()
	s.want("after both", dualStack)
	if diff := cmp.Diff(map[string]string{"first": "yes", "second": "yes"}, s.get().Labels); diff != "" {
		s.Errorf("labels (-want +got):\n%s", diff)
	}
}
