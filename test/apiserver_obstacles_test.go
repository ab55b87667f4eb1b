package test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

const obstacle = "dualstack_certificate_obstacle"

// testClocks adds replicas whose clocks are off to one whose clock is right. They
// change nothing that others share, say so, and serve what the API server accepts.
func (c *cluster) testClocks(t *testing.T) {
	c.distrust(t)
	now := time.Now()
	right := c.turn(t, "clocks", ourConfiguration, now)
	right.set(t, now)
	before, bundle := c.secretNamed(t, "clocks"), c.configuration(t).Webhooks
	for _, days := range []int{1, 500, 3000, -1, -500, -3000} {
		t.Run(fmt.Sprintf("Days:%d", days), func(t *testing.T) {
			wrong := begin(t, c.Config(), clocktesting.NewFakeClock(now.AddDate(0, 0, days)), "clocks", ourConfiguration)
			await(t, "a leaf", func() bool { return wrong.check("certificate") == nil && wrong.check("certificate-bundle") == nil })
			leaf, err := wrong.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.verify(t, leaf.Leaf, time.Now()); err != nil {
				t.Errorf("the API server would not accept its leaf: %v", err)
			}
			if got := wrong.metric(t, obstacle, "clock"); got != 1 {
				t.Errorf("%s{clock} = %v, want 1", obstacle, got)
			}
			if diff := cmp.Diff(before.Data, c.secretNamed(t, "clocks").Data); diff != "" {
				t.Error("the Secret has changed")
			}
			if diff := cmp.Diff(bundle, c.configuration(t).Webhooks); diff != "" {
				t.Error("the bundles have changed")
			}
			wrong.clock.SetTime(now)
			c.touch(t, before) // No timer goes off when a clock that stands is set back.
			await(t, "the end of the obstacle", func() bool { return wrong.metric(t, obstacle, "clock") == 0 })
		})
	}
	t.Run("NoAuthority", func(t *testing.T) {
		wrong := begin(t, c.Config(), clocktesting.NewFakeClock(now.AddDate(2, 0, 0)), "clocks-none", ourConfiguration)
		await(t, "the reason", func() bool { return says(wrong.check("certificate"), "the clock of this machine says ") })
		if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: envtest.Namespace, Name: "clocks-none"}, &corev1.Secret{}); client.IgnoreNotFound(err) != nil || err == nil {
			t.Errorf("reading the Secret = %v, want that there is none", err)
		}
	})
}

// testObstacles begins with Secrets that cannot be written. Readiness says why,
// where it costs the certificate, and a metric where it does not yet.
func (c *cluster) testObstacles(t *testing.T) {
	c.distrust(t)
	now := time.Now()
	good := c.turn(t, "obstacles", ourConfiguration, now)
	good.set(t, now)
	authority := c.secretNamed(t, "obstacles").Data
	newer := maps.Clone(authority)
	newer["layout"] = []byte("2")
	for _, tc := range []struct {
		name      string
		immutable bool
		data      map[string][]byte
		now       time.Time
		obstacle  string
		reason    string // empty if it is ready
	}{
		{"ImmutableEmpty", true, nil, now, "secret-immutable", "is immutable, and its authority has to be written: delete the Secret"},
		{"ImmutableRubbish", true, map[string][]byte{"current.crt": []byte("rubbish")}, now, "secret-immutable", "is immutable, and its authority has to be written: delete the Secret"},
		{"ImmutableAuthority", true, authority, now, "secret-immutable", ""},
		{"ImmutableAuthorityThatIsDue", true, authority, now.AddDate(0, 0, 500), "secret-immutable", ""},
		{"NewerLayout", false, newer, now, "secret-newer", "its layout is 2, of a newer release"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			secret := &corev1.Secret{Immutable: new(tc.immutable), Data: tc.data}
			secret.Namespace, secret.Name = envtest.Namespace, strings.ToLower(tc.name)
			if err := c.client.Create(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			replica := c.turn(t, secret.Name, ourConfiguration, tc.now)
			if tc.reason == "" {
				await(t, "a leaf", func() bool { return replica.check("certificate") == nil && replica.check("certificate-bundle") == nil })
			} else {
				await(t, "the reason", func() bool {
					return says(replica.check("certificate"), tc.reason) && says(replica.check("certificate-bundle"), tc.reason)
				})
			}
			if got := replica.metric(t, obstacle, tc.obstacle); got != 1 {
				t.Errorf("%s{%s} = %v, want 1", obstacle, tc.obstacle, got)
			}
			if diff := cmp.Diff(tc.data, c.secretNamed(t, secret.Name).Data); diff != "" {
				t.Error("the Secret has changed")
			}
			// As the reason says.
			if err := c.client.Delete(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			await(t, "a Secret of this release", func() bool {
				return replica.check("certificate") == nil && replica.metric(t, obstacle, tc.obstacle) == 0
			})
		})
	}
}

// touch changes a Secret in what concerns nobody.
func (c *cluster) touch(t *testing.T, secret *corev1.Secret) {
	t.Helper()
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{"touched":%q}}}`, time.Now()))
	if err := c.client.Patch(t.Context(), secret.DeepCopy(), patch); err != nil {
		t.Fatal(err)
	}
}

// check returns what a readiness check says.
func (r *turned) check(name string) error { return r.Checks()[name](nil) }

func says(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

func (c *cluster) secretNamed(t *testing.T, name string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: envtest.Namespace, Name: name}, secret); err != nil {
		t.Fatal(err)
	}
	return secret
}
