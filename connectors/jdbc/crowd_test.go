package jdbc_test

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// crowd takes every connection that a server has left for usual users.
type crowd struct {
	db     *database
	target dialect.Target
	conns  []dialect.Conn
}

// fill returns once the server refuses one more connection.
func (c *crowd) fill(t *testing.T) {
	t.Helper()
	for len(c.conns) < 500 {
		conn, err := c.db.d.Open(t.Context(), c.target)
		if err != nil {
			if c.db.d.Classify(err) != dialect.Busy {
				t.Fatal(err)
			}
			return
		}
		c.conns = append(c.conns, conn)
	}
	t.Fatal("the server takes any number of connections")
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close() // the server may have ended it
	}
	c.conns = nil
}

// TestServerFull lets a server reach its max_connections: validation says so, tasks that lose their connection or have none yet wait, and go on once there
// are connections again.
func TestServerFull(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		if db.is("MySql") {
			before := db.text(t, "SELECT @@GLOBAL.max_connections")
			db.exec(t, "SET GLOBAL max_connections = 12")
			defer db.exec(t, "SET GLOBAL max_connections = "+before)
		}
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		user := db.user(t, "one_of_many", "crowd-secret", "ALL", false)
		props := db.config("connection.user", user, "connection.password", "crowd-secret", "connection.attempts", "1", "connection.backoff.ms", "1", "max.retries", "100000", "retry.backoff.ms", "1")
		p := newProxy(t, db.node.Address())
		u, err := dialect.ParseURL(props["connection.url"])
		if err != nil {
			t.Fatal(err)
		}
		many := &crowd{db: db, target: dialect.Target{URL: u, User: user, Password: "crowd-secret"}}
		defer many.leave()
		w := write(t, "t", true, p.through(db, props))
		w.must(numberedRows(0, 5)...)
		source := start(t, withKeys(p.through(db, props), "mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "t"), connecttest.NewOffsets())
		if source.want(5) == "" {
			t.Fatal("nothing was read")
		}

		many.fill(t)
		for _, kind := range []connect.Kind{connect.KindSource, connect.KindSink} {
			keys := withKeys(props, "mode", "bulk")
			if kind == connect.KindSink {
				keys = withKeys(props, "topics", "t")
			}
			err := plugin(kind).NewConnector().(connect.ConnectionTester).TestConnection(t.Context(), keys)
			if err == nil || connect.ClassOf(err) != connect.Retriable || !strings.Contains(err.Error(), "takes no connection now") || !saysFull(err) {
				t.Errorf("the test of the connection of a %s: %v", kind, err)
			}
		}
		const rounds = 50 // the server notices in its own time that connections ended: a task may get its own back
		w.most = 3
		for i := 0; ; i++ {
			p.cut()
			many.fill(t)
			_ = source.poll() // it finds that its connection is gone
			reading := source.poll()
			writing := w.put(numberedRows(5, 5)...)
			if writing != nil && reading != nil {
				for what, err := range map[string]error{"writing": writing, "reading": reading} {
					if connect.ClassOf(err) != connect.Retriable || !saysFull(err) || !strings.Contains(err.Error(), "takes no connection now") {
						t.Errorf("%s to a server that is full: %v", what, err)
					}
				}
				break
			}
			if writing == nil {
				db.exec(t, "DELETE FROM ~t~ WHERE ~id~ >= 5")
			}
			if i == rounds {
				t.Fatalf("tasks go on though the server is full: %v, %v", writing, reading)
			}
		}
		many.leave()
		w.most = 10000
		w.must(numberedRows(5, 5)...)
		w.must(numberedRows(10, 5)...)
		for got := source.want(1); !strings.Contains(got, "id=14,"); {
			got += source.want(1)
		}
		if got := db.text(t, "SELECT count(*) FROM ~t~"); got != "15" || len(w.letters.errs) > 0 {
			t.Errorf("%s rows, dead letters %v", got, w.letters.errs)
		}
	})
}

// poll polls once and commits what came.
func (p *polling) poll() error {
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
	err := p.task.Poll(p.t.Context(), b)
	if err == nil {
		p.commit(b)
	}
	return err
}

// saysFull reports whether an error has the server's words for it.
func saysFull(err error) bool {
	for _, words := range []string{"too many clients", "remaining connection slots are reserved", "Too many connections"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
