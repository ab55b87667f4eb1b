package chart

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// directory is the chart's.
const directory = "../../charts/dualstack-webhook"

// helm runs the Helm that make tools has built, and returns what it prints.
func helm(t *testing.T, args ...string) (stdout []byte, stderr string, err error) {
	t.Helper()
	const binary = "../../bin/helm"
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs bin/helm: run make tools")
		}
		t.Skip("NOT TESTED, for want of bin/helm: run make tools")
	}
	command := exec.Command(binary, args...)
	home := t.TempDir()
	command.Env = []string{"HOME=" + home}
	var out, failure bytes.Buffer
	command.Stdout, command.Stderr = &out, &failure
	err = command.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.Bytes(), failure.String(), err
}

// render returns the chart with these values. An error is Helm's, which says
// what is wrong with them.
func render(t *testing.T, values []byte, flags ...string) (manifest []byte, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, values, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"template", envtest.Release, directory, "--namespace", envtest.Namespace, "--values", file}, flags...)
	manifest, stderr, err := helm(t, args...)
	if err != nil {
		return nil, errors.New(stderr)
	}
	return manifest, nil
}

// decode returns the objects of a manifest. A key that stands twice is an error.
func decode(t *testing.T, manifest []byte) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	for documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifest))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			t.Fatalf("%v in:\n%s", err, document)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}
