package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
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
	began := time.Now()
	if err := d.load("loaded", rows); err != nil {
		return err
	}
	to.rate = append(to.rate, float64(o.records)/time.Since(began).Seconds()/1000)
	return d.exec("DROP TABLE loaded")
}

type figures struct{ cpu, rate, peak []float64 }

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
			fmt.Fprintf(os.Stderr, "%s, %d tasks, round %d, %s: %.2f µs, %.0f k/s, %.0f MB\n", f.mode, tasks, round+1, c.name, last(all[i].cpu), last(all[i].rate), last(all[i].peak))
		}
	}
	fmt.Printf("| %s, %d tasks | CPU a record | records/s | of the file's rate | peak memory |\n|---|---|---|---|---|\n", f.mode, tasks)
	base := median(file.rate)
	fmt.Printf("| the database's own client, from a file | | %.0f k | | |\n", base)
	for i, c := range sinkContenders {
		if len(all[i].cpu) > 0 {
			fmt.Printf("| %s | %.2f µs | %.0f k | %.0f %% | %.0f MB |\n", c.name, median(all[i].cpu), median(all[i].rate), 100*median(all[i].rate)/base, median(all[i].peak))
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

func last(values []float64) float64 { return values[len(values)-1] }

// runSink measures one contender once.
func (d *database) runSink(o *options, b *measured.Broker, c sinkContender, f sinkFlow, tasks int, dir string, to *figures) error {
	if err := d.create(f.topic); err != nil {
		return err
	}
	name := filepath.Base(dir)
	config := map[string]string{"topics": f.topic, "tasks.max": strconv.Itoa(tasks), "insert.mode": f.mode,
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter": "org.apache.kafka.connect.storage.StringConverter"}
	props := map[string]string{"bootstrap.servers": b.Address, "offset.storage.file.filename": filepath.Join(dir, "offsets"), "offset.flush.interval.ms": "10000",
		"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
		"consumer.auto.offset.reset": "earliest"}
	var admin string
	if !c.java {
		var err error
		if admin, err = o.profiled(props); err != nil {
			return err
		}
	}
	maps.Copy(props, c.worker)
	command := []string{o.moldau, "standalone"}
	if c.java {
		command = append([]string{"java"}, o.java.Args(o.heap, "org.apache.kafka.connect.cli.ConnectStandalone")...)
		props["plugin.path"] = o.plugins
		d.debezium(config, f)
	} else {
		maps.Copy(config, d.props)
		config["connector.class"] = "io.confluent.connect.jdbc.JdbcSinkConnector"
		config["pk.mode"] = "none"
		if f.mode != "insert" {
			config["pk.mode"], config["pk.fields"] = "record_value", "id"
		}
		for pair := range strings.SplitSeq(o.set, ",") {
			if key, value, ok := strings.Cut(pair, "="); ok {
				config[key] = value
			}
		}
	}
	maps.Copy(config, c.config)
	w, err := measured.StartWorker(c.name, dir, props, command)
	if err != nil {
		return err
	}
	defer w.Stop()
	before, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := w.Create(name, config); err != nil {
		return err
	}
	if admin != "" {
		go saveProfile(admin, o.profile)
	}
	query := "SELECT count(*) FROM " + f.topic + " WHERE " + f.last(o.records)
	var asking error
	err = w.Await(c.name, 10*time.Minute, 50*time.Millisecond, func() bool {
		var n string
		n, asking = d.one(query)
		return asking != nil || n == strconv.Itoa(partitions)
	})
	if err != nil {
		return err
	}
	if asking != nil {
		return asking
	}
	elapsed := time.Since(began)
	after, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	if n, err := d.one("SELECT count(*) FROM " + f.topic); err != nil || n != strconv.Itoa(f.ids) {
		return fmt.Errorf("%s: %s rows instead of %d, %w", c.name, n, f.ids, err)
	}
	to.cpu = append(to.cpu, float64((after.CPU-before.CPU).Microseconds())/float64(o.records))
	to.rate = append(to.rate, float64(o.records)/elapsed.Seconds()/1000)
	to.peak = append(to.peak, float64(after.Peak)/(1<<20))
	return nil
}

// debezium fills in the keys of Debezium's sink.
func (d *database) debezium(config map[string]string, f sinkFlow) {
	maps.Copy(config, map[string]string{
		"connector.class":        "io.debezium.connector.jdbc.JdbcSinkConnector",
		"connection.url":         d.props["connection.url"],
		"connection.username":    d.props["connection.user"],
		"connection.password":    d.props["connection.password"],
		"collection.name.format": "${topic}",
		"schema.evolution":       "none",
		"primary.key.mode":       "none",
	})
	if f.mode != "insert" {
		config["primary.key.mode"], config["primary.key.fields"] = "record_value", "id"
	}
	if d.name == "mariadb" {
		config["connection.url"] += "?rewriteBatchedStatements=true&useBulkStmts=false"
	}
}

// profiled has a worker offer profiles, if one is asked for, at the URL that it returns.
func (o *options) profiled(props map[string]string) (admin string, err error) {
	if o.profile == "" {
		return "", nil
	}
	port, err := measured.FreePort()
	if err != nil {
		return "", err
	}
	admin = fmt.Sprintf("http://127.0.0.1:%d", port)
	props["admin.listeners"] = admin
	return admin, nil
}

// saveProfile asks a worker where it spends its time.
func saveProfile(url, file string) {
	resp, err := http.Get(url + "/admin/pprof/profile?seconds=3")
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		return
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, os.WriteFile(file, data, 0o644)); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
	}
}
