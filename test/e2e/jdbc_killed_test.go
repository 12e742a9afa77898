//go:build unix

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// kills says how often a worker is killed, and at which moments: MOLDAU_KILLS and MOLDAU_SEED choose.
func kills(t *testing.T, usual int) (int, *rand.Rand) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	for name, set := range map[string]func(n uint64){"MOLDAU_KILLS": func(n uint64) { usual = int(n) }, "MOLDAU_SEED": func(n uint64) { seed = n }} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(name, err)
			}
			set(n)
		}
	}
	t.Logf("MOLDAU_SEED=%d", seed)
	return usual, rand.New(rand.NewPCG(seed, 0))
}

// TestJDBCSinkKilled kills a worker in the middle of what its JDBC sink writes. Upserts leave one row for each record, whatever was written
// twice; so do inserts with exactly.once=true, into a table that has no key. The sink has a task for each partition, so that the group is amid a round
// when it is killed.
func TestJDBCSinkKilled(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *database) {
		for name, more := range map[string][]string{
			"upsert":       {"insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "line"},
			"exactly once": {"exactly.once", "true"},
		} {
			t.Run(name, func(t *testing.T) {
				times, moments := kills(t, 4)
				dir, topic := t.TempDir(), "killed_"+name[:6]
				sent := newStream(t, topic, 3)
				config := db.config("JdbcSinkConnector", append(more, "topics", topic, "auto.create", "true", "tasks.max", "3", "max.retries", "1000", "retry.backoff.ms", "100",
					"transforms", "line", "transforms.line.type", "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.line.field", "line")...)
				args := []string{"standalone", worker(t, dir, quickSessions, "offset.flush.interval.ms=40", "consumer.max.poll.records=50"), properties(t, dir, topic, config)}
				count := "SELECT count(*) FROM " + topic
				for range times {
					before := db.number(t, count)
					p := moldau(t, dir, args...)
					p.awaitLong("more rows", func() error {
						if now := db.number(t, count); now <= before {
							return fmt.Errorf("%d rows", now)
						}
						return nil
					})
					<-time.After(time.Duration(moments.IntN(150)) * time.Millisecond) // the moment is random: there is nothing to wait for
					p.Kill()
				}
				want := sent.end()
				p := moldau(t, dir, args...)
				p.awaitLong("all rows", func() error {
					if n := db.number(t, "SELECT count(DISTINCT line) FROM "+topic); n < len(want) {
						return fmt.Errorf("%d of %d", n, len(want))
					}
					return nil
				})
				db.sorted(t, "SELECT line FROM "+topic, want)
			})
		}
	})
}

// TestJDBCSourceKilled kills a worker in the middle of what its JDBC source reads: each row comes at least once and in order; with exactly-once
// support, readers of committed records see each once.
func TestJDBCSourceKilled(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, exact := range []bool{false, true} {
			t.Run(fmt.Sprint("exactly once ", exact), func(t *testing.T) {
				times, moments := kills(t, 3)
				dir, table := t.TempDir(), fmt.Sprint("rows_", exact)
				db.exec(t, "CREATE TABLE "+table+" (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40))")
				reader := newReader(t, "from_"+table)
				written := insert(t, db, table, reader)
				file := member(t, dir, broker(t), table, "session.timeout.ms=1000", "heartbeat.interval.ms=300", "scheduled.rebalance.max.delay.ms=0",
					"value.converter=org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable=false")
				config := db.config("JdbcSourceConnector", "mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", table, "topic.prefix", "from_",
					"poll.interval.ms", "20", "batch.max.rows", "70")
				if exact {
					// A transaction that a kill left open may hold up readers of committed records until it expires.
					add(t, file, "exactly.once.source.support=enabled\nproducer.transaction.timeout.ms=5000\n")
					config["exactly.once.support"] = "required"
				}
				for i := range times {
					before := reader.seen()
					p := moldau(t, dir, "distributed", file)
					if i == 0 {
						p.rest().joined().create("rows", config)
					}
					p.awaitLong("more rows", func() error {
						if now := reader.seen(); now <= before {
							return fmt.Errorf("row %d", now)
						}
						return nil
					})
					<-time.After(time.Duration(moments.IntN(150)) * time.Millisecond) // the moment is random: there is nothing to wait for
					p.Kill()
				}
				last := written.end()
				p := moldau(t, dir, "distributed", file)
				p.awaitLong("all rows", func() error {
					if now := reader.seen(); now < last {
						return fmt.Errorf("row %d of %d", now, last)
					}
					return nil
				})
				reader.check(t, last, exact, times)
			})
		}
	})
}

