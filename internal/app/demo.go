package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
)

const (
	demoTopic  = "access-log"
	demoSource = "demo-source"
	demoSink   = "demo-sink"
	reportTime = 3 * time.Second
)

// demo is what `moldau dev --demo` runs: a pipeline of an input file, file source, topic, transformations, file sink and output file, and one
// between two databases.
type demo struct {
	input, output string
	log           *accessLog // nil where the user's own file is read
	orders        *orderBook // nil in a build without the JDBC connectors
	worker        *standaloneWorker
	bootstrap     string

	jobs sync.WaitGroup
	mu   sync.Mutex
	err  error // what ended the access log or the orders
}

func newDemo(dir string, o devOptions, w *standaloneWorker, bootstrap string) (*demo, error) {
	folder := filepath.Join(dir, "demo")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	d := &demo{input: filepath.Join(folder, "access.log"), output: filepath.Join(folder, "output.txt"), worker: w, bootstrap: bootstrap}
	var err error
	if o.demoFile != "" {
		d.input = o.demoFile
	} else if d.log, err = openAccessLog(d.input, o.demoRate); err != nil {
		return nil, err
	}
	if d.hasDatabases() && !strings.Contains(folder, "?") { // which would end the path in a URL
		d.orders, err = openOrderBook(folder, max(o.demoRate/10, 1))
	}
	return d, err
}

// hasDatabases reports whether the build has the JDBC connectors.
func (d *demo) hasDatabases() bool {
	return slices.ContainsFunc(d.worker.herder.Plugins(true), func(p herder.PluginInfo) bool { return p.Class == jdbcSource })
}

// start creates the two connectors, begins to write the access log and prints where everything is.
func (d *demo) start(ctx context.Context, out io.Writer) error {
	connectors := map[string]map[string]string{
		demoSource: {
			"connector.class": "FileStreamSource",
			"tasks.max":       "1",
			"file":            d.input,
			"topic":           demoTopic,
			"value.converter": "org.apache.kafka.connect.storage.StringConverter",
		},
		demoSink: {
			"connector.class":                "FileStreamSink",
			"tasks.max":                      "1",
			"topics":                         demoTopic,
			"file":                           d.output,
			"key.converter":                  "org.apache.kafka.connect.storage.StringConverter",
			"value.converter":                "org.apache.kafka.connect.storage.StringConverter",
			"transforms":                     "line,origin",
			"transforms.line.type":           "org.apache.kafka.connect.transforms.HoistField$Value",
			"transforms.line.field":          "line",
			"transforms.origin.type":         "org.apache.kafka.connect.transforms.InsertField$Value",
			"transforms.origin.topic.field":  "topic",
			"transforms.origin.offset.field": "offset",
		},
	}
	if d.orders != nil {
		maps.Copy(connectors, d.orders.connectors())
	}
	for name, props := range connectors {
		if _, err := d.worker.herder.Connector(ctx, name); err == nil {
			continue // changed over the REST API, and so remembered
		}
		props["name"] = name
		if _, _, err := d.worker.herder.PutConnector(ctx, name, config.PropsOf(props), herder.TargetStarted, false); err != nil {
			return fmt.Errorf("creating the connector %s: %w", name, err)
		}
	}
	if d.log != nil {
		d.background(ctx, d.log.run)
	}
	if d.orders != nil {
		d.background(ctx, d.orders.run)
	}
	base := strings.TrimSuffix(d.worker.rest.URLs()[0], "/")
	fmt.Fprintf(out, `
Demo: every line of the input becomes a record of the topic; the sink wraps it in a struct, adds topic and offset, and appends it to the output.

  input     %s
  topic     %s  (kafka-console-consumer --bootstrap-server %s --topic %s)
  output    %s
`, d.input, demoTopic, d.bootstrap, demoTopic, d.output)
	if d.orders != nil {
		fmt.Fprintf(out, `
Databases: what happens to orders is read from a SQLite file by the JDBC source; the JDBC sink keeps a report in another, one row an order.

  orders    %s  (table order_events)
  topic     %s
  report    %s  (table report)
            sqlite3 %[3]s "SELECT * FROM report ORDER BY changed DESC LIMIT 5"
`, d.orders.events, ordersTopic, d.orders.report)
	}
	fmt.Fprintf(out, `
Try:
  curl %[1]s/connectors?expand=status
  curl -X PUT %[1]s/connectors/%[2]s/pause
  curl -X PUT %[1]s/connectors/%[2]s/resume

Ctrl-C stops; the next start goes on where this one ended.
`, base, demoSink)
	return nil
}

// background runs what ends with ctx, and keeps its error for the report.
func (d *demo) background(ctx context.Context, run func(context.Context) error) {
	d.jobs.Go(func() {
		err := run(ctx)
		d.mu.Lock()
		d.err = errors.Join(d.err, err)
		d.mu.Unlock()
	})
}

// report prints live counts on a terminal until ctx ends; elsewhere it just waits.
func (d *demo) report(ctx context.Context, out io.Writer) {
	f, isFile := out.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		<-ctx.Done()
		return
	}
	shared := kafka.Worker{Properties: d.worker.settings.props}.SharedAdmin()
	admin, err := d.worker.kafka.NewAdmin(ctx, shared.Source, shared.Properties)
	if err != nil {
		fmt.Fprintln(out, "no live counts:", err)
		<-ctx.Done()
		return
	}
	defer admin.Close()
	input, output := &lineCounter{path: d.input}, &lineCounter{path: d.output}
	tick := time.NewTicker(reportTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		in, inErr := input.count()
		done, outErr := output.count()
		offsets, topicErr := admin.EndOffsets(ctx, demoTopic, false)
		var records int64
		for _, end := range offsets {
			records += end
		}
		var databases string
		var databaseErr error
		if d.orders != nil {
			databases, databaseErr = d.orders.counts(ctx)
		}
		d.mu.Lock()
		err := errors.Join(d.err, inErr, outErr, topicErr, databaseErr)
		d.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(out, "%s  %v\n", time.Now().Format(time.TimeOnly), err)
			continue
		}
		fmt.Fprintf(out, "%s  input %d lines  topic %d records  output %d lines%s\n", time.Now().Format(time.TimeOnly), in, records, done, databases)
	}
}

// wait returns when access log and orders are not written any more.
func (d *demo) wait() { d.jobs.Wait() }

// lineCounter counts the lines of a growing file, reading only what is new.
type lineCounter struct {
	path  string
	at    int64
	lines int
}

func (c *lineCounter) count() (int, error) {
	f, err := os.Open(c.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() < c.at {
		c.at, c.lines = 0, 0
	}
	if _, err := f.Seek(c.at, io.SeekStart); err != nil {
		return 0, err
	}
	lines, n, err := countLinesIn(f)
	c.at += n
	c.lines += lines
	return c.lines, err
}
