package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/workerconfig"
)

// devOptions are the flags of `moldau dev`.
type devOptions struct {
	dir, rest, kafka string
	demo             bool
	demoFile         string
	demoRate         int
	workers          int
}

func (p *program) devCommand() *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run an embedded broker and a worker, with nothing else installed",
		Long: "Runs an embedded Kafka broker and a worker with its REST API in one process, for development. Data is kept in one folder and survives\n" +
			"a restart. Other Kafka clients can use the broker as well.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.dev(o) },
	}
	cmd.Flags().StringVar(&o.dir, "data", ".moldau", "folder for topics, offsets and the demo's files")
	cmd.Flags().StringVar(&o.rest, "rest", "127.0.0.1:8083", "host:port of the REST API on this machine; port 0 takes a free one")
	cmd.Flags().StringVar(&o.kafka, "kafka", "127.0.0.1:9092", "host:port of the embedded broker on this machine; port 0 takes a free one")
	cmd.Flags().BoolVar(&o.demo, "demo", false, "run pipelines through topics and transformations: from a growing file into a file, and from a database into another")
	cmd.Flags().StringVar(&o.demoFile, "file", "", "the demo's input instead of its own access log; it is only read")
	cmd.Flags().IntVar(&o.demoRate, "rate", 50, "lines a second that the demo appends to its access log")
	cmd.Flags().IntVar(&o.workers, "workers", 0, "run a group of so many distributed workers, each a process of its own, instead of a standalone one")
	return cmd
}

// dev runs until a signal.
func (p *program) dev(o devOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	log, levels, closeLog, err := p.devLog(filepath.Join(dir, "moldau.log"))
	if err != nil {
		return err
	}
	defer closeLog()
	slog.SetDefault(log)
	ctx, _, stopListening := untilSignal(context.Background())
	defer stopListening()

	broker, err := devbroker.Start(ctx, devbroker.Config{Dir: filepath.Join(dir, "broker"), Addr: o.kafka, Logger: log})
	if err != nil {
		return devStartError(err)
	}
	defer func() {
		if err := broker.Close(); err != nil {
			fmt.Fprintln(p.errOut, "moldau: stopping the broker:", err)
		}
	}()
	if o.workers > 0 {
		return p.devGroup(ctx, o, dir, broker.Addr())
	}
	w, err := p.startDevWorker(ctx, dir, o.rest, broker.Addr(), levels, log)
	if err != nil {
		return err
	}
	rest := w.rest.URLs()[0]
	fmt.Fprintf(p.out, "Moldau %s, Kafka Connect %s\n\n", buildVersion(), kafkaVersion)
	fmt.Fprintf(p.out, "  REST API  %s\n  Kafka     %s\n  data      %s\n  log       %s\n\n%s\n", strings.TrimSuffix(rest, "/"), broker.Addr(), dir,
		filepath.Join(dir, "moldau.log"), devbroker.Banner)
	if o.demo {
		d, err := newDemo(dir, o, w, broker.Addr())
		if err == nil {
			err = d.start(ctx, p.out)
		}
		if err != nil {
			return errors.Join(err, w.stop())
		}
		w.herder.MarkReady()
		d.report(ctx, p.out)
		d.wait()
	} else {
		w.herder.MarkReady()
		fmt.Fprintf(p.out, "\nCtrl-C stops. A first look: curl %s/connector-plugins\n", strings.TrimSuffix(rest, "/"))
		<-ctx.Done()
	}
	fmt.Fprintln(p.out, "Stopping ...")
	if err := w.stop(); err != nil {
		fmt.Fprintln(p.errOut, "moldau: not everything stopped in time:", err)
	}
	return nil // asked to stop, and stopped: a success for people at a terminal
}

// devGroup runs a group of workers until a signal, or until none is left.
func (p *program) devGroup(ctx context.Context, o devOptions, dir, bootstrap string) error {
	g, err := startGroup(ctx, dir, bootstrap, o.rest, o.workers)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Moldau %s, Kafka Connect %s\n\n  Kafka     %s\n  data      %s\n", buildVersion(), kafkaVersion, bootstrap, dir)
	g.report(ctx, p.out)
	fmt.Fprintln(p.out, "Stopping ...")
	return g.stop()
}

