//go:build unix

package compat

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// pipeline is a file source and a file sink over one topic, as the two kinds of worker run it in turns.
type pipeline struct {
	t            *testing.T
	kafka        *servers.Node
	in, out      string
	offsets      string
	topic        string
	worker       map[string]string
	source, sink map[string]string
	files        []string // of Moldau: worker, source, sink
	want         string
	lines        int
}

// distributed files of Kafka: config/connect-standalone.properties, connect-file-source.properties and connect-file-sink.properties, with
// the addresses and paths of a test.
func newPipeline(t *testing.T, name string) *pipeline {
	t.Helper()
	k := servers.Kafka(t)
	dir := t.TempDir()
	p := &pipeline{t: t, kafka: k, in: filepath.Join(dir, "test.txt"), out: filepath.Join(dir, "test.sink.txt"), offsets: filepath.Join(dir, "connect.offsets"), topic: name}
	p.worker = map[string]string{
		"bootstrap.servers":              k.Bootstrap(),
		"key.converter":                  "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":   "true",
		"value.converter.schemas.enable": "true",
		"offset.storage.file.filename":   p.offsets,
		"offset.flush.interval.ms":       "10000",
	}
	p.source = map[string]string{"name": name + "-source", "connector.class": "FileStreamSource", "tasks.max": "1", "file": p.in, "topic": name}
	p.sink = map[string]string{"name": name + "-sink", "connector.class": "FileStreamSink", "tasks.max": "1", "file": p.out, "topics": name}
	return p
}

// add appends n lines to the input.
func (p *pipeline) add(n int) {
	p.t.Helper()
	var b strings.Builder
	for range n {
		p.lines++
		fmt.Fprintf(&b, "line %d of the file\n", p.lines)
	}
	p.addText(b.String())
}

func (p *pipeline) addText(text string) {
	p.t.Helper()
	f, err := os.OpenFile(p.in, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.want += text
}

// complete is the part of the input that is whole lines.
func (p *pipeline) complete() string { return p.want[:strings.LastIndexByte(p.want, '\n')+1] }

// java runs the pipeline in a Java worker until the output is complete, and stops it.
func (p *pipeline) java() {
	p.t.Helper()
	w := p.kafka.ConnectStandalone(p.t, p.worker, p.source, p.sink)
	w.Await(p.t, "complete output", func() bool { return has(p.out, p.complete()) == nil })
	w.Stop()
	p.check("Java")
	if p.files == nil {
		// From now on both kinds of worker have the very same properties, with the address of the REST API that was chosen here.
		p.worker = w.Props
	}
}

// moldau runs the pipeline in a worker of Moldau until the output is complete, and stops it.
func (p *pipeline) moldau() {
	p.t.Helper()
	if p.files == nil {
		p.files = []string{servers.Properties(p.t, "connect-standalone.properties", p.worker),
			servers.Properties(p.t, "connect-file-source.properties", p.source), servers.Properties(p.t, "connect-file-sink.properties", p.sink)}
	}
	w := standalone(p.t, p.worker["listeners"], p.files...)
	w.await("complete output", func() error { return has(p.out, p.complete()) })
	w.stop()
	p.check("Moldau")
}

var position = regexp.MustCompile(`\{"position":(\d+)\}`)

// check compares what a stopped worker left behind: the position in the offset file, the sink's committed offset, the records.
func (p *pipeline) check(who string) {
	p.t.Helper()
	stored, err := os.ReadFile(p.offsets)
	if err != nil {
		p.t.Fatal(err)
	}
	found := position.FindAllStringSubmatch(string(stored), -1)
	if len(found) != 1 || found[0][1] != fmt.Sprint(len(p.complete())) {
		p.t.Errorf("after %s the offset file holds %q, want one position %d", who, found, len(p.complete()))
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka.Bootstrap()))
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	records := int64(strings.Count(p.complete(), "\n"))
	committed, err := admin.FetchOffsets(ctx, "connect-"+p.sink["name"])
	if o, ok := committed.Lookup(p.topic, 0); err != nil || !ok || o.At != records {
		p.t.Errorf("after %s the sink's committed offset is %d, want %d (%v)", who, o.At, records, err)
	}
	ends, err := admin.ListEndOffsets(ctx, p.topic)
	if o, ok := ends.Lookup(p.topic, 0); err != nil || !ok || o.Offset != records {
		p.t.Errorf("after %s the topic has %d records, want %d (%v)", who, o.Offset, records, err)
	}
}

// TestStandaloneTakesTurnsWithJava runs the files of Kafka's quick start in Java, in Moldau and in Java again: each goes on at the very
// byte and record where the other one ended, and nothing is lost or doubled.
func TestStandaloneTakesTurnsWithJava(t *testing.T) {
	p := newPipeline(t, "compat-turns")
	p.add(1000)
	p.addText("half a li")
	p.java()
	p.addText("ne\n")
	p.add(1000)
	p.moldau()
	p.add(1000)
	p.addText("another half")
	p.moldau()
	p.addText(" line\n")
	p.add(1000)
	p.java()
	p.add(500)
	p.moldau()
	p.sameRecords()
}

// TestJavaGoesOnFromMoldau begins with Moldau, whose offset file Java has never seen.
func TestJavaGoesOnFromMoldau(t *testing.T) {
	p := newPipeline(t, "compat-from-moldau")
	p.worker["listeners"] = "http://127.0.0.1:" + strconv.Itoa(freePort(t))
	p.add(1000)
	p.moldau()
	p.add(1000)
	p.java()
	p.sameRecords()
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// sameRecords checks that all records have the bytes that Java's converter writes.
func (p *pipeline) sameRecords() {
	p.t.Helper()
	want := strings.Split(strings.TrimSuffix(p.want, "\n"), "\n")
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka.Bootstrap()), kgo.ConsumeTopics(p.topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	for n := 0; n < len(want); {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			p.t.Fatalf("%d records of %d", n, len(want))
		}
		fetches.EachRecord(func(r *kgo.Record) {
			value := `{"schema":{"type":"string","optional":false},"payload":"` + want[n] + `"}`
			if string(r.Value) != value || r.Key != nil {
				p.t.Errorf("record %d is %s: %s, want %s", n, r.Key, r.Value, value)
			}
			n++
		})
	}
}
