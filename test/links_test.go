package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks wants every relative link of a page to lead to a file, and its fragment to
// a heading there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s:]+)\)`)
	links := 0
	for _, page := range trackedPages(t) {
		for _, match := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			links++
			path, fragment, _ := strings.Cut(match[1], "#")
			target := filepath.Join(filepath.Dir(page), path)
			if path == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			} else if fragment != "" && !anchors(readPage(t, target))[fragment] {
				t.Errorf("%s links to %s, which has no such heading", page, match[1])
			}
		}
	}
	if links == 0 {
		t.Error("no page has a link")
	}
}

// trackedPages returns the paths of the project's Markdown files. Those in test/docs
// are parts of pages elsewhere, and count there.
func trackedPages(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for path := range strings.SplitSeq(string(out), "\x00") {
		if strings.HasSuffix(path, ".md") && !strings.HasPrefix(path, "docs/") {
			pages = append(pages, path)
		}
	}
	return pages
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// anchors returns what GitHub calls the headings of a page: in lower case, with
// hyphens for spaces, and without punctuation
// (https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links).
func anchors(page string) map[string]bool {
	heading := regexp.MustCompile(`(?m)^#+ +(.+)$`)
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	all := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		text := dropped.ReplaceAllString(strings.ToLower(match[1]), "")
		all[strings.ReplaceAll(text, " ", "-")] = true
	}
	return all
}
