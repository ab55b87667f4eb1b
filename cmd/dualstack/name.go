package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// calledAs returns what people type to run the program. As a plugin its file, or
// krew's link to it, is kubectl-dualstack.
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
func calledAs(file string) string {
	if strings.TrimSuffix(filepath.Base(file), ".exe") == "kubectl-dualstack" {
		return "kubectl dualstack"
	}
	return "dualstack"
}

// rename lets the help of root, and of the commands below it, call the program
// name, in its use as in its examples.
func rename(root *cobra.Command, name string) {
	if name == root.Name() {
		return
	}
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: name}
	// A command begins a line of an example, or follows a pipe.
	renameExamples(root, strings.NewReplacer("  "+root.Name()+" ", "  "+name+" ", "| "+root.Name()+" ", "| "+name+" "))
}

func renameExamples(command *cobra.Command, names *strings.Replacer) {
	command.Example = names.Replace(command.Example)
	for _, child := range command.Commands() {
		renameExamples(child, names)
	}
}
