package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// demo is the pipeline of `moldau dev --demo`: input file, file source, topic, transformations, file sink, output file.
type demo struct {
	input, output string
	log           *accessLog // nil where the user's own file is read
	worker        *standaloneWorker
	bootstrap     string

	jobs sync.WaitGroup
	mu   sync.Mutex
	err  error // what ended the access log
}

func newDemo(dir string, o devOptions, w *standaloneWorker, bootstrap string) (*demo, error) {
	folder := filepath.Join(dir, "demo")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	d := &demo{input: filepath.Join(folder, "access.log"), output: filepath.Join(folder, "output.txt"), worker: w, bootstrap: bootstrap}
	if o.demoFile != "" {
		d.input = o.demoFile
		return d, nil
	}
	var err error
	d.log, err = openAccessLog(d.input, o.demoRate)
	return d, err
}

// start creates the two connectors, begins to write the access log and prints where everything is.
func (d *demo) start(ctx context.Context, out io.Writer) error {
	for name, props := range map[string]map[string]string{
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
	} {
		if _, err := d.worker.herder.Connector(ctx, name); err == nil {
			continue // changed over the REST API, and so remembered
		}
		props["name"] = name
		if _, _, err := d.worker.herder.PutConnector(ctx, name, config.PropsOf(props), herder.TargetStarted, false); err != nil {
			return fmt.Errorf("creating the connector %s: %w", name, err)
		}
	}
	if d.log != nil {
		d.jobs.Go(func() {
			err := d.log.run(ctx)
			d.mu.Lock()
			d.err = err
			d.mu.Unlock()
		})
	}
	base := strings.TrimSuffix(d.worker.rest.URLs()[0], "/")
	fmt.Fprintf(out, `
Demo: every line of the input becomes a record of the topic; the sink wraps it in a struct, adds topic and offset, and appends it to the output.

  input     %s
  topic     %s  (kafka-console-consumer --bootstrap-server %s --topic %s)
  output    %s

Try:
  curl %s/connectors?expand=status
  curl -X PUT %s/connectors/%s/pause
  curl -X PUT %s/connectors/%s/resume

Ctrl-C stops; the next start goes on where this one ended.
`, d.input, demoTopic, d.bootstrap, demoTopic, d.output, base, base, demoSink, base, demoSink)
	return nil
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
		d.mu.Lock()
		err := errors.Join(d.err, inErr, outErr, topicErr)
		d.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(out, "%s  %v\n", time.Now().Format(time.TimeOnly), err)
			continue
		}
		fmt.Fprintf(out, "%s  input %d lines  topic %d records  output %d lines\n", time.Now().Format(time.TimeOnly), in, records, done)
	}
}

// wait returns when the access log is not written any more.
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
