package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/moldau/moldau/connect/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// out collects a log.
type out struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *out) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *out) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func newLog() (*slog.Logger, *out) {
	o := &out{}
	return slog.New(slog.NewTextHandler(o, nil)), o
}

func TestDigests(t *testing.T) {
	t.Parallel()
	a := config.PropsOf(map[string]string{"b": "<1>\u00e9", "a": "x"})
	a["n"] = nil
	// printf '{"a":"x","b":"<1>é","n":null}' | sha256sum
	const want = "sha256:a3f02bf8537e62da24b7bb06ba7546c0e739a3a103f1b3ff064cabf00812244e"
	if got := Digest(a); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if Digest(nil) != "" {
		t.Error("nothing has a digest")
	}
	b := config.PropsOf(map[string]string{"a": "y", "c": "z"})
	b["n"] = nil
	if diff := cmp.Diff([]string{"a", "b", "c"}, Changed(a, b)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "c", "n"}, Changed(nil, b)); diff != "" {
		t.Error(diff)
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		paths = append(paths, e.Path)
	}
	return paths
}

func TestFilesRotate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	log, said := newLog()
	one, err := (&Event{Path: "/0"}).line()
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path, int64(2*(len(one)+1)), 2, log)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		f.Write(&Event{Path: fmt.Sprintf("/%d", i)})
	}
	for name, want := range map[string][]string{"": {"/6"}, ".1": {"/4", "/5"}, ".2": {"/2", "/3"}} {
		if diff := cmp.Diff(want, lines(t, path+name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := os.Stat(path + ".3"); err == nil {
		t.Error("a third file was kept")
	}
	// As logrotate does.
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	f.Write(&Event{Path: "/after"})
	if diff := cmp.Diff([]string{"/after"}, lines(t, path)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	// A place that cannot be written to: said once, and again when it can.
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	f.Write(&Event{Path: "/lost"})
	f.Write(&Event{Path: "/lost"})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f.Write(&Event{Path: "/again"})
	f.Close()
	if strings.Count(said.String(), "cannot be written") != 1 || !strings.Contains(said.String(), "2 were lost") {
		t.Errorf("the log: %s", said)
	}
	if diff := cmp.Diff([]string{"/again"}, lines(t, path)); diff != "" {
		t.Error(diff)
	}
	if _, err := OpenFile(filepath.Join(t.TempDir(), "no", "audit"), 0, 1, log); err == nil || !strings.Contains(err.Error(), "configuration moldau.rest.audit.file: open ") {
		t.Errorf("got %v", err)
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	log, said := newLog()
	attempts := 0
	topic := OpenTopic("audit", func(context.Context) (*kgo.Client, error) {
		if attempts++; attempts == 1 {
			return nil, errors.New("not yet")
		}
		return kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	}, log)
	for i := range 10 {
		topic.Write(&Event{Path: fmt.Sprintf("/%d", i), Connector: "c"})
	}
	// The first attempt fails and the next comes after a pause; closing waits for what waits only where there is a producer.
	consumer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("audit"))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	read := func(n int) {
		t.Helper()
		for len(got) < n {
			fetches := consumer.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				t.Fatal(err, said)
			}
			for _, r := range fetches.Records() {
				var e Event
				if err := json.Unmarshal(r.Value, &e); err != nil || string(r.Key) != "c" {
					t.Errorf("%s: %v", r.Key, err)
				}
				got = append(got, e.Path)
			}
		}
	}
	read(10)
	topic.Write(&Event{Path: "/last", Connector: "c"})
	topic.Close()
	read(11)
	if want := []string{"/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/last"}; cmp.Diff(want, got) != "" || topic.Dropped() != 0 {
		t.Errorf("got %v, %d dropped", got, topic.Dropped())
	}
	if strings.Count(said.String(), "no producer for the topic audit can be had yet: not yet") != 1 {
		t.Errorf("the log: %s", said)
	}
}

// TestTopicIsAway: requests go on, and what is dropped is counted.
func TestTopicIsAway(t *testing.T) {
	t.Parallel()
	log, said := newLog()
	topic := OpenTopic("audit", func(ctx context.Context) (*kgo.Client, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, log)
	for range Waiting + 50 {
		topic.Write(&Event{})
	}
	if topic.Dropped() != 50 {
		t.Errorf("%d events were dropped, want 50", topic.Dropped())
	}
	topic.Close()
	if topic.Dropped() != Waiting+50 || strings.Count(said.String(), "did not reach the topic audit") != 2 {
		t.Errorf("%d dropped; the log: %s", topic.Dropped(), said)
	}
}
