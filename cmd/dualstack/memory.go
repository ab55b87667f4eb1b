package main

import (
	"fmt"
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

// limitMemory has the garbage collector work harder as the process comes near the
// limit of its container, instead of being killed there. The number of processors
// needs nothing: Go follows the container's since 1.25. Without a limit, or where
// GOMEMLIMIT is set, nothing changes.
func limitMemory(provider memlimit.Provider, logger *zap.Logger) error {
	limit, err := memlimit.Set(memlimit.WithProvider(provider))
	if err != nil {
		return fmt.Errorf("reading the container's memory limit: %w", err)
	}
	if limit != math.MaxInt64 {
		logger.Info("memory is limited", zap.Int64("bytes", limit))
	}
	return nil
}
