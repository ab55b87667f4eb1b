package pages_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/pages"
)

// server has so many Pods, and answers as the API server does: with tokens, which
// expire before the page of that number.
type server struct {
	client.Reader
	pods    int
	expires int
	limits  []int64
}

func (s *server) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(options)
	s.limits = append(s.limits, o.Limit)
	if o.Namespace != "shop" {
		return errors.New("this is the namespace shop")
	}
	if s.expires > 0 && len(s.limits) == s.expires {
		err := apierrors.NewResourceExpired("the state is gone")
		err.ErrStatus.Continue = o.Continue
		return err
	}
	start, _ := strconv.Atoi(o.Continue)
	pods := list.(*corev1.PodList)
	for i := start; i < min(start+int(o.Limit), s.pods); i++ {
		pod := corev1.Pod{}
		pod.Name = fmt.Sprint("web-", i)
		pods.Items = append(pods.Items, pod)
	}
	if end := start + int(o.Limit); end < s.pods {
		pods.Continue = strconv.Itoa(end)
	}
	return nil
}

func TestEach(t *testing.T) {
	for _, tc := range []struct {
		name       string
		server     server
		requests   int
		consistent bool
	}{
		{"Pods:none", server{}, 1, true},
		{"Pods:one-page", server{pods: pages.Size}, 1, true},
		{"Pods:three-pages", server{pods: 2*pages.Size + 1}, 3, true},
		{"Pods:three-pages_Token:expired", server{pods: 2*pages.Size + 1, expires: 2}, 4, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want, got []string
			for i := range tc.server.pods {
				want = append(want, fmt.Sprint("web-", i))
			}
			consistent, err := pages.Each(t.Context(), &tc.server, &corev1.PodList{}, func(pod *corev1.Pod) error {
				got = append(got, pod.Name)
				return nil
			}, client.InNamespace("shop"))
			if err != nil || consistent != tc.consistent || !slices.Equal(got, want) {
				t.Errorf("Each() of %d Pods = %d Pods, consistent %t, %v; want all in their order, %t, nil", len(want), len(got), consistent, err, tc.consistent)
			}
			if len(tc.server.limits) != tc.requests || slices.Contains(tc.server.limits, 0) {
				t.Errorf("requests with the limits %v, want %d and none without", tc.server.limits, tc.requests)
			}
		})
	}
}

// TestEachKeepsOnePage holds that a page is not asked for while another is read.
func TestEachKeepsOnePage(t *testing.T) {
	s := &server{pods: 2*pages.Size + 1}
	read := 0
	_, err := pages.Each(t.Context(), s, &corev1.PodList{}, func(*corev1.Pod) error {
		if read++; len(s.limits) != (read-1)/pages.Size+1 {
			return fmt.Errorf("%d pages were asked for when Pod %d was read", len(s.limits), read)
		}
		return nil
	}, client.InNamespace("shop"))
	if err != nil || read != s.pods {
		t.Errorf("Each() = %v after %d Pods, want nil after %d", err, read, s.pods)
	}
}

// TestEachEnds holds that an error ends the list, whoever has it.
func TestEachEnds(t *testing.T) {
	enough := errors.New("enough")
	s := &server{pods: 10 * pages.Size}
	calls := 0
	_, err := pages.Each(t.Context(), s, &corev1.PodList{}, func(*corev1.Pod) error { calls++; return enough }, client.InNamespace("shop"))
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("Each() = %v after %d calls, want %v after one", err, calls, enough)
	}
	if _, err := pages.Each(t.Context(), &server{}, &corev1.PodList{}, func(*corev1.Pod) error { return nil }); err == nil {
		t.Error("Each() of a server that refuses = nil, want an error")
	}
	if _, err := pages.Each(t.Context(), &server{pods: 1}, &corev1.PodList{}, func(*corev1.Service) error { return nil }, client.InNamespace("shop")); err == nil {
		t.Error("Each() of Pods as Services = nil, want an error")
	}
}
