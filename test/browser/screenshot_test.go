package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// testScreenshots wants a picture of the page in each window, and with -update
// writes them for the documentation.
func (b browser) testScreenshots(t *testing.T) {
	for name, w := range map[string]window{
		"audit-light.webp": {width: 1100, height: 760},
		"audit-dark.webp":  {width: 1100, height: 760, dark: true},
		"audit-phone.webp": phone,
	} {
		t.Run(name, func(t *testing.T) {
			ctx := b.open(t, w)
			run(t, ctx, chromedp.Evaluate[chromedp.Void](`document.getElementById("findings").scrollIntoView()`))
			picture := call(t, ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(70))}).Data
			if len(picture) < 5_000 || len(picture) > 100_000 {
				t.Errorf("the picture has %d bytes, want one that shows something and is small", len(picture))
			}
			if *update {
				if err := os.WriteFile(filepath.Join("../../docs/images", name), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
