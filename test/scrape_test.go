package test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scrape is what a program exports: the values of series, by their names and
// labels, and what is said of each name.
type scrape struct {
	values  map[string]float64
	help    map[string]string
	scraped float64 // when, in Unix time
}

var sampleLine = regexp.MustCompile(`^([a-z_]+(?:\{.*\})?) (\S+)$`)

// readScrape reads what was just scraped, and keeps names with the prefix. The
// format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
func readScrape(t *testing.T, text, prefix string) scrape {
	t.Helper()
	s := scrape{map[string]float64{}, map[string]string{}, float64(time.Now().Unix())}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if help, ok := strings.CutPrefix(line, "# HELP "+prefix); ok {
			name, about, _ := strings.Cut(prefix+help, " ")
			s.help[name] = about
		}
		if match := sampleLine.FindStringSubmatch(line); match != nil && strings.HasPrefix(line, prefix) {
			value, err := strconv.ParseFloat(match[2], 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			s.values[match[1]] = value
		}
	}
	if len(s.values) == 0 {
		t.Fatalf("no series %s is exported", prefix)
	}
	return s
}

// matching returns the series with this name, or with these labels too.
func (s scrape) matching(series string) (found []string) {
	for name := range s.values {
		if bare, _, _ := strings.Cut(name, "{"); name == series || bare == series {
			found = append(found, name)
		}
	}
	return found
}

// healthy returns the value of a series at the beginning, and what it grows by in a
// minute, while nothing is wrong. What it says in Unix time promtool needs by its own
// clock, which begins at zero.
func (s scrape) healthy(series string) (start, step float64) {
	name, _, _ := strings.Cut(series, "{")
	value := s.values[series]
	switch {
	case !strings.Contains(s.help[name], "in Unix time"):
		return value, 0
	case value > s.scraped:
		return value - s.scraped, 0
	}
	return 0, 60 // What has been seen is seen again and again.
}

// samples returns the values of a series, one a minute, in promtool's notation:
// healthy until the onset, and then as the change says, if there is one.
func (s scrape) samples(series, change string) string {
	const later = 300 // minutes, which are enough for every case
	start, step := s.healthy(series)
	healthy := linear(start, step, onset)
	end := start + step*onset
	switch {
	case change == "":
		return healthy + " " + linear(end, step, later)
	case change == "_":
		return fmt.Sprintf("%s _x%d", healthy, later)
	case change[0] == '=':
		value, _ := strconv.ParseFloat(change[1:], 64)
		return healthy + " " + linear(value, 0, later)
	default:
		each, _ := strconv.ParseFloat(change[1:], 64)
		return healthy + " " + linear(end-step+each, each, later)
	}
}

// linear returns n values.
func linear(start, step float64, n int) string {
	text := func(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
	return fmt.Sprintf("%s+%sx%d", text(start), text(step), n-1)
}

// asScraped returns the series with the labels that Prometheus adds.
func asScraped(series, namespace, pod string) string {
	name, labels, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
	added := fmt.Sprintf("job=%q,namespace=%q,pod=%q", namespace, namespace, pod)
	if labels != "" {
		added += "," + labels
	}
	return name + "{" + added + "}"
}
