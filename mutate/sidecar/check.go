package sidecar

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// nameGrammar is what stands in the status annotation, with "=", ":" and ","
// around it.
var nameGrammar = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$`)

// errEmpty is the error about a key that must be there.
var errEmpty = errors.New("must not be empty")

// check returns the first key that makes no sense, and why.
func (p *Profile) check() (key string, err error) {
	switch {
	case p.Name == "":
		return "name", errEmpty
	case !nameGrammar.MatchString(p.Name):
		return "name", fmt.Errorf("%q is not a name of at most 40 lower-case letters, digits and hyphens", p.Name)
	case p.Title == "":
		return "title", errEmpty
	case !slices.Contains(outcomes(), p.Outcome):
		return "outcome", fmt.Errorf("%q is not one of %s", p.Outcome, list(outcomes()))
	case p.About == "":
		return "about", errEmpty
	case len(p.Containers) == 0 && len(p.Prefixes) == 0:
		return "containers", errors.New("must name at least one container")
	case p.Capture != "" && !p.has(p.Capture):
		return "capture", fmt.Errorf("%s is not one of the sidecar's containers", p.Capture)
	}
	for _, check := range []func() (string, error){p.checkNames, p.checkSettings, p.checkOutcome, p.checkLists, p.checkVersion, p.checkSources} {
		if key, err := check(); err != nil {
			return key, err
		}
	}
	return "", nil
}

// has reports whether a container of this name is one of the sidecar's.
func (p *Profile) has(container string) bool { return slices.Contains(p.Containers, container) }

func (p *Profile) checkNames() (string, error) {
	for i, container := range p.Containers {
		if container == "" || slices.Contains(p.Containers[:i], container) {
			return fmt.Sprintf("containers[%d]", i), fmt.Errorf("%q is empty or appears twice", container)
		}
	}
	for i, prefix := range p.Prefixes {
		if len(prefix) < 3 {
			return fmt.Sprintf("prefixes[%d]", i), fmt.Errorf("%q is too short to tell anything", prefix)
		}
	}
	return "", nil
}

// checkOutcome wants what is said of the sidecar, and what is done with it, to be
// the same.
func (p *Profile) checkOutcome() (string, error) {
	changes := len(p.CIDRLists) > 0 || slices.ContainsFunc(p.Settings, func(s Setting) bool { return s.Changes() })
	switch {
	case p.Outcome == Rewritten && !changes:
		return "outcome", errors.New("none of the settings ever changes")
	case (p.Outcome == Refused || p.Outcome == Recognised) && (changes || len(p.Settings) > 0):
		return "settings", fmt.Errorf("a sidecar with the outcome %s has none", p.Outcome)
	case p.Outcome == OwnSwitch && len(p.Settings) == 0:
		return "settings", errors.New("must say how the switch is seen")
	case p.Outcome != OwnSwitch && !p.Elsewhere.IsZero():
		return "elsewhere", fmt.Errorf("is about a switch: the outcome must be %s", OwnSwitch)
	case p.Cure == "" && (p.Outcome == OwnSwitch || p.Outcome == Refused || p.Outcome == Recognised):
		return "cure", fmt.Errorf("must not be empty for a sidecar with the outcome %s", p.Outcome)
	case p.Cure != "" && !strings.HasSuffix(p.Cure, "."):
		return "cure", errors.New("must be a sentence")
	}
	return "", nil
}

func (p *Profile) checkSettings() (string, error) {
	places := map[string]string{}
	for i := range p.Settings {
		at := fmt.Sprintf("settings[%d]", i)
		if key, err := p.Settings[i].check(p); err != nil {
			return at + key, err
		}
		for _, place := range p.Settings[i].places(p) {
			if other, taken := places[place]; taken {
				return at, fmt.Errorf("%s is about the same setting", other)
			}
			places[place] = at
		}
	}
	return "", nil
}

func (s *Setting) check(p *Profile) (key string, err error) {
	place := s.Setting
	if s.Annotation != "" && place.Env == "" {
		place.Env = s.Annotation
	} else if s.Annotation != "" {
		return ".annotation", errors.New("must not stand beside env")
	}
	if err := place.Validate(); err != nil {
		key, text, _ := strings.Cut(err.Error(), ": ")
		return "." + key, errors.New(text)
	}
	switch {
	case s.Annotation != "" && p.Outcome != OwnSwitch:
		return ".annotation", fmt.Errorf("annotations are read, never written: the outcome must be %s", OwnSwitch)
	case s.Annotation != "" && len(s.Containers) > 0:
		return ".containers", errors.New("an annotation is the Pod's")
	case s.Annotation == "" && s.Member != "":
		return ".member", errors.New("is for annotations")
	case s.Annotation == "" && s.Former != "":
		return ".former", errors.New("is for annotations")
	case s.Behind != "":
		return ".behind", errors.New("is not for sidecars")
	case s.Words:
		return ".words", errors.New("is not for sidecars")
	case s.Dual.String() != "" && s.Grammar.Check(s.Dual) != nil:
		return ".dual", s.Grammar.Check(s.Dual)
	case !slices.Contains(absences(), s.Absent):
		return ".absent", fmt.Errorf("%q is not one of %s", s.Absent, list(absences()))
	case s.Absent == AbsentAdded && (s.Env == "" || !s.Grammar.HasWords()):
		return ".absent", errors.New("only a variable with a boolean or a word is added")
	case s.Authored && s.Env == "":
		return ".authored", errors.New("is for variables")
	case (s.Choice.Annotation == "") != (s.Choice.Member == ""):
		return ".choice", errors.New("must have both annotation and member, or neither")
	}
	return checkContainers(p, s.Containers, ".containers")
}

// places are where s is, so that no two settings are about one of them.
func (s *Setting) places(p *Profile) []string {
	if s.Annotation != "" {
		return annotationPlaces(s.Annotation, s.Former)
	}
	containers := s.Containers
	if len(containers) == 0 {
		containers = append(slices.Clone(p.Containers), p.Prefixes...)
	}
	var places []string
	for _, container := range containers {
		for _, name := range append(slices.Clone(s.Flags), s.Env) {
			if name != "" {
				places = append(places, container+" "+name)
			}
		}
	}
	return places
}

func annotationPlaces(keys ...string) []string {
	var places []string
	for _, key := range keys {
		if key != "" {
			places = append(places, "annotation "+key)
		}
	}
	return places
}

func checkContainers(p *Profile, containers []string, key string) (string, error) {
	for i, container := range containers {
		if !p.has(container) {
			return fmt.Sprintf("%s[%d]", key, i), fmt.Errorf("%s is not one of the sidecar's containers", container)
		}
	}
	return "", nil
}

func (p *Profile) checkLists() (string, error) {
	for i, l := range p.CIDRLists {
		at := fmt.Sprintf("cidrLists[%d]", i)
		switch {
		case len(l.Containers) == 0:
			return at + ".containers", errors.New("must name at least one container")
		case len(l.Flags) == 0:
			return at + ".flags", errors.New("must name at least one flag")
		case l.Annotation == "":
			return at + ".annotation", errEmpty
		}
		if key, err := checkContainers(p, l.Containers, at+".containers"); err != nil {
			return key, err
		}
	}
	return "", nil
}

func (p *Profile) checkVersion() (string, error) {
	if (p.Version.Annotation == "") != (len(p.Version.AtLeast) == 0) {
		return "version", errors.New("must have both annotation and atLeast, or neither")
	}
	for channel, first := range p.Version.AtLeast {
		if _, err := parseNumbers(first); err != nil {
			return "version.atLeast." + channel, err
		}
	}
	for i, b := range p.Version.Broken {
		_, err := parseNumbers(b.From)
		_, errBefore := parseNumbers(b.Before)
		if err := errors.Join(err, errBefore); err != nil || b.Channel == "" || b.Why == "" {
			return fmt.Sprintf("version.broken[%d]", i), errors.Join(errors.New("must have channel, from, before and why"), err)
		}
	}
	return "", nil
}

// checkSources wants what a reader can look up.
func (p *Profile) checkSources() (string, error) {
	if len(p.Sources) == 0 {
		return "sources", errors.New("must say where the knowledge comes from")
	}
	for i, source := range p.Sources {
		if u, err := url.Parse(source); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Sprintf("sources[%d]", i), fmt.Errorf("%q is not a URL like https://example.com/", source)
		}
	}
	if p.Verified == "" {
		return "verified", errors.New("must name the version that it was verified with")
	}
	return "", nil
}

func list[W ~string](words []W) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