// check refuses flags that cannot work before anything is started, and makes the path of the demo's input absolute, since it becomes
// part of an offset.
func (o *devOptions) check() error {
	for _, address := range []struct{ flag, value string }{{"--rest", o.rest}, {"--kafka", o.kafka}} {
		host, port, err := net.SplitHostPort(address.value)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return fmt.Errorf("%s %s: HOST:PORT with a port of 0 to 65535 is needed, such as 127.0.0.1:0", address.flag, address.value)
		}
		if !isLoopback(host) {
			return fmt.Errorf("%s %s: moldau dev asks for no login and listens on this machine only: give 127.0.0.1, ::1 or localhost, or run "+
				"moldau standalone with a worker file", address.flag, address.value)
		}
	}
	if o.demoRate < 1 || o.demoRate > 100_000 {
		return fmt.Errorf("--rate %d: 1 to 100000 lines a second are possible", o.demoRate)
	}
	if o.workers < 0 || o.workers > mostWorkers {
		return fmt.Errorf("--workers %d: 1 to %d are possible, 0 runs one standalone worker", o.workers, mostWorkers)
	}
	if o.workers > 0 && o.demo {
		return errors.New("--demo runs on a standalone worker: leave out --workers")
	}
	if o.demoFile == "" {
		return nil
	}
	if !o.demo {
		return errors.New("--file names the demo's input: give --demo too")
	}
	info, err := os.Stat(o.demoFile)
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("--file %s is a directory: name a file", o.demoFile)
	}
	if o.demoFile, err = filepath.Abs(o.demoFile); err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	return nil
}

// isLoopback reports whether a host is this machine and nothing else.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// startDevWorker starts the worker of `moldau dev` against the embedded broker.
func (p *program) startDevWorker(ctx context.Context, dir, rest, bootstrap string, levels *logs.Levels, log *slog.Logger) (*standaloneWorker, error) {
	registry, err := p.registry()
	if err != nil {
		return nil, err
	}
	settings, err := readWorker(ctx, registry, map[string]string{
		"bootstrap.servers":              bootstrap,
		"key.converter":                  "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":   "false",
		"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
		"value.converter.schemas.enable": "false",
		"offset.storage.file.filename":   filepath.Join(dir, "connect.offsets"),
		"offset.flush.interval.ms":       "1000",
		"listeners":                      "http://" + rest,
	}, (*workerconfig.Plugins).ParseStandalone, p.redactor, log)
	if err != nil {
		return nil, err
	}
	base, err := newWorker(ctx, settings, levels, log)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: give another address for the REST API with --rest HOST:PORT, port 0 for a free one", err)
	}
	if err != nil {
		return nil, fmt.Errorf("--rest %s: %w", rest, err)
	}
	w := &standaloneWorker{connectWorker: base, remember: filepath.Join(dir, "connectors")}
	if err := w.start(); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return w, nil
}

// devStartError says what to do about a broker that could not start.
func devStartError(err error) error {
	var taken *devbroker.PortTakenError
	var inUse *devbroker.DirInUseError
	switch {
	case errors.As(err, &taken):
		return fmt.Errorf("%w: give another address for the embedded broker with --kafka HOST:PORT, port 0 for a free one", err)
	case errors.As(err, &inUse):
		return fmt.Errorf("%w: stop that process or give another folder with --data DIR", err)
	}
	return fmt.Errorf("starting the embedded broker: %w", err)
}

// devLog opens the log file of `moldau dev`: the terminal belongs to what people want to see.
func (p *program) devLog(path string) (*slog.Logger, *logs.Levels, func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--data: %w", err)
	}
	return p.openLog(f, slog.LevelInfo), p.log.levels, func() {
		p.log.flush()
		f.Close()
	}, nil
}
