package manifest

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// decimal is the form of a float: https://yaml.org/spec/1.2.2/#1032-tag-resolution
var decimal = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// timestamps are the forms of a timestamp.
var timestamps = []string{
	"2006-1-2T15:4:5.999999999Z07:00",
	"2006-1-2t15:4:5.999999999Z07:00",
	"2006-1-2 15:4:5.999999999",
	"2006-1-2",
}

// resolvePlain returns what a plain scalar means. Almost all are strings that
// begin with a letter, so that is looked at first.
func resolvePlain(text string) scalarValue {
	if text == "" {
		return words[""]
	}
	switch c := text[0]; {
	case c == '.':
		if v, ok := words[text]; ok {
			return v
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return scalarValue{kind: floatValue, float: f}
		}
	case '0' <= c && c <= '9' || c == '+' || c == '-':
		if v, ok := words[text]; ok {
			return v
		}
		return resolveNumber(text)
	case strings.IndexByte("yYnNtTfFoO~", c) >= 0:
		if v, ok := words[text]; ok {
			return v
		}
	}
	return scalarValue{text: text}
}

func resolveNumber(text string) scalarValue {
	if isTimestamp(text) {
		return scalarValue{kind: timestampValue, text: text}
	}
	digits := strings.ReplaceAll(text, "_", "")
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return scalarValue{kind: intValue, int: i}
	}
	if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return scalarValue{kind: uintValue, uint: u}
	}
	if decimal.MatchString(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return scalarValue{kind: floatValue, float: f}
		}
	}
	return scalarValue{text: text}
}

func isTimestamp(text string) bool {
	if len(text) < len("2006-1-2") || text[4] != '-' {
		return false
	}
	for _, layout := range timestamps {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
