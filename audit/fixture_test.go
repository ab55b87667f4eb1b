package audit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

var update = flag.Bool("update", false, "write the findings into the fixtures")

// TestFixtures wants of each archive in testdata the findings that it has, and
// each code to be in one of them. The comment of an archive says why it exists;
// its files are in.yaml, one object, and findings: code, path and value.
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d fixtures: %v", len(paths), err)
	}
	seen := map[audit.Code]bool{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files) != 2 || archive.Files[0].Name != "in.yaml" || archive.Files[1].Name != "findings" {
			t.Fatalf("%s: want the files in.yaml and findings", path)
		}
		var got strings.Builder
		for _, f := range advise(t, string(archive.Files[0].Data)) {
			seen[f.Code] = true
			fmt.Fprintln(&got, strings.TrimSpace(fmt.Sprintf("%s  %s  %s", f.Code, f.Path, f.Value)))
		}
		want := &archive.Files[1].Data
		if *update {
			*want = []byte(got.String())
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(*want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for _, code := range audit.Codes() {
		if !seen[code] {
			t.Errorf("no fixture in audit/testdata has the code %s", code)
		}
	}
}

// TestCodes checks what tables and the documentation rely on.
func TestCodes(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, code := range audit.Codes() {
		sentence, cure := code.Sentence(), code.Cure()
		if !name.MatchString(string(code)) {
			t.Errorf("%s is not of words in lower case", code)
		}
		if slices.Contains(mutate.Codes(), mutate.Code(code)) {
			t.Errorf("%s is the code of a decision too", code)
		}
		if sentence == "" || len(sentence) > 120 || strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: sentence %q is empty, longer than 120 characters, or ends with a full stop", code, sentence)
		}
		if !strings.HasSuffix(cure, ".") {
			t.Errorf("%s: cure %q is not a sentence", code, cure)
		}
	}
}
