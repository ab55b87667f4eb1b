package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
)

// TestSBOM reads the document as others would, and wants every module in it.
func TestSBOM(t *testing.T) {
	mit := []licenceFile{{name: "LICENSE", licence: "MIT"}}
	modules := []module{
		{path: "example.com/ours", version: "v1.2.3", files: mit},
		{path: "example.com/dep", version: "v0.1.0+more", sum: "h1:x=", files: mit},
	}
	out := t.TempDir()
	if err := writeSBOM(out, someProgram(), modules); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(out, "dualstack.spdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spdxjson.Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	if got, want := doc.CreationInfo.Created, "2023-11-14T22:13:20Z"; got != want {
		t.Errorf("created = %s, want the commit's time %s", got, want)
	}
	if len(doc.Packages) != 2 || len(doc.Relationships) != 2 {
		t.Fatalf("%d packages, %d relationships, want 2 and 2", len(doc.Packages), len(doc.Relationships))
	}
	dep := doc.Packages[1]
	if got, want := dep.PackageExternalReferences[0].Locator, "pkg:golang/example.com/dep@v0.1.0%2Bmore"; got != want {
		t.Errorf("package URL = %s, want %s", got, want)
	}
	if dep.PackageLicenseConcluded != "MIT" {
		t.Errorf("licence = %s, want MIT", dep.PackageLicenseConcluded)
	}
	if err := writeSBOM(out, someProgram(), modules); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(out, "dualstack.spdx.json"))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("written again it differs, error %v", err)
	}
}
