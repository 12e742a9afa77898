package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/bench/measured"
)

// measureFlow prints the figures of file -> topic and topic -> file.
func measureFlow(o options, b *measured.Broker, input string) error {
	if err := b.Fill("filled", 1, o.records, func(i int) (key, value []byte) { return nil, line(i, o.size-1) }); err != nil {
		return err
	}
	source, sink := make([]figures, len(contenders)), make([]figures, len(contenders))
	for round := range o.rounds {
		for i, c := range contenders {
			if !strings.Contains(c.name, o.only) {
				continue
			}
			dir := filepath.Join(o.dir, fmt.Sprintf("run%d-%d", round, i))
			if err := o.runSource(c, b, dir, input, &source[i]); err != nil {
				return err
			}
			if err := o.runSink(c, b, dir, &sink[i]); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "round %d %-20s source %.2f µs %.0f k/s  sink %.2f µs %.0f k/s\n", round+1, c.name, last(source[i].cpu), last(source[i].rate),
				last(sink[i].cpu), last(sink[i].rate))
		}
	}
	printTable("file → topic", source)
	printTable("topic → file", sink)
	return nil
}

// printTable prints the medians of all contenders, and their ratios to tuned Java.
func printTable(title string, rows []figures) {
	fmt.Printf("| %s | CPU a record | records/s | peak memory | CPU to tuned Java | rate to tuned Java | memory to tuned Java |\n|---|---|---|---|---|---|---|\n", title)
	base := rows[1]
	for i, c := range contenders {
		f := rows[i]
		if len(f.cpu) == 0 {
			continue
		}
		fmt.Printf("| %s | %.2f µs | %.0f k | %.0f MB | %.2f | %.2f | %.2f |\n", c.name, median(f.cpu), median(f.rate), median(f.peak),
			median(f.cpu)/median(base.cpu), median(f.rate)/median(base.rate), median(f.peak)/median(base.peak))
	}
	fmt.Println()
}

func (o options) runSource(c contender, b *measured.Broker, dir, input string, f *figures) error {
	topic := "out-" + filepath.Base(dir)
	if err := b.Topic(topic, 1); err != nil {
		return err
	}
	defer b.Drop(topic)
	config := map[string]string{"connector.class": "FileStreamSource", "file": input, "topic": topic}
	for k, v := range c.source {
		config[k] = v
	}
	return o.measure(c, b, dir, config, o.records, f, func() bool { return b.End(topic) >= int64(o.records) })
}

func (o options) runSink(c contender, b *measured.Broker, dir string, f *figures) error {
	output := filepath.Join(dir, "output.txt")
	config := map[string]string{"connector.class": "FileStreamSink", "file": output, "topics": "filled"}
	defer os.Remove(output)
	return o.measure(c, b, filepath.Join(dir, "sink"), config, o.records, f, func() bool {
		info, err := os.Stat(output)
		return err == nil && info.Size() >= int64(o.records)*int64(o.size)
	})
}
