package sink_test

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/sink"
)

// TestKeys writes a record with one key set and looks at what that changes. SQLite keeps points in time as milliseconds and shows them as they were bound.
func TestKeys(t *testing.T) {
	schema := data.NewStructSchema("v", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.NewSchema(data.StringKind).Optional().Default(data.String("nobody")).MustBuild()},
		data.Field{Name: "count", Schema: data.Int64Schema}, data.Field{Name: "day", Schema: data.OptionalDateSchema}).MustBuild()
	record := rec{key: data.MustStruct(keySchema, data.Int32(1)), value: data.MustStruct(schema, data.Int32(1), data.Null, data.Int64(1714566600123456), data.DateMillis(19000*86_400_000))}
	for name, x := range map[string]struct {
		props []string
		query string
		want  string // or what the error holds, behind "!"
	}{
		"none":                             {nil, "SELECT ~id~, ~name~, ~count~ FROM ~a.b~", "1|nobody|1714566600123456"},
		"fields.whitelist":                 {[]string{"fields.whitelist", "id,count"}, "SELECT * FROM ~a.b~", "1|1714566600123456"},
		"fields.whitelist and key":         {[]string{"fields.whitelist", "count", "pk.mode", "record_value", "pk.fields", "id"}, "SELECT * FROM ~a.b~", "1|1714566600123456"},
		"replace.null.with.default":        {[]string{"replace.null.with.default", "false"}, "SELECT ~name~ FROM ~a.b~", ""},
		"timestamp.fields.list":            {[]string{"timestamp.fields.list", "count"}, "SELECT ~count~ FROM ~a.b~", "1714566600123"},
		"timestamp.precision.mode":         {[]string{"timestamp.fields.list", "count", "timestamp.precision.mode", "nanoseconds"}, "SELECT ~count~ FROM ~a.b~", "1714566600"},
		"table.name.format":                {[]string{"table.name.format", "x_${topic}_y"}, "", "!unknown database"},
		"table.name.normalize":             {[]string{"table.name.normalize", "true", "table.name.format", "${topic}"}, "SELECT ~id~ FROM ~a_b~", "1"},
		"topics.to.tables.mapping":         {[]string{"topics.to.tables.mapping", "other:x,a.b:mapped"}, "SELECT ~id~ FROM ~mapped~", "1"},
		"topics.to.tables.mapping, broken": {[]string{"topics.to.tables.mapping", "a.b"}, "", "!not of the form topic:table"},
		"auto.create":                      {[]string{"auto.create", "false"}, "", "!auto-creation is disabled"},
		"quote.sql.identifiers":            {[]string{"quote.sql.identifiers", "never", "topics.to.tables.mapping", "a.b:t-1"}, "", "!needs quotes"},
		"sql.quote.identifiers":            {[]string{"sql.quote.identifiers", "false", "topics.to.tables.mapping", "a.b:t-1"}, "", "!needs quotes"},
		"batch.size":                       {[]string{"batch.size", "1"}, "SELECT ~id~ FROM ~a.b~", "1"},
		"batch.size without bound":         {[]string{"batch.size", "0"}, "SELECT ~id~ FROM ~a.b~", "1"},
		"table.types":                      {[]string{"topics.to.tables.mapping", "a.b:view"}, "", "!table.types names only TABLE"},
		"pk.mode kafka":                    {[]string{"pk.mode", "kafka", "pk.fields", "t,p,o"}, "SELECT ~t~, ~p~, ~o~ FROM ~a.b~", "a.b|0|0"},
		"pk.mode kafka, two fields":        {[]string{"pk.mode", "kafka", "pk.fields", "t,p"}, "", "!names three columns"},
		"insert.mode multi":                {[]string{"insert.mode", "MULTI"}, "SELECT ~id~ FROM ~a.b~", "1"},
		"db.timezone":                      {[]string{"db.timezone", "Middle/Earth"}, "", "!is no time zone"},
		"connection.url":                   {[]string{"connection.url", "jdbc:odbc:x"}, "", "!supported are jdbc:postgresql:"},
		"dialect.name":                     {[]string{"dialect.name", "Db2DatabaseDialect"}, "", "!there are PostgreSqlDatabaseDialect"},
		"moldau.change.events":             {[]string{"table.name.format", "${source.table}"}, "", "!set moldau.change.events=true"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
			db.exec(t, "CREATE VIEW ~view~ AS SELECT 1 AS ~id~")
			props := db.config(append([]string{"auto.create", "true", "table.name.format", "`${topic}`", "max.retries", "0"}, x.props...)...)
			task := sink.NewTask(dialects)
			err := task.Start(t.Context(), context1(t), props)
			if err == nil {
				defer func() { _ = task.Stop(t.Context()) }()
				err = task.Put(t.Context(), batch("a.b", 0, record))
			}
			if message, ok := strings.CutPrefix(x.want, "!"); ok {
				if err == nil || !strings.Contains(err.Error(), message) {
					t.Errorf("%v, want %s", err, message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := db.rows(t, x.query); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
}

// TestMappedTopic has a topic with a table of its own among others whose records name theirs.
func TestMappedTopic(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
	task := start(t, db.config("auto.create", "true", "table.name.format", "${field:name}", "topics.to.tables.mapping", "a:special"), context1(t))
	nameless := rec{value: data.MustStruct(valueSchema, data.Null, data.Int64(3))}
	put(t, task, batch("a", 0, kv(1, "x", 1), nameless))
	put(t, task, batch("b", 0, kv(1, "x", 2)))
	if got := db.rows(t, "SELECT ~n~ FROM ~special~ ORDER BY 1") + " " + db.rows(t, "SELECT ~n~ FROM ~x~"); got != "1;3 2" {
		t.Errorf("rows %s", got)
	}
}

// TestZones writes points in time in the zone of the database, and dates in it or in UTC.
func TestZones(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.d.Name() == "SqliteDatabaseDialect" {
			return // keeps milliseconds
		}
		schema := data.NewStructSchema("v", data.Field{Name: "at", Schema: data.TimestampSchema}, data.Field{Name: "day", Schema: data.DateSchema}).MustBuild()
		record := rec{value: data.MustStruct(schema, data.TimestampMillis(1714566600000), data.DateMillis(19000*86_400_000))}
		for table, x := range map[string]struct{ zone, dates, want string }{
			"utc": {"UTC", "DB_TIMEZONE", "2024-05-01 12:30:00|2022-01-08"}, "ny": {"America/New_York", "DB_TIMEZONE", "2024-05-01 08:30:00|2022-01-07"},
			"nyutc": {"America/New_York", "UTC", "2024-05-01 08:30:00|2022-01-08"},
		} {
			task := start(t, db.config("auto.create", "true", "db.timezone", x.zone, "date.timezone", x.dates), context1(t))
			put(t, task, batch(table, 0, record))
			if got := strings.TrimSuffix(strings.ReplaceAll(db.rows(t, "SELECT ~at~, ~day~ FROM ~"+table+"~"), ".000", ""), ""); got != x.want {
				t.Errorf("%s: %s, want %s", table, got, x.want)
			}
		}
	})
}
