package jdbc_test

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
)

// TestBitsOfQuery reads columns of bits by a query as by a table: one bit is a number, more are bytes, whatever they hold.
func TestBitsOfQuery(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if !db.is("MySql") {
			return // the others have no columns of several bits, or say how many they have
		}
		db.exec(t, "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY, one BIT(1), eight BIT(8), `six``teen` BIT(16), `all` BIT(64))", "INSERT INTO b VALUES (1, 1, 48, 513, 1)")
		table := strings.TrimPrefix(start(t, db.config("mode", "bulk"), connecttest.NewOffsets()).want(1), "b ")
		if !strings.Contains(table, "one=1,eight=") || strings.Contains(table, "eight=48,") {
			t.Errorf("the table has %s", table)
		}
		for _, query := range []string{"SELECT * FROM b", "SELECT * FROM b WHERE id < 5 ORDER BY id"} {
			if got := strings.TrimPrefix(start(t, db.config("mode", "bulk", "query", query, "topic.prefix", "q"), connecttest.NewOffsets()).want(1), "q "); got != table {
				t.Errorf("%s: %s, want %s", query, got, table)
			}
		}
		if got := start(t, db.config("mode", "bulk", "query", "SHOW TABLES", "topic.prefix", "q"), connecttest.NewOffsets()).want(1); !strings.HasSuffix(got, "=b}") {
			t.Errorf("what cannot stand in another query gives %s", got)
		}
	})
}
