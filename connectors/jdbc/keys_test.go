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

// TestSourceKeys shows the effect of the keys of both vocabularies on the rows that come, each beside a mode.
func TestSourceKeys(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		// b is changed at another time than it was made.
		db.exec(t, "CREATE TABLE ~k~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~made~ "+stamp+" NOT NULL, ~changed~ "+stamp+", ~other~ INTEGER NOT NULL)",
			"INSERT INTO ~k~ VALUES (1, '2024-01-01 00:00:00', NULL, 30), (2, '2024-01-02 00:00:00', '2024-03-01 00:00:00', 20), (3, '2024-01-03 00:00:00', NULL, 10)",
			"CREATE VIEW ~v~ AS SELECT * FROM ~k~")
		at := func(month time.Month, day int) string {
			return fmt.Sprint(time.Date(2024, month, day, 0, 0, 0, 0, time.UTC).UnixMilli())
		}
		delay := fmt.Sprint(time.Since(time.Date(2024, 1, 2, 12, 0, 0, 0, time.UTC)).Milliseconds())
		for name, c := range map[string]struct {
			want string // ids in order
			keys []string
		}{
			"auto names":                    {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id"}},
			"incrementing.initial":          {"3", []string{"mode", "incrementing", "incrementing.column.name", "id", "incrementing.initial", "2"}},
			"another column":                {"3 2 1", []string{"mode", "incrementing", "incrementing.column.name", "other"}},
			"incrementing.column.mapping":   {"3 2 1", []string{"mode", "incrementing", "incrementing.column.mapping", ".*k:other"}},
			"timestamp":                     {"1 2 3", []string{"mode", "timestamp", "timestamp.column.name", "made"}},
			"several columns":               {"1 3 2", []string{"mode", "timestamp", "timestamp.column.name", "changed,made"}},
			"timestamp.columns.mapping":     {"1 3 2", []string{"mode", "timestamp", "timestamp.columns.mapping", ".*k:[changed|made]"}},
			"timestamp.initial":             {"2 3", []string{"mode", "timestamp", "timestamp.column.name", "made", "timestamp.initial", at(1, 1)}},
			"timestamp.initial.ms":          {"3", []string{"mode", "timestamp", "timestamp.column.name", "made", "timestamp.initial.ms", at(1, 2)}},
			"timestamp.delay.interval.ms":   {"1 2", []string{"mode", "timestamp", "timestamp.column.name", "made", "timestamp.delay.interval.ms", delay}},
			"validate.non.null":             {"!must not be null", []string{"mode", "timestamp", "timestamp.column.name", "changed"}},
			"validate.non.null=false":       {"2", []string{"mode", "timestamp", "timestamp.column.name", "changed", "validate.non.null", "false"}},
			"query":                         {"2 3", []string{"mode", "bulk", "query", "SELECT * FROM k WHERE id > 1 ORDER BY id", "topic.prefix", "q", "table.whitelist", ""}},
			"query.masked":                  {"1 2", []string{"mode", "bulk", "query.masked", "SELECT * FROM k WHERE id < 3 ORDER BY id", "topic.prefix", "q", "table.whitelist", ""}},
			"query.suffix":                  {"1 2", []string{"mode", "timestamp", "timestamp.column.name", "made", "query.suffix", "LIMIT 2"}},
			"table.types":                   {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "validate.non.null", "false", "table.whitelist", "v", "table.types", "VIEW"}},
			"table.include.list":            {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "", "table.include.list", "(.*[.])?[k]"}},
			"table.names.qualify":           {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "table.names.qualify", "false"}},
			"sql.quote.identifiers":         {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "sql.quote.identifiers", "false"}},
			"dialect.name":                  {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "dialect.name", db.d.Name()}},
			"batch.max.rows":                {"1 2 3", []string{"mode", "incrementing", "incrementing.column.name", "id", "batch.max.rows", "1"}},
			"moldau.late.rows.ms=0":         {"1 2 3", []string{"mode", "timestamp+incrementing", "incrementing.column.name", "id", "timestamp.column.name", "made", "moldau.late.rows.ms", "0"}},
			"incrementing.column.name odd":  {"!no column none", []string{"mode", "incrementing", "incrementing.column.name", "none"}},
			"transaction.isolation.mode":    {"!no transaction.isolation.mode=ODD", []string{"mode", "bulk", "transaction.isolation.mode", "odd"}},
			"mapping of no table":           {"!matches no element", []string{"mode", "incrementing", "incrementing.column.mapping", "x:other"}},
			"mapping of a table twice":      {"!matches two elements", []string{"mode", "incrementing", "incrementing.column.mapping", ".*k:other,.*:id"}},
			"connection.attempts, no table": {"!not assigned a table", []string{"mode", "bulk", "table.whitelist", "none"}},
		} {
			t.Run(name, func(t *testing.T) {
				props := db.config(append([]string{"table.whitelist", "k", "poll.interval.ms", "3600000"}, c.keys...)...)
				want, failure := strings.CutPrefix(c.want, "!")
				err := error(nil)
				b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
				task := plugin(connect.KindSource).NewSourceTask()
				t.Cleanup(func() { _ = task.Stop(context.Background()) })
				if failure {
					if !strings.Contains(want, "isolation") && !strings.Contains(want, "assigned") {
						props = configs(t, props, 1)[0]
					}
					if err = task.Start(t.Context(), connecttest.SourceTaskContext(t, connecttest.NewOffsets()), props); err == nil {
						err = task.Poll(t.Context(), b)
					}
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%v, want %s", err, want)
					}
					return
				}
				list := configs(t, props, 1)
				if err = task.Start(t.Context(), connecttest.SourceTaskContext(t, connecttest.NewOffsets()), list[0]); err != nil {
					t.Fatal(err)
				}
				for len(strings.Fields(want)) > len(b.Records()) {
					n := len(b.Records())
					if err := task.Poll(t.Context(), b); err != nil {
						t.Fatal(err)
					}
					if name == "batch.max.rows" && len(b.Records())-n > 1 {
						t.Errorf("%d rows in a batch", len(b.Records())-n)
					}
				}
				var ids []string
				for i := range b.Records() {
					ids = append(ids, b.Records()[i].Value().Struct().Field("id").String())
				}
				if got := strings.Join(ids, " "); got != want {
					t.Errorf("rows %s, want %s", got, want)
				}
			})
		}
	})
}
