package jdbc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestAnyOrder has transactions begin, write, commit and fail in any order while a task polls, which is killed at times before its offsets were committed:
// each row that was committed comes, and comes once as long as no task was killed.
func TestAnyOrder(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node == nil {
			t.Skip("SQLite has one writer at a time")
		}
		for _, mode := range []string{"incrementing", "timestamp+incrementing"} {
			for _, kill := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s kill %v", mode, kill), func(t *testing.T) { anyOrder(t, db, mode, kill) })
			}
		}
	})
}

func anyOrder(t *testing.T, db *database, mode string, kill bool) {
	const connections, steps = 4, 150
	table := fmt.Sprintf("o_%d_%v", len(mode), kill)
	columns := "(~id~ BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, ~at~ DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ~n~ INTEGER)"
	if db.is("Postgre") {
		columns = "(~id~ BIGSERIAL PRIMARY KEY, ~at~ TIMESTAMPTZ NOT NULL DEFAULT now(), ~n~ INTEGER)"
	}
	db.exec(t, "CREATE TABLE ~"+table+"~ "+columns)
	random := rand.New(rand.NewPCG(uint64(len(table)), 7))
	run := func(c dialect.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), strings.ReplaceAll(sql, "~", db.d.Quote("")[:1])); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	type transaction struct {
		c    dialect.Conn
		rows []int // nil: none is open
		open bool
	}
	var all [connections]transaction
	for i := range all {
		all[i].c = db.another(t)
	}
	props := db.config("mode", mode, "incrementing.column.name", "id", "timestamp.column.name", "at", "table.whitelist", table, "moldau.late.rows.ms", "600000", "batch.max.rows", "3")
	offsets := connecttest.NewOffsets()
	list := configs(t, props, 1)
	seen, want, next := map[int]int{}, map[int]bool{}, 0
	begin := func() connect.SourceTask {
		task := plugin(connect.KindSource).NewSourceTask()
		if err := task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), list[0]); err != nil {
			t.Fatal(err)
		}
		return task
	}
	task := begin()
	poll := func(wait time.Duration, commit bool) {
		t.Helper()
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		// A poll that was to end may have cost the connection, which the next one finds out.
		if err := task.Poll(ctx, b); err != nil && connect.ClassOf(err) != connect.Retriable {
			t.Fatal(err)
		}
		for i := range b.Records() {
			n, _ := b.Records()[i].Value().Struct().Field("n").Int32()
			seen[int(n)]++
		}
		for _, m := range b.Marks() {
			if commit {
				offsets.Commit(m.Partition, m.Offset)
			}
		}
	}
	end := func(x *transaction, how string) {
		run(x.c, how)
		for _, n := range x.rows {
			want[n] = want[n] || how == "COMMIT"
		}
		x.rows, x.open = nil, false
	}
	for range steps {
		x := &all[random.IntN(connections)]
		switch what := random.IntN(10); {
		case what < 5:
			if !x.open {
				run(x.c, "BEGIN")
				x.open = true
			}
			run(x.c, fmt.Sprintf("INSERT INTO ~%s~ (~n~) VALUES (%d)", table, next))
			x.rows = append(x.rows, next)
			next++
		case what < 7 && x.open:
			end(x, "COMMIT")
		case what == 7 && x.open:
			end(x, "ROLLBACK")
		case kill && random.IntN(4) == 0:
			poll(10*time.Millisecond, false)
			if err := task.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			task = begin()
		default:
			poll(10*time.Millisecond, true)
		}
	}
	for i := range all {
		if all[i].open {
			end(&all[i], "COMMIT")
		}
	}
	for missing := true; missing; {
		poll(time.Second, true)
		missing = false
		for n, committed := range want {
			missing = missing || committed && seen[n] == 0
		}
	}
	if err := task.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, times := range seen {
		if !want[n] || times > 1 && !kill {
			t.Errorf("row %d, which was committed: %v, came %d times", n, want[n], times)
		}
	}
}
