package sink_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/test/servers"
)

// jsonBatch is records as JsonConverter without schemas makes them: keys and values are maps.
func jsonBatch(topic string, keysAndValues ...data.Value) *connect.SinkBatch {
	tp := &connect.TopicPartition{Topic: topic}
	b := connect.NewSinkBatch()
	records := make([]connect.Record, len(keysAndValues)/2)
	for i := range records {
		records[i].InitSink(b.Arena(), tp, int64(i), 0, connect.CreateTime)
		records[i].SetKey(nil, keysAndValues[2*i])
		records[i].SetValue(nil, keysAndValues[2*i+1])
	}
	b.Append(connect.SinkSlice{TopicPartition: *tp, Records: records})
	return b
}

func object(keysAndValues ...any) data.Value {
	all := make([]data.Value, len(keysAndValues))
	for i, x := range keysAndValues {
		switch x := x.(type) {
		case string:
			all[i] = data.String(x)
		case int:
			all[i] = data.Int64(int64(x))
		case float64:
			all[i] = data.Float64(x)
		case bool:
			all[i] = data.Bool(x)
		case data.Value:
			all[i] = x
		}
	}
	return data.MapOf(all...)
}

func TestSchemaless(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		key := func(id int) data.Value { return object("id", id) }
		infer := start(t, db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", "upsert", "pk.mode", "record_key", "delete.enabled", "true", "moldau.schemaless", "infer"), context1(t))
		put(t, infer, jsonBatch("t", key(1), object("name", "one", "n", 5), key(2), object("n", 7.0, "new", true, "gone", data.Null), key(1), object("n", 6)))
		if got := strings.NewReplacer("true", "1").Replace(db.rows(t, "SELECT ~id~, ~name~, ~n~, ~new~ FROM ~t~ ORDER BY 1")); got != "1|one|6|;2||7|1" {
			t.Errorf("inferred: %s", got) // members that a record lacks stay what they were
		}
		put(t, infer, jsonBatch("t", key(2), data.Null))
		if got := db.rows(t, "SELECT ~id~ FROM ~t~"); got != "1" {
			t.Errorf("after a delete: %s", got)
		}
		// Types come from the table where it is there.
		db.exec(t, "CREATE TABLE ~typed~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~price~ DECIMAL(10,2), ~label~ VARCHAR(50), ~day~ DATE)")
		typed := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "moldau.schemaless", "infer"), context1(t))
		put(t, typed, jsonBatch("typed", data.Null, object("id", "12", "price", 1.5, "label", object("a", 1), "day", "2024-05-01")))
		day := map[bool]string{true: "1714521600000", false: "2024-05-01"}[db.d.Name() == "SqliteDatabaseDialect"]
		if got := db.rows(t, "SELECT ~id~, ~price~, ~label~, ~day~ FROM ~typed~"); got != `12|1.5|{"a":1}|`+day && got != `12|1.50|{"a":1}|`+day {
			t.Errorf("typed: %s", got)
		}
		tc := context1(t)
		tc.none = false
		declared := start(t, db.config("auto.create", "true", "moldau.schemaless", "declared", "moldau.schemaless.columns", "id:int64,price:decimal(2),doc:json,at:timestamp"), tc)
		put(t, declared, jsonBatch("d", data.Null, object("id", 1, "price", "2.25", "doc", object("x", 1), "at", "2024-05-01T12:30:00Z", "other", 1), data.Null, object("id", "no number"), data.Null, data.String("text")))
		if got := db.rows(t, "SELECT ~id~, ~price~, ~doc~ FROM ~d~"); strings.ReplaceAll(got, " ", "") != `1|2.25|{"x":1}` {
			t.Errorf("declared: %s", got)
		}
		if len(tc.errs) != 2 || !strings.Contains(strings.Join(tc.errs, " "), "no whole number") || !strings.Contains(strings.Join(tc.errs, " "), "the value is no struct with a schema") {
			t.Errorf("reported: %q", tc.errs)
		}
		refuse := start(t, db.config("auto.create", "true"), context1(t))
		if err := refuse.Put(t.Context(), jsonBatch("r", data.Null, object("id", 1))); err == nil || !strings.Contains(err.Error(), "moldau.schemaless") {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestWideObject writes an object with more members than those of a shape.
func TestWideObject(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		task := start(t, db.config("auto.create", "true", "moldau.schemaless", "infer"), context1(t))
		var members []any
		for i := range 100 {
			members = append(members, fmt.Sprint("m", i), i)
		}
		put(t, task, jsonBatch("wide", data.Null, object(members...), data.Null, object(members...)))
		if got := db.rows(t, "SELECT count(*), min(~m0~), max(~m99~) FROM ~wide~"); got != "2|0|99" {
			t.Errorf("rows %s", got)
		}
	})
}

