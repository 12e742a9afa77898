package main

import (
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
	server, err := measured.OfFamily(d.pid)
	if err != nil {
		return err
	}
	broker, err := measured.Of(b.PID())
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
	var first time.Time // when rows were there
	var there int       // how many
	query := "SELECT count(*) FROM " + f.topic + " WHERE " + f.last(o.records)
	var asking error
	err = w.Await(c.name, 10*time.Minute, 20*time.Millisecond, func() bool {
		var n string
		if first.IsZero() {
			if n, asking = d.one("SELECT count(*) FROM " + f.topic); asking != nil || n == "0" {
				return asking != nil
			}
			first = time.Now()
			there, asking = strconv.Atoi(n)
			return asking != nil
		}
		n, asking = d.one(query)
		return asking != nil || n == strconv.Itoa(partitions)
	})
	if err != nil {
		return err
	}
	if asking != nil {
		return asking
	}
	elapsed := time.Since(first)
	after, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	serverAfter, err := measured.OfFamily(d.pid)
	if err != nil {
		return err
	}
	brokerAfter, err := measured.Of(b.PID())
	if err != nil {
		return err
	}
	if n, err := d.one("SELECT count(*) FROM " + f.topic); err != nil || n != strconv.Itoa(f.ids) {
		return fmt.Errorf("%s: %s rows instead of %d, %w", c.name, n, f.ids, err)
	}
	to.cpu = append(to.cpu, each(after.CPU-before.CPU, o.records))
	to.rate = append(to.rate, float64(o.records-there)/elapsed.Seconds()/1000)
	to.start = append(to.start, first.Sub(began).Seconds())
	to.server = append(to.server, each(serverAfter-server, o.records))
	to.broker = append(to.broker, each(brokerAfter.CPU-broker.CPU, o.records))
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
