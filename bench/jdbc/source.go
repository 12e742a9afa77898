package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/bench/measured"
)

// sourceContender is a worker with a way to set it up.
type sourceContender struct {
	name           string
	worker, config map[string]string
}

var sourceContenders = []sourceContender{
	{name: "Moldau, defaults"},
	{name: "Moldau, tuned", worker: map[string]string{"producer.batch.size": "1048576", "producer.linger.ms": "20", "producer.compression.type": "lz4"},
		config: map[string]string{"batch.max.rows": "10000"}},
}

// The table that is read: ten columns of the usual types.
const (
	sourceTable   = "orders"
	sourceColumns = "id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, quantity SMALLINT NOT NULL, price DOUBLE PRECISION NOT NULL, amount DECIMAL(12,2) NOT NULL, " +
		"paid BOOLEAN NOT NULL, name VARCHAR(40) NOT NULL, note VARCHAR(100), placed TIMESTAMP(6) NOT NULL, day DATE NOT NULL"
)

// fillOrders makes the table and fills it within the server.
func (d *database) fillOrders(rows int) error {
	fill := "INSERT INTO orders SELECT n, n % 50000, n % 100, n / 7.0, (n % 1000000) / 100.0, n % 3 = 0, 'customer ' || n % 50000, 'note of order ' || n, " +
		"TIMESTAMP '2024-01-01 00:00:00' + n * INTERVAL '1.5 second', DATE '2024-01-01' + (n % 365)::int FROM generate_series(1, " + strconv.Itoa(rows) + ") n"
	after := "VACUUM ANALYZE orders"
	if d.name == "mariadb" {
		fill = "INSERT INTO orders SELECT seq, seq % 50000, seq % 100, seq / 7.0, (seq % 1000000) / 100.0, seq % 3 = 0, concat('customer ', seq % 50000), concat('note of order ', seq), " +
			"TIMESTAMP '2024-01-01 00:00:00' + INTERVAL seq SECOND, DATE '2024-01-01' + INTERVAL seq % 365 DAY FROM seq_1_to_" + strconv.Itoa(rows)
		after = "ANALYZE TABLE orders"
	}
	return d.exec("CREATE TABLE orders ("+sourceColumns+")", fill, after)
}

// unload has the database's own client read the table to nowhere, and returns how many thousand rows a second it was.
func (d *database) unload(rows int) (float64, error) {
	host, port, _ := strings.Cut(d.address, ":")
	url := d.props["connection.url"]
	name := url[strings.LastIndexByte(url, '/')+1:]
	user := d.props["connection.user"]
	cmd := exec.Command("psql", "-h", host, "-p", port, "-U", user, "-d", name, "-qX", "-v", "ON_ERROR_STOP=1", "-c", "COPY orders TO STDOUT")
	if d.name == "mariadb" {
		cmd = exec.Command("mariadb", "--no-defaults", "--quick", "-N", "-h", host, "-P", port, "-u", user, "-ptest", name, "-e", "SELECT * FROM orders")
	}
	cmd.Env = append(os.Environ(), "PGPASSWORD=test")
	began := time.Now()
	if err := cmd.Run(); err != nil { // its output goes to /dev/null
		return 0, fmt.Errorf("unloading: %w", err)
	}
	return float64(rows) / time.Since(began).Seconds() / 1000, nil
}

// sourceFigures are those of one contender; kafka is the broker's CPU a row in µs.
type sourceFigures struct {
	figures
	kafka []float64
}

func measureSource(o *options, b *measured.Broker) error {
	d, err := o.openDatabase()
	if err != nil {
		return err
	}
	if err := d.fillOrders(o.records); err != nil {
		return err
	}
	// What a broker that was just started compiles costs it more than the records: the first run does not count.
	if err := d.runSource(o, b, sourceContenders[0], "bulk", "warm-", &sourceFigures{}); err != nil {
		return err
	}
	for _, mode := range []string{"bulk", "incrementing"} {
		var base []float64
		all := make([]sourceFigures, len(sourceContenders))
		for round := range o.rounds {
			rate, err := d.unload(o.records)
			if err != nil {
				return err
			}
			base = append(base, rate)
			for i, c := range sourceContenders {
				if !strings.Contains(c.name, o.only) {
					continue
				}
				if err := d.runSource(o, b, c, mode, fmt.Sprintf("%s-%d-%d-", mode, i, round), &all[i]); err != nil {
					return err
				}
			}
		}
		fmt.Printf("| %s, %d rows of ten columns, %s to JSON | CPU a row | rows/s | of the client's rate | peak memory | Kafka's CPU a row |\n|---|---|---|---|---|---|\n", mode, o.records, o.database)
		fmt.Printf("| the database's client to nowhere | | %.0f k | 100 %% | | |\n", median(base))
		for i, c := range sourceContenders {
			if f := all[i]; len(f.cpu) > 0 {
				fmt.Printf("| %s | %.2f µs | %.0f k | %.0f %% | %.0f MB | %.2f µs |\n", c.name, median(f.cpu), median(f.rate), 100*median(f.rate)/median(base), median(f.peak), median(f.kafka))
			}
		}
		fmt.Println()
	}
	return nil
}

// runSource measures one contender once.
func (d *database) runSource(o *options, b *measured.Broker, c sourceContender, mode, prefix string, to *sourceFigures) error {
	topic := prefix + sourceTable
	if err := b.Topic(topic, 1); err != nil {
		return err
	}
	defer b.Drop(topic)
	dir := filepath.Join(d.dir, prefix)
	const json = "org.apache.kafka.connect.json.JsonConverter"
	props := map[string]string{"bootstrap.servers": b.Address, "offset.storage.file.filename": filepath.Join(dir, "offsets"), "offset.flush.interval.ms": "10000",
		"key.converter": json, "value.converter": json, "value.converter.schemas.enable": "false", "key.converter.schemas.enable": "false"}
	maps.Copy(props, c.worker)
	admin, err := o.profiled(props)
	if err != nil {
		return err
	}
	config := map[string]string{"connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector", "tasks.max": "1", "mode": mode, "topic.prefix": prefix, "poll.interval.ms": "3600000",
		"table.whitelist": sourceTable}
	if mode == "incrementing" {
		config["incrementing.column.name"] = "id"
	}
	maps.Copy(config, d.props)
	maps.Copy(config, c.config)
	for pair := range strings.SplitSeq(o.set, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			config[key] = value
		}
	}
	w, err := measured.StartWorker(c.name, dir, props, []string{o.moldau, "standalone"})
	if err != nil {
		return err
	}
	defer w.Stop()
	before, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	kafka, err := measured.Of(b.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := w.Create("source", config); err != nil {
		return err
	}
	if admin != "" {
		go saveProfile(admin, o.profile)
	}
	if err := w.Await(c.name, 10*time.Minute, 20*time.Millisecond, func() bool { return b.End(topic) >= int64(o.records) }); err != nil {
		return err
	}
	elapsed := time.Since(began)
	after, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	broker, err := measured.Of(b.PID())
	if err != nil {
		return err
	}
	if n := b.End(topic); n != int64(o.records) {
		return fmt.Errorf("%s: %d records instead of %d", c.name, n, o.records)
	}
	to.cpu = append(to.cpu, float64((after.CPU-before.CPU).Microseconds())/float64(o.records))
	to.kafka = append(to.kafka, float64((broker.CPU-kafka.CPU).Microseconds())/float64(o.records))
	to.rate = append(to.rate, float64(o.records)/elapsed.Seconds()/1000)
	to.peak = append(to.peak, float64(after.Peak)/(1<<20))
	return nil
}
