package jdbc_test

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/test/servers"
)

// TestFastWayClosed writes as a user who may make no temporary tables, and to a table with row security, which COPY refuses.
func TestFastWayClosed(t *testing.T) {
	node := servers.PostgreSQL(t)
	props := node.Database(t)
	db := open(t, props, node)
	database := db.text(t, "SELECT current_database()")
	user := "plain_" + database
	db.exec(t, "CREATE ROLE "+user+" LOGIN PASSWORD 'plain'", "REVOKE ALL ON DATABASE "+database+" FROM PUBLIC", "GRANT CONNECT ON DATABASE "+database+" TO "+user,
		"CREATE TABLE m (id BIGINT PRIMARY KEY, text TEXT)", "CREATE TABLE s (id BIGINT PRIMARY KEY, text TEXT)", "ALTER TABLE s ENABLE ROW LEVEL SECURITY",
		"CREATE POLICY p ON s USING (true) WITH CHECK (true)", "GRANT ALL ON m, s TO "+user)
	for _, c := range [][2]string{{"m", "upsert"}, {"s", "insert"}} {
		tp := connect.TopicPartition{Topic: c[0]}
		sink := plugin(connect.KindSink).NewSinkTask()
		config := db.config("connection.user", user, "connection.password", "plain", "insert.mode", c[1], "pk.mode", "record_value", "pk.fields", "id")
		if err := sink.Start(t.Context(), connecttest.SinkTaskContext(t, tp), config); err != nil {
			t.Fatal(err)
		}
		for i := range int64(2) {
			if err := sink.Put(t.Context(), rows(tp, i*1200, 1200)); err != nil {
				t.Errorf("%v: %v", c, err)
			}
		}
		if err := sink.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if got := db.text(t, "SELECT count(*), max(text) FROM "+c[0]); got != "2400|row 999" {
			t.Errorf("%v: the table holds %s", c, got)
		}
	}
}

// TestBusy writes rows that another transaction has locked.
func TestBusy(t *testing.T) {
	node := servers.PostgreSQL(t)
	props := node.Database(t)
	db := open(t, props, node)
	db.exec(t, "CREATE TABLE m (id BIGINT PRIMARY KEY, text TEXT)", "INSERT INTO m VALUES (5, 'locked')")
	tp := connect.TopicPartition{Topic: "m"}
	config := db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "retry.backoff.ms", "1")
	config["connection.url"] += "?options=-c%20lock_timeout%3D50"
	sink := plugin(connect.KindSink).NewSinkTask()
	if err := sink.Start(t.Context(), connecttest.SinkTaskContext(t, tp), config); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Stop(t.Context()) }()
	db.exec(t, "BEGIN", "UPDATE m SET text = 'mine' WHERE id = 5")
	if err := sink.Put(t.Context(), rows(tp, 0, 100)); connect.ClassOf(err) != connect.Retriable {
		t.Errorf("a put of locked rows: %v", err)
	}
	db.exec(t, "COMMIT")
	if err := sink.Put(t.Context(), rows(tp, 0, 100)); err != nil {
		t.Error(err)
	}
	if got := db.text(t, "SELECT count(*), max(text) FROM m"); got != "100|row 99" {
		t.Errorf("the table holds %s", got)
	}
	// The table goes away, and comes again with other columns.
	db.exec(t, "DROP TABLE m")
	if err := sink.Put(t.Context(), rows(tp, 100, 1)); err == nil {
		t.Error("a put to a table that was dropped succeeds")
	}
	db.exec(t, "CREATE TABLE m (text TEXT, more INT, id BIGINT PRIMARY KEY)")
	if err := sink.Put(t.Context(), rows(tp, 100, 1)); err != nil {
		t.Error(err)
	}
}