// TestManyShapes writes objects of more shapes than a connection keeps temporary tables for.
func TestManyShapes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		const shapes, each = 70, 50
		task := start(t, db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "moldau.schemaless", "infer"), context1(t))
		for range 2 {
			for s := range shapes {
				var list []data.Value
				for i := range each {
					list = append(list, data.Null, object("id", s*each+i, fmt.Sprint("m", s), i))
				}
				put(t, task, jsonBatch("many", list...))
			}
		}
		if got := db.rows(t, "SELECT count(*), sum(~m0~), sum(~m69~) FROM ~many~"); got != "3500|1225|1225" {
			t.Errorf("rows %s", got)
		}
		if db.d.Name() == "PostgreSqlDatabaseDialect" {
			if got := db.rows(t, "SELECT count(*) BETWEEN 1 AND 64 FROM pg_catalog.pg_class WHERE relpersistence = 't' AND relname LIKE 'moldau%'"); got != "1" && got != "t" && got != "true" {
				t.Errorf("bounded: %s, %s temporary tables", got, db.rows(t, "SELECT count(*) FROM pg_catalog.pg_class WHERE relpersistence = 't'"))
			}
		}
	})
}

// TestMaps writes maps as PostgreSQL's hstore, which Debezium's sink makes of them, also where other nested values become JSON.
func TestMaps(t *testing.T) {
	db := open(t, servers.PostgreSQL(t).Database(t))
	if db.rows(t, "SELECT name FROM pg_catalog.pg_available_extensions WHERE name = 'hstore'") == "" {
		t.Skip("the server has no hstore")
	}
	db.exec(t, "CREATE EXTENSION hstore")
	db.exec(t, "CREATE TABLE ~j~ (~id~ INTEGER, ~m~ JSONB)")
	schema := data.NewStructSchema("v", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "m", Schema: data.NewMapSchema(data.StringSchema, data.StringSchema).MustBuild()}).MustBuild()
	record := rec{value: data.MustStruct(schema, data.Int32(1), data.MapOf(data.String("a"), data.String("1")))}
	task := startDebezium(t, db.debezium("schema.evolution", "basic", "moldau.nested", "json"), context1(t))
	put(t, task, batch("h", 0, record))
	put(t, task, batch("j", 0, record))
	if got := db.rows(t, "SELECT ~m~::text FROM ~h~") + " " + db.rows(t, "SELECT ~m~::text FROM ~j~"); got != `"a"=>"1" {"a": "1"}` {
		t.Errorf("maps: %s", got)
	}
}

var (
	addressSchema = data.NewStructSchema("address", data.Field{Name: "street", Schema: data.StringSchema}, data.Field{Name: "zip", Schema: data.OptionalInt32Schema}).Optional().MustBuild()
	nestedSchema  = data.NewStructSchema("n", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "address", Schema: addressSchema},
		data.Field{Name: "tags", Schema: data.NewListSchema(data.StringSchema).Optional().MustBuild()}).MustBuild()
)

