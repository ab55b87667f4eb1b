package test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestAnswersAgree asks of every Pod what becomes of its sidecars, its servers and
// its NO_PROXY, and why. The reference, dualstack mutate -o notes and the Pod's own
// annotation must say the same. What a code comes to, the test knows from the pages
// alone.
func TestAnswersAgree(t *testing.T) {
	binary := buildProgram(t)
	pages := readPages(t)
	for _, f := range loadFixtures(t) {
		if f.kind(t) != "Pod" || f.notOffline() != "" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := f.files(t)
			notes := readNotes(t, f.mutate(t, binary, in, "notes"))
			status := readStatus(t, f.mutate(t, binary, in, "yaml"))
			for part, codes := range notes {
				pages.checkPart(t, part, codes)
				if word, told := status[part]; told {
					pages.checkWord(t, part, word, codes)
				}
			}
			mode := f.namespace.Labels[mutate.KeyMode]
			want := []string(nil)
			if mode != string(mutate.ModeReport) && pages.tells(notes) {
				want = slices.Sorted(maps.Keys(notes))
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(status))); diff != "" {
				t.Errorf("the parts that the status tells of (-notes +status):\n%s", diff)
			}
		})
	}
}

// readNotes returns the codes about each part of the Pod, from a table of notes.
func readNotes(t *testing.T, table []byte) map[string][]string {
	t.Helper()
	header, rows, _ := strings.Cut(string(table), "\n")
	part, code, field := strings.Index(header, "PART"), strings.Index(header, "CODE"), strings.Index(header, "FIELD")
	if part < 0 || code < part || field < code {
		t.Fatalf("the header of the notes is %q", header)
	}
	notes := map[string][]string{}
	for row := range strings.Lines(rows) {
		if name := strings.TrimSpace(row[part:code]); name != "" {
			notes[name] = append(notes[name], strings.TrimSpace(row[code:field]))
		}
	}
	return notes
}

// readStatus returns the verdict on each part of the Pod, from its annotation.
func readStatus(t *testing.T, out []byte) map[string]string {
	t.Helper()
	documents := manifest.Split(string(out))
	pod := view[mutate.PodView](t, toJSON(t, []byte(documents[len(documents)-1].Text)))
	status := map[string]string{}
	if pod.Metadata == nil || pod.Metadata.Annotations[mutate.KeyStatus] == "" {
		return status
	}
	for entry := range strings.SplitSeq(pod.Metadata.Annotations[mutate.KeyStatus], ",") {
		part, word, _ := strings.Cut(entry, "=")
		status[part] = word
	}
	return status
}

// pages are the pages of the reference that answer.
type pages struct {
	// kinds are the sections of the page of notes, by the codes in them.
	kinds map[string]string
	// sections are those about sidecars and servers, by their names.
	sections map[string]string
	noProxy  string
}

var headings = regexp.MustCompile(`(?m)^(#+) (.*)$`)

func readPages(t *testing.T) pages {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile("../docs/reference/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	p := pages{map[string]string{}, map[string]string{}, read("no-proxy")}
	var kind string
	for _, h := range headings.FindAllStringSubmatch(read("notes"), -1) {
		if h[1] == "##" {
			kind = h[2]
		} else {
			p.kinds[h[2]] = kind
		}
	}
	for _, name := range []string{"sidecars", "servers"} {
		page := read(name)
		places := append(headings.FindAllStringSubmatchIndex(page, -1), []int{len(page)})
		for i, place := range places[:len(places)-1] {
			p.sections[page[place[4]:place[5]]] = page[place[1]:places[i+1][0]]
		}
	}
	return p
}

// checkPart wants the page about a part to know each code that it came to. A profile
// of the user's own has no page.
func (p pages) checkPart(t *testing.T, part string, codes []string) {
	t.Helper()
	_, server, isServer := strings.Cut(part, "/")
	for _, code := range codes {
		switch {
		case p.kinds[code] == "":
			t.Errorf("%s is %s, and the page of notes does not know it", part, code)
		case part == "no-proxy" && !strings.Contains(p.noProxy, code):
			t.Errorf("%s is %s, and its page does not know it", part, code)
		case isServer && code != string(mutate.CodeServerUnknown) && !p.hasServer(server):
			t.Errorf("%s has no section on the page of servers", part)
		case p.sections[part] != "" && !strings.Contains(p.sections[part], "`"+code+"`") && !strings.Contains(p.sections[part], "#"+code+")"):
			t.Errorf("%s is %s, and its section does not say that it can be", part, code)
		}
	}
}

func (p pages) hasServer(name string) bool {
	return p.sections[name] != "" || slices.ContainsFunc(slices.Collect(maps.Values(p.sections)), func(section string) bool {
		return strings.Contains(section, "\n| `"+name+"` |")
	})
}

// checkWord wants the verdict in the status to be what the page of notes says of the
// codes.
func (p pages) checkWord(t *testing.T, part, word string, codes []string) {
	t.Helper()
	word, reason, _ := strings.Cut(word, ":")
	has := func(kind string) bool {
		return slices.ContainsFunc(codes, func(code string) bool { return p.kinds[code] == kind })
	}
	dual := !slices.ContainsFunc(codes, func(code string) bool { return code != string(mutate.CodeAlreadyDual) })
	var agrees bool
	switch word {
	case "rewritten":
		agrees = has("Changes") && !has("Refusals")
	case "partial":
		agrees = slices.Contains(codes, reason)
	case "refused":
		agrees = slices.Contains(codes, reason) && p.kinds[reason] == "Refusals" && !has("Changes")
	case "already-dual":
		agrees = dual
	case "unknown":
		agrees = !has("Changes") && !has("Refusals") && !dual
	}
	if !agrees {
		t.Errorf("the status says %s=%s:%s, the notes %v", part, word, reason, codes)
	}
}

// tells reports whether the Pod's annotation tells: something changes, or something
// is refused and to say so does no harm.
func (p pages) tells(notes map[string][]string) bool {
	var changed, refused, harm bool
	for _, codes := range notes {
		for _, code := range codes {
			changed = changed || p.kinds[code] == "Changes"
			refused = refused || p.kinds[code] == "Refusals"
			harm = harm || code == string(mutate.CodeSidecarOverrides) || code == string(mutate.CodeMirrorPod)
		}
	}
	return changed || refused && !harm
}