// mostAhead is how many rows may wait to be read: else a busy machine, on which the source is slower than whoever fills the table, never sees the last.
const mostAhead = 20_000

// inserting fills a table until it is told to end.
type inserting struct {
	stop, done chan struct{}
	last       int
}

func insert(t *testing.T, db *database, table string, read *reader) *inserting {
	t.Helper()
	w := &inserting{stop: make(chan struct{}), done: make(chan struct{})}
	own := look(t, db.props)
	go func() {
		defer close(w.done)
		for {
			select {
			case <-w.stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if w.last-int(read.progress.Load()) > mostAhead {
				continue
			}
			var rows []string
			for range 20 {
				w.last++
				rows = append(rows, fmt.Sprintf("(%d, 'row %d')", w.last, w.last))
			}
			if _, err := own.Exec(t.Context(), "INSERT INTO "+table+" VALUES "+strings.Join(rows, ", ")); err != nil && t.Context().Err() == nil {
				t.Errorf("writing rows: %v", err)
				return
			}
		}
	}()
	t.Cleanup(func() { w.end() })
	return w
}

// end ends the writing and returns the number of the last row.
func (w *inserting) end() int {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	<-w.done
	return w.last
}

// reader reads the committed records of a topic whose values are rows.
type reader struct {
	client *kgo.Client
	rows   []int
	most   int
	// progress is most, for whoever fills the table.
	progress atomic.Int64
}

func newReader(t *testing.T, topic string) *reader {
	t.Helper()
	return &reader{client: kafkaClient(t, broker(t), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.UnknownTopicRetries(-1),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.MetadataMinAge(100*time.Millisecond), kgo.FetchMaxWait(200*time.Millisecond))}
}

// seen reads what has come and returns the greatest row.
func (r *reader) seen() int {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	r.client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
		var row int
		if _, err := fmt.Sscanf(string(record.Value), `{"id":%d,`, &row); err != nil {
			row = -1
		}
		r.rows, r.most = append(r.rows, row), max(r.most, row)
	})
	r.progress.Store(int64(r.most))
	return r.most
}

// check wants every row, in order. After a kill rows may come again, unless each shall come once.
func (r *reader) check(t *testing.T, last int, once bool, kills int) {
	t.Helper()
	back, previous, most := 0, 0, 0
	for i, row := range r.rows {
		switch {
		case row == previous+1:
		case row > 0 && row <= previous:
			back++
		default:
			t.Fatalf("record %d is row %d after row %d", i, row, previous)
		}
		previous, most = row, max(most, row)
	}
	if once && back > 0 || back > kills || most != last {
		t.Errorf("rows up to %d of %d came in %d records, which go back %d times after %d kills", most, last, len(r.rows), back, kills)
	}
}

// TestJDBCTablesComeAndGo makes, fills and drops tables while a source runs.
func TestJDBCTablesComeAndGo(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, db *database) {
		dir := t.TempDir()
		db.exec(t, "CREATE TABLE first_one (id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO first_one VALUES (1)")
		p := moldau(t, dir, "standalone", worker(t, dir, "value.converter=org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable=false"),
			properties(t, dir, "src", db.config("JdbcSourceConnector", "mode", "incrementing", "incrementing.column.name", "id", "topic.prefix", "t_", "poll.interval.ms", "20",
				"table.poll.interval.ms", "100", "tasks.max", "2", "query.retry.attempts", "2")))
		rest := p.rest()
		if got := consume(t, broker(t), "t_first_one", 1); got[0] != `{"id":1}` {
			t.Errorf("got %v", got)
		}
		db.exec(t, "CREATE TABLE second_one (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(9))", "INSERT INTO second_one VALUES (7, 'seven')")
		if got := consume(t, broker(t), "t_second_one", 1); got[0] != `{"id":7,"name":"seven"}` {
			t.Errorf("got %v", got)
		}
		db.exec(t, "DROP TABLE first_one", "INSERT INTO second_one VALUES (8, 'eight')")
		if got := consume(t, broker(t), "t_second_one", 2); got[1] != `{"id":8,"name":"eight"}` {
			t.Errorf("got %v", got)
		}
		p.await("tasks that run", func() error {
			s, err := rest.status("src")
			if err == nil && (s.Connector.State != "RUNNING" || slices.ContainsFunc(s.Tasks, func(t state) bool { return t.State != "RUNNING" })) {
				err = fmt.Errorf("%+v", s)
			}
			return err
		})
	})
}
