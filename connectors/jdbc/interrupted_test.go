package jdbc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// TestPartBrokenOff ends the connection amid a block of a part: it goes on behind the last row that was delivered, as exactly-once support needs it.
func TestPartBrokenOff(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		const rows = 120
		text := map[bool]string{true: "TEXT", false: "LONGTEXT"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~x~ "+text+" NOT NULL)")
		for i := range rows { // more than the network holds, so that the end of the connection is seen
			db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES (%d, REPEAT('x', 300000))", i+1))
		}
		p := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "moldau.partition.column", "id", "moldau.partition.count", "1", "moldau.partition.width", "1000",
			"batch.max.rows", "3", "table.whitelist", "t"), connecttest.NewOffsets())
		seen, polls := map[string]int{}, 0
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 30})
		for errs := 0; len(seen) < rows; polls++ {
			b.Reset()
			if err := p.task.Poll(t.Context(), b); err != nil {
				if errs++; connect.ClassOf(err) != connect.Retriable || errs > 1000 {
					t.Fatal(err)
				}
				continue
			}
			for i := range b.Records() {
				id, _, _ := strings.Cut(b.Records()[i].Value().String(), ",")
				seen[id]++
			}
			if polls == 1 {
				db.endOthers(t)
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s came %d times", id, n)
			}
		}
	})
}

// TestStopTwice ends polls whose queries hang, one after the other, as when a connector is paused, resumed and paused again.
func TestStopTwice(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO ~t~ VALUES (1)")
		p := start(t, db.config("mode", "bulk", "table.whitelist", "t"), connecttest.NewOffsets())
		if got := p.want(1); got != "t Struct{id=1}" {
			t.Fatal(got)
		}
		locks := db.another(t)
		statements := []string{"LOCK TABLES t WRITE"}
		if db.is("Postgre") {
			statements = []string{"BEGIN", "LOCK TABLE t"}
		}
		for _, sql := range statements {
			if _, err := locks.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			done := make(chan error, 1)
			go func() {
				done <- p.task.Poll(ctx, connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20}))
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(2 * time.Minute):
				_ = locks.Close() // lets the poll go on
				<-done
				t.Error("a poll that was to end went on")
			}
			cancel()
		}
	})
}

// TestNullAllowed lets a column be null while its table is read: rows are read by the new schema, with nothing skipped.
func TestNullAllowed(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, overlap := range []string{"0", "1000000"} {
			create := func(null string) {
				db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]+" NOT NULL, ~n~ INTEGER"+null+")")
			}
			create(" NOT NULL")
			insert := func(id int, n string) {
				db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES (%d, '2024-05-01 12:00:0%d', %s)", id, id, n))
			}
			insert(1, "1")
			p := start(t, db.config("mode", "timestamp+incrementing", "incrementing.column.name", "id", "timestamp.column.name", "at", "table.whitelist", "t", "moldau.late.rows.overlap.ms", overlap), connecttest.NewOffsets())
			p.want(1)
			db.exec(t, "DROP TABLE ~t~")
			create("")
			insert(2, "2")
			insert(3, "NULL")
			got := p.want(1)
			for !strings.Contains(got, "id=3") { // those of the overlap may come again
				got += "\n" + p.want(1)
			}
			if !strings.Contains(got, "id=2") {
				t.Errorf("overlap %s: read %s", overlap, got)
			}
			if err := p.task.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			db.exec(t, "DROP TABLE ~t~")
		}
	})
}
