package sink_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/sink"
)

// debezium is the configuration for the database in Debezium's words.
func (db *database) debezium(more ...string) map[string]string {
	props := map[string]string{"name": "s", "flush.retry.delay.ms": "1", "flush.max.retries": "0", "connection.url": db.props["connection.url"], "connection.username": db.props["connection.user"],
		"connection.password": db.props["connection.password"]}
	for i := 0; i < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	return props
}

func startDebezium(t *testing.T, props map[string]string, tc connect.SinkTaskContext) connect.SinkTask {
	t.Helper()
	task := sink.NewDebeziumTask(dialects)
	if err := task.Start(t.Context(), tc, props); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = task.Stop(t.Context()) })
	return task
}

var (
	rowSchema = data.NewStructSchema("row", data.Field{Name: "ID", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.OptionalStringSchema},
		data.Field{Name: "at", Schema: data.NewSchema(data.Int64Kind).Optional().Name("io.debezium.time.MicroTimestamp").Version(1).MustBuild()}).Optional().MustBuild()
	sourceSchema   = data.NewStructSchema("src", data.Field{Name: "schema", Schema: data.StringSchema}, data.Field{Name: "table", Schema: data.StringSchema}).MustBuild()
	envelopeSchema = data.NewStructSchema("server.shop.orders.Envelope", data.Field{Name: "before", Schema: rowSchema}, data.Field{Name: "after", Schema: rowSchema},
		data.Field{Name: "source", Schema: sourceSchema}, data.Field{Name: "op", Schema: data.StringSchema}).MustBuild()
	rowKey = data.NewStructSchema("key", data.Field{Name: "ID", Schema: data.Int32Schema}).MustBuild()
)

// changed is a change event.
func changed(op string, id int32, name string) rec {
	row := data.MustStruct(rowSchema, data.Int32(id), data.String(name), data.Int64(1714566600123456)).Value()
	before, after := data.Null, row
	switch op {
	case "d":
		before, after = row, data.Null
	case "t":
		after = data.Null
	}
	r := rec{key: data.MustStruct(rowKey, data.Int32(id)), value: data.MustStruct(envelopeSchema, before, after,
		data.MustStruct(sourceSchema, data.String("shop"), data.String("orders")).Value(), data.String(op))}
	if op == "t" {
		r.key = nil
	}
	return r
}

func TestChangeEvents(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		const all = "SELECT ~id~, ~name~ FROM ~srv_shop_orders~ ORDER BY 1"
		for _, mode := range []string{"record_key", "record_value"} {
			tc := context1(t)
			task := startDebezium(t, db.debezium("schema.evolution", "basic", "insert.mode", "upsert", "primary.key.mode", mode, "primary.key.fields", "ID", "delete.enabled", "true", "truncate.enabled", "true"), tc)
			tombstone := rec{key: data.MustStruct(rowKey, data.Int32(1))}
			put(t, task, batch("srv.shop.orders", 0, changed("r", 1, "one"), changed("c", 2, "two"), changed("u", 1, "uno"), changed("c", 3, "three"), changed("d", 3, "three")))
			if got := db.rows(t, all); got != "1|uno;2|two" {
				t.Errorf("%s: %s", mode, got)
			}
			put(t, task, batch("srv.shop.orders", 5, tombstone, changed("d", 2, "two")))
			want := map[string]string{"record_key": "", "record_value": "1|uno"}[mode] // what a tombstone deletes is not in its value
			if got := db.rows(t, all); got != want {
				t.Errorf("%s, after deletes: %s, want %s", mode, got, want)
			}
			put(t, task, batch("srv.shop.orders", 7, changed("c", 7, "gone"), changed("t", 0, ""), changed("c", 8, "stays")))
			if got := db.rows(t, all); got != "8|stays" {
				t.Errorf("%s, after truncation: %s", mode, got)
			}
			db.exec(t, "DELETE FROM ~srv_shop_orders~")
		}
		// What is not asked for is passed over, as are changes of schemas.
		idle := startDebezium(t, db.debezium("insert.mode", "upsert", "primary.key.mode", "record_key"), context1(t))
		schemaChange := rec{value: data.MustStruct(data.NewStructSchema("io.debezium.connector.mysql.SchemaChangeValue", data.Field{Name: "ddl", Schema: data.StringSchema}).MustBuild(), data.String("DROP"))}
		put(t, idle, batch("srv.shop.orders", 0, changed("c", 1, "one"), changed("d", 1, "one"), rec{key: data.MustStruct(rowKey, data.Int32(1))}, changed("t", 0, ""), schemaChange))
		if got := db.rows(t, all); got != "1|one" {
			t.Errorf("nothing asked for: %s", got)
		}
	})
}

func TestDebeziumNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		flat := rec{value: data.MustStruct(rowSchema, data.Int32(1), data.String("x"), data.Null)}
		tc := context1(t)
		tc.none = false
		task := startDebezium(t, db.debezium("schema.evolution", "basic", "collection.name.format", "t_${source.table}"), tc)
		put(t, task, batch("any.topic", 0, changed("c", 1, "one"), flat)) // a record that is no change event names no table
		if got := db.rows(t, "SELECT ~id~, ~name~ FROM ~t_orders~"); got != "1|one" || len(tc.errs) > 0 {
			t.Errorf("by source: %s %q", got, tc.errs)
		}
		task = startDebezium(t, db.debezium("schema.evolution", "basic", "collection.name.format", "f_${field:name}_${header:h}", "quote.identifiers", "true"), tc)
		b := batch("t", 0, changed("c", 1, "a.b\"'`;--"), changed("c", 2, ""), rec{value: data.MustStruct(rowSchema, data.Int32(3), data.Null, data.Null)})
		for r := range b.All {
			r.Headers.Add("h", data.Int32Schema, data.Int32(7))
		}
		put(t, task, b)
		if got := db.rows(t, "SELECT ~ID~ FROM "+db.d.Quote("f_a.b\"'`;--_7")); got != "1" {
			t.Errorf("by field and header: %s", got)
		}
		if got := db.rows(t, "SELECT ~ID~ FROM ~f__7~"); got != "2" {
			t.Errorf("by an empty field: %s", got)
		}
		if len(tc.errs) != 1 || !strings.Contains(tc.errs[0], "topic t, partition 0, offset 2") || !strings.Contains(tc.errs[0], "named by field name of the record") {
			t.Errorf("reported: %q", tc.errs)
		}
		for format, want := range map[string]string{"${table}": "there is no placeholder ${table}", "x${topic": "no } behind", "a.b.c.${field:x}": "more than three parts"} {
			err := sink.NewDebeziumTask(dialects).Start(t.Context(), tc, db.debezium("collection.name.format", format))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}

func TestHeaderKeys(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		task := startDebezium(t, db.debezium("schema.evolution", "basic", "insert.mode", "upsert", "primary.key.mode", "record_header", "primary.key.fields", "pk", "delete.enabled", "true"), context1(t))
		b := batch("t", 0, changed("c", 1, "a"), changed("c", 2, "b"), changed("c", 3, "c"), changed("d", 3, "c"))
		i := 0
		for r := range b.All {
			r.Headers.Add("trace", data.StringSchema, data.String(fmt.Sprint(i)))
			r.Headers.Add("pk", data.Int64Schema, data.Int64(int64([]int{1, 2, 1, 2}[i])))
			i++
		}
		put(t, task, b)
		if got := db.rows(t, "SELECT ~pk~, ~id~, ~name~ FROM ~t~"); got != "1|3|c" {
			t.Errorf("by header: %s", got)
		}
		err := task.Put(t.Context(), batch("t", 9, changed("c", 1, "a")))
		if err == nil || !strings.Contains(err.Error(), "has no header pk") || !strings.Contains(err.Error(), "offset 9") {
			t.Errorf("without header: %v", err)
		}
	})
}

func TestFieldLists(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		include := startDebezium(t, db.debezium("schema.evolution", "basic", "insert.mode", "upsert", "primary.key.mode", "record_key", "field.include.list", "a:name,b:at"), context1(t))
		if err := include.Put(t.Context(), batch("a", 0, changed("c", 1, "x"))); err == nil || !strings.Contains(err.Error(), "no primary key") { // it is filtered too, as by Debezium
			t.Errorf("no key left: %v", err)
		}
		exclude := startDebezium(t, db.debezium("schema.evolution", "basic", "insert.mode", "upsert", "primary.key.mode", "record_key", "field.exclude.list", "at"), context1(t))
		put(t, exclude, batch("b", 0, changed("c", 1, "x")))
		if got := db.rows(t, "SELECT * FROM ~b~"); got != "1|x" {
			t.Errorf("without at: %s", got)
		}
		err := sink.NewDebeziumTask(dialects).Start(t.Context(), context1(t), db.debezium("field.include.list", "a", "field.exclude.list", "b"))
		if err == nil || !strings.Contains(err.Error(), "only one of") {
			t.Errorf("both lists: %v", err)
		}
	})
}

func TestDebeziumConfigIsChecked(t *testing.T) {
	for want, props := range map[string]map[string]string{
		"primary.key.mode":       {"insert.mode": "upsert"},
		"delete.enabled":         {"delete.enabled": "true", "primary.key.mode": "kafka"},
		"connection.url":         {"connection.url": "jdbc:db2://h/x"},
		"use.time.zone":          {"database.time_zone": "Nowhere/Land"},
		"column.naming.strategy": {"column.naming.strategy": "com.example.Mine"},
		"primary.key.fields":     {"primary.key.mode": "kafka", "primary.key.fields": "a,b"},
	} {
		all := map[string]string{"connection.url": "jdbc:sqlite::memory:"}
		for k, v := range props {
			all[k] = v
		}
		values, err := sink.NewDebeziumConnector(dialects).Validate(t.Context(), all)
		if err != nil || len(values) != 1 || values[0].Name != want {
			t.Errorf("%v: %v %v, want an error of %s", props, values, err, want)
		}
	}
	values, err := sink.NewDebeziumConnector(dialects).Validate(t.Context(), map[string]string{"connection.url": "jdbc:sqlite::memory:", "hibernate.show_sql": "true", "use.reduction.buffer": "true"})
	if err != nil || len(values) != 0 {
		t.Errorf("a valid configuration: %v %v", values, err)
	}
}
