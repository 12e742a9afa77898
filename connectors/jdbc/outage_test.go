package jdbc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// proxy stands between a task and a server, and cuts connections.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	// left is how many more bytes to the server pass before all is cut, or held where there is a hold, -1 for any number.
	left int
	hold *hold
}

// hold is where bytes to the server wait: reached is closed by the first of them, and they go on once release is.
type hold struct{ reached, release chan struct{} }

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, left: -1}
	t.Cleanup(func() { _ = l.Close(); p.cut() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := new(net.Dialer).DialContext(context.Background(), "tcp", server)
			if err != nil {
				_ = c.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, c, s)
			p.mu.Unlock()
			go func() { _, _ = io.Copy(c, s); _ = c.Close() }()
			go func() { _, _ = io.Copy(meter{p, s}, c); _ = s.Close() }()
		}
	}()
	return p
}

type meter struct {
	p *proxy
	c net.Conn
}

func (m meter) Write(b []byte) (int, error) {
	m.p.mu.Lock()
	over, held := m.p.left >= 0 && m.p.left < len(b), m.p.hold
	if over {
		m.p.left, m.p.hold = -1, nil
	} else if m.p.left >= 0 {
		m.p.left -= len(b)
	}
	m.p.mu.Unlock()
	switch {
	case over && held != nil:
		close(held.reached)
		<-held.release
	case over:
		m.p.cut()
		return 0, errors.New("cut")
	}
	return m.c.Write(b)
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// cutAfter ends all connections once so many more bytes went to the server.
func (p *proxy) cutAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = n
}

// holdAfter holds a connection up once so many more bytes went to the server.
func (p *proxy) holdAfter(n int) *hold {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.hold = n, &hold{make(chan struct{}), make(chan struct{})}
	return p.hold
}

// through is the configuration for the database by way of the proxy.
func (p *proxy) through(db *database, props map[string]string) map[string]string {
	return withKeys(props, "connection.url", strings.Replace(props["connection.url"], db.node.Address(), p.listener.Addr().String(), 1))
}

func numberedRows(from, n int) []message {
	all := make([]message, n)
	for i := range all {
		all[i] = of(numbered, data.Int64(int64(from+i)), data.String(fmt.Sprint("row ", from+i)))
	}
	return all
}

// serverEach runs a test on every database that has a server.
func serverEach(t *testing.T, f func(t *testing.T, db *database)) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node != nil {
			f(t, db)
		}
	})
}

// TestConnectionCut cuts connections after so many bytes, within statements, COPY and commits: with exactly.once each row is there once.
func TestConnectionCut(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		p := newProxy(t, db.node.Address())
		props := db.config("exactly.once", "true", "auto.create", "true", "retry.backoff.ms", "1", "max.retries", "100000")
		props["connection.url"] = strings.Replace(props["connection.url"], db.node.Address(), p.listener.Addr().String(), 1)
		w := write(t, "cut", false, props)
		if err := w.task.(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{w.tp}); err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, bytes := range []int{0, 1, 20, 60, 100, 150, 200, 300, 500, 1000, 2000, 4000, 8000, 12000} {
			p.cutAfter(bytes)
			w.must(numberedRows(at, 500)...)
			at += 500
		}
		if w.retried == 0 {
			t.Error("no put was disturbed")
		}
		if got, want := db.text(t, "SELECT count(*), count(DISTINCT ~id~), max(~id~) FROM ~cut~"), fmt.Sprintf("%d|%d|%d", at, at, at-1); got != want {
			t.Errorf("the table holds %s, want %s", got, want)
		}
		props = db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "cut", "validate.non.null", "false", "batch.max.rows", "300")
		props["connection.url"] = strings.Replace(props["connection.url"], db.node.Address(), p.listener.Addr().String(), 1)
		source := start(t, props, connecttest.NewOffsets())
		seen := map[string]bool{}
		for cuts := 0; len(seen) < at; cuts++ {
			if cuts < 5 {
				p.cut()
			}
			for line := range strings.SplitSeq(source.want(1), "\n") {
				if seen[line] {
					t.Fatalf("%s came twice", line)
				}
				seen[line] = true
			}
		}
	})
}

// endOthers ends all other connections to the database by the server's own means.
func (db *database) endOthers(t *testing.T) {
	t.Helper()
	if db.is("Postgre") {
		db.text(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		return
	}
	for id := range strings.FieldsSeq(db.text(t, "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")) {
		_, _ = db.conn.Exec(t.Context(), "KILL "+id) // it may be gone
	}
}

// TestConnectionEnded ends connections by the server's own means, idle ones and those of a result that is being read.
func TestConnectionEnded(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		w := write(t, "ended", false, db.config("auto.create", "true", "retry.backoff.ms", "1"))
		for i := range 6 {
			w.must(numberedRows(i*100, 100)...)
			db.endOthers(t)
		}
		if w.retried != 0 {
			t.Errorf("an idle connection that ended cost %d puts: %v", w.retried, w.reason)
		}
		p := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "ended", "validate.non.null", "false", "batch.max.rows", "70"), connecttest.NewOffsets())
		n := 0
		for n < 600 {
			n += strings.Count(p.want(1), "\n") + 1
			db.endOthers(t)
		}
		if got := db.text(t, "SELECT count(*) FROM ~ended~"); n != 600 || got != "600" {
			t.Errorf("%d rows were read, %s written", n, got)
		}
	})
}

