package manifest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/manifest"
)

var update = flag.Bool("update", false, "rewrite out and error of testdata/apply from what Apply returns")

// A testCase is an archive of testdata/apply. Its comment says what it covers,
// and in lines that begin with "#!" what an archive cannot hold:
//
//	#! crlf                in and out have Windows line breaks
//	#! no-final-newline    in and out end without a line break
//	#! bom                 in and out begin with a byte order mark
//
// Its files are in; patch, an operation a line; and out or error.
type testCase struct {
	archive    *txtar.Archive
	directives []string
}

func loadCase(tb testing.TB, path string) *testCase {
	tb.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	c := &testCase{archive: archive}
	for line := range strings.Lines(string(archive.Comment)) {
		if directive, ok := strings.CutPrefix(strings.TrimSpace(line), "#! "); ok {
			c.directives = append(c.directives, directive)
		}
	}
	return c
}

func (c *testCase) file(name string) string {
	for _, file := range c.archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

// text returns a file as the directives say that it is.
func (c *testCase) text(name string) string {
	text := c.file(name)
	for _, directive := range c.directives {
		switch directive {
		case "crlf":
			text = strings.ReplaceAll(text, "\n", "\r\n")
		case "no-final-newline":
			text = strings.TrimSuffix(text, "\n")
		case "bom":
			text = "\ufeff" + text
		}
	}
	return text
}

// set makes text the file name, in place of out and error.
func (c *testCase) set(name, text string) {
	var files []txtar.File
	for _, file := range c.archive.Files {
		if file.Name != "out" && file.Name != "error" {
			files = append(files, file)
		}
	}
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	files = append(files, txtar.File{Name: name, Data: []byte(text)})
	c.archive.Files = files
}

// patch returns the operations of the file patch: "add /path value".
func (c *testCase) patch(t *testing.T) []jsonpatch.Operation {
	t.Helper()
	text := c.file("patch")
	var patch []jsonpatch.Operation
	for line := range strings.Lines(text) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		op := jsonpatch.Operation{Operation: words[0], Path: words[1]}
		if len(words) == 3 {
			if err := json.Unmarshal([]byte(words[2]), &op.Value); err != nil {
				t.Fatalf("patch %q: %v", line, err)
			}
		}
		patch = append(patch, op)
	}
	return patch
}

func casePaths(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob("testdata/apply/*.txtar")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("found %d cases: %v", len(paths), err)
	}
	return paths
}

func TestApply(t *testing.T) {
	for _, path := range casePaths(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			c := loadCase(t, path)
			in := c.text("in")
			got, err := applyAll(in, c.patch(t))
			if *update {
				c.rewrite(t, path, got, err)
				return
			}
			want := c.text("out")
			wantErr := c.file("error")
			if err != nil {
				got = ""
				if gotErr := err.Error() + "\n"; gotErr != wantErr {
					t.Errorf("Apply() error = %qwant %q", gotErr, wantErr)
				}
			} else if wantErr != "" {
				t.Errorf("Apply() error = nil, want %q", wantErr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Apply() (-want +got):\n%s", diff)
			}
		})
	}
}

func (c *testCase) rewrite(t *testing.T, path, got string, err error) {
	t.Helper()
	if err != nil {
		c.set("error", err.Error()+"\n")
	} else {
		c.set("out", got)
	}
	if err := os.WriteFile(path, txtar.Format(c.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// applyAll applies patch to the documents of text that hold objects, and
// returns all documents.
func applyAll(text string, patch []jsonpatch.Operation) (string, error) {
	var out strings.Builder
	for _, document := range manifest.Split(text) {
		parsed, err := document.Parse()
		if err != nil {
			return "", err
		}
		text := document.Text
		if len(parsed.Objects()) > 0 {
			if text, err = parsed.Apply(patch); err != nil {
				return "", err
			}
		}
		out.WriteString(text)
	}
	if out.Len() == 0 {
		return "", fmt.Errorf("no documents")
	}
	return out.String(), nil
}
