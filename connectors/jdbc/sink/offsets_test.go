package sink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
)

// TestLateCommit stores offsets behind the back of a task, as a commit does that is carried out after the connection had broken and the task had
// looked: the records it has written must not come twice.
func TestLateCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER, ~name~ VARCHAR(20), ~n~ INTEGER)")
		task := start(t, db.config("exactly.once", "true", "pk.mode", "record_key"), context1(t))
		tp := connect.TopicPartition{Topic: "t"}
		if err := task.(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{tp}); err != nil {
			t.Fatal(err)
		}
		put(t, task, batch("t", 0, kv(0, "a", 0), kv(1, "a", 1)))
		db.exec(t, "INSERT INTO ~t~ VALUES (2, 'a', 2), (3, 'a', 3)")
		db.exec(t, "UPDATE ~moldau_offsets~ SET next_offset = 4")
		again := batch("t", 2, kv(2, "a", 2), kv(3, "a", 3), kv(4, "a", 4))
		if err := task.Put(t.Context(), again); connect.ClassOf(err) != connect.Retriable {
			t.Errorf("the first put: %v", err)
		}
		put(t, task, again)
		if got := db.rows(t, "SELECT ~id~ FROM ~t~ ORDER BY 1"); got != "0;1;2;3;4" {
			t.Errorf("rows %s", got)
		}
	})
}

// cancelling is SQLite whose connections call done once a statement was run.
type cancelling struct {
	sqlite.Dialect
	statement string
	done      func()
}

func (d cancelling) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	c, err := d.Dialect.Open(ctx, t)
	return cancellingConn{c, d}, err
}

type cancellingConn struct {
	dialect.Conn
	d cancelling
}

func (c cancellingConn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	n, err := c.Conn.Exec(ctx, sql, args...)
	if strings.HasPrefix(sql, c.d.statement) {
		c.d.done()
	}
	return n, err
}

// TestInterruptedOpen checks that a task that is interrupted while it takes a partition leaves no transaction open.
func TestInterruptedOpen(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db?busy_timeout=1"})
	ctx, cancel := context.WithCancel(t.Context())
	task := sink.NewTask([]dialect.Dialect{cancelling{statement: "UPDATE", done: cancel}})
	if err := task.Start(t.Context(), context1(t), db.config("exactly.once", "true")); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = task.Stop(context.Background()) }()
	tps := []connect.TopicPartition{{Topic: "t"}}
	if err := task.Open(ctx, tps); err == nil {
		t.Error("an interrupted task takes a partition")
	}
	db.exec(t, "DELETE FROM ~moldau_offsets~") // needs the lock
	if err := task.Open(t.Context(), tps); err != nil {
		t.Error(err)
	}
}

// TestDDLWaits checks that a table that cannot be made or changed now neither fails the task nor gets records reported.
func TestDDLWaits(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db?busy_timeout=1"})
	db.exec(t, "CREATE TABLE ~old~ (~id~ INTEGER PRIMARY KEY)")
	tc := context1(t)
	tc.none = false
	task := start(t, db.config("auto.create", "true", "auto.evolve", "true", "pk.mode", "record_key"), tc)
	for _, topic := range []string{"new", "old"} {
		db.exec(t, "BEGIN IMMEDIATE")
		if err := task.Put(t.Context(), batch(topic, 0, kv(1, "a", 1))); connect.ClassOf(err) != connect.Retriable {
			t.Errorf("%s: while the database is locked: %v", topic, err)
		}
		db.exec(t, "COMMIT")
		put(t, task, batch(topic, 0, kv(1, "a", 1)))
		if got := db.rows(t, "SELECT ~id~, ~name~ FROM ~"+topic+"~"); got != "1|a" {
			t.Errorf("%s: %s", topic, got)
		}
	}
	// Nor does one that is written already.
	db.exec(t, "BEGIN IMMEDIATE")
	if err := task.Put(t.Context(), batch("old", 1, kv(2, "a", 1))); connect.ClassOf(err) != connect.Retriable {
		t.Errorf("while the database is locked: %v", err)
	}
	db.exec(t, "COMMIT")
	if got := fmt.Sprint(tc.errs); got != "[]" {
		t.Errorf("reported %s", got)
	}
}

var errLocked = errors.New("locked")

// locked is SQLite whose statements may meet a lock.
type locked struct{ watched }

func (d locked) Classify(err error) dialect.Fault {
	if errors.Is(err, errLocked) {
		return dialect.Busy
	}
	return d.watched.Classify(err)
}

// TestOpenWaits has somebody else hold the lock of a row of offsets for a while when a task takes its partition.
func TestOpenWaits(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
	for times, fits := range map[int]bool{2: true, 3: false} {
		met := 0
		task := sink.NewTask([]dialect.Dialect{locked{watched{exec: func(sql string) error {
			if strings.HasPrefix(sql, "UPDATE") && met < times {
				met++
				return errLocked
			}
			return nil
		}}}})
		if err := task.Start(t.Context(), context1(t), db.config("exactly.once", "true", "max.retries", "2")); err != nil {
			t.Fatal(err)
		}
		if err := task.Open(t.Context(), []connect.TopicPartition{{Topic: "t"}}); fits != (err == nil) {
			t.Errorf("locked %d times: %v", times, err)
		}
		if err := task.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
