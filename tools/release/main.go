// Release writes what a release needs to know of a program: the licences of what
// is in it, an SBOM in SPDX, and the manifest for krew. It never asks the clock or
// the machine, so the same program gives the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

const usage = `Use:
  release contents -program FILE -source DIR -out DIR   licences and SBOM of a program built from DIR
  release krew -program FILE -out DIR                   dualstack.yaml for the archives in DIR
  release describe -program FILE                        VERSION, REVISION, CREATED and EPOCH, for a shell`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1) //nolint:gocritic // Nothing is left to be stopped.
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no command\n" + usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	file := flags.String("program", "", "a program of ours")
	source := flags.String("source", "", "the repository that it was built from")
	out := flags.String("out", "", "the directory to write to")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	p, err := readProgram(*file)
	if err != nil {
		return err
	}
	switch args[0] {
	case "contents":
		return writeContents(ctx, *out, *source, p)
	case "krew":
		return writeManifest(*out, p)
	case "describe":
		fmt.Printf("VERSION=%s\nREVISION=%s\nCREATED=%s\nEPOCH=%d\n", p.version, p.revision, p.time.Format(time.RFC3339), p.time.Unix())
		return nil
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage)
}

// writeContents writes the licences of what is in a program, and its SBOM.
func writeContents(ctx context.Context, out, source string, p program) error {
	modules, err := findModules(ctx, source, p)
	if err != nil {
		return err
	}
	for i := range modules {
		if err := modules[i].findLicences(); err != nil {
			return err
		}
	}
	if err := writeLicences(out, modules); err != nil {
		return err
	}
	return writeSBOM(out, p, modules)
}
