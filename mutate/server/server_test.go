package server_test

import (
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/server"
)

// TestBuiltin wants the servers that people may name.
func TestBuiltin(t *testing.T) {
	servers, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range servers {
		names = append(names, s.Name)
	}
	want := "aspnet django envoy go gunicorn haproxy http-server java nginx node redis uvicorn"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("Builtin() = %s, want %s", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	const good = "name: n\ntitle: t\nsources: [s]\nsettings: [{env: HOST, grammar: host, target: '::', why: w}]\n"
	const advice = "name: n\ntitle: t\nsources: [s]\nadvice: a\n"
	for _, doc := range []string{good, advice, advice + "alreadyDual: true\n"} {
		if _, err := server.Parse([]byte(doc)); err != nil {
			t.Fatalf("Parse(%q) = %v, want nil", doc, err)
		}
	}
	for _, tc := range []struct{ name, doc, want string }{
		{"UnknownField", good + "setings: []\n", `unknown field "setings"`},
		{"NoName", "title: t\nsources: [s]\nadvice: a\n", "name: must not be empty"},
		{"NoTitle", "name: n\nsources: [s]\nadvice: a\n", "title: must not be empty"},
		{"NoSources", "name: n\ntitle: t\nadvice: a\n", "sources: must name"},
		{"NothingToDo", "name: n\ntitle: t\nsources: [s]\n", "settings, advice: must have one of them"},
		{"Both", good + "advice: a\n", "settings, advice: must have one of them"},
		{"AlreadyDualWithSettings", good + "alreadyDual: true\n", "alreadyDual: is for a server without settings"},
		{"BadGrammar", strings.Replace(good, "grammar: host", "grammar: ip", 1), `"ip" is not a grammar: use "host"`},
		{"BadTarget", strings.Replace(good, "'::'", "'::1'", 1), `"::1" is not a target: use "and ::"`},
		{"BadSetting", strings.Replace(good, "env: HOST", "env: ''", 1), "settings[0].env, flags, behind: must have one of them"},
		{"OptionWithoutWhy", good + "unless: [{env: X}]\n", "unless[0]: must have flags or env, and why"},
		{"OptionNowhere", good + "unless: [{why: w}]\n", "unless[0]: must have flags or env, and why"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := server.Parse([]byte(tc.doc)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse() = %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestOption(t *testing.T) {
	protected := server.Option{Flags: []string{"--protected-mode"}, Value: "no"}
	workers := server.Option{Flags: []string{"--workers"}, Except: "1"}
	for _, tc := range []struct {
		option server.Option
		argv   string
		want   bool
	}{
		{protected, "redis-server --protected-mode no", true},
		{protected, "redis-server --protected-mode=no", true},
		{protected, "redis-server --protected-mode yes", false},
		{protected, "redis-server no", false},
		{workers, "uvicorn --workers 2", true},
		{workers, "uvicorn --workers=1", false},
		{workers, "uvicorn --workers", true},
		{server.Option{Env: "X"}, "uvicorn X", false},
	} {
		if got := tc.option.InArguments(strings.Fields(tc.argv)); got != tc.want {
			t.Errorf("%q.InArguments(%q) = %t, want %t", tc.option, tc.argv, got, tc.want)
		}
	}
}
