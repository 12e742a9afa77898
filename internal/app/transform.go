package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/moldau/moldau/connect"
)

// transformOptions are the flags of `moldau transform`.
type transformOptions struct {
	worker, input          string
	source, sink           bool
	records, text, data    bool
	topic, timestamp       string
	schemas                string
	steps, dlq, keepGoing  bool
	defaultTime            int64 // what timestamp says, connect.NoTimestamp for none
	connector, inputCalled string
}

func (p *program) transformCommand() *cobra.Command {
	var o transformOptions
	c := &cobra.Command{
		Use:   "transform CONNECTOR.{properties,json}",
		Short: "Run records through the converters and transformations of a connector, without Kafka",
		Long: "Reads records as JSON, one a line, runs them through the converters and transformations of a connector's configuration and prints what\n" +
			"becomes of each as one line of JSON. Nothing is started: no worker, no connector, no connection to Kafka.\n\n" +
			"For a sink the records are what Kafka holds, and the results what the sink's task would get. For a source the records are what its task\n" +
			"read, and the results what Kafka would get. A line is a value, or with --records an object with topic, partition, offset, timestamp, key,\n" +
			"value and headers. docs/transform.md describes both forms.\n\n" +
			"Converters that the configuration does not name are those of the worker file, without one those of `moldau dev`: JsonConverter without\n" +
			"schemas. The exit code is 0 when every record was kept, dropped or skipped as configured, 1 when one failed or could not be read, 2 for a\n" +
			"worker file and 3 for a connector's configuration that cannot be used.",
		Example: "  moldau transform orders-sink.json < values.jsonl\n" +
			"  moldau transform orders-sink.json --worker worker.properties --records --input records.jsonl --steps",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("transform needs one connector file: moldau transform CONNECTOR.{properties,json} < RECORDS")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			o.connector = args[0]
			return p.transform(context.Background(), o, os.Stdin)
		},
	}
	f := c.Flags()
	f.StringVar(&o.worker, "worker", "", "worker `FILE` with converters and config providers for the connector")
	f.StringVar(&o.input, "input", "-", "`FILE` with the records, - for standard input")
	f.BoolVar(&o.records, "records", false, "lines are records, with topic, key, headers and so on, and not values alone")
	f.BoolVar(&o.text, "text", false, "lines are plain text: each is a value as it stands")
	f.BoolVar(&o.data, "data", false, "leave out the converters: data goes in and comes out")
	f.StringVar(&o.topic, "topic", "", "topic of records that name none (default: the first of a sink's topics, a source's topic)")
	f.StringVar(&o.timestamp, "timestamp", "", "timestamp of records that have none: milliseconds, a time such as 2026-11-21T13:00:00Z, or now (default: none)")
	f.StringVar(&o.schemas, "schemas", "envelope", "how to print data with a schema: in an `envelope` with schema and payload, or none for the payload alone")
	f.BoolVar(&o.steps, "steps", false, "show the record after each transformation")
	f.BoolVar(&o.dlq, "dlq", false, "show what the dead letter queue of a sink gets")
	f.BoolVar(&o.keepGoing, "keep-going", false, "go on after a record that failed or could not be read")
	f.BoolVar(&o.source, "source", false, "take a connector class that this build does not have for a source")
	f.BoolVar(&o.sink, "sink", false, "take a connector class that this build does not have for a sink")
	return c
}

// check refuses flags that contradict each other, and reads those that have a grammar.
func (o *transformOptions) check() error {
	switch {
	case o.records && o.text:
		return errors.New("--records and --text exclude each other: a line is one or the other")
	case o.source && o.sink:
		return errors.New("--source and --sink exclude each other")
	case o.dlq && o.data:
		return errors.New("--dlq and --data exclude each other: a dead letter is what was consumed, and with --data nothing is")
	case o.schemas != "envelope" && o.schemas != "none":
		return fmt.Errorf("--schemas %s: it can be envelope or none", o.schemas)
	}
	o.defaultTime = connect.NoTimestamp
	switch o.timestamp {
	case "":
	case "now":
		o.defaultTime = time.Now().UnixMilli()
	default:
		var ok bool
		if o.defaultTime, ok = parseMoment(o.timestamp); !ok {
			return fmt.Errorf("--timestamp %s: milliseconds since 1970, a time such as 2026-11-21T13:00:00Z or now is needed", o.timestamp)
		}
	}
	return nil
}

// parseMoment reads milliseconds since 1970 or a time as RFC 3339 has it.
func parseMoment(text string) (ms int64, ok bool) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, ms >= 0
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UnixMilli(), err == nil && t.UnixMilli() >= 0
}

// warnings is the log of the command; results have standard output for themselves.
func (p *program) warnings() *slog.Logger {
	return p.openLog(p.errOut, slog.LevelWarn)
}

// transform runs the command.
func (p *program) transform(ctx context.Context, o transformOptions, stdin *os.File) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	slog.SetDefault(p.warnings())
	run, err := p.newTransformRun(ctx, &o)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := run.close(); closeErr != nil && err == nil {
			err = closeErr
		}
	}()
	input := io.Reader(stdin)
	o.inputCalled = "standard input"
	if o.input != "-" {
		f, err := os.Open(o.input)
		if err != nil {
			return fmt.Errorf("--input: %w", err)
		}
		defer f.Close()
		input, o.inputCalled = f, o.input
	} else if term.IsTerminal(int(stdin.Fd())) {
		fmt.Fprintln(p.errOut, "Reading records from the terminal, one a line; Ctrl-D ends.")
	}
	return run.all(ctx, newLines(input), p.out)
}
