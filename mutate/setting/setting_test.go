package setting_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/setting"
)

const (
	gunicorn = "flags: [-b, --bind]\nevery: true\ngrammar: host:port or :port\ntarget: '::'\nwhy: w\n"
	uvicorn  = "flags: [--host]\ngrammar: host\ntarget: empty\nwhy: w\n"
	redis    = "flags: [--bind]\nwords: true\ngrammar: space list of redis bind\ntarget: 'and ::'\nwhy: w\n"
	django   = "behind: runserver\ngrammar: host:port\ntarget: '::'\nwhy: w\n"
)

// parse reads a setting as the files of a profile and a server do.
func parse(t *testing.T, text string) setting.Setting {
	t.Helper()
	var s setting.Setting
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestInArguments(t *testing.T) {
	for _, tc := range []struct {
		name, setting, argv string
		want                string // the arguments, with "_" for an empty one
		verdict             address.Verdict
	}{
		{"pair", gunicorn, "gunicorn -b 0.0.0.0:80 app", "gunicorn -b [::]:80 app", address.Changed},
		{"joined", gunicorn, "gunicorn --bind=0.0.0.0:80 app", "gunicorn --bind=[::]:80 app", address.Changed},
		{"every", gunicorn, "gunicorn -b :80 --bind 127.0.0.1:81 -b=0.0.0.0:82", "gunicorn -b [::]:80 --bind 127.0.0.1:81 -b=[::]:82", address.Changed},
		{"every_same_port", gunicorn, "gunicorn -b 0.0.0.0:80 -b [::]:80", "gunicorn -b 0.0.0.0:80 -b [::]:80", address.AlreadyDual},
		{"every_one_bad", gunicorn, "gunicorn -b 0.0.0.0:80 -b $(A)", "gunicorn -b 0.0.0.0:80 -b $(A)", address.NotUnderstood},
		{"every_loopback", gunicorn, "gunicorn -b 127.0.0.1:80", "gunicorn -b 127.0.0.1:80", address.Kept},
		{"absent", gunicorn, "gunicorn app:app --bindings 0.0.0.0:80", "", address.NotUnderstood},
		{"without_a_value", gunicorn, "gunicorn -b", "", address.NotUnderstood},
		{"value_like_a_flag", uvicorn, "uvicorn --host --host 0.0.0.0", "uvicorn --host --host 0.0.0.0", address.NotUnderstood},
		{"after_the_separator", uvicorn, "uvicorn --host 127.0.0.1 -- --host 0.0.0.0", "uvicorn --host 127.0.0.1 -- --host 0.0.0.0", address.Kept},
		{"last_wins", uvicorn, "uvicorn --host 0.0.0.0 --host 127.0.0.1", "uvicorn --host 0.0.0.0 --host 127.0.0.1", address.Kept},
		{"last_is_changed", uvicorn, "uvicorn --host 127.0.0.1 --host=0.0.0.0", "uvicorn --host 127.0.0.1 --host=", address.Changed},
		{"becomes_empty", uvicorn, "uvicorn --host 0.0.0.0 app", "uvicorn --host _ app", address.Changed},
		{"is_empty", uvicorn, "uvicorn --host= app", "uvicorn --host= app", address.AlreadyDual},
		{"words_at_the_end", redis, "redis-server --port 1 --bind 0.0.0.0", "redis-server --port 1 --bind 0.0.0.0 -::*", address.Changed},
		{"words_before_others", redis, "redis-server --bind 0.0.0.0 --port 1", "redis-server --bind 0.0.0.0 --port 1 --bind 0.0.0.0 -::*", address.Changed},
		{"words_between", redis, "redis-server --bind 0.0.0.0 10.0.0.1", "redis-server --bind 0.0.0.0 10.0.0.1 --bind 0.0.0.0 -::* 10.0.0.1", address.Changed},
		{"words_already", redis, "redis-server --bind * -::*", "redis-server --bind * -::*", address.AlreadyDual},
		{"words_last_wins", redis, "redis-server --bind 127.0.0.1 --bind 0.0.0.0 -::*", "redis-server --bind 127.0.0.1 --bind 0.0.0.0 -::*", address.AlreadyDual},
		{"words_none", redis, "redis-server --bind --port 1", "", address.NotUnderstood},
		{"words_and_separator", redis, "redis-server --bind 0.0.0.0 -- x", "", address.NotUnderstood},
		{"init", uvicorn, "/usr/bin/tini -g -- uvicorn --host 0.0.0.0 -- --host 0.0.0.0", "/usr/bin/tini -g -- uvicorn --host _ -- --host 0.0.0.0", address.Changed},
		{"init_and_words", redis, "dumb-init -- redis-server --bind 0.0.0.0", "dumb-init -- redis-server --bind 0.0.0.0 -::*", address.Changed},
		{"shell", uvicorn, "/bin/sh -c exec --host 0.0.0.0", "", address.NotUnderstood},
		{"shell_behind", uvicorn, "env A=b bash -ec exec --host 0.0.0.0", "", address.NotUnderstood},
		{"shell_of_a_script", uvicorn, "sh run.sh --host 0.0.0.0", "", address.NotUnderstood},
		{"like_a_shell_and_a_flag", uvicorn, "uvicorn sh --host 0.0.0.0", "uvicorn sh --host _", address.Changed},
		{"like_a_shell", uvicorn, "uvicorn --host 0.0.0.0 sh", "uvicorn --host _ sh", address.Changed},
		{"behind", django, "manage.py runserver --noreload 0.0.0.0:80", "manage.py runserver --noreload [::]:80", address.Changed},
		{"behind_another", django, "manage.py runserver --settings shop.settings 0.0.0.0:80", "manage.py runserver --settings shop.settings [::]:80", address.Changed},
		{"behind_port_alone", django, "manage.py runserver 80", "manage.py runserver 80", address.NotUnderstood},
		{"behind_before", django, "0.0.0.0:80 runserver", "", address.NotUnderstood},
		{"behind_absent", django, "manage.py migrate 0.0.0.0:80", "", address.NotUnderstood},
	} {
		t.Run(tc.name, func(t *testing.T) {
			argv := strings.Split(tc.argv, " ")
			values, verdict := parse(t, tc.setting).InArguments(argv)
			if tc.want == "" && len(values) > 0 {
				t.Errorf("InArguments() = %+v, want none", values)
			}
			if want := cmp.Or(tc.want, tc.argv); apply(argv, values) != want || verdict != tc.verdict {
				t.Errorf("InArguments() = %v, %q; want %v, %q", verdict, apply(argv, values), tc.verdict, want)
			}
		})
	}
}

// TestInArgumentsOneWord has Redis' list as one argument.
func TestInArgumentsOneWord(t *testing.T) {
	values, verdict := parse(t, redis).InArguments([]string{"redis-server", "--bind", "0.0.0.0 10.0.0.1"})
	if len(values) != 1 || verdict != address.Changed || values[0].Argument != "0.0.0.0 -::* 10.0.0.1" || values[0].Append != nil {
		t.Errorf("InArguments() = %+v, %v; want one argument to change", values, verdict)
	}
}

func apply(argv []string, values []setting.Value) string {
	out := append([]string(nil), argv...)
	for _, v := range values {
		if len(v.Append) > 0 {
			out = append(out, v.Append...)
			continue
		}
		if out[v.Index] = v.Argument; v.Argument == "" {
			out[v.Index] = "_"
		}
	}
	return strings.Join(out, " ")
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"flags", gunicorn, "<nil>"},
		{"words", redis, "<nil>"},
		{"behind", django, "<nil>"},
		{"env", "env: HOST\ngrammar: host\ntarget: '::'\nwhy: w\n", "<nil>"},
		{"nowhere", "grammar: host\ntarget: '::'\nwhy: w\n", "env, flags, behind: must have one of them"},
		{"two_places", "env: HOST\n" + uvicorn, "env, flags, behind: must have one of them"},
		{"no_flag", "flags: [bind]\ngrammar: host\ntarget: '::'\nwhy: w\n", `flags: "bind" is not the name of an argument, such as --bind`},
		{"every_variable", "env: HOST\nevery: true\ngrammar: host\ntarget: '::'\nwhy: w\n", "every, words: are for flags"},
		{"every_word", "every: true\n" + redis, "every, words: must not be both"},
		{"no_grammar", "env: HOST\ntarget: '::'\nwhy: w\n", "grammar: must not be empty"},
		{"no_words", "words: true\n" + uvicorn, "grammar: the words of several arguments are a space list, not a host"},
		{"no_target", "env: HOST\ngrammar: host\nwhy: w\n", `target: "" is no target for an address`},
		{"no_why", "env: HOST\ngrammar: host\ntarget: '::'\n", "why: must not be empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := parse(t, tc.text).Validate(); fmt.Sprint(err) != tc.want {
				t.Errorf("Validate() = %v, want %s", err, tc.want)
			}
		})
	}
}

func TestString(t *testing.T) {
	for want, text := range map[string]string{"-b, --bind": gunicorn, "runserver ADDRESS": django, "HOST": "env: HOST"} {
		if got := parse(t, text).String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}
