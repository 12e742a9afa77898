package jdbc_test

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// TestLag checks what a task says of how far behind it is.
func TestLag(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)",
			"INSERT INTO ~t~ VALUES (1, '2024-05-01 12:00:00'), (2, '2024-05-02 12:00:00'), (3, '2024-05-03 12:00:00'), (7, '2024-05-04 12:00:00')")
		for _, c := range []struct {
			mode, unit  string
			least, most int64
		}{{"incrementing", "records", 5, 5}, {"timestamp+incrementing", "seconds", 365 * 24 * 60 * 60, 1 << 40}} {
			p := start(t, db.config("mode", c.mode, "incrementing.column.name", "id", "timestamp.column.name", "at", "batch.max.rows", "2"), connecttest.NewOffsets())
			b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
			if err := p.task.Poll(t.Context(), b); err != nil || len(b.Records()) != 2 {
				t.Fatalf("%d records, %v", len(b.Records()), err)
			}
			amount, unit, ok := p.task.(connect.LagReporter).Lag()
			if !ok || unit != c.unit || amount < c.least || amount > c.most {
				t.Errorf("%s: %d %s, %v", c.mode, amount, unit, ok)
			}
		}
	})
}

// TestExactlyOnceSupport declares it only where every row has an offset of its own and none is read again.
func TestExactlyOnceSupport(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want connect.ExactlyOnceSupport
	}{
		{[]string{"mode", "bulk"}, connect.ExactlyOnceUnsupported},
		{[]string{"mode", "timestamp", "timestamp.column.name", "at"}, connect.ExactlyOnceUnsupported},
		{[]string{"mode", "incrementing"}, connect.ExactlyOnceSupported},
		{[]string{"mode", "incrementing", "moldau.partition.column", "id"}, connect.ExactlyOnceSupported},
		{[]string{"mode", "timestamp+incrementing", "timestamp.column.name", "at"}, connect.ExactlyOnceSupported},
		{[]string{"mode", "timestamp+incrementing", "timestamp.column.name", "at", "moldau.late.rows.overlap.ms", "1000"}, connect.ExactlyOnceUnsupported},
	} {
		props := map[string]string{"connection.url": "jdbc:sqlite:x"}
		for i := 0; i < len(c.keys); i += 2 {
			props[c.keys[i]] = c.keys[i+1]
		}
		if got := plugin(connect.KindSource).NewConnector().(connect.ExactlyOnceSupporter).ExactlyOnceSupport(props); got != c.want {
			t.Errorf("%v: %v, want %v", c.keys, got, c.want)
		}
	}
}
