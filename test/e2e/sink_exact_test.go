//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestSinkWritesOnceWhenKilled kills a worker whose file sink has exactly.once=true at random moments, in mid-stream, and checks that every line
// is in the file once, in the order of its partition. MOLDAU_KILLS sets how often, MOLDAU_SEED draws the same moments again.
func TestSinkWritesOnceWhenKilled(t *testing.T) {
	t.Parallel()
	kills, seed := 8, uint64(time.Now().UnixNano())
	for name, set := range map[string]func(n uint64){"MOLDAU_KILLS": func(n uint64) { kills = int(n) }, "MOLDAU_SEED": func(n uint64) { seed = n }} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(name, err)
			}
			set(n)
		}
	}
	t.Logf("MOLDAU_SEED=%d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	const partitions = 3
	dir := t.TempDir()
	lines := newStream(t, "exact", partitions)
	out := filepath.Join(dir, "out.txt")
	config := sink(out, "exact")
	config["exactly.once"] = "true"
	args := []string{"standalone", worker(t, dir, quickSessions, "offset.flush.interval.ms=40", "consumer.max.poll.records=50"), properties(t, dir, "snk", config)}
	killed := 0
	for range kills {
		before := durable(t, out)
		p := moldau(t, dir, args...)
		p.awaitLong("further output", func() error {
			if now := durable(t, out); now <= before {
				return fmt.Errorf("%d bytes", now)
			}
			return nil
		})
		<-time.After(time.Duration(moments.IntN(120)) * time.Millisecond) // the moment is random: there is nothing to wait for
		if moments.IntN(5) == 0 {
			p.stop(syscall.SIGTERM)
			continue
		}
		p.Kill()
		killed++
	}
	want := lines.end()
	p := moldau(t, dir, args...)
	p.rest().running("snk")
	p.awaitLong("all lines", func() error {
		got, err := os.ReadFile(out)
		if n := strings.Count(string(got), "\n"); err == nil && (n < len(want) || durable(t, out) < int64(len(got))) { // what is not durable may still be cut off
			err = fmt.Errorf("%d of %d lines, %d of %d bytes durable", n, len(want), durable(t, out), len(got))
		}
		return err
	})
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
	text := read(t, out)
	once(t, text, partitions, len(want))
	t.Logf("%d lines, killed %d times", len(want), killed)
}

// stream fills the partitions of a topic with numbered lines until it is told to end.
type stream struct {
	stop, done chan struct{}
	sent       []string
}

func newStream(t *testing.T, topic string, partitions int32) *stream {
	t.Helper()
	client := kafkaClient(t, broker(t), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	s := &stream{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for i := 0; ; i++ {
			select {
			case <-s.stop:
				return
			case <-t.Context().Done():
				return
			case <-time.After(3 * time.Millisecond):
			}
			var records []*kgo.Record
			for p := range partitions {
				for k := range 5 {
					records = append(records, &kgo.Record{Topic: topic, Partition: p, Value: fmt.Appendf(nil, "partition %d line %d", p, i*5+k)})
				}
			}
			if err := client.ProduceSync(context.WithoutCancel(t.Context()), records...).FirstErr(); err != nil {
				t.Errorf("producing: %v", err)
				return
			}
			for _, r := range records {
				s.sent = append(s.sent, string(r.Value))
			}
		}
	}()
	t.Cleanup(func() { s.end() })
	return s
}

// end ends the stream and returns all its lines.
func (s *stream) end() []string {
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	<-s.done
	return s.sent
}

// once checks that a file holds the lines of each partition once, in order, and nothing else.
func once(t *testing.T, text string, partitions, total int) {
	t.Helper()
	next := make([]int, partitions)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var p, n int
		if _, err := fmt.Sscanf(line, "partition %d line %d", &p, &n); err != nil || fmt.Sprintf("partition %d line %d", p, n) != line {
			t.Fatalf("line %d is %q", i+1, line)
		}
		if n != next[p] {
			t.Fatalf("line %d of the file is %q, want line %d of that partition", i+1, line, next[p])
		}
		next[p]++
	}
	if sum := next[0] + next[1] + next[2]; sum != total {
		t.Errorf("%d lines, want %d", sum, total)
	}
}

// durable returns what the ledger beside a file covers.
func durable(t *testing.T, path string) int64 {
	t.Helper()
	text, err := os.ReadFile(path + ".offsets")
	if err != nil {
		return 0
	}
	var ledger struct{ Length int64 }
	if err := json.Unmarshal(text, &ledger); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return ledger.Length
}

// TestOffsetsOfASinkThatKeepsThem alters and resets the offsets of a file that keeps them, which the next start follows.
func TestOffsetsOfASinkThatKeepsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := kafkaClient(t, broker(t), kgo.AllowAutoTopicCreation())
	for i := range 5 {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "kept", Value: fmt.Appendf(nil, "%d", i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out.txt")
	config := maps.Clone(sink(out, "kept"))
	config["exactly.once"], config["name"] = "true", "snk"
	p := moldau(t, dir, "standalone", worker(t, dir, quickSessions, "offset.flush.interval.ms=50"))
	rest := p.rest()
	rest.want(http.StatusCreated, http.MethodPut, "/connectors/snk/config", config)
	p.holds(out, "0\n1\n2\n3\n4\n")
	offset := func(at int) string {
		return fmt.Sprintf(`{"offsets":[{"partition":{"kafka_topic":"kept","kafka_partition":0},"offset":{"kafka_offset":%d}}]}`, at)
	}
	stopped := func() {
		t.Helper()
		rest.want(http.StatusNoContent, http.MethodPut, "/connectors/snk/stop", nil)
		p.await("no tasks", func() error {
			s, err := rest.status("snk")
			if err == nil && (s.Connector.State != "STOPPED" || len(s.Tasks) > 0) {
				err = fmt.Errorf("%+v", s)
			}
			return err
		})
	}
	stopped()
	rest.want(http.StatusOK, http.MethodPatch, "/connectors/snk/offsets", json.RawMessage(offset(3)))
	rest.want(http.StatusAccepted, http.MethodPut, "/connectors/snk/resume", nil)
	p.holds(out, "0\n1\n2\n3\n4\n3\n4\n")
	stopped()
	rest.want(http.StatusOK, http.MethodDelete, "/connectors/snk/offsets", nil)
	rest.want(http.StatusAccepted, http.MethodPut, "/connectors/snk/resume", nil)
	p.holds(out, "0\n1\n2\n3\n4\n3\n4\n0\n1\n2\n3\n4\n")
	rest.want(http.StatusBadRequest, http.MethodPut, "/connectors/other/config", map[string]string{"name": "other", "connector.class": "FileStreamSink", "topics": "kept", "exactly.once": "true"})
	if shown := rest.want(http.StatusOK, http.MethodGet, "/connector-plugins/FileStreamSink/config", nil); slices.Contains(strings.Split(shown, `"`), "exactly.once") {
		t.Error("the answer has a member that Java's has not")
	}
}