func TestNested(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		full := rec{value: data.MustStruct(nestedSchema, data.Int32(1), data.MustStruct(addressSchema, data.String("Na příkopě \"1\""), data.Int32(11000)).Value(), list(t, "a", "b,c"))}
		none := rec{value: data.MustStruct(nestedSchema, data.Int32(2), data.Null, data.Null)}
		isPostgres := db.d.Name() == "PostgreSqlDatabaseDialect"
		asJSON := start(t, db.config("auto.create", "true", "moldau.nested", "json"), context1(t))
		put(t, asJSON, batch("j", 0, full, none))
		tags := map[bool]string{true: `{a,"b,c"}`, false: `["a","b,c"]`}[isPostgres]
		want := `1|{"street":"Na příkopě \"1\"","zip":11000}|` + tags + ";2||"
		if got := strings.ReplaceAll(strings.ReplaceAll(db.rows(t, "SELECT ~id~, ~address~, ~tags~ FROM ~j~ ORDER BY 1"), `": `, `":`), `, "zip`, `,"zip`); got != want && strings.ReplaceAll(got, `"a", "b`, `"a","b`) != want {
			if !strings.Contains(got, `"zip":11000`) || !isPostgres { // jsonb orders by the length of names
				t.Errorf("as JSON: %s, want %s", got, want)
			}
		}
		db.exec(t, "CREATE TABLE ~f~ (~id~ INTEGER, ~address.street~ VARCHAR(50), ~address.zip~ INTEGER)")
		whitelisted := start(t, db.config("moldau.nested", "flatten", "moldau.nested.delimiter", ".", "fields.whitelist", "id,address"), context1(t))
		put(t, whitelisted, batch("f", 0, full, none))
		if got := db.rows(t, "SELECT ~id~, ~address.zip~, ~address.street~ FROM ~f~ ORDER BY 1"); got != "1|11000|Na příkopě \"1\";2||" {
			t.Errorf("flattened: %s", got)
		}
		refused := start(t, db.config("auto.create", "true"), context1(t))
		if err := refused.Put(t.Context(), batch("r", 0, full)); err == nil || !strings.Contains(err.Error(), "field address has schema address (STRUCT)") {
			t.Errorf("refused: %v", err)
		}
	})
}

func list(t *testing.T, texts ...string) data.Value {
	t.Helper()
	b := data.NewArena().List(len(texts))
	for _, s := range texts {
		b.Append(data.String(s))
	}
	return b.Build().Value()
}

// TestHostileNames writes topics and fields whose names are statements: they become names.
func TestHostileNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~victim~ (~id~ INTEGER)")
		for i, name := range []string{`x"; DROP TABLE "victim"; --`, "x`; DROP TABLE `victim`; --", `x]; DROP TABLE victim; --`, `x'); DELETE FROM victim; --`, `a\`, "a\nb", `$1`, `?`, `:a`, `%s`, `"`} {
			schema := data.NewStructSchema("v", data.Field{Name: name, Schema: data.OptionalStringSchema}, data.Field{Name: "id", Schema: data.Int32Schema}).MustBuild()
			record := rec{value: data.MustStruct(schema, data.String(name), data.Int32(1))}
			task := start(t, db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id"), context1(t))
			put(t, task, batch("h"+name, 0, record))
			put(t, task, batch("h"+name, 1, record, record))
			wider := data.NewStructSchema("v", data.Field{Name: name + "2", Schema: data.OptionalStringSchema}, data.Field{Name: "id", Schema: data.Int32Schema}).MustBuild()
			put(t, task, batch("h"+name, 3, rec{value: data.MustStruct(wider, data.String(name), data.Int32(1))}))
			if got := db.rows(t, "SELECT "+db.d.Quote(name)+" FROM "+db.d.Quote("h"+name)); got != name {
				t.Errorf("%d %q: %q", i, name, got)
			}
		}
		if got := db.rows(t, "SELECT count(*) FROM ~victim~"); got != "0" {
			t.Errorf("victim: %s", got)
		}
	})
}

// TestLongNames has the longest names that databases take, and longer ones.
func TestLongNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		most, characters := db.d.MaxIdentifier()
		if most == 0 {
			t.Skip("names of any length")
		}
		name := strings.Repeat("n", most)
		if characters {
			name = strings.Repeat("ж", most)
		}
		for _, c := range []struct {
			topic, field string
			fits         bool
		}{{name, name, true}, {name + "x", "f", false}, {"t", name + "x", false}} {
			schema := data.NewStructSchema("v", data.Field{Name: c.field, Schema: data.Int32Schema}).MustBuild()
			err := start(t, db.config("auto.create", "true"), context1(t)).Put(t.Context(), batch(c.topic, 0, rec{value: data.MustStruct(schema, data.Int32(1))}))
			if c.fits != (err == nil) || err != nil && !strings.Contains(err.Error(), fmt.Sprint(" takes ", most)) {
				t.Errorf("a name of %d: %v", len(c.field), err)
			}
		}
		if got := db.rows(t, "SELECT "+db.d.Quote(name)+" FROM "+db.d.Quote(name)); got != "1" {
			t.Errorf("the longest: %s", got)
		}
	})
}

