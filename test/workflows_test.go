package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// workflow is what is read here of a workflow for GitHub Actions.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
type workflow struct {
	On          any            `json:"on"`
	Permissions any            `json:"permissions"`
	Jobs        map[string]job `json:"jobs"`
}

type job struct {
	Uses        string `json:"uses"`
	Needs       any    `json:"needs"`
	Permissions any    `json:"permissions"`
	Steps       []step `json:"steps"`
}

type step struct {
	Name string `json:"name"`
	Uses string `json:"uses"`
	Run  string `json:"run"`
}

// A tag of an action can be moved, the digest of a commit cannot. The comment is
// for eyes, and for the tools that propose updates.
var pinned = regexp.MustCompile(`uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)

func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("workflows = %v, error %v, want some", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, complaint := range checkWorkflow(string(text)) {
				t.Error(complaint)
			}
		})
	}
}

// readWorkflow decodes a workflow. YAML 1.1 reads the key on as true, so it is quoted
// before.
func readWorkflow(text string) (workflow, error) {
	var w workflow
	err := yaml.Unmarshal([]byte(regexp.MustCompile(`(?m)^on:`).ReplaceAllString(text, `"on":`)), &w)
	return w, err
}

// checkWorkflow returns what is unsafe in a workflow.
func checkWorkflow(text string) []string {
	w, err := readWorkflow(text)
	if err != nil {
		return []string{err.Error()}
	}
	var complaints []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(strings.TrimPrefix(line, "- "), "uses:") && !pinned.MatchString(line) {
			complaints = append(complaints, "not pinned by digest, with the version in a comment: "+line)
		}
	}
	if !readOnly(w.Permissions) {
		complaints = append(complaints, "the permissions of all jobs are not read-only: each job that writes says so itself")
	}
	if triggers, ok := w.On.(map[string]any); !ok {
		complaints = append(complaints, "on is not a map")
	} else if _, ok := triggers["pull_request_target"]; ok {
		complaints = append(complaints, "pull_request_target gives the code of strangers our secrets")
	}
	for name, j := range w.Jobs {
		if j.Permissions == "write-all" {
			complaints = append(complaints, name+": all rights")
		}
		for _, s := range j.Steps {
			// An expression is put into a script before the shell reads it, so its
			// value can be code. The environment is safe.
			if strings.Contains(s.Run, "${{") {
				complaints = append(complaints, name+": an expression in a script: "+s.Run)
			}
		}
	}
	return complaints
}

// readOnly says whether permissions, at the top of a workflow, are there and let
// nothing be written.
func readOnly(permissions any) bool {
	switch p := permissions.(type) {
	case string:
		return p == "read-all"
	case map[string]any:
		for _, right := range p {
			if right != "read" && right != "none" {
				return false
			}
		}
		return true
	}
	return false
}

// TestWorkflowChecks proves that each check can fail.
func TestWorkflowChecks(t *testing.T) {
	const (
		head  = "on: {push: {}}\npermissions: {contents: read}\n"
		steps = "jobs:\n  a:\n    steps:\n"
	)
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"nothing wrong":     {head + steps + "    - uses: a/b/c@" + strings.Repeat("0a", 20) + " # v1.2.3\n    - run: make\n", ""},
		"a tag":             {head + steps + "    - uses: a/b@v1\n", "not pinned"},
		"no version":        {head + steps + "    - uses: a/b@" + strings.Repeat("0a", 20) + "\n", "not pinned"},
		"named step":        {head + steps + "    - name: x\n      uses: a/b@main # v1\n", "not pinned"},
		"another workflow":  {head + "jobs:\n  a:\n    uses: a/b/.github/workflows/c.yaml@v1\n", "not pinned"},
		"no permissions":    {"on: {push: {}}\n", "not read-only"},
		"write at the top":  {"on: {push: {}}\npermissions: {contents: write}\n", "not read-only"},
		"all at the top":    {"on: {push: {}}\npermissions: write-all\n", "not read-only"},
		"all for a job":     {head + "jobs:\n  a:\n    permissions: write-all\n", "all rights"},
		"code of strangers": {"on:\n  pull_request_target:\npermissions: {}\n", "pull_request_target"},
		"a list of events":  {"on: [pull_request_target]\npermissions: {}\n", "not a map"},
		"a title as code":   {head + steps + "    - run: echo ${{ github.event.issue.title }}\n", "an expression"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(checkWorkflow(c.text), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("complaints = %q, want %q", got, c.want)
			}
		})
	}
}
