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

// TestParts reads a table in parts by three tasks, also numbers below zero and far apart; new rows come, tasks are replaced, and each row comes once.
func TestParts(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY)")
		insert := func(from, n, step int) {
			var values []string
			for i := range n {
				values = append(values, fmt.Sprintf("(%d)", from+i*step))
			}
			db.exec(t, "INSERT INTO ~t~ VALUES "+strings.Join(values, ","))
		}
		insert(1, 200, 1)
		insert(1_000_000, 50, 1_000_003)
		props := db.config("mode", "incrementing", "incrementing.column.name", "id", "moldau.partition.column", "id", "moldau.partition.count", "5", "moldau.partition.width", "16", "batch.max.rows", "7")
		list := configs(t, props, 3)
		if len(list) != 3 {
			t.Fatalf("%d tasks", len(list))
		}
		offsets := connecttest.NewOffsets()
		seen := map[string]int{}
		read := func(want int) {
			t.Helper()
			var tasks []*polling
			for _, c := range list {
				p := &polling{t: t, task: plugin(connect.KindSource).NewSourceTask(), offsets: offsets}
				if err := p.task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), c); err != nil {
					t.Fatal(err)
				}
				tasks = append(tasks, p)
			}
			// A poll that ends while its task connects begins anew, so there is more time where nothing comes: the machine may be busy.
			for limit := 100 * time.Millisecond; len(seen) < want; {
				before := len(seen)
				for _, p := range tasks {
					for _, line := range strings.Split(p.within(limit), "\n") {
						if line != "" {
							seen[line]++
						}
					}
				}
				if len(seen) == before {
					limit *= 2
				}
			}
			for _, p := range tasks {
				if err := p.task.Stop(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
		read(250)
		insert(300, 100, 1) // between those that were read: parts that are beyond never read them
		insert(1_000_000_000, 100, 1)
		read(350)
		for line, n := range seen {
			if n != 1 {
				t.Errorf("%s came %d times", line, n)
			}
		}
	})
}

// TestBulkInBlocks reads a table by blocks, ends amid the run, and goes on with another task: the rows of committed blocks do not come again, and the
// next run has all.
func TestBulkInBlocks(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~x~ VARCHAR(10))")
		for i := range 100 {
			db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES (%d, 'x')", i-10))
		}
		props := db.config("mode", "bulk", "moldau.partition.column", "id", "moldau.partition.count", "2", "moldau.partition.width", "10", "poll.interval.ms", "3600000")
		offsets := connecttest.NewOffsets()
		p := start(t, props, offsets)
		first := p.want(30)
		if err := p.task.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		p = &polling{t: t, task: plugin(connect.KindSource).NewSourceTask(), offsets: offsets}
		if err := p.task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), configs(t, props, 1)[0]); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.task.Stop(context.Background()) })
		all := strings.Split(first+"\n"+p.want(100-len(strings.Split(first, "\n"))), "\n")
		seen := map[string]bool{}
		for _, line := range all {
			seen[line] = true
		}
		if len(all) != 100 || len(seen) != 100 {
			t.Errorf("%d rows came, %d different ones", len(all), len(seen))
		}
		if rows := p.brief(); rows != "" {
			t.Errorf("behind the run came %s", rows)
		}
	})
}
