package jdbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

var numbered = data.NewStructSchema("n", data.Field{Name: "id", Schema: data.Int64Schema}, data.Field{Name: "text", Schema: data.StringSchema}).MustBuild()

// rows is a batch of n numbered records from an offset on.
func rows(tp connect.TopicPartition, from, n int64) *connect.SinkBatch {
	b := connect.NewSinkBatch()
	records := make([]connect.Record, n)
	for i := range records {
		at := from + int64(i)
		records[i].InitSink(b.Arena(), &tp, at, 0, connect.CreateTime)
		records[i].SetValue(numbered, data.MustStruct(numbered, data.Int64(at), data.String(fmt.Sprint("row ", at))).Value())
	}
	b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	return b
}

// TestServerKilled kills the database under a sink and a source: nothing is lost, and with exactly.once nothing is there twice.
func TestServerKilled(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node == nil {
			t.Skip("SQLite runs within the process: it has no server to kill")
		}
		tp := connect.TopicPartition{Topic: "k"}
		// Without primary key, so that rows that come twice are seen.
		props := db.config("exactly.once", "true", "auto.create", "true", "retry.backoff.ms", "1", "max.retries", "1000000")
		sink := plugin(connect.KindSink).NewSinkTask()
		if err := sink.Start(t.Context(), connecttest.SinkTaskContext(t, tp), props); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = sink.Stop(t.Context()) }()
		if err := sink.(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{tp}); err != nil {
			t.Fatal(err)
		}
		put := func(from, n int64) {
			t.Helper()
			for b := rows(tp, from, n); ; {
				err := sink.Put(t.Context(), b)
				if err == nil {
					return
				}
				if connect.ClassOf(err) != connect.Retriable {
					t.Fatal(err)
				}
			}
		}
		put(0, 1000)
		db.node.Restart(t) // while it is idle
		put(1000, 1000)
		killed := make(chan struct{})
		go func() { // while rows are under way
			defer close(killed)
			db.node.Restart(t)
		}()
		at := int64(2000)
		for running := true; running; at += 100 {
			put(at, 100)
			select {
			case <-killed:
				running = false
			default:
			}
		}
		put(at, 100)
		at += 100
		db.connect(t)
		if got, want := db.text(t, "SELECT count(*), count(DISTINCT ~id~), max(~id~) FROM ~k~"), fmt.Sprintf("%d|%d|%d", at, at, at-1); got != want {
			t.Errorf("the table holds %s, want %s", got, want)
		}
		durable, err := sink.(connect.OffsetKeeper).DurableOffsets(t.Context(), []connect.TopicPartition{tp})
		if err != nil || durable[tp] != at {
			t.Errorf("durable offsets %v, %v", durable, err)
		}

		offsets := connecttest.NewOffsets()
		source := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "k", "batch.max.rows", "100"), offsets)
		got := source.want(500)
		db.node.Restart(t)
		got += "\n" + source.want(int(at)-strings.Count(got, "row "))
		seen := map[string]bool{}
		for _, line := range strings.Split(got, "\n") {
			seen[line] = true
		}
		if len(seen) != int(at) {
			t.Errorf("%d different rows came, want %d", len(seen), at)
		}
		db.connect(t)
	})
}

// TestFencing checks that a task that lost its partition without knowing writes nothing any more.
func TestFencing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		tp := connect.TopicPartition{Topic: "f"}
		props := db.config("exactly.once", "true", "auto.create", "true", "retry.backoff.ms", "1")
		var tasks [2]connect.SinkTask
		for i := range tasks {
			tasks[i] = plugin(connect.KindSink).NewSinkTask()
			if err := tasks[i].Start(t.Context(), connecttest.SinkTaskContext(t, tp), props); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tasks[i].Stop(t.Context()) }()
			if err := tasks[i].(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{tp}); err != nil {
				t.Fatal(err)
			}
		}
		err := tasks[0].Put(t.Context(), rows(tp, 0, 50))
		if connect.ClassOf(err) != connect.Retriable || !strings.Contains(err.Error(), "another task writes this partition now") {
			t.Errorf("the task that lost its partition: %v", err)
		}
		if err := tasks[1].Put(t.Context(), rows(tp, 0, 20)); err != nil {
			t.Fatal(err)
		}
		if got := db.text(t, "SELECT count(*) FROM ~f~"); got != "20" {
			t.Errorf("%s rows", got)
		}
		// Altered offsets.
		alterer := plugin(connect.KindSink).NewConnector().(connect.SinkOffsetAlterer)
		ten := int64(10)
		props["name"] = "suite"
		if changed, err := alterer.AlterOffsets(t.Context(), props, map[connect.TopicPartition]*int64{tp: &ten}); err != nil || !changed {
			t.Fatalf("altering: %v, %v", changed, err)
		}
		if err := tasks[1].Put(t.Context(), rows(tp, 20, 1)); connect.ClassOf(err) != connect.Retriable {
			t.Errorf("a task from before the change: %v", err)
		}
		keeper := tasks[1].(connect.OffsetKeeper)
		if durable, err := keeper.DurableOffsets(t.Context(), []connect.TopicPartition{tp}); err != nil || durable[tp] != 10 {
			t.Errorf("durable offsets %v, %v", durable, err)
		}
		if changed, err := alterer.AlterOffsets(t.Context(), props, nil); err != nil || !changed {
			t.Fatalf("resetting: %v, %v", changed, err)
		}
		if durable, err := keeper.DurableOffsets(t.Context(), []connect.TopicPartition{tp}); err != nil || len(durable) != 0 {
			t.Errorf("durable offsets %v, %v", durable, err)
		}
		if changed, err := alterer.AlterOffsets(t.Context(), props, nil); err != nil || changed {
			t.Errorf("resetting what is not there: %v, %v", changed, err)
		}
	})
}
