package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/server"
)

// program is a server with the container that its author wrote.
type program struct {
	name  string // as the annotation says it
	needs string // what must be installed
	argv  []string
	env   map[string]string
	ask   string
	// apart is what the changed command line would serve in a kernel that keeps
	// the families apart, and so why it is refused there; empty where it is not.
	apart string
}

// port is what every server listens on; each has a network to itself.
const port = "8080"

const askHTTP = "GET / HTTP/1.0\r\n\r\n"

// programs holds every server that can be told and can be installed here. ASP.NET
// Core is in neither Debian nor npm.
func programs() []program {
	return []program{
		{"django", "django-admin", []string{"django-admin", "runserver", "--noreload", "--settings=shop", "--pythonpath=.", "0.0.0.0:" + port}, nil, askHTTP, "6"},
		{"gunicorn", "gunicorn", []string{"gunicorn", "--bind", "0.0.0.0:" + port, "shop:wsgi"}, nil, askHTTP, "6"},
		{"gunicorn", "gunicorn", []string{"gunicorn", "-b", ":" + port, "shop:wsgi"}, nil, askHTTP, "6"},
		{"http-server", "python3", []string{"python3", "-m", "http.server", "--bind=0.0.0.0", port}, nil, askHTTP, "46"},
		{"node", "node", []string{"node", "shop.js"}, map[string]string{"HOST": "0.0.0.0"}, askHTTP, "46"},
		{"redis", "redis-server", []string{"redis-server", "--bind", "0.0.0.0", "--port", port}, nil, "PING\r\n", ""},
		{"redis", "redis-server", []string{"redis-server", "--port", port, "--bind", "*"}, nil, "PING\r\n", ""},
		{"uvicorn", "uvicorn", []string{"uvicorn", "--host", "0.0.0.0", "--port", port, "shop:asgi"}, nil, askHTTP, ""},
		{"uvicorn", "uvicorn", []string{"uvicorn", "--host=0.0.0.0", "--port", port, "shop:asgi"}, nil, askHTTP, ""},
	}
}

// The kernels that a Pod may find.
var (
	withIPv6 = map[string]string{}
	apart    = map[string]string{"bindv6only": "1"}
	without  = map[string]string{"conf/all/disable_ipv6": "1", "conf/default/disable_ipv6": "1", "conf/lo/disable_ipv6": "1"}
)

// TestListen wants of each server, as its author wrote it, IPv4 alone; as it is
// changed both families; and whatever the kernel is like IPv4 still. Where the
// change is refused it wants to see why.
func TestListen(t *testing.T) {
	for _, p := range programs() {
		t.Run(p.name+":"+strings.Join(p.argv[1:], "_"), func(t *testing.T) {
			p.installed(t)
			changed := p.decide(t, withIPv6)
			p.serves(t, "as written", p.container(), withIPv6, "4")
			p.serves(t, "changed", changed, withIPv6, "46")
			p.serves(t, "decided for a kernel without IPv6", p.decide(t, without), without, "4")
			if p.apart == "" {
				p.serves(t, "decided for a kernel that keeps the families apart", p.decide(t, apart), apart, "46")
				return
			}
			p.serves(t, "refused for a kernel that keeps the families apart", p.decide(t, apart), apart, "4")
			p.serves(t, "what was refused", changed, apart, p.apart)
		})
	}
}

// TestEveryServerIsStarted wants each server that can be told to have a program.
func TestEveryServerIsStarted(t *testing.T) {
	known, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range known {
		started := slices.ContainsFunc(programs(), func(p program) bool { return p.name == s.Name })
		if len(s.Settings) > 0 && !started && s.Name != "aspnet" {
			t.Errorf("%s is told something, and nobody listens whether it does it", s.Name)
		}
	}
}

func (p program) installed(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(p.needs); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs %s: run make servers", p.needs)
		}
		t.Skipf("NOT TESTED, for want of %s: run make servers", p.needs)
	}
}

func (p program) container() mutate.ContainerView {
	c := mutate.ContainerView{Name: "web", Command: p.argv[:1], Args: p.argv[1:]}
	for name, value := range p.env {
		c.Env = append(c.Env, mutate.EnvVarView{Name: name, Value: value})
	}
	return c
}

// serves runs a container, and wants it to serve the families.
func (p program) serves(t *testing.T, how string, c mutate.ContainerView, kernel map[string]string, want string) {
	t.Helper()
	k := task{Sysctls: kernel, Dir: shop(t), Argv: slices.Concat(c.Command, c.Args), Port: port, Ask: p.ask}
	k.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + k.Dir, "PORT=" + port}
	for _, v := range c.Env {
		k.Env = append(k.Env, v.Name+"="+v.Value)
	}
	if got := k.inNetwork(t); got.Families != want {
		t.Errorf("%s: %q %v serves %q, want %q; it says:\n%s", how, k.Argv, p.env, got.Families, want, got.Output)
	}
}

// shop returns a directory with what the servers serve.
func shop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shop.py": `SECRET_KEY = "none"
ROOT_URLCONF = "shop"
ALLOWED_HOSTS = ["*"]
urlpatterns = []

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"shop"]

async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"shop"})
`,
		"shop.js": `require("http").createServer((_, answer) => answer.end("shop")).listen(process.env.PORT, process.env.HOST);`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
