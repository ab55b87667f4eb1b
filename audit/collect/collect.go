package collect

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// Options say what to read.
type Options struct {
	// Client reads the API server itself, not a cache; it writes nothing.
	Client client.Client
	// Namespace is the one to audit; all of the cluster's if empty.
	Namespace string
	// Facts are what is known about the cluster.
	Facts mutate.Facts
	// Unknown are sentences about what is not known of the installation.
	Unknown []string
	// Policy returns the policy that holds in a namespace.
	Policy func(namespace metav1.ObjectMeta) mutate.Policy
	// Progress is told now and then how many objects of a kind were read; nil for
	// nobody.
	Progress func(kind string, done int)
}

// collection is a report while it is made.
type collection struct {
	client    client.Client
	namespace string
	progress  func(kind string, done int)
	report    audit.Report
	surveys   map[string]*audit.Survey
}

// Collect reads the cluster. The error is one that ends it: who asks is not
// known, the API server does not answer, or there is no such namespace.
func Collect(ctx context.Context, o Options) (*audit.Report, error) {
	c := &collection{client: o.Client, namespace: o.Namespace, progress: o.Progress, surveys: map[string]*audit.Survey{}}
	if c.progress == nil {
		c.progress = func(string, int) {}
	}
	c.report.Cluster, c.report.Findings = audit.NewCluster(o.Facts)
	for _, reason := range o.Unknown {
		e := audit.Entry{Level: audit.Info, Object: audit.Object{Kind: "Installation"}, Finding: audit.Finding{Code: audit.CodeInstallation}, Reason: reason}
		c.report.Findings = append(c.report.Findings, e)
	}
	if err := c.readNamespaces(ctx, o.Policy); err != nil {
		return nil, err
	}
	if len(c.surveys) > 0 {
		for _, read := range []func(context.Context) error{c.readPods, c.readServices, c.readAdvised, c.readServiceRanges} {
			if err := read(ctx); err != nil {
				return nil, err
			}
		}
	}
	if err := c.conclude(ctx); err != nil {
		return nil, err
	}
	return &c.report, nil
}

// find adds a finding about what was read, once.
func (c *collection) find(level audit.Level, what audit.Object, code audit.Code, reason string) {
	for _, e := range c.report.Findings {
		if e.Object == what && e.Code == code {
			return
		}
	}
	c.report.Findings = append(c.report.Findings, audit.Entry{Level: level, Object: what, Finding: audit.Finding{Code: code}, Reason: reason})
}

// readNamespaces starts a survey of each namespace. One whose labels may not be
// read has no mode that is known, so there is nothing to say about it but that.
func (c *collection) readNamespaces(ctx context.Context, policy func(metav1.ObjectMeta) mutate.Policy) error {
	if c.namespace != "" {
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		err := c.client.Get(ctx, client.ObjectKey{Name: c.namespace}, namespace)
		switch {
		case apierrors.IsForbidden(err):
			c.find(audit.Blocked, audit.Object{Kind: "Namespace", Name: c.namespace}, audit.CodeForbidden, reason(err))
			return nil
		case err != nil:
			return fmt.Errorf("reading namespace %s: %w", c.namespace, err)
		}
		c.surveys[c.namespace] = audit.NewSurvey(namespace.ObjectMeta, policy(namespace.ObjectMeta))
		return nil
	}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	_, err := each(ctx, c, listing{list, "", "Namespace", audit.Blocked}, func(namespace *metav1.PartialObjectMetadata) error {
		c.surveys[namespace.Name] = audit.NewSurvey(namespace.ObjectMeta, policy(namespace.ObjectMeta))
		return nil
	})
	return err
}

// survey calls add for an object in a namespace that is known. One that is not
// was created after the others were read.
func (c *collection) survey(object client.Object, add func(*audit.Survey)) {
	if s, ok := c.surveys[object.GetNamespace()]; ok {
		add(s)
	}
}

func (c *collection) readPods(ctx context.Context) error {
	ok, err := each(ctx, c, listing{&corev1.PodList{}, c.namespace, "Pod", audit.Blocked}, func(pod *corev1.Pod) error {
		c.survey(pod, func(s *audit.Survey) { s.AddPod(pod) })
		return nil
	})
	if !ok {
		c.unread("Pod")
	}
	return err
}

func (c *collection) readServices(ctx context.Context) error {
	ok, err := each(ctx, c, listing{&corev1.ServiceList{}, c.namespace, "Service", audit.Blocked}, func(service *corev1.Service) error {
		c.survey(service, func(s *audit.Survey) { s.AddService(service) })
		return nil
	})
	if !ok {
		c.unread("Service")
	}
	return err
}

// unread tells each survey that the objects of a kind may not be read.
func (c *collection) unread(kind string) {
	for _, s := range c.surveys {
		s.Unread(kind)
	}
}

// conclude asks each survey for its namespace.
func (c *collection) conclude(ctx context.Context) error {
	for name, survey := range c.surveys {
		owners, err := c.owners(ctx, name, survey)
		if err != nil {
			return err
		}
		namespace := survey.Namespace(owners)
		if c.namespace != "" || namespace.Mode != mutate.ModeOff || len(namespace.Findings) > 0 {
			c.report.Namespaces = append(c.report.Namespaces, namespace)
		}
	}
	c.report.Conclude()
	return nil
}