// TestDeadlock lets two tasks write the same keys in crossing order.
func TestDeadlock(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~a~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		const most = 40
		props := db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "1000", "retry.backoff.ms", "1")
		if db.is("Postgre") {
			props["connection.url"] += "?options=-c%20deadlock_timeout%3D10"
		}
		one, other := write(t, "a", false, props), write(t, "a", false, props)
		up, down := numberedRows(0, most), numberedRows(0, most)
		for i := range down {
			down[i] = up[most-1-i]
		}
		var wait sync.WaitGroup
		var errs [2]error
		for i, w := range []*writing{one, other} {
			rows := [][]message{up, down}[i]
			wait.Go(func() {
				for range 60 {
					if errs[i] = w.put(rows...); errs[i] != nil {
						return
					}
				}
			})
		}
		wait.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d and %d puts were tried again", one.retried, other.retried)
		if got := db.text(t, "SELECT count(*) FROM ~a~"); got != itoa(most) {
			t.Errorf("%s rows", got)
		}
	})
}

// user makes a user with rights on the table t, who may have one connection only.
func (db *database) user(t *testing.T, name, password, rights string, single bool) string {
	t.Helper()
	name += "_" + db.text(t, map[bool]string{true: "SELECT current_database()", false: "SELECT DATABASE()"}[db.is("Postgre")])
	limit, drop := "", []string{"DROP OWNED BY " + name, "DROP ROLE " + name}
	if db.is("Postgre") {
		if single {
			limit = " CONNECTION LIMIT 1"
		}
		db.exec(t, "CREATE ROLE "+name+" LOGIN PASSWORD '"+password+"'"+limit, "GRANT "+rights+" ON t TO "+name)
	} else {
		if single {
			limit = " WITH MAX_USER_CONNECTIONS 1"
		}
		db.exec(t, "CREATE USER "+name+"@'%' IDENTIFIED BY '"+password+"'"+limit, "GRANT "+rights+" ON t TO "+name+"@'%'")
		drop = []string{"DROP USER " + name + "@'%'"}
	}
	t.Cleanup(func() {
		for _, sql := range drop { // of a server that may outlive the test
			if _, err := db.conn.Exec(context.Background(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	return name
}

// TestReadOnly writes as a user who may only read, and to a database that is read-only for a while.
func TestReadOnly(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		user := db.user(t, "reader", "read", "SELECT", false)
		for topic, want := range map[string]string{"t": "denied", "missing": "denied"} {
			w := write(t, topic, false, db.config("connection.user", user, "connection.password", "read", "auto.create", "true", "max.retries", "2", "retry.backoff.ms", "1"))
			err := w.put(numberedRows(0, 20)...)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), topic) || connect.ClassOf(err) == connect.Retriable {
				t.Errorf("writing to %s as one who may only read: %v", topic, err)
			}
		}
		tolerant := write(t, "t", true, db.config("connection.user", user, "connection.password", "read", "max.retries", "1", "retry.backoff.ms", "1"))
		if err := tolerant.put(numberedRows(0, 20)...); err == nil || len(tolerant.letters.errs) > 0 {
			t.Errorf("rows that may not be written are dead letters: %v, %v", tolerant.letters.errs, err)
		}
		name := db.text(t, map[bool]string{true: "SELECT current_database()", false: "SELECT DATABASE()"}[db.is("Postgre")])
		on, off := []string{"ALTER DATABASE " + name + " SET default_transaction_read_only = on"}, []string{"SET default_transaction_read_only = off", "ALTER DATABASE " + name + " RESET default_transaction_read_only"}
		props := db.config("max.retries", "1000", "retry.backoff.ms", "1")
		if db.is("MySql") { // whoever has all rights may write all the same
			on, off = []string{"SET GLOBAL read_only = 1"}, []string{"SET GLOBAL read_only = 0"}
			props = withKeys(props, "connection.user", db.user(t, "writer", "write", "SELECT, INSERT", false), "connection.password", "write")
		}
		defer db.exec(t, off...)                     // other tests use the server too, also where this one fails
		for _, before := range []bool{true, false} { // the task is connected before, or not
			db.exec(t, "DELETE FROM ~t~")
			var w *writing
			if before {
				w = write(t, "t", true, props)
				w.must(numberedRows(0, 20)...)
			}
			db.exec(t, on...)
			if before {
				db.endOthers(t)
			} else {
				w = write(t, "t", true, props)
			}
			w.most = 5
			if err := w.put(numberedRows(20, 100)...); connect.ClassOf(err) != connect.Retriable || !strings.Contains(err.Error(), "read-only") {
				t.Errorf("writing to a database that is read-only: %v", err)
			}
			db.exec(t, off...)
			w.must(numberedRows(20, 100)...)
			if got := db.text(t, "SELECT count(*) FROM ~t~"); got != map[bool]string{true: "120", false: "100"}[before] || len(w.letters.errs) > 0 {
				t.Errorf("%s rows, dead letters %v", got, w.letters.errs)
			}
		}
	})
}

// TestTooManyConnections connects when the server has no connection left, and once it has.
func TestTooManyConnections(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		user := db.user(t, "few", "few", "ALL", true)
		props := db.config("connection.user", user, "connection.password", "few", "connection.attempts", "2", "connection.backoff.ms", "1", "retry.backoff.ms", "1", "max.retries", "3")
		first := write(t, "t", false, props)
		first.must(numberedRows(0, 5)...)
		second := plugin(connect.KindSink).NewSinkTask()
		tc := connecttest.SinkTaskContext(t, connect.TopicPartition{Topic: "t"})
		if err := second.Start(t.Context(), tc, props); err == nil || !strings.Contains(err.Error(), "takes no connection now") {
			t.Errorf("a second connection where one is allowed: %v", err)
		}
		p := start(t, withKeys(props, "mode", "bulk", "table.whitelist", "t", "connection.user", "test", "connection.password", "test"), connecttest.NewOffsets())
		if p.want(5) == "" {
			t.Error("nothing was read")
		}
		source := plugin(connect.KindSource).NewSourceTask()
		task := withKeys(configs(t, db.config("mode", "bulk", "table.whitelist", "t"), 1)[0], "connection.user", user, "connection.password", "few", "connection.attempts", "1")
		if err := source.Start(t.Context(), connecttest.SourceTaskContext(t, connecttest.NewOffsets()), task); err != nil {
			t.Fatal(err)
		}
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
		if err := source.Poll(t.Context(), b); connect.ClassOf(err) != connect.Retriable || !strings.Contains(err.Error(), "takes no connection now") {
			t.Errorf("a source without connection: %v", err)
		}
		if err := first.task.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The server notices the end of a connection in its own time.
		for err := second.Start(t.Context(), tc, withKeys(props, "connection.attempts", "1000", "connection.backoff.ms", "10")); err != nil; {
			t.Fatal(err)
		}
		if err := second.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		for {
			err := source.Poll(t.Context(), b)
			if err == nil && len(b.Records()) == 5 {
				break
			}
			if err != nil && connect.ClassOf(err) != connect.Retriable {
				t.Fatal(err)
			}
		}
		if err := source.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func withKeys(props map[string]string, more ...string) map[string]string {
	all := map[string]string{}
	for k, v := range props {
		all[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// TestPasswordChanged changes the password under a task: it goes on until it must connect anew, and says then what to check.
func TestPasswordChanged(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		user := db.user(t, "changing", "old-secret", "ALL", false)
		change := "ALTER ROLE " + user + " PASSWORD 'new'"
		if db.is("MySql") {
			change = "ALTER USER " + user + "@'%' IDENTIFIED BY 'new'"
		}
		p := newProxy(t, db.node.Address())
		props := db.config("connection.user", user, "connection.password", "old-secret", "retry.backoff.ms", "1")
		props["connection.url"] = strings.Replace(props["connection.url"], db.node.Address(), p.listener.Addr().String(), 1)
		w := write(t, "t", false, props)
		w.must(numberedRows(0, 5)...)
		db.exec(t, change)
		w.must(numberedRows(5, 5)...)
		p.cut()
		err := w.put(numberedRows(10, 5)...)
		if err == nil || !strings.Contains(err.Error(), "refuses the login") || strings.Contains(err.Error(), "old-secret") || connect.ClassOf(err) == connect.Retriable || w.retried > 0 {
			t.Errorf("a password that was changed: %v after %d tries", err, w.retried)
		}
		if got := db.text(t, "SELECT count(*) FROM ~t~"); got != "10" {
			t.Errorf("%s rows", got)
		}
	})
}

// TestStatementTimeout writes and reads while statements may take no time: that is tried again, and is no dead letter.
func TestStatementTimeout(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(40))")
		db.exec(t, "INSERT INTO ~t~ VALUES (0, 'held')")
		props := db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "1000", "retry.backoff.ms", "1")
		if db.is("Postgre") {
			props["connection.url"] += "?options=-c%20statement_timeout%3D1000"
		} else {
			props["connection.url"] += "?sessionVariables=innodb_lock_wait_timeout%3D1"
		}
		w := write(t, "t", true, props)
		w.most = 2
		db.exec(t, map[bool]string{true: "BEGIN", false: "START TRANSACTION"}[db.is("Postgre")], "UPDATE ~t~ SET ~text~ = 'mine' WHERE ~id~ = 0")
		if err := w.put(numberedRows(0, 100)...); connect.ClassOf(err) != connect.Retriable || len(w.letters.errs) > 0 {
			t.Errorf("rows that are locked: %v, dead letters %v", err, w.letters.errs)
		}
		db.exec(t, "COMMIT")
		w.most = 10000 // a machine that is busy may exceed the time again
		w.must(numberedRows(0, 100)...)
		if got := db.text(t, "SELECT count(*), min(~text~) FROM ~t~"); got != "100|row 0" {
			t.Errorf("the table holds %s", got)
		}
	})
}
