package devbroker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// partitionFile is a file of the first segment of a topic's first partition.
func partitionFile(dir, topic, ext string) string {
	return filepath.Join(partitionDir(dir, topic, 0), "0"+ext)
}

// cutBatch removes the last batch of a segment, and its index entry.
func cutBatch(t *testing.T, dir, topic string) {
	t.Helper()
	path := partitionFile(dir, topic, ".dat")
	data, err := os.ReadFile(path)
	must(t, err)
	last := 0
	n := eachBatch(data, func(b []byte) { last = len(b) })
	must(t, os.Truncate(path, int64(n-last)))
	info, err := os.Stat(partitionFile(dir, topic, ".idx"))
	must(t, err)
	must(t, os.Truncate(partitionFile(dir, topic, ".idx"), info.Size()-indexEntrySize))
}

// cutEnd removes what pids.log says of the end of the last transaction.
func cutEnd(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "pids.log")
	data, err := os.ReadFile(path)
	must(t, err)
	var entries [][]byte
	eachEntry(data, func(e []byte) { entries = append(entries, e) })
	for i := len(entries) - 1; i >= 0; i-- {
		var e producerEntry
		must(t, json.Unmarshal(entries[i], &e))
		if e.Type == "endtx" {
			var out []byte
			for _, keep := range entries[:i] {
				out = appendEntry(out, keep)
			}
			must(t, os.WriteFile(path, out, 0o644))
			return
		}
	}
	t.Fatal("no transaction ended")
}

func transact(t *testing.T, c *kgo.Client, from, to int) {
	t.Helper()
	must(t, c.BeginTransaction())
	produce(t, c, "a", from, to)
	produce(t, c, "b", from, to)
}

// A crash within the writing of commit markers leaves them on some partitions: the transaction counts as committed, on all.
func TestInterruptedCommit(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	c := client(t, b.addr, kgo.TransactionalID("tx"), kgo.AllowAutoTopicCreation())
	for _, from := range []int{0, 5} {
		transact(t, c, from, from+5)
		must(t, c.EndTransaction(t.Context(), kgo.TryCommit))
	}
	b.kill(t)
	cutBatch(t, dir, "b")
	cutEnd(t, dir)
	b = startChild(t, dir)
	for _, topic := range []string{"a", "b"} {
		if diff := cmp.Diff(values(0, 10), readAll(t, b.addr, topic)); diff != "" {
			t.Errorf("%s: %s", topic, diff)
		}
	}
}

// The crash came before any marker: the transaction counts as aborted, on all partitions, and the next one is seen.
func TestInterruptedTransaction(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	c := client(t, b.addr, kgo.TransactionalID("tx"), kgo.AllowAutoTopicCreation())
	transact(t, c, 0, 5)
	must(t, c.EndTransaction(t.Context(), kgo.TryCommit))
	transact(t, c, 100, 105)
	b.kill(t)
	// The crash also came between the segment and its index, and within an entry of a log.
	info, err := os.Stat(partitionFile(dir, "a", ".idx"))
	must(t, err)
	must(t, os.Truncate(partitionFile(dir, "a", ".idx"), info.Size()-indexEntrySize-3))
	must(t, appendTo(filepath.Join(dir, "pids.log"), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
	must(t, appendTo(filepath.Join(dir, "groups.log"), []byte{1, 2, 3}))
	must(t, appendTo(partitionFile(dir, "b", ".dat"), make([]byte, 70)))

	b = startChild(t, dir, b.addr)
	if err := c.EndTransaction(t.Context(), kgo.TryCommit); err == nil {
		t.Error("the producer of before the crash committed a part of its transaction")
	}
	c.Close()
	c = client(t, b.addr, kgo.TransactionalID("tx"))
	transact(t, c, 5, 10)
	must(t, c.EndTransaction(t.Context(), kgo.TryCommit))
	for range 2 { // all of it can be read again
		for _, topic := range []string{"a", "b"} {
			if diff := cmp.Diff(values(0, 10), readAll(t, b.addr, topic)); diff != "" {
				t.Errorf("%s: %s", topic, diff)
			}
		}
		b.kill(t)
		b = startChild(t, dir)
	}
}

// A clean stop is none of this: the transaction goes on.
func TestTransactionOutlivesCleanStop(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	c := client(t, b.addr, kgo.TransactionalID("tx"), kgo.AllowAutoTopicCreation())
	transact(t, c, 0, 5)
	b.close(t)
	b = startChild(t, dir, b.addr)
	produce(t, c, "a", 5, 10)
	must(t, c.EndTransaction(t.Context(), kgo.TryCommit))
	if diff := cmp.Diff(values(0, 10), readAll(t, b.addr, "a")); diff != "" {
		t.Error(diff)
	}
}
