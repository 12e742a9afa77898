//go:build unix

package chaos

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// committedReader reads topics as a consumer of committed records does, all the time, and checks that each line follows the one before it.
type committedReader struct {
	mu    sync.Mutex
	next  map[string]int // lines seen
	fault error
}

func newCommittedReader(t *testing.T, address string, topics []string) *committedReader {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.MetadataMinAge(100*time.Millisecond), kgo.FetchMaxWait(200*time.Millisecond), kgo.AlwaysRetryEOF())
	if err != nil {
		t.Fatal(err)
	}
	r := &committedReader{next: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(r.see)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		client.Close()
	})
	return r
}

func (r *committedReader) see(record *kgo.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := fmt.Sprintf("%s %d.", record.Topic, r.next[record.Topic]+1)
	if string(record.Value) != want && r.fault == nil {
		r.fault = fmt.Errorf("the record at offset %d of %s is %q, want %q: a line came twice, out of order or not at all", record.Offset, record.Topic, record.Value, want)
	}
	r.next[record.Topic]++
}

// wrong returns what was wrong first.
func (r *committedReader) wrong() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

func (r *committedReader) reached(sources []*source, lines int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sources {
		if n := r.next[s.topic]; n < lines {
			return fmt.Errorf("%s has %d committed lines, want %d", s.topic, n, lines)
		}
	}
	return nil
}

// all says whether every line of the finished files is there.
func (r *committedReader) all(sources []*source) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		return r.fault
	}
	for _, s := range sources {
		if n := r.next[s.topic]; n != s.written {
			return fmt.Errorf("%s has %d committed lines of %d", s.topic, n, s.written)
		}
	}
	return nil
}

func (r *committedReader) sum() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, lines := range r.next {
		n += lines
	}
	return fmt.Sprintf("%d lines once and in order", n)
}

// each tells the lines of every topic.
func (r *committedReader) each() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprint(r.next)
}
