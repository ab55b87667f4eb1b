package main

import (
	"fmt"
	"os"

	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/dualstack-dev/webhook/terminal"
)

// newLogger returns the logger of the program, on standard error.
func newLogger(format, level string) (*zap.Logger, error) {
	config := zap.NewProductionConfig()
	if format == "console" {
		config = zap.NewDevelopmentConfig()
		config.Development = false
	}
	parsed, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	config.Level = zap.NewAtomicLevelAt(parsed)
	config.DisableStacktrace = true
	config.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	var options []zap.Option
	if format == "console" {
		options = append(options, zap.WrapCore(func(zapcore.Core) zapcore.Core { return consoleCore(config) }))
	}
	logger, err := config.Build(options...)
	if err != nil {
		return nil, fmt.Errorf("making a logger: %w", err)
	}
	return logger, nil
}

// consoleCore writes for people: an entry is a line, whatever is in it.
func consoleCore(config zap.Config) zapcore.Core {
	config.EncoderConfig.ConsoleSeparator = "  " // A tab could be one of a message.
	out := zapcore.Lock(zapcore.AddSync(terminal.Lines{Writer: os.Stderr}))
	return zapcore.NewCore(zapcore.NewConsoleEncoder(config.EncoderConfig), out, config.Level)
}

// captureLibraries sends what controller-runtime and client-go log, which is
// global to them, to logger.
func captureLibraries(logger *zap.Logger) {
	log.SetLogger(zapr.NewLogger(logger))
	klog.SetLogger(zapr.NewLogger(logger.Named("client-go")))
}
