package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// untilSignal returns a context that ends with the first SIGINT or SIGTERM, which
// is its cause. The second one is not caught.
func untilSignal(parent context.Context) context.Context {
	ctx, end := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		caught := <-signals
		signal.Stop(signals)
		end(signalError{caught})
	}()
	return ctx
}

// signalError is the cause of a context that a signal ends.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() }

// status is the one that a shell gives to a program which a signal has ended:
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
func (e signalError) status() int {
	number, _ := e.Signal.(syscall.Signal)
	return 128 + int(number)
}

// interruptible returns a command that ends with its context, whatever it waits for:
// standard input, a pipe, or its own work. What it leaves behind ends with the
// program, so it must be for commands that change nothing.
func interruptible(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		done := make(chan error, 1)
		go func() { done <- run(command, args) }()
		select {
		case err := <-done:
			return err
		case <-command.Context().Done():
			return failure{fmt.Errorf("interrupted: %w", command.Context().Err())}
		}
	}
}
