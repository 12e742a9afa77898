//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// dlq runs `moldau dlq` against a worker.
func (a api) dlq(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append(append([]string{"dlq"}, args...), "--url", a.url)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // exit codes are read from the process state
	return stdout.String() + stderr.String(), cmd.ProcessState.ExitCode()
}

// wantDLQ runs `moldau dlq` and fails the test unless it ends with the code and prints the text.
func (a api) wantDLQ(t *testing.T, code int, text string, args ...string) {
	t.Helper()
	if out, got := a.dlq(t, args...); got != code || !strings.Contains(out, text) {
		t.Errorf("moldau dlq %s: code %d, want %d and %q:\n%s", strings.Join(args, " "), got, code, text, out)
	}
}

// fussy is a sink whose transformation refuses records with other than numbers, which go to the topic "dead".
func fussy(file string) map[string]string {
	config := sink(file, "orders")
	for key, value := range map[string]string{
		"consumer.override.auto.offset.reset": "earliest", "consumer.override.isolation.level": "read_committed", "errors.tolerance": "all",
		"errors.deadletterqueue.topic.name": "dead", "errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true",
		"transforms": "number", "transforms.number.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.number.spec": "int64",
	} {
		config[key] = value
	}
	return config
}

// mended is the sink with a transformation that takes everything.
func mended(file string) map[string]string {
	config := fussy(file)
	config["transforms.number.spec"] = "string"
	return config
}

// post sends values to a topic.
func post(t *testing.T, bootstrap, topic string, values ...string) {
	t.Helper()
	c := kafkaClient(t, bootstrap, kgo.AllowAutoTopicCreation())
	var records []*kgo.Record
	for _, value := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(value)})
	}
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// letters waits until the dead letter queue holds n letters.
func (a api) letters(t *testing.T, n int) {
	t.Helper()
	a.p.await(fmt.Sprintf("%d dead letters", n), func() error {
		status, body, err := a.call(http.MethodGet, "/api/dlq", nil)
		var overview struct {
			Queues []struct {
				Total int
				Error string
			}
		}
		if err == nil {
			err = json.Unmarshal([]byte(body), &overview)
		}
		if err == nil && (status != http.StatusOK || len(overview.Queues) != 1 || overview.Queues[0].Total != n) {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}

// TestDeadLettersAreRedrivenOnce follows letters from their failure through a mended configuration to the sink's file.
func TestDeadLettersAreRedrivenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "snk", fussy(out)))
	a := p.rest()
	post(t, broker(t), "orders", "1", "one", "2", "two", "three", "3")
	p.holds(out, "1\n2\n3\n")
	a.letters(t, 3)
	a.wantDLQ(t, 0, "dead   snk        TRANSFORMATION  DataException  3      3     0         0", "list")
	a.wantDLQ(t, 0, "0:1     open", "list", "snk", "--exception", "DataException", "--from-offset", "3")
	a.wantDLQ(t, 0, "original      orders 0:1", "show", "snk", "0:0")
	a.wantDLQ(t, 2, "3 failed", "redrive", "snk", "--all", "--to", "connector", "--dry-run")
	a.wantDLQ(t, 2, "0 letters redriven, 0 skipped, 1 failed, 0 uncertain", "redrive", "snk", "0:0", "--to", "connector")
	a.wantDLQ(t, 0, "last redrive  failed at", "show", "snk", "0:0")
	a.want(http.StatusOK, http.MethodPut, "/connectors/snk/config", mended(out))
	a.running("snk")
	a.wantDLQ(t, 0, "3 letters would be redriven", "redrive", "snk", "--all", "--to", "connector", "--dry-run")
	a.wantDLQ(t, 0, "1 letters redriven", "redrive", "snk", "0:1", "--to", "connector")
	p.holds(out, "1\n2\n3\ntwo\n")
	a.wantDLQ(t, 0, "2 letters redriven", "redrive", "snk", "--all", "--to", "topic")
	p.holds(out, "1\n2\n3\ntwo\none\nthree\n")
	for _, target := range []string{"topic", "connector"} {
		a.wantDLQ(t, 0, "0 letters redriven, 0 skipped", "redrive", "snk", "--all", "--to", target)
		a.wantDLQ(t, 0, "0 letters redriven, 3 skipped", "redrive", "snk", "0:0", "0:1", "0:2", "--to", target)
	}
	a.wantDLQ(t, 0, "dead   snk        TRANSFORMATION  DataException  3      0     3         0", "list")
	a.wantDLQ(t, 0, "1 letters redriven", "redrive", "snk", "0:2", "--to", "connector", "--force")
	p.holds(out, "1\n2\n3\ntwo\none\nthree\nthree\n")
	a.wantDLQ(t, 1, "Connector nobody not found", "list", "nobody")
	a.wantDLQ(t, 1, "say which", "redrive", "snk", "--all")
	a.wantDLQ(t, 1, "name letters", "redrive", "snk", "--to", "topic")
	a.want(http.StatusNoContent, http.MethodPut, "/connectors/snk/stop", nil)
	a.wantDLQ(t, 1, "has no tasks", "redrive", "snk", "0:0", "--to", "connector", "--force")
	a.want(http.StatusNotFound, http.MethodGet, "/api", nil)
	a.want(http.StatusNotFound, http.MethodGet, "/api/dlq/snk/0/17", nil)
	a.want(http.StatusBadRequest, http.MethodGet, "/api/dlq/snk?limit=0", nil)
	a.want(http.StatusMethodNotAllowed, http.MethodDelete, "/api/dlq/snk", nil)
}

