package render

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"time"

	"github.com/dualstack-dev/webhook/audit"
)

// The parts of the page. They are put together without a build step.
var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"addresses": addresses,
	"counted":   counted,
	"where":     where,
}).Parse(pageHTML))

// HTML writes the report as one page that asks for nothing else. At is when the
// cluster was read.
func HTML(w io.Writer, report *audit.Report, at time.Time) error {
	return page.Execute(w, struct {
		*audit.Report
		Rows   []row
		At     time.Time
		Levels []audit.Level
		Style  template.CSS
		Script template.JS
		// Policy forbids the page everything but its own style and script, also
		// what somebody might smuggle in by the name of an object.
		Policy string
	}{
		Report: report,
		Rows:   all(report),
		At:     at.UTC(),
		Levels: []audit.Level{audit.Todo, audit.Blocked, audit.Advice, audit.Info},
		Style:  template.CSS(pageCSS), //nolint:gosec // It is ours.
		Script: template.JS(pageJS),   //nolint:gosec // Likewise.
		Policy: "default-src 'none'; style-src '" + hash(pageCSS) + "'; script-src '" + hash(pageJS) + "'; base-uri 'none'; form-action 'none'",
	})
}

// hash returns what a content security policy calls text:
// https://www.w3.org/TR/CSP3/#framework-directive-source-list
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
