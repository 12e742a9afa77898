package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/rest"
	"github.com/moldau/moldau/internal/workerconfig"
)

const standaloneUsage = "Usage: ConnectStandalone worker.properties [connector1.properties connector2.json ...]"

func (p *program) standaloneCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "standalone WORKER.properties [CONNECTOR.{properties,json}...]",
		Short: "Run one worker, as connect-standalone does",
		Long: "Runs one worker with the connectors of the given files and of its REST API, as connect-standalone does. Offsets are kept in the file\n" +
			"named by offset.storage.file.filename, in Java's format. Connectors created over REST are forgotten at exit.",
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return p.standalone(args) },
	}
}

// standalone runs connect-standalone until a signal. Its exit codes are those of Java's.
func (p *program) standalone(args []string) error {
	log, levels := p.openLog(p.out, slog.LevelInfo), p.log.levels
	slog.SetDefault(log) // config providers and transformations are given no logger
	if len(args) == 0 || args[0] == "--help" {
		log.Info(standaloneUsage)
		return &exitError{code: exitUsage}
	}
	ctx, signals, stopListening := untilSignal(context.Background())
	defer stopListening()
	given, readErr := readProperties(args[0])
	p.log.configure(given)
	log.Info("Kafka Connect worker initializing ...")
	failed := func(message string, code int, err error) error {
		log.Error(message, logs.ErrorKey, err)
		return &exitError{code, err}
	}
	registry, err := p.registry()
	if err != nil {
		return failed("Stopping due to error", exitStart, err)
	}
	if readErr != nil {
		return failed("Stopping due to error", exitStart, readErr)
	}
	settings, err := readWorker(ctx, registry, given, (*workerconfig.Plugins).ParseStandalone, p.redactor, log)
	if err != nil {
		return failed("Stopping due to error", exitStart, err)
	}
	p.log.configure(settings.props) // config providers may give them
	base, err := newWorker(ctx, settings, levels, log)
	var extension *rest.ExtensionError
	if errors.As(err, &extension) {
		return failed("Failed to start Connect", exitConnector, err)
	}
	if err != nil {
		return failed("Stopping due to error", exitStart, err)
	}
	w := &standaloneWorker{connectWorker: base}
	stop := func() {
		if err := w.stop(); err != nil {
			log.Warn("Not everything stopped in time: " + err.Error())
		}
	}
	if err := w.start(); err != nil {
		result := failed("Failed to start Connect", exitConnector, err)
		stop()
		return result
	}
	for _, path := range args[1:] {
		if err := w.createFromFile(ctx, path); err != nil {
			if ctx.Err() != nil {
				break // the signal that came meanwhile is the reason, and no error
			}
			log.Error("Failed to create connector for " + path)
			result := failed("Stopping after connector error", exitConnector, err)
			stop()
			return result
		}
	}
	if ctx.Err() == nil {
		w.herder.MarkReady()
	}
	<-ctx.Done()
	stop()
	return &exitError{code: signals.exitCode()}
}

// createFromFile creates the connector that a file describes.
func (w *standaloneWorker) createFromFile(ctx context.Context, path string) error {
	c, err := readConnectorFile(path)
	if err != nil {
		return err
	}
	info, _, err := w.herder.PutConnector(herder.WithoutOthers(ctx), c.name, c.props, c.target, false)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.log.Info("Created connector " + info.Name)
	if info.Type == herder.TypeUnknown {
		return javafmt.NewException(javafmt.ConnectException, "connector "+strings.TrimSpace(info.Name)+" is of no known type", nil)
	}
	return nil
}
