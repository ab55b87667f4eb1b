package browser

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "write the screenshots of the documentation")

// thePage is what the audit of a cluster with one of each finding prints.
const thePage = "../testdata/audit/report.html"

// A window is how a page is looked at. The zero window is a desktop's, in light.
type window struct {
	width, height int64
	dark          bool
	withoutScript bool
}

// phone is as wide as the narrowest that are sold.
var phone = window{width: 360, height: 740}

// chromium returns the path of the browser. Without it the test is skipped and says
// what to do; where CI is true it fails.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const cure = "this test needs Chromium: run .ci/chromium, or apt-get install chromium"
	if os.Getenv("CI") == "true" {
		t.Fatal(cure)
	}
	t.Skip("NOT TESTED: " + cure)
	return ""
}

// A browser is one that runs. Pages have tabs of their own.
type browser struct{ ctx context.Context }

// TestPage opens the page in one browser, for everything that is to be seen of it.
func TestPage(t *testing.T) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	run(t, ctx)
	b := browser{ctx}
	t.Run("Watch", b.testWatch)
	t.Run("Sort", b.testSort)
	t.Run("Filter", b.testFilter)
	t.Run("Keyboard", b.testKeyboard)
	t.Run("WithoutScript", b.testWithoutScript)
	t.Run("Phone", b.testPhone)
	t.Run("Colours", b.testColours)
	t.Run("Accessible", b.testAccessible)
	t.Run("Screenshots", b.testScreenshots)
}

// open opens the page, and wants it to ask for nothing and to have no error until the
// test ends.
func (b browser) open(t *testing.T, w window) context.Context {
	t.Helper()
	ctx, trouble := b.watch(t, thePage, w)
	t.Cleanup(func() {
		for _, text := range trouble() {
			t.Errorf("%s: %s", thePage, text)
		}
	})
	return ctx
}

// watch opens a page. The function returns what it has asked for beside itself, and
// its errors.
func (b browser) watch(t *testing.T, file string, w window) (context.Context, func() []string) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := chromedp.NewContext(b.ctx)
	t.Cleanup(stop)
	var mu sync.Mutex
	var trouble []string
	url := "file://" + path
	err = chromedp.Listen(ctx, func(event any) {
		if text := troubleOf(event, url); text != "" {
			mu.Lock()
			defer mu.Unlock()
			trouble = append(trouble, text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	look(t, ctx, w)
	run(t, ctx, chromedp.Navigate(url), chromedp.WaitReady("main"))
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return trouble
	}
}

// look has the browser tell what pages ask for, and show them in a window.
func look(t *testing.T, ctx context.Context, w window) {
	t.Helper()
	if w.width == 0 {
		w.width, w.height = 1280, 800
	}
	scheme := "light"
	if w.dark {
		scheme = "dark"
	}
	call(t, ctx, network.Enable, network.EnableParams{})
	call(t, ctx, log.Enable, cdp.Empty{})
	call(t, ctx, runtime.Enable, cdp.Empty{})
	call(t, ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: w.withoutScript})
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	run(t, ctx, chromedp.EmulateViewport(w.width, w.height))
}

// troubleOf returns what is wrong with what the browser tells; "" if nothing is.
func troubleOf(event any, url string) string {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != url {
			return "it asks for " + e.Request.URL
		}
	case *runtime.EventExceptionThrown:
		return "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		return "the script writes to the console: " + e.Type.String()
	case *log.EventEntryAdded:
		return "the browser says: " + e.Entry.Text
	}
	return ""
}

// run runs actions that have no answer.
func run(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// call runs a command of the browser's protocol.
func call[P, R any](t *testing.T, ctx context.Context, command cdp.Command[P, R], params P) R {
	t.Helper()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// ask returns what an expression of JavaScript comes to.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%v\n%s", err, expression)
	}
	return answer
}

// testWatch wants a page that asks for something, and has an error, to be caught.
func (b browser) testWatch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	page := `<main>it<img src="other.png"><script>console.error("one"); throw new Error("two")</script></main>`
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	_, trouble := b.watch(t, file, window{})
	got := strings.Join(trouble(), "\n")
	for _, want := range []string{"it asks for file://", "other.png", "the script writes to the console: error", "exception: "} {
		if !strings.Contains(got, want) {
			t.Errorf("trouble = %q, want %q in it", got, want)
		}
	}
}
