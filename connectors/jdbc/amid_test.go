package jdbc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/test/child"
)

// TestEndedAmidCopy ends the connection, and the whole server, while the rows of a put are on their way within one COPY, LOAD DATA or statement: each is
// there once in the end.
func TestEndedAmidCopy(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		for _, c := range []struct{ mode, key, seen string }{
			{"insert", "", map[bool]string{true: "SELECT count(*) FROM pg_stat_progress_copy WHERE bytes_processed > 0 AND relid = 'amid_insert'::regclass",
				false: "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'LOAD DATA LOCAL%'"}[db.is("Postgre")]},
			{"upsert", " PRIMARY KEY", map[bool]string{true: "SELECT count(*) FROM pg_stat_progress_copy WHERE bytes_processed > 0", false: "SELECT 1"}[db.is("Postgre")]},
		} {
			table := "amid_" + c.mode
			db.exec(t, "CREATE TABLE ~"+table+"~ (~id~ BIGINT NOT NULL"+c.key+", ~text~ VARCHAR(1000))")
			p := newProxy(t, db.node.Address())
			props := db.config("insert.mode", c.mode, "max.retries", "100000", "retry.backoff.ms", "1")
			if c.key == "" { // rows that come twice are seen
				props = withKeys(props, "exactly.once", "true")
			} else {
				props = withKeys(props, "pk.mode", "record_value", "pk.fields", "id")
			}
			w := write(t, table, false, p.through(db, props))
			if c.key == "" {
				if err := w.task.(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{w.tp}); err != nil {
					t.Fatal(err)
				}
			}
			long := func(from int) []message {
				all := make([]message, 2000)
				for i := range all {
					all[i] = of(numbered, data.Int64(int64(from+i)), data.String(strings.Repeat("long ", 100)))
				}
				return all
			}
			w.must(long(0)...)
			at := 2000
			for i, end := range []func(){func() { db.endOthers(t) }, func() { db.node.Restart(t); db.connect(t) }} {
				before := w.retried
				h := p.holdAfter(400_000) // of a million
				done := make(chan error, 1)
				go func() { done <- w.put(long(at)...) }()
				select {
				case <-h.reached:
				case err := <-done:
					t.Fatalf("the put ended before it was held up: %v", err)
				}
				if err := child.Await(time.Minute, 10*time.Millisecond, nil, func() error { // the server reads what it was sent in its own time
					if seen := db.text(t, c.seen); seen == "0" {
						return errors.New("the server has seen nothing of the put")
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				end()
				close(h.release)
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				if w.retried == before && i == 0 {
					t.Errorf("%s: the put was not disturbed", c.mode)
				}
				at += 2000
			}
			if got, want := db.text(t, "SELECT count(*), count(DISTINCT ~id~), max(~id~), min(length(~text~)) FROM ~"+table+"~"), fmt.Sprintf("%d|%d|%d|500", at, at, at-1); got != want {
				t.Errorf("%s: the table holds %s, want %s", c.mode, got, want)
			}
		}
	})
}
