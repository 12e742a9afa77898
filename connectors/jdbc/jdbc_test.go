package jdbc_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Stop()
	os.Exit(code)
}

func plugin(kind connect.Kind) connect.Plugin {
	for _, p := range jdbc.Plugins() {
		if p.Kind == kind {
			return p
		}
	}
	panic("no plugin of kind " + kind)
}

// database is where a test reads and writes.
type database struct {
	props map[string]string
	conn  dialect.Conn
	d     dialect.Dialect
	node  *servers.DatabaseNode // nil for SQLite
}

// eachDatabase runs a test on every database there is: SQLite always, servers where integration tests were asked for.
func eachDatabase(t *testing.T, f func(t *testing.T, db *database)) {
	t.Run("sqlite", func(t *testing.T) {
		f(t, open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/source.db?journal_mode=wal"}, nil))
	})
	t.Run("postgres", func(t *testing.T) {
		node := servers.PostgreSQL(t)
		f(t, open(t, node.Database(t), node))
	})
	t.Run("mariadb", func(t *testing.T) {
		node := servers.MariaDB(t)
		f(t, open(t, node.Database(t), node))
	})
	if node := servers.MySQL(t); node != nil {
		t.Run("mysql", func(t *testing.T) { f(t, open(t, node.Database(t), node)) })
	}
}

func open(t *testing.T, props map[string]string, node *servers.DatabaseNode) *database {
	t.Helper()
	u, err := dialect.ParseURL(props["connection.url"])
	if err != nil {
		t.Fatal(err)
	}
	d, err := dialect.Find(jdbc.Dialects(), u, "")
	if err != nil {
		t.Fatal(err)
	}
	db := &database{props: props, d: d, node: node}
	db.connect(t)
	t.Cleanup(func() { _ = db.conn.Close() })
	return db
}

func (db *database) connect(t *testing.T) {
	t.Helper()
	u, _ := dialect.ParseURL(db.props["connection.url"])
	var err error
	if db.conn, err = db.d.Open(t.Context(), dialect.Target{URL: u, User: db.props["connection.user"], Password: db.props["connection.password"]}); err != nil {
		t.Fatal(err)
	}
}

// config is the configuration for the database with more keys.
func (db *database) config(more ...string) map[string]string {
	props := map[string]string{"name": "s", "poll.interval.ms": "5", "connection.backoff.ms": "100", "connection.attempts": "100"}
	for k, v := range db.props {
		props[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	return props
}

// exec runs statements; ~ stands for the quote of names.
func (db *database) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := db.conn.Exec(t.Context(), strings.ReplaceAll(sql, "~", db.d.Quote("")[:1])); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// text returns what a query finds, values divided by |, rows by a line end.
func (db *database) text(t *testing.T, sql string) string {
	t.Helper()
	all, err := dialect.Read(t.Context(), db.conn, strings.ReplaceAll(sql, "~", db.d.Quote("")[:1]))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, r := range all {
		lines = append(lines, strings.Join(r, "|"))
	}
	return strings.Join(lines, "\n")
}

func (db *database) is(name string) bool { return strings.HasPrefix(db.d.Name(), name) }

// polling is a source task that a test drives.
type polling struct {
	t       *testing.T
	task    connect.SourceTask
	offsets *connecttest.Offsets
	last    map[string]any // the offset committed last
}

// start starts a task as the connector configures it.
func start(t *testing.T, props map[string]string, offsets *connecttest.Offsets) *polling {
	t.Helper()
	p := &polling{t: t, task: plugin(connect.KindSource).NewSourceTask(), offsets: offsets}
	if err := p.task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), configs(t, props, 1)[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.task.Stop(context.Background()) })
	return p
}

func configs(t *testing.T, props map[string]string, most int) []map[string]string {
	t.Helper()
	c := plugin(connect.KindSource).NewConnector()
	if err := c.Start(t.Context(), connectorContext{t}, props); err != nil {
		t.Fatal(err)
	}
	list, err := c.TaskConfigs(t.Context(), most)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return list
}

type connectorContext struct{ t *testing.T }

// want polls until n records came, commits their marks and returns the values, one line each.
func (p *polling) want(n int) string {
	p.t.Helper()
	var lines []string
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
	for errs := 0; len(lines) < n; {
		b.Reset()
		if err := p.task.Poll(p.t.Context(), b); err != nil {
			if errs++; connect.ClassOf(err) != connect.Retriable || errs > 1000 {
				p.t.Fatalf("poll after %q: %v", lines, err)
			}
			continue
		}
		for i := range b.Records() {
			r := &b.Records()[i]
			lines = append(lines, r.Topic+" "+r.Value().String())
		}
		p.commit(b)
	}
	return strings.Join(lines, "\n")
}

// commit commits the offsets of a batch.
func (p *polling) commit(b *connect.SourceBatch) {
	for _, m := range b.Marks() {
		p.offsets.Commit(m.Partition, m.Offset)
		p.last = m.Offset.Fields()
	}
}

// once polls until a poll succeeds, and returns how many rows came.
func (p *polling) once() int {
	p.t.Helper()
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	for errs := 0; ; errs++ {
		err := p.task.Poll(ctx, b)
		if err == nil {
			break
		}
		if connect.ClassOf(err) != connect.Retriable || errs > 1000 {
			p.t.Fatal(err)
		}
	}
	p.commit(b)
	return len(b.Records())
}