// TestLettersOfSourcesAreReproduced sends what a source could not transform through the mended transformations.
func TestLettersOfSourcesAreReproduced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := source(write(t, dir, "in.txt", "1\none\n2\ntwo\n"), "numbers")
	for key, value := range map[string]string{
		"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead", "errors.deadletterqueue.topic.replication.factor": "1",
		"errors.deadletterqueue.context.headers.enable": "true", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
		"transforms": "number", "transforms.number.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.number.spec": "int64",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
	} {
		config[key] = value
	}
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", config))
	a := p.rest()
	a.letters(t, 2)
	a.wantDLQ(t, 2, "2 failed", "redrive", "src", "--all", "--to", "connector")
	a.wantDLQ(t, 2, "before its transformations", "redrive", "src", "0:0", "--to", "topic")
	config["transforms.number.type"], config["transforms.number.spec"] = "org.apache.kafka.connect.transforms.HoistField$Value", ""
	config["transforms.number.field"] = "n"
	delete(config, "transforms.number.spec")
	a.want(http.StatusOK, http.MethodPut, "/connectors/src/config", config)
	a.running("src")
	a.wantDLQ(t, 0, "0:0 would be redriven to numbers", "redrive", "src", "--all", "--to", "connector", "--dry-run")
	a.wantDLQ(t, 0, "2 letters redriven", "redrive", "src", "--all", "--to", "connector")
	a.wantDLQ(t, 0, "0 letters redriven", "redrive", "src", "--all", "--to", "connector")
	if got := committed(t, broker(t), "numbers"); !slices.Equal(got, []string{"1", "2", `{"n":"one"}`, `{"n":"two"}`}) {
		t.Errorf("%q", got)
	}
	a.wantDLQ(t, 0, "source        numbers", "show", "src", "0:0")
}

// TestAWorkerIsKilledWhileItRedrives kills workers while they redrive many letters. Sent to the topic, each letter is there once in the end.
// Given to the connector, each is in its file once, but for those that the worker had in its hands, which are uncertain and there at most once.
func TestAWorkerIsKilledWhileItRedrives(t *testing.T) {
	t.Parallel()
	const n, kills = 3000, 4
	for _, target := range []string{"topic", "connector"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out := filepath.Join(dir, "out.txt")
			workerFile := worker(t, dir)
			p := moldau(t, dir, "standalone", workerFile, properties(t, dir, "snk", fussy(out)))
			a := p.rest()
			var values []string
			for i := range n {
				values = append(values, fmt.Sprintf("n%d", i))
			}
			post(t, broker(t), "orders", values...)
			a.letters(t, n)
			p.stop(syscall.SIGTERM) // so that the offsets are committed, and nothing of this is consumed once more
			connector := properties(t, dir, "snk", mended(out))
			random := rand.New(rand.NewPCG(7, 7))
			for range kills {
				p = moldau(t, dir, "standalone", workerFile, connector)
				a = p.rest()
				done := make(chan struct{})
				go func() {
					defer close(done)
					a.dlq(t, "redrive", "snk", "--all", "--to", target)
				}()
				select {
				case <-done:
				case <-time.After(time.Duration(10+random.IntN(90)) * time.Millisecond):
				}
				p.Kill()
				<-done
			}
			p = moldau(t, dir, "standalone", workerFile, connector)
			a = p.rest()
			a.wantDLQ(t, 0, "0 skipped, 0 failed, 0 uncertain", "redrive", "snk", "--all", "--to", target)
			uncertain := a.uncertain(t)
			if target == "topic" && len(uncertain) > 0 {
				t.Errorf("%d letters are uncertain", len(uncertain))
			}
			t.Logf("%d letters are uncertain", len(uncertain))
			counts := map[string]int{}
			if target == "topic" {
				for _, value := range committed(t, broker(t), "orders") {
					counts[value]++
				}
				for i := range n {
					counts[values[i]]-- // the record that failed
				}
			} else {
				for line := range strings.Lines(read(t, out)) {
					counts[strings.TrimSuffix(line, "\n")]++
				}
			}
			for _, value := range values {
				if got := counts[value]; got > 1 || got == 0 && !slices.Contains(uncertain, value) {
					t.Errorf("%s was redriven %d times", value, got)
				}
			}
		})
	}
}

// uncertain returns the values of uncertain letters.
func (a api) uncertain(t *testing.T) (values []string) {
	t.Helper()
	var page struct {
		Letters []struct{ Value string }
		Next    string
	}
	if err := json.Unmarshal([]byte(a.want(http.StatusOK, http.MethodGet, "/api/dlq/snk?limit=1000&state=uncertain", nil)), &page); err != nil || page.Next != "" {
		t.Fatalf("%v, next %s", err, page.Next)
	}
	for _, l := range page.Letters {
		values = append(values, l.Value)
	}
	return values
}

// committed returns all values of a topic with one partition that readers of committed records see.
func committed(t *testing.T, bootstrap, topic string) (values []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ends, err := kadm.NewClient(kafkaClient(t, bootstrap)).ListCommittedOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	c := kafkaClient(t, bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	for at := int64(0); at < end.Offset; {
		fetches := c.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("topic %s was read to %d of %d", topic, at, end.Offset)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if at = r.Offset + 1; !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
		})
	}
	return values
}
