package jdbc_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// asked counts the requests for other tasks.
type asked struct {
	connectorContext
	requests *atomic.Int64
	request  chan struct{}
}

func (a asked) RequestTaskReconfiguration() {
	a.requests.Add(1)
	select {
	case a.request <- struct{}{}:
	default:
	}
}

// TestNewTables adds and drops tables under running tasks: the task in whose span they are reads them, and no task is configured anew, until there are
// tables for another task.
func TestNewTables(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~b~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "CREATE TABLE ~m~ (~id~ INTEGER NOT NULL PRIMARY KEY)",
			"INSERT INTO ~b~ VALUES (1)", "INSERT INTO ~m~ VALUES (1)")
		props := db.config("mode", "incrementing", "incrementing.column.name", "id", "table.poll.interval.ms", "20", "query.retry.attempts", "-1")
		c := plugin(connect.KindSource).NewConnector()
		cc := asked{connectorContext{t}, new(atomic.Int64), make(chan struct{}, 1)}
		if err := c.Start(t.Context(), cc, props); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Stop(t.Context()) })
		list, err := c.TaskConfigs(t.Context(), 2)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d tasks, %v", len(list), err)
		}
		var tasks []*polling
		for _, props := range list {
			p := &polling{t: t, task: plugin(connect.KindSource).NewSourceTask(), offsets: connecttest.NewOffsets()}
			if err := p.task.Start(t.Context(), connecttest.SourceTaskContext(t, p.offsets), props); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.task.Stop(t.Context()) })
			tasks = append(tasks, p)
		}
		if got := tasks[0].want(1) + " " + tasks[1].want(1); got != "b Struct{id=1} m Struct{id=1}" {
			t.Errorf("read %s", got)
		}
		db.exec(t, "CREATE TABLE ~a~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "CREATE TABLE ~z~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO ~a~ VALUES (7)", "INSERT INTO ~z~ VALUES (8)")
		if got := tasks[0].want(1) + " " + tasks[1].want(1); got != "a Struct{id=7} z Struct{id=8}" {
			t.Errorf("of new tables came %s", got)
		}
		db.exec(t, "DROP TABLE ~b~", "INSERT INTO ~a~ VALUES (9)")
		if got := tasks[0].want(1); got != "a Struct{id=9}" {
			t.Errorf("beside a dropped table came %s", got)
		}
		if n := cc.requests.Load(); n != 0 {
			t.Errorf("tasks were asked for %d times", n)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}

		// One table, two tasks at most: the second table is worth another task.
		one := plugin(connect.KindSource).NewConnector()
		props["table.whitelist"] = "a,n"
		if err := one.Start(t.Context(), cc, props); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = one.Stop(t.Context()) })
		if list, err = one.TaskConfigs(t.Context(), 2); err != nil || len(list) != 1 {
			t.Fatalf("%d tasks, %v", len(list), err)
		}
		db.exec(t, "CREATE TABLE ~n~ (~id~ INTEGER NOT NULL PRIMARY KEY)")
		<-cc.request
		if list, err = one.TaskConfigs(t.Context(), 2); err != nil || len(list) != 2 || !strings.Contains(list[1]["tables"], "n") {
			t.Errorf("%d tasks, %v", len(list), err)
		}
	})
}
