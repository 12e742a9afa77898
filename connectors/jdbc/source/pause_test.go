package source

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
)

// tabled is a SQLite with two tables of so many rows, whose writers wait for whoever reads, and a task that reads them.
func tabled(t *testing.T, rows int, more ...string) (conn dialect.Conn, task *Task, offsets *connecttest.Offsets) {
	t.Helper()
	props := map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/db?busy_timeout=0", "poll.interval.ms": "3600000", "batch.max.rows": "10", "tables": `"one","two"`, "topic.prefix": ""}
	for i := 0; i < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	u, err := dialect.ParseURL(props["connection.url"])
	if err == nil {
		conn, err = sqlite.Dialect{}.Open(t.Context(), dialect.Target{URL: u})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"one", "two"} {
		for _, sql := range []string{"CREATE TABLE " + table + " (id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO " + table + " VALUES (0)"} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		for i := 1; i < rows; i++ {
			if _, err := conn.Exec(t.Context(), "INSERT INTO "+table+" VALUES (?)", i); err != nil {
				t.Fatal(err)
			}
		}
	}
	task, offsets = NewTask([]dialect.Dialect{sqlite.Dialect{}}), connecttest.NewOffsets()
	if err := task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), props); err != nil {
		t.Fatal(err)
	}
	return conn, task, offsets
}

// polled polls until so many rows came, and returns them.
func polled(t *testing.T, task *Task, rows int) (seen []string) {
	t.Helper()
	for b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20}); len(seen) < rows; b.Reset() {
		if err := task.Poll(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for i := range b.Records() {
			seen = append(seen, b.Records()[i].Topic+b.Records()[i].Value().String())
		}
	}
	return seen
}

// TestPause has a task give up what the database keeps for it when it is paused for long, and go on where it was.
func TestPause(t *testing.T) {
	for name, c := range map[string]struct {
		config []string
		before int // rows that come, of 60
		again  int
	}{
		"bulk":         {[]string{"mode", "bulk"}, 20, 20},
		"parts":        {[]string{"mode", "bulk", "moldau.partition.column", "id", "moldau.partition.width", "20", "moldau.partition.count", "1", keyParts, "0"}, 50, 10},
		"incrementing": {[]string{"mode", "incrementing", "incrementing.column.name", "id"}, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, task, _ := tabled(t, 30, c.config...)
				writes := func() error {
					_, err := conn.Exec(t.Context(), "INSERT INTO one VALUES (-1)")
					if err == nil {
						_, err = conn.Exec(t.Context(), "DELETE FROM one WHERE id = -1")
					}
					return err
				}
				seen := polled(t, task, c.before)
				task.Paused()
				task.Paused() // resumed between, but not polled
				time.Sleep(mostPause / 2)
				if writes() == nil {
					t.Error("nothing is kept open for a short pause")
				}
				time.Sleep(mostPause)
				if err := writes(); err != nil {
					t.Errorf("after a long pause: %v", err)
				}
				seen = append(seen, polled(t, task, 60+c.again-c.before)...)
				different := map[string]bool{}
				for _, row := range seen {
					different[row] = true
				}
				if len(seen) != 60+c.again || len(different) != 60 {
					t.Errorf("%d rows came, %d different ones", len(seen), len(different))
				}
				if err := task.Stop(t.Context()); err != nil {
					t.Error(err)
				}
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestBlocksTakeTurns reads two tables block by block in one snapshot: neither waits for the end of the other, and what is new comes with the next run.
func TestBlocksTakeTurns(t *testing.T) {
	conn, task, _ := tabled(t, 30, "mode", "bulk", "moldau.partition.column", "id", "moldau.partition.width", "10", "moldau.partition.count", "2", keyParts, "0,1", "poll.interval.ms", "0",
		"connection.journal_mode", "wal")
	defer func() { _ = conn.Close() }()
	defer func() { _ = task.Stop(context.Background()) }()
	seen := polled(t, task, 30)
	if tables := strings.Join(seen, " "); strings.Count(tables, "one") != 20 || strings.Count(tables, "two") != 10 {
		t.Errorf("first came %s", tables)
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO two VALUES (100)"); err != nil {
		t.Fatal(err)
	}
	seen = append(seen, polled(t, task, 30)...)
	different := map[string]bool{}
	for _, row := range seen {
		different[row] = true
	}
	if len(seen) != 60 || len(different) != 60 || different["twoStruct{id=100}"] {
		t.Errorf("%d rows came, %d different ones", len(seen), len(different))
	}
	if next := fmt.Sprint(polled(t, task, 150)); !strings.Contains(next, "id=100}") {
		t.Errorf("the next run has %s", next)
	}
}
