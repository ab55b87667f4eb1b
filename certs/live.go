package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

// live is what the API server knows of us: our webhook configuration, as it is.
type live struct {
	resourceVersion string
	callers         []caller
}

// A caller is a webhook of the configuration by which the API server calls us.
type caller struct {
	webhook string // its name
	dnsName string // what the certificate must be good for
	bundle  []byte
}

// readLive returns the webhooks of the configuration that call one of names.
func readLive(configuration *admissionregistrationv1.MutatingWebhookConfiguration, names []string) live {
	l := live{resourceVersion: configuration.ResourceVersion}
	for _, w := range configuration.Webhooks {
		service := w.ClientConfig.Service
		if service == nil {
			continue
		}
		// k8s.io/apiserver/pkg/util/webhook/client.go verifies this name.
		name := service.Name + "." + service.Namespace + ".svc"
		if slices.Contains(names, name) {
			l.callers = append(l.callers, caller{w.Name, name, w.ClientConfig.CABundle})
		}
	}
	return l
}

// absent reports whether nobody calls us: there is no configuration, or none
// that concerns us. It may not be installed yet, or be an operator's kill switch.
func (l live) absent() bool { return len(l.callers) == 0 }

// trusts reports whether every caller's bundle holds the authority.
func (l live) trusts(authority *x509.Certificate) bool {
	return !l.absent() && !slices.ContainsFunc(l.callers, func(c caller) bool {
		return !contains(parseBundle(c.bundle), authority)
	})
}

// verify returns nil if every caller accepts the leaf at now.
func (l live) verify(leaf *x509.Certificate, now time.Time) error {
	var errs []error
	for _, c := range l.callers {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(c.bundle) // The API server takes what it can, too.
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: c.dnsName, Roots: roots, CurrentTime: now}); err != nil {
			errs = append(errs, fmt.Errorf("webhook %s: %w", c.webhook, err))
		}
	}
	return errors.Join(errs...)
}

// sightings remember since when the live configuration has trusted an authority
// without a break, by the authority's certificate.
type sightings map[string]time.Time

// look updates the sightings of these authorities and forgets all others.
func (s sightings) look(l live, certificates []*x509.Certificate, now time.Time) {
	var seen []string
	for _, c := range certificates {
		key := string(c.Raw)
		if !l.trusts(c) {
			continue
		}
		seen = append(seen, key)
		if _, known := s[key]; !known {
			s[key] = now
		}
	}
	for key := range s {
		if !slices.Contains(seen, key) {
			delete(s, key)
		}
	}
}

// after returns when the authority will have been trusted for so long; ok is
// false if it is not trusted.
func (s sightings) after(c *ca, long time.Duration) (at time.Time, ok bool) {
	if c == nil {
		return time.Time{}, false
	}
	since, ok := s[string(c.certificate.Raw)]
	return since.Add(long), ok
}

// passed reports whether the authority has been trusted for so long.
func (s sightings) passed(c *ca, long time.Duration, now time.Time) bool {
	at, ok := s.after(c, long)
	return ok && !now.Before(at)
}
