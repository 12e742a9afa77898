package jdbc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// another opens a further connection.
func (db *database) another(t *testing.T) dialect.Conn {
	t.Helper()
	u, _ := dialect.ParseURL(db.props["connection.url"])
	c, err := db.d.Open(t.Context(), dialect.Target{URL: u, User: db.props["connection.user"], Password: db.props["connection.password"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestLateCommits commits rows in another order than they were numbered and stamped, and polls in between: none is skipped, none comes twice, and the
// offsets are never ahead of a row that is missing.
func TestLateCommits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node == nil {
			t.Skip("SQLite has one writer at a time: rows are committed in their order")
		}
		stamp, id := "DATETIME(6)", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"
		if db.is("Postgre") {
			stamp, id = "TIMESTAMPTZ(6)", "BIGSERIAL PRIMARY KEY"
		}
		for _, mode := range []string{"incrementing", "timestamp", "timestamp+incrementing"} {
			table := "t_" + strings.ReplaceAll(mode, "+", "_")
			db.exec(t, "CREATE TABLE ~"+table+"~ (~id~ "+id+", ~at~ "+stamp+" NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ~name~ VARCHAR(30))")
			if db.is("Postgre") {
				db.exec(t, "ALTER TABLE ~"+table+"~ ALTER COLUMN ~at~ SET DEFAULT now()")
			}
			late := db.another(t)
			run := func(c dialect.Conn, sql string) {
				t.Helper()
				if _, err := c.Exec(t.Context(), strings.ReplaceAll(sql, "~", db.d.Quote("")[:1])); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			insert := func(c dialect.Conn, name string) { run(c, "INSERT INTO ~"+table+"~ (~name~) VALUES ('"+name+"')") }
			insert(db.conn, "first")
			p := start(t, db.config("mode", mode, "incrementing.column.name", "id", "timestamp.column.name", "at", "table.whitelist", table, "moldau.late.rows.ms", "600000"), connecttest.NewOffsets())
			if got := p.want(1); !strings.Contains(got, "name=first") {
				t.Fatalf("%s: read %s", mode, got)
			}
			run(late, map[bool]string{true: "BEGIN", false: "START TRANSACTION"}[db.is("Postgre")])
			insert(late, "late")
			insert(db.conn, "early")
			for range 5 { // reads nothing: the row that is there is behind one that is not
				if rows := p.brief(); rows != "" {
					t.Errorf("%s: read %s before the earlier row was committed", mode, rows)
				}
			}
			run(late, "COMMIT")
			if got := p.want(2); strings.Count(got, "name=late") != 1 || strings.Count(got, "name=early") != 1 || strings.Index(got, "name=late") > strings.Index(got, "name=early") {
				t.Errorf("%s: read %s", mode, got)
			}
			// A number that is never used, and a transaction that never ends but has nothing to do with the table.
			run(late, "BEGIN")
			run(late, "SELECT 1")
			run(db.conn, "BEGIN")
			insert(db.conn, "undone")
			run(db.conn, "ROLLBACK")
			insert(db.conn, "last")
			if mode != "incrementing" {
				run(late, "ROLLBACK")
			}
			if got := p.want(1); !strings.Contains(got, "name=last") {
				t.Errorf("%s: read %s", mode, got)
			}
			if mode == "incrementing" {
				run(late, "ROLLBACK")
			}
		}
	})
}

// brief polls once with a context that ends after a time in which a task that is connected has looked at its tables several times.
func (p *polling) brief() string {
	p.t.Helper()
	return p.within(100 * time.Millisecond)
}

// within polls once, at most for a time; an end of that amid a statement may cost the next poll its connection.
func (p *polling) within(limit time.Duration) string {
	p.t.Helper()
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
	ctx, cancel := context.WithTimeout(p.t.Context(), limit)
	defer cancel()
	if err := p.task.Poll(ctx, b); err != nil && connect.ClassOf(err) != connect.Retriable {
		p.t.Fatal(err)
	}
	p.commit(b)
	var lines []string
	for i := range b.Records() {
		lines = append(lines, fmt.Sprint(b.Records()[i].Value().String()))
	}
	return strings.Join(lines, "\n")
}
