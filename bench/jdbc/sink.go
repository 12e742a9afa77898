package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moldau/moldau/bench/measured"
)

// partitions is how many the topics have.
const partitions = 16

// sinkContender is a worker with a way to set it up.
type sinkContender struct {
	name           string
	java           bool
	worker, config map[string]string
}

// tuned are the settings of a worker that reads much at a time; Java's sink gains by batches of the same size.
var tuned = map[string]string{"consumer.max.poll.records": "5000", "consumer.fetch.min.bytes": "100000", "consumer.max.partition.fetch.bytes": "10485760"}

var sinkContenders = []sinkContender{
	{name: "Java, defaults", java: true},
	{name: "Java, tuned", java: true, worker: tuned, config: map[string]string{"batch.size": "5000"}},
	{name: "Moldau, defaults"},
	{name: "Moldau, tuned", worker: tuned, config: map[string]string{"batch.size": "5000"}},
}

// sinkRecord is the i-th record of 200 bytes, schema and all.
func sinkRecord(id, i int) []byte {
	b := fmt.Appendf(make([]byte, 0, 200), `{"schema":{"type":"struct","fields":[{"field":"id","type":"int64"},{"field":"name","type":"string"},{"field":"v","type":"double"}]},`+
		`"payload":{"id":%d,"v":%d.5,"name":"`, id, i)
	for len(b) < 197 {
		b = append(b, 'a'+byte(len(b)+i)%26)
	}
	return append(b, `"}}`...)
}

// sinkFlow is a topic and what becomes of it.
type sinkFlow struct {
	mode, topic string
	ids         int // different ones
}

// last is a condition that holds for as many rows as there are partitions once the last record of each has arrived.
func (f sinkFlow) last(records int) string {
	var pairs []string
	for i := records - partitions; i < records; i++ {
		pairs = append(pairs, fmt.Sprintf("(id = %d AND v = %d.5)", i%f.ids, i))
	}
	return strings.Join(pairs, " OR ")
}

func measureSink(o *options, b *measured.Broker) error {
	d, err := o.openDatabase()
	if err != nil {
		return err
	}
	numbers, err := o.taskNumbers()
	if err != nil {
		return err
	}
	rows, err := d.writeRows(o)
	if err != nil {
		return err
	}
	fmt.Printf("%d records of %d bytes with schema, %d partitions, %s, %d rounds in turn\n\n", o.records, len(sinkRecord(1, 1)), partitions, o.database, o.rounds)
	for mode := range strings.SplitSeq(o.modes, ",") {
		f := sinkFlow{mode: mode, topic: "t_" + mode, ids: o.records}
		if mode == "upsert" {
			f.ids /= 2 // each row is written twice
		}
		if err := b.Fill(f.topic, partitions, o.records, func(i int) (key, value []byte) { return nil, sinkRecord(i%f.ids, i) }); err != nil {
			return err
		}
		for _, tasks := range numbers {
			if err := d.compareSinks(o, b, f, tasks, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// create makes the table that everybody writes.
func (d *database) create(table string) error {
	return d.exec("DROP TABLE IF EXISTS "+table, "CREATE TABLE "+table+" (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, v DOUBLE PRECISION NOT NULL)")
}

// writeRows makes the file from which the database's own client loads the rows of an insert.
func (d *database) writeRows(o *options) (string, error) {
	path := filepath.Join(d.dir, "rows.txt")
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	for i := range o.records {
		text := sinkRecord(i, i)
		name := text[strings.Index(string(text), `"name":"`)+8 : len(text)-3]
		if _, err := fmt.Fprintf(w, "%d\t%s\t%d.5\n", i, name, i); err != nil {
			return "", errors.Join(err, file.Close())
		}
	}
	return path, errors.Join(w.Flush(), file.Close())
}

// loadRows measures the client.
func (d *database) loadRows(o *options, rows string, to *figures) error {
	if err := d.create("loaded"); err != nil {
		return err
	}
	before, err := measured.OfFamily(d.pid)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.load("loaded", rows); err != nil {
		return err
	}
	to.rate = append(to.rate, float64(o.records)/time.Since(began).Seconds()/1000)
	after, err := measured.OfFamily(d.pid)
	if err != nil {
		return err
	}
	to.server = append(to.server, each(after-before, o.records))
	return d.exec("DROP TABLE loaded")
}

// figures are of all rounds. A rate is that of the time in which rows arrive, start is the time before that; server and broker are the CPU of the
// database's processes and of Kafka in that whole time.
type figures struct{ cpu, rate, peak, start, server, broker []float64 }

// compareSinks prints the figures of all contenders for a flow.
func (d *database) compareSinks(o *options, b *measured.Broker, f sinkFlow, tasks int, rows string) error {
	all := make([]figures, len(sinkContenders))
	var file figures
	for round := range o.rounds {
		if err := d.loadRows(o, rows, &file); err != nil {
			return err
		}
		for i, c := range sinkContenders {
			if !strings.Contains(c.name, o.only) || c.java && o.plugins == "" {
				continue
			}
			dir := filepath.Join(o.dir, fmt.Sprintf("%s-%d-%d-%d", f.mode, tasks, round, i))
			if err := d.runSink(o, b, c, f, tasks, dir, &all[i]); err != nil {
				return err
			}
			a := &all[i]
			fmt.Fprintf(os.Stderr, "%s, %d tasks, round %d, %s: %.2f µs, %.0f k/s after %.1f s, %.0f MB; %s %.2f µs, Kafka %.2f µs; from the file %.0f k/s, %.2f µs\n", f.mode, tasks, round+1, c.name,
				last(a.cpu), last(a.rate), last(a.start), last(a.peak), d.name, last(a.server), last(a.broker), last(file.rate), last(file.server))
		}
	}
	fmt.Printf("| %s, %d tasks | CPU a record | of the database, of Kafka | records/s | of the file's rate | peak memory | before the first row |\n|---|---|---|---|---|---|---|\n", f.mode, tasks)
	base := median(file.rate)
	fmt.Printf("| the database's own client, from a file | | %.2f µs | %.0f k | | | |\n", median(file.server), base)
	for i, c := range sinkContenders {
		if len(all[i].cpu) > 0 {
			a := &all[i]
			fmt.Printf("| %s | %.2f µs | %.2f, %.2f µs | %.0f k | %.0f %% | %.0f MB | %.1f s |\n", c.name, median(a.cpu), median(a.server), median(a.broker), median(a.rate), 100*median(a.rate)/base,
				median(a.peak), median(a.start))
		}
	}
	for _, pair := range [][2]int{{2, 0}, {3, 1}} {
		m, j := all[pair[0]], all[pair[1]]
		if len(m.cpu) > 0 && len(j.cpu) > 0 {
			fmt.Printf("\n%s to %s: %.1fx the rate, 1/%.1f of the CPU", sinkContenders[pair[0]].name, sinkContenders[pair[1]].name, median(m.rate)/median(j.rate), median(j.cpu)/median(m.cpu))
		}
	}
	fmt.Printf("\n\n")
	return nil
}

// each is the part of one record in microseconds.
func each(all time.Duration, records int) float64 {
	return float64(all.Microseconds()) / float64(records)
}

func last(values []float64) float64 { return values[len(values)-1] }
