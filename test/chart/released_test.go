package chart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleasedImage has the chart as a release packages it, which names the digest of
// its image, and wants the digest wherever nobody names another image.
func TestReleasedImage(t *testing.T) {
	released, own := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	chart := filepath.Join(t.TempDir(), "dualstack-webhook")
	if err := os.CopyFS(chart, os.DirFS(directory)); err != nil {
		t.Fatal(err)
	}
	metadata, err := os.OpenFile(filepath.Join(chart, "Chart.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := metadata.WriteString("annotations: {dualstack.dev/image-digest: " + released + "}\n"); err != nil {
		t.Fatal(err)
	}
	if err := metadata.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, chart, values, want string
	}{
		{"Chart:released", chart, "image.repository=ghcr.io/dualstack-dev/webhook", "ghcr.io/dualstack-dev/webhook@" + released},
		{"Chart:released_Repository:mirror", chart, "image.repository=mirror.example/webhook", "mirror.example/webhook@" + released},
		{"Chart:released_Tag", chart, "image.tag=v9", "ghcr.io/dualstack-dev/webhook:v9"},
		{"Chart:released_Digest", chart, "image.digest=" + own, "ghcr.io/dualstack-dev/webhook@" + own},
		{"Chart:source", directory, "image.repository=mirror.example/webhook", "mirror.example/webhook:0.1.0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			manifest, stderr, err := helm(t, "template", "release", tc.chart, "--set", tc.values, "--show-only", "templates/deployment.yaml")
			if err != nil {
				t.Fatal(stderr)
			}
			if got := string(manifest); !strings.Contains(got, "image: "+tc.want+"\n") {
				t.Errorf("the Deployment does not have the image %s:\n%s", tc.want, got)
			}
		})
	}
}