// TestBadInput is what a user gets wrong, with the one message for it.
func TestBadInput(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~b~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~name~ VARCHAR(5) NOT NULL, ~n~ INTEGER)")
		text := data.NewStructSchema("v", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "n", Schema: data.OptionalStringSchema}, data.Field{Name: "name", Schema: data.OptionalStringSchema}).MustBuild()
		strict := db.d.Name() != "SqliteDatabaseDialect" // which takes any value in any column
		for name, x := range map[string]struct {
			props []string
			topic string
			rec   rec
			want  string // "" where the database's own words differ
			skip  bool
		}{
			"no key":        {[]string{"insert.mode", "upsert", "pk.mode", "record_key"}, "b", rec{value: kv(1, "x", 1).value}, "has no key, which pk.mode=record_key needs", false},
			"null":          {[]string{"pk.mode", "record_key"}, "b", rec{kv(1, "x", 1).key, data.MustStruct(valueSchema, data.Null, data.Int64(1))}, "", false},
			"too long":      {[]string{"pk.mode", "record_key"}, "b", kv(1, "longer than five", 1), "", !strict},
			"wrong type":    {[]string{"pk.mode", "none"}, "b", rec{value: data.MustStruct(text, data.Int32(1), data.String("no number"), data.String("x"))}, "", !strict},
			"no table":      {nil, "nowhere", kv(1, "x", 1), "Table nowhere is missing and auto-creation is disabled", false},
			"needs default": {[]string{"auto.evolve", "true"}, "b", rec{value: data.MustStruct(data.NewStructSchema("v", data.Field{Name: "must", Schema: data.Int32Schema}).MustBuild(), data.Int32(1))}, "not optional and does not have a default value", false},
			"no name":       {[]string{"table.name.format", "${header:none}"}, "b", kv(1, "x", 1), "the table is named by header none of the record", false},
			"empty name":    {[]string{"table.name.format", "${topic}", "topics.to.tables.mapping", "b:a.b."}, "b", kv(1, "x", 1), "table name for topic 'b' is empty", false},
		} {
			if x.skip {
				continue
			}
			for _, reporting := range []bool{false, true} {
				tc := context1(t)
				tc.none = !reporting
				err := start(t, db.config(append(x.props, "max.retries", "0")...), tc).Put(t.Context(), batch(x.topic, 41, x.rec))
				got := strings.Join(tc.errs, "\n")
				if !reporting {
					if err == nil {
						t.Errorf("%s: no error", name)
						continue
					}
					if got = err.Error(); !strings.Contains(got, "topic "+x.topic+", partition 0, offset 41") {
						t.Errorf("%s: no coordinates in %q", name, got)
					}
				} else if err != nil || len(tc.offsets) != 1 || tc.offsets[0] != 41 {
					t.Errorf("%s: not reported alone: %v %v", name, tc.offsets, err)
				}
				if !strings.Contains(got, x.want) || !strings.Contains(got, x.topic) {
					t.Errorf("%s: %q, want %q", name, got, x.want)
				}
			}
		}
	})
	_, err := sink.NewConnector(dialects).Validate(t.Context(), map[string]string{"connection.url": "jdbc:db2://h/x"})
	if err != nil {
		t.Error(err)
	}
	values, _ := sink.NewConnector(dialects).Validate(t.Context(), map[string]string{"connection.url": "jdbc:db2://h/x"})
	if len(values) != 1 || !strings.Contains(values[0].Errors[0], "jdbc:db2: (Db2) are not supported; supported are") || !strings.Contains(values[0].Errors[0], "jdbc:postgresql:") {
		t.Errorf("unknown sub-protocol: %v", values)
	}
}
