package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// flagConfig is the one flag that has no key in the configuration file.
const flagConfig = "config"

// load sets the flags that were not given: from the environment, and where that
// is silent from the configuration file. Errors name the place.
func load(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	given := map[string]bool{}
	flags.Visit(func(flag *pflag.Flag) { given[flag.Name] = true })
	var errs []error
	flags.VisitAll(func(flag *pflag.Flag) {
		value, ok := lookup(variable(flag.Name))
		if given[flag.Name] || flag.Name == "help" || !ok {
			return
		}
		given[flag.Name] = true
		if err := flag.Value.Set(value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", variable(flag.Name), err))
		}
	})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	file := flags.Lookup(flagConfig).Value.String()
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the configuration file: %w", err)
	}
	return loadFile(flags, file, data, given)
}

// keys returns the flags by their keys in the configuration file.
func keys(flags *pflag.FlagSet) map[string]*pflag.Flag {
	byKey := map[string]*pflag.Flag{}
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != flagConfig && flag.Name != "help" {
			byKey[key(flag.Name)] = flag
		}
	})
	return byKey
}

// sections are the first words of flags that are mappings in the configuration
// file.
func sections() []string {
	return []string{"cluster", "istio", "linkerd", "log", "pods", "services", "sidecars", "tls"}
}

// key returns the configuration key of a flag: shutdown-delay is shutdownDelay,
// and log-format, whose first word is a section, is log.format.
func key(flag string) string {
	section, rest, _ := strings.Cut(flag, "-")
	if slices.Contains(sections(), section) {
		return section + "." + camelCase(rest)
	}
	return camelCase(flag)
}

// camelCase returns words that hyphens join as a name of JSON.
func camelCase(words string) string {
	parts := strings.Split(words, "-")
	for i, word := range parts[1:] {
		parts[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(parts, "")
}

// variable returns the environment variable of a flag: log-format is
// DUALSTACK_LOG_FORMAT.
func variable(flag string) string {
	return "DUALSTACK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
