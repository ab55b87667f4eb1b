package certs

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestReadiness holds what /readyz says at each step of a start, and that
// nothing later makes a replica unready.
func TestReadiness(t *testing.T) {
	a, err := NewAuthority(&rest.Config{Host: "https://127.0.0.1:1"}, AuthorityOptions{
		Secret: client.ObjectKey{Namespace: "ns", Name: "name"}, Configuration: "configuration", Names: names(),
		Registry: prometheus.NewRegistry(), Log: zap.NewNop(), Clock: clocktesting.NewFakeClock(day(0)),
	})
	if err != nil {
		t.Fatal(err)
	}
	shared := authorities{current: mustCA(t, day(0), name)}
	distrusting := live{callers: []caller{{"w", name, nil}}}
	trusting := live{callers: []caller{{"w", name, encodePEM(shared.current.certificate)}}}
	for _, step := range []struct {
		cell    string
		look    *live // nil for none yet
		failing []string
	}{
		{"Leaf:none", nil, []string{"certificate", "certificate-bundle"}},
		{"Leaf:served/Bundle:without it", &distrusting, []string{"certificate-bundle"}},
		{"Leaf:served/Bundle:with it", &trusting, nil},
		{"Leaf:served/Bundle:wiped", &distrusting, nil},
		{"Leaf:served/Configuration:absent", &live{}, nil},
	} {
		if step.look != nil {
			if err := a.serve(shared, *step.look, day(0)); err != nil {
				t.Fatal(err)
			}
		}
		var failing []string
		for name, check := range a.Checks() {
			if check(nil) != nil {
				failing = append(failing, name)
			}
		}
		slices.Sort(failing)
		if !slices.Equal(failing, step.failing) {
			t.Errorf("%s: checks that fail = %q, want %q", step.cell, failing, step.failing)
		}
	}
}

// TestReadinessSaysWhy holds that what stood against the last pass is in /readyz,
// and that it is no reason of its own.
func TestReadinessSaysWhy(t *testing.T) {
	a := &Authority{names: names(), metrics: newAuthorityMetrics(prometheus.NewRegistry()), log: zap.NewNop(), seen: sightings{}}
	trouble := errors.New("the Secret ns/name is immutable")
	a.trouble.Store(&trouble)
	for name, check := range a.Checks() {
		if err := check(nil); !errors.Is(err, trouble) {
			t.Errorf("%s = %v, want that it says %q", name, err, trouble)
		}
	}
	if err := a.serve(authorities{current: mustCA(t, day(0), name)}, live{}, day(0)); err != nil {
		t.Fatal(err)
	}
	for name, check := range a.Checks() {
		if err := check(nil); err != nil {
			t.Errorf("%s = %v, want nil while a leaf is served", name, err)
		}
	}
}

// TestReadinessWithoutConfiguration begins where nobody calls us.
func TestReadinessWithoutConfiguration(t *testing.T) {
	a := &Authority{names: names(), metrics: newAuthorityMetrics(prometheus.NewRegistry()), log: zap.NewNop(), seen: sightings{}}
	if err := a.serve(authorities{current: mustCA(t, day(0), name)}, live{}, day(0)); err != nil {
		t.Fatal(err)
	}
	for name, check := range a.Checks() {
		if err := check(nil); err != nil {
			t.Errorf("%s = %v, want nil", name, err)
		}
	}
}

// TestServeKeepsALeafThatWorks goes through a rotation. The leaf changes once,
// when the callers have trusted the new authority for long enough.
func TestServeKeepsALeafThatWorks(t *testing.T) {
	a := &Authority{names: names(), metrics: newAuthorityMetrics(prometheus.NewRegistry()), log: zap.NewNop(), seen: sightings{}}
	first, second := mustCA(t, day(0), name), mustCA(t, day(0), name)
	before := authorities{current: first}
	after := authorities{current: second, previous: []*x509.Certificate{first.certificate}}
	old := live{callers: []caller{{"w", name, encodePEM(first.certificate)}}}
	both := live{callers: []caller{{"w", name, encodePEM(first.certificate, second.certificate)}}}
	for _, step := range []struct {
		cell   string
		shared authorities
		live   live
		days   int
		want   *ca
	}{
		{"Secret:first/Bundle:first", before, old, 0, first},
		{"Secret:second/Bundle:first", after, old, 1, first},
		{"Secret:second/Bundle:both, seen now", after, both, 2, first},
		{"Secret:second/Bundle:both, seen before", after, both, 3, second},
		{"Secret:second/Bundle:first again", after, old, 4, second},
	} {
		a.seen.look(step.live, step.shared.certificates(), day(step.days))
		if err := a.serve(step.shared, step.live, day(step.days)); err != nil {
			t.Fatal(err)
		}
		if err := a.leaf.Load().Leaf.CheckSignatureFrom(step.want.certificate); err != nil {
			t.Errorf("%s: the leaf is of another authority", step.cell)
		}
	}
}
