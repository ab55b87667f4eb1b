package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// downloadTimeout bounds the download, because a network without GitHub may
// swallow the request rather than refuse it.
const downloadTimeout = time.Minute

// download has setup-envtest download r, if it has not before, and returns the
// directory in which setup-envtest keeps it. Its patch release may be another
// than the one that a build has.
func (f finder) download(ctx context.Context, r release) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, downloadTimeout, fmt.Errorf("it took longer than %v", downloadTimeout))
	defer cancel()

	f.say("looking for Kubernetes %s with setup-envtest (at most %v)", r.minor, downloadTimeout)
	out, err := f.goCommand.output(ctx, filepath.Join(f.modules, "envtest"),
		"tool", "setup-envtest", "use", r.minor+".x", "-p", "path")
	if err != nil {
		return "", err
	}
	// A download that was interrupted leaves a directory that setup-envtest takes
	// for whole.
	dir := strings.TrimSpace(out)
	if err := complete(dir); err != nil {
		return "", err
	}
	if err := checkVersion(ctx, dir, r.minor); err != nil {
		return "", err
	}
	return dir, nil
}
