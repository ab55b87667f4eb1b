package main

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// chartPage is the chart's page without its table of values.
//
//go:embed chart.md
var chartPage string

// chart returns the chart's page, with a row for each value of values.yaml: its
// comment there is its description.
func chart() (string, error) {
	const file = "charts/dualstack-webhook/values.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	var rows strings.Builder
	fmt.Fprint(&rows, "| value | default | |\n|---|---|---|\n")
	if err := valueRows(&rows, document.Content[0], ""); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	const header = "<!-- Generated from values.yaml and test/docs/chart.md by make generate. -->\n"
	return header + strings.Replace(chartPage, "{{values}}\n", rows.String(), 1), nil
}

// valueRows writes the rows of a mapping. A mapping whose members have comments
// is a section: each of them is a value. Every value needs a comment.
func valueRows(rows *strings.Builder, mapping *yaml.Node, prefix string) error {
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		path := prefix + key.Value
		section := isSection(value)
		switch {
		case key.HeadComment != "" && section:
			fmt.Fprintf(rows, "| `%s` | | %s |\n", path, paragraph(key.HeadComment))
		case key.HeadComment != "":
			fmt.Fprintf(rows, "| `%s` | %s | %s |\n", path, defaultOf(value), paragraph(key.HeadComment))
		case !section:
			return fmt.Errorf("line %d: %s has no comment", key.Line, path)
		}
		if section {
			if err := valueRows(rows, value, path+"."); err != nil {
				return err
			}
		}
	}
	return nil
}

// isSection reports whether the members of a mapping, or theirs, have comments.
func isSection(value *yaml.Node) bool {
	if value.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(value.Content); i += 2 {
		if value.Content[i].HeadComment != "" || isSection(value.Content[i+1]) {
			return true
		}
	}
	return false
}

// defaultOf prints a value on one line.
func defaultOf(value *yaml.Node) string {
	if value.Kind != yaml.ScalarNode {
		if len(value.Content) > 0 {
			return "see values.yaml"
		}
		return map[yaml.Kind]string{yaml.MappingNode: "`{}`", yaml.SequenceNode: "`[]`"}[value.Kind]
	}
	if value.Value == "" {
		return "empty"
	}
	return "`" + value.Value + "`"
}

// paragraph joins the lines of a comment.
func paragraph(comment string) string {
	var words []string
	for line := range strings.Lines(comment) {
		words = append(words, strings.TrimSpace(strings.TrimPrefix(line, "#")))
	}
	return strings.ReplaceAll(strings.Join(words, " "), "|", `\|`)
}
