package webhook

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// texts writes JSON that is hard to find the end of: brackets, quotes and backslashes
// in strings, in lists and objects that are nested or flat.
type texts struct{ *rand.Rand }

func (g texts) string() string {
	parts := []string{`\"`, `\\`, `[`, `]`, `{`, `}`, `,`, `:`, `a`, `\u005c`, `\u0022`}
	var text strings.Builder
	for range g.IntN(5) {
		text.WriteString(parts[g.IntN(len(parts))])
	}
	return `"` + text.String() + `"`
}

func (g texts) value(depth int) string {
	switch kind := g.IntN(6); {
	case kind == 0 && depth > 0:
		return "[" + g.joined(func() string { return g.value(depth - 1) }) + "]"
	case kind == 1 && depth > 0:
		return "{" + g.joined(func() string { return g.string() + " : " + g.value(depth-1) }) + "}"
	case kind == 2:
		return "-1.5e3"
	case kind == 3:
		return "null"
	default:
		return g.string()
	}
}

func (g texts) joined(element func() string) string {
	var elements []string
	for range g.IntN(4) {
		elements = append(elements, element())
	}
	return strings.Join(elements, " , ")
}

// TestValueEndsWhereItEnds has a value with others behind it.
func TestValueEndsWhereItEnds(t *testing.T) {
	for seed := range uint64(5_000) {
		g := texts{rand.New(rand.NewPCG(seed, 3))}
		want := g.value(4)
		if g.IntN(2) == 0 {
			want = "[" + g.joined(g.string) + "]"
		}
		rest := "," + g.value(2) + "]"
		s := scanner{text: []byte(" " + want + rest)}
		if got := string(s.value()); got != want || s.err != nil {
			t.Fatalf("value() of %q = %q with error %v, want %q", s.text, got, s.err, want)
		}
	}
}

// TestValueWithoutEnd has values that are cut off at every place.
func TestValueWithoutEnd(t *testing.T) {
	const whole = `{"a":["\\","]",{"b":[[]]}],"c":"\""}`
	for end := range len(whole) {
		s := scanner{text: []byte(whole[:end])}
		if s.skip(); s.err == nil {
			t.Errorf("%q was passed over, want an error", s.text)
		}
	}
}

// TestOneDocument has something behind the review.
func TestOneDocument(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, "{} \n": true, `{} {}`: false, `{}]`: false, `{}x`: false, "{}\x00": false} {
		var q request[struct{}]
		_, err := readReview(new(reader), []byte(text), resource[struct{}]{}, &q, nil)
		if got := err == nil; got != want {
			t.Errorf("%q is one document = %t, want %t; error %v", text, got, want, err)
		}
	}
}
