package webhook_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/webhook"
)

// namespaceAPI is as much of an API server as an informer over namespaces asks
// for: a watch that begins with what there is. It answers once it is opened.
type namespaceAPI struct {
	url      string
	existing []*metav1.PartialObjectMetadata
	added    chan *metav1.PartialObjectMetadata
	opened   chan struct{}
	facts    func() mutate.Facts
	// missed, unless it is nil, is called when the cache has not found name.
	missed func(ctx context.Context, name string)
}

func newNamespaceAPI(t *testing.T, existing ...*metav1.PartialObjectMetadata) *namespaceAPI {
	t.Helper()
	api := &namespaceAPI{existing: existing, added: make(chan *metav1.PartialObjectMetadata), opened: make(chan struct{}), facts: facts}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	api.url = server.URL
	return api
}

func (api *namespaceAPI) open() { close(api.opened) }

// add sends a namespace to the watch.
func (api *namespaceAPI) add(ctx context.Context, namespace *metav1.PartialObjectMetadata) {
	select {
	case api.added <- namespace:
	case <-ctx.Done():
	}
}

// ServeHTTP serves the metadata of namespaces with the label, and nothing else:
// an informer that asks for more never becomes ready.
func (api *namespaceAPI) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	metadata := strings.Contains(req.Header.Get("Accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
	if req.URL.Path != "/api/v1/namespaces" || query.Get("labelSelector") != mutate.KeyMode || query.Get("sendInitialEvents") != "true" || !metadata {
		http.Error(w, "this is a watch of namespaces' metadata", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	send := func(event watch.EventType, object *metav1.PartialObjectMetadata) {
		_ = encoder.Encode(map[string]any{"type": event, "object": object})
		_ = http.NewResponseController(w).Flush()
	}
	select {
	case <-api.opened:
	case <-req.Context().Done():
		return
	}
	for _, object := range api.existing {
		send(watch.Added, object)
	}
	send(watch.Bookmark, namespace("", nil, map[string]string{metav1.InitialEventsAnnotationKey: "true"}))
	for {
		select {
		case object := <-api.added:
			send(watch.Added, object)
		case <-req.Context().Done():
			return
		}
	}
}

// cache returns a cache that does not run yet.
func (api *namespaceAPI) cache(t *testing.T) *missingCache {
	t.Helper()
	options, err := webhook.NamespaceCache()
	if err != nil {
		t.Fatal(err)
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	options.Mapper = mapper
	c, err := cache.New(&rest.Config{Host: api.url}, options)
	if err != nil {
		t.Fatal(err)
	}
	return &missingCache{Cache: c, missed: api.missed}
}

// start returns namespaces whose cache runs until the test ends.
func (api *namespaceAPI) start(t *testing.T) *webhook.Namespaces {
	t.Helper()
	c := api.cache(t)
	namespaces, err := webhook.NewNamespaces(t.Context(), c, defaults(), api.facts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- c.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("running the cache: %v", err)
		}
	})
	return namespaces
}

// missingCache tells when a namespace is not found.
type missingCache struct {
	cache.Cache
	missed func(ctx context.Context, name string)
	told   string
}

func (c *missingCache) Get(ctx context.Context, key client.ObjectKey, object client.Object, o ...client.GetOption) error {
	err := c.Cache.Get(ctx, key, object, o...)
	if apierrors.IsNotFound(err) && c.missed != nil && c.told != key.Name {
		c.told = key.Name
		c.missed(ctx, key.Name)
	}
	return err
}

// namespace returns the metadata of a Namespace that opted in.
func namespace(name string, labels, annotations map[string]string) *metav1.PartialObjectMetadata {
	n := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadata"}}
	n.Name, n.Annotations, n.ResourceVersion = name, annotations, "1"
	n.Labels = map[string]string{mutate.KeyMode: "apply"}
	maps.Copy(n.Labels, labels)
	return n
}
