package certs

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

func calling(service, namespace string, bundle []byte) admissionregistrationv1.MutatingWebhook {
	return admissionregistrationv1.MutatingWebhook{
		Name: service + ".example.com",
		ClientConfig: admissionregistrationv1.WebhookClientConfig{
			CABundle: bundle,
			Service:  &admissionregistrationv1.ServiceReference{Name: service, Namespace: namespace},
		},
	}
}

func TestLive(t *testing.T) {
	c, other := mustCA(t, day(0), name).certificate, mustCA(t, day(0), name).certificate
	ours := func(bundle []byte) admissionregistrationv1.MutatingWebhook {
		return calling("dualstack-webhook", "dualstack-system", bundle)
	}
	theirs := calling("injector", "istio-system", nil)
	byURL := admissionregistrationv1.MutatingWebhook{ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: new("https://" + name)}}
	for _, tc := range []struct {
		cell            string
		webhooks        []admissionregistrationv1.MutatingWebhook
		callers         int
		absent, trusted bool
	}{
		{"Webhooks:none", nil, 0, true, false},
		{"Webhooks:another's", []admissionregistrationv1.MutatingWebhook{theirs, byURL}, 0, true, false},
		{"Webhooks:ours/Bundle:none", []admissionregistrationv1.MutatingWebhook{ours(nil)}, 1, false, false},
		{"Webhooks:ours/Bundle:another", []admissionregistrationv1.MutatingWebhook{ours(encodePEM(other))}, 1, false, false},
		{"Webhooks:ours/Bundle:ours", []admissionregistrationv1.MutatingWebhook{ours(encodePEM(other, c)), theirs}, 1, false, true},
		{"Webhooks:ours/Bundle:ours, with headers", []admissionregistrationv1.MutatingWebhook{ours(withHeaders(c))}, 1, false, false},
		{"Webhooks:two of ours/Bundle:in one", []admissionregistrationv1.MutatingWebhook{ours(encodePEM(c)), ours(nil)}, 2, false, false},
	} {
		l := readLive(&admissionregistrationv1.MutatingWebhookConfiguration{Webhooks: tc.webhooks}, names())
		if len(l.callers) != tc.callers || l.absent() != tc.absent || l.trusts(c) != tc.trusted {
			t.Errorf("%s: callers, absent, trusts = %d, %t, %t, want %d, %t, %t", tc.cell,
				len(l.callers), l.absent(), l.trusts(c), tc.callers, tc.absent, tc.trusted)
		}
	}
}

func TestMayServe(t *testing.T) {
	first, second := mustCA(t, day(0), name), mustCA(t, day(0), name)
	leaf := func(c *ca) *tls.Certificate {
		issued, err := c.issue(mustKey(t), names(), day(0))
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	served, candidate := leaf(first), leaf(second)
	trusting := func(cas ...*ca) live {
		var bundle []*x509.Certificate
		for _, c := range cas {
			bundle = append(bundle, c.certificate)
		}
		return live{callers: []caller{{"w", name, encodePEM(bundle...)}}}
	}
	for _, tc := range []struct {
		cell    string
		served  *tls.Certificate
		live    live
		settled bool
		now     time.Time
		want    bool
	}{
		{"Served:none/Trusted:neither", nil, trusting(), false, day(0), true},
		{"Served:works/Trusted:served", served, trusting(first), false, day(0), false},
		{"Served:works/Trusted:served/Settled", served, trusting(first), true, day(0), false},
		{"Served:works/Trusted:both", served, trusting(first, second), false, day(0), false},
		{"Served:works/Trusted:both/Settled", served, trusting(first, second), true, day(0), true},
		{"Served:not trusted/Trusted:candidate", served, trusting(second), false, day(0), true},
		{"Served:not trusted/Trusted:neither", served, trusting(), true, day(0), false},
		{"Served:works/Configuration:absent", served, live{}, false, day(0), true},
	} {
		if got := mayServe(tc.served, candidate, tc.live, tc.settled, tc.now); got != tc.want {
			t.Errorf("%s: mayServe() = %t, want %t", tc.cell, got, tc.want)
		}
	}
}

func TestSightings(t *testing.T) {
	c := mustCA(t, day(0), name)
	all := []*x509.Certificate{c.certificate}
	with, without := live{callers: []caller{{"w", name, encodePEM(c.certificate)}}}, live{callers: []caller{{"w", name, nil}}}
	s := sightings{}
	for _, step := range []struct {
		cell string
		live live
		now  time.Time
		want bool // passed a day
	}{
		{"Seen:never", without, day(0), false},
		{"Seen:now", with, day(1), false},
		{"Seen:for a day", with, day(2), true},
		{"Seen:not any more", without, day(3), false},
		{"Seen:again", with, day(4), false},
		{"Seen:configuration absent", live{}, day(5), false},
		{"Seen:again after that", with, day(6), false},
		{"Seen:for a day after that", with, day(7), true},
	} {
		s.look(step.live, all, step.now)
		if got := s.passed(c, 24*time.Hour, step.now); got != step.want {
			t.Errorf("%s: passed() = %t, want %t", step.cell, got, step.want)
		}
	}
}
