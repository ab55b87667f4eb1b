package manifest_test

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/manifest"
)

// benchSize is that of a large manifest.
const benchSize = 10 << 20

// BenchmarkManyDocuments reads and changes 10 MB of small documents, as many at
// a time as there are processors.
func BenchmarkManyDocuments(b *testing.B) {
	var data []byte
	for len(data) < benchSize {
		data = append(data, benchService...)
	}
	benchmark(b, string(data))
}

// BenchmarkOneList reads and changes one List of 10 MB, of Pods.
func BenchmarkOneList(b *testing.B) {
	benchmark(b, string(benchList(b)))
}

const benchService = `---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    helm.sh/chart: shop-1.2.3
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: shop
    app.kubernetes.io/version: "1.4.2"
    app.kubernetes.io/managed-by: Helm
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "9090"
    service.beta.kubernetes.io/aws-load-balancer-type: nlb
    example.com/description: >-
      The web front of the shop. It is what customers see, and
      it is reached by the ingress controller only.
spec:
  type: ClusterIP
  sessionAffinity: None
  # The ports are those of the container.
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
    - port: 9090
      targetPort: metrics
      protocol: TCP
      name: metrics
  selector:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: shop
`

func benchList(b *testing.B) []byte {
	b.Helper()
	pod, err := os.ReadFile("../examples/pod-web-classic.yaml")
	if err != nil {
		b.Fatal(err)
	}
	item := "- " + strings.ReplaceAll(strings.TrimSpace(string(pod)), "\n", "\n  ") + "\n"
	data := []byte("apiVersion: v1\nitems:\n")
	for len(data) < benchSize {
		data = append(data, item...)
	}
	return append(data, "kind: List\n"...)
}

func benchmark(b *testing.B, data string) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if objects := changeAll(b, data); objects < len(data)/30_000 {
			b.Fatalf("changed %d objects", objects)
		}
	}
}

// changeAll does what the command line does with a file, and returns the number
// of objects.
func changeAll(b *testing.B, data string) int {
	b.Helper()
	documents := manifest.Split(data)
	outs := make([]string, len(documents))
	var next, objects atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(documents); i = int(next.Add(1)) - 1 {
				out, n := change(b, documents[i])
				outs[i] = out
				objects.Add(int64(n))
			}
		})
	}
	workers.Wait()
	if len(strings.Join(outs, "")) <= len(data) {
		b.Error("nothing was changed")
	}
	return int(objects.Load())
}

func change(b *testing.B, document manifest.Document) (string, int) {
	b.Helper()
	parsed, err := document.Parse()
	if err != nil {
		b.Error(err)
		return "", 0
	}
	var patch []jsonpatch.Operation
	for _, o := range parsed.Objects() {
		data, err := o.JSON("")
		if err != nil || !json.Valid(data) {
			b.Error(err)
		}
		patch = append(patch,
			jsonpatch.NewOperation("add", o.Path+"/spec/ipFamilyPolicy", "PreferDualStack"),
			jsonpatch.NewOperation("add", o.Path+"/metadata/annotations/dualstack.dev~1status", "ipFamilyPolicy=PreferDualStack"))
	}
	out, err := parsed.Apply(patch)
	if err != nil {
		b.Error(err)
	}
	return out, len(parsed.Objects())
}
