package test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// authoritySecret is the chart's Secret.
var authoritySecret = client.ObjectKey{Namespace: envtest.Namespace, Name: "dualstack-webhook-authority"}

// ourConfiguration is the name of the chart's webhook configuration.
const ourConfiguration = "zz-dualstack-webhook"

// testAuthority runs two replicas, which begin with the chart's empty Secret, and
// undoes what they have done. Each time mutation must come back by itself.
func (c *cluster) testAuthority(t *testing.T) {
	secret := c.secret(t)
	secret.Data = nil
	if err := c.client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	c.namespace(t, "authority", applied, nil)
	c.distrust(t)
	before := c.configuration(t)
	first, second, output := c.startAuthorities(t)
	c.route(t, balance(t, first, second).pick)
	t.Run("Start", func(t *testing.T) {
		c.awaitMutation(t)
		after := c.configuration(t)
		for i := range after.Webhooks {
			after.Webhooks[i].ClientConfig.CABundle = nil
		}
		if diff := cmp.Diff(before.Webhooks, after.Webhooks); diff != "" {
			t.Errorf("the webhook configuration has changed elsewhere (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(before.Labels, after.Labels); diff != "" {
			t.Errorf("labels (-before +after):\n%s", diff)
		}
	})
	t.Run("Readyz", func(t *testing.T) {
		text := get(t, "http://"+first.Probe+"/readyz?verbose")
		for _, check := range []string{"[+]certificate ok\n", "[+]certificate-bundle ok\n"} {
			if !strings.Contains(text, check) {
				t.Errorf("/readyz = %q, want %q", text, check)
			}
		}
		if got := get(t, "http://"+first.Probe+"/readyz/certificate-bundle"); got != "ok" {
			t.Errorf("/readyz/certificate-bundle = %q, want ok", got)
		}
	})
	t.Run("BundleWiped", func(t *testing.T) {
		c.distrust(t)
		c.awaitMutation(t)
	})
	t.Run("BundleEdited", func(t *testing.T) {
		theirs, _, err := cert.GenerateSelfSignedCertKey("theirs", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.trustOnly(t, theirs)
		c.awaitMutation(t)
		for _, w := range c.configuration(t).Webhooks {
			if !bytes.Contains(w.ClientConfig.CABundle, theirs[:500]) {
				t.Errorf("%s: the bundle has lost what others put in", w.Name)
			}
		}
	})
	t.Run("SecretDeleted", func(t *testing.T) {
		old := c.secret(t)
		if err := c.client.Delete(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		c.awaitAuthority(t, old.Data["current.crt"], first, second)
		c.awaitMutation(t)
		// As after a leak: what is emptied comes back without the old authority.
		c.distrust(t)
		c.awaitMutation(t)
		for _, w := range c.configuration(t).Webhooks {
			if bytes.Contains(w.ClientConfig.CABundle, old.Data["current.crt"]) {
				t.Errorf("%s: the bundle holds the authority that is gone", w.Name)
			}
		}
	})
	t.Run("SecretEdited", func(t *testing.T) {
		old := c.secret(t)
		edited := old.DeepCopy()
		edited.Data["current.key"], edited.Data["note"] = []byte("rubbish"), []byte("somebody's")
		if err := c.client.Update(t.Context(), edited); err != nil {
			t.Fatal(err)
		}
		c.awaitAuthority(t, old.Data["current.crt"], first, second)
		c.awaitMutation(t)
		if got := string(c.secret(t).Data["note"]); got != "somebody's" {
			t.Errorf("note = %q, want what somebody put there", got)
		}
	})
	t.Run("SecretDeletedWithoutTheRight", func(t *testing.T) { c.testWithoutCreate(t, first, second) })
	t.Run("ConfigurationDeleted", func(t *testing.T) { c.testConfigurationDeleted(t, first, second) })
	t.Run("Log", func(t *testing.T) { c.testLog(t, output) })
}

// testWithoutCreate takes the right to create Secrets away, and then the Secret:
// the replicas serve on, say what is wrong, and take an empty Secret that
// somebody else creates.
func (c *cluster) testWithoutCreate(t *testing.T, replicas ...*envtest.Server) {
	var role rbacv1.Role
	if err := c.client.Get(t.Context(), authoritySecret, &role); err != nil {
		t.Fatal(err)
	}
	before := role.DeepCopy()
	role.Rules = slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool { return slices.Contains(r.Verbs, "create") })
	if err := c.client.Update(t.Context(), &role); err != nil {
		t.Fatal(err)
	}
	config := c.Config()
	config.Impersonate.UserName = "system:serviceaccount:dualstack-system:dualstack-webhook"
	account, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	secret := func(name string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: authoritySecret.Namespace, Name: name}}
	}
	await(t, "the loss of the right", func() bool {
		return apierrors.IsForbidden(account.Create(t.Context(), secret("any"), client.DryRunAll))
	})
	old := c.secret(t)
	if err := c.client.Delete(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for _, replica := range replicas {
		await(t, "failures", func() bool {
			return !strings.Contains(get(t, "http://"+replica.Metrics+"/metrics"), "dualstack_certificate_failures_total 0\n")
		})
		if !replica.Ready() {
			t.Error("a replica is unready, want it to serve on")
		}
	}
	if got, err := c.create(t.Context(), "authority", plainWeb); err != nil || policyOf(got) != "PreferDualStack" {
		t.Errorf("create = %v, ipFamilyPolicy %s, want PreferDualStack", err, policyOf(got))
	}
	if err := c.client.Create(t.Context(), secret(authoritySecret.Name)); err != nil {
		t.Fatal(err)
	}
	c.awaitAuthority(t, old.Data["current.crt"], replicas...)
	role.Rules = before.Rules
	if err := c.client.Update(t.Context(), &role); err != nil {
		t.Fatal(err)
	}
	await(t, "the right again", func() bool {
		return account.Create(t.Context(), secret("any"), client.DryRunAll) == nil
	})
}

// testConfigurationDeleted plays the kill switch, and a Secret that is deleted
// while nobody needs it, as at the end of helm uninstall.
func (c *cluster) testConfigurationDeleted(t *testing.T, replicas ...*envtest.Server) {
	configuration := c.configuration(t)
	if err := c.client.Delete(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	for _, replica := range replicas {
		await(t, "the metric of an absent configuration", func() bool {
			return strings.Contains(get(t, "http://"+replica.Metrics+"/metrics"), "dualstack_certificate_configuration_absent 1\n")
		})
		if !replica.Ready() {
			t.Error("a replica is unready without a configuration, want it ready")
		}
	}
	if err := c.client.Delete(t.Context(), c.secret(t)); err != nil {
		t.Fatal(err)
	}
	late := c.startAuthority(t, &bytes.Buffer{}) // It must become ready, too.
	var secret corev1.Secret
	if err := c.client.Get(t.Context(), authoritySecret, &secret); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("reading the Secret = %v, want that it stays deleted", err)
	}
	configuration.ResourceVersion, configuration.UID, configuration.ManagedFields = "", "", nil
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = nil
	}
	if err := c.client.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	c.awaitAuthority(t, nil, append(replicas, late)...)
	c.awaitMutation(t)
}

// testLog looks for the private key in what the replicas have written.
func (c *cluster) testLog(t *testing.T, output *syncBuffer) {
	log := output.String()
	if !strings.Contains(log, `"change":"authority-created"`) || !strings.Contains(log, "current.key is not a private key") {
		t.Errorf("the log does not say what was repaired:\n%s", log)
	}
	secret := c.secret(t)
	for _, key := range []string{"current.key", "next.key"} {
		block, _ := pem.Decode(secret.Data[key])
		if block == nil {
			continue
		}
		for _, text := range []string{base64.StdEncoding.EncodeToString(block.Bytes)[:40], base64.StdEncoding.EncodeToString(secret.Data[key])[100:140]} {
			if strings.Contains(log, text) {
				t.Errorf("the log holds %s", key)
			}
		}
	}
	if strings.Contains(log, "PRIVATE KEY") {
		t.Error("the log holds a private key")
	}
}
