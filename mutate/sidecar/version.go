package sidecar

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Version is from which of its versions on a sidecar can serve both families. Of
// the zero Version all can.
type Version struct {
	// Annotation is the key of the annotation of the Pod's that names it.
	Annotation string `json:"annotation"`
	// AtLeast is the first that can, by the word before it: "2.16" for "stable"
	// stands for stable-2.16 and what comes after it.
	AtLeast map[string]string `json:"atLeast"`
	// Broken are those after it that cannot.
	Broken []Broken `json:"broken"`
}

// Broken are versions that cannot serve both families although older ones could.
type Broken struct {
	// Channel is the word before the version.
	Channel string `json:"channel"`
	// From is the first of them, and Before the first that is none again.
	From   string `json:"from"`
	Before string `json:"before"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// Reached reports whether the Pod names a version that can. One that it does not
// name, or that is not understood, cannot.
func (v Version) Reached(annotations map[string]string) bool {
	if v.Annotation == "" {
		return true
	}
	channel, number, _ := strings.Cut(annotations[v.Annotation], "-")
	first, err := parseNumbers(v.AtLeast[channel])
	if err != nil {
		return false
	}
	number, _, _ = strings.Cut(number, "-")
	got, err := parseNumbers(number)
	return err == nil && slices.Compare(got, first) >= 0 &&
		!slices.ContainsFunc(v.Broken, func(b Broken) bool { return b.Channel == channel && b.has(got) })
}

func (b Broken) has(version []uint64) bool {
	from, _ := parseNumbers(b.From)
	before, _ := parseNumbers(b.Before)
	return slices.Compare(version, from) >= 0 && slices.Compare(version, before) < 0
}

// String returns the versions for people.
func (v Version) String() string {
	var versions []string
	for _, channel := range slices.Sorted(maps.Keys(v.AtLeast)) {
		versions = append(versions, channel+"-"+v.AtLeast[channel])
	}
	return strings.Join(versions, ", ")
}

// parseNumbers reads numbers with dots between them.
func parseNumbers(text string) ([]uint64, error) {
	var numbers []uint64
	for part := range strings.SplitSeq(text, ".") {
		number, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is not a version of numbers with dots between them", text)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}
