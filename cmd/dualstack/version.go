package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/dualstack-dev/webhook/webhook"
)

func newVersion() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Example: `  dualstack version
  dualstack version --json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			build := readBuild()
			if asJSON {
				return json.NewEncoder(command.OutOrStdout()).Encode(build)
			}
			_, err := fmt.Fprintf(command.OutOrStdout(), "dualstack %s (revision %s, %s)\n", build.Version, build.Revision, build.GoVersion)
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// readBuild returns what the go command wrote into the program; "unknown" where
// it wrote nothing.
func readBuild() webhook.Build {
	build := webhook.Build{Version: "unknown", Revision: "unknown", GoVersion: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build
	}
	build.GoVersion = info.GoVersion
	if info.Main.Version != "" {
		build.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			build.Revision = setting.Value
		}
	}
	return build
}
