//go:build unix

package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	jsonconverter "github.com/moldau/moldau/converters/json"
	"github.com/moldau/moldau/test/servers"
)

const debeziumSink = "io.debezium.connector.jdbc.JdbcSinkConnector"

// stream is a topic that a connector of Java's worker and a task of Moldau's sink read with the same keys.
type stream struct {
	topic string
	props map[string]string
	raw   []*kgo.Record
}

// events collects the records of streams as JSON with schemas.
type events struct {
	t       *testing.T
	conv    *jsonconverter.Converter
	streams []*stream
}

func (e *events) stream(topic string, props ...string) *stream {
	s := &stream{topic: topic, props: map[string]string{"schema.evolution": "basic"}}
	for i := 0; i < len(props); i += 2 {
		s.props[props[i]] = props[i+1]
	}
	e.streams = append(e.streams, s)
	return s
}

func (e *events) add(s *stream, key, value *data.Struct) {
	e.t.Helper()
	encode := func(x *data.Struct) []byte {
		if x == nil {
			return nil
		}
		raw, _, err := e.conv.FromConnect(nil, s.topic, &connect.Headers{}, x.Schema(), x.Value())
		if err != nil {
			e.t.Fatal(err)
		}
		return raw
	}
	s.raw = append(s.raw, &kgo.Record{Topic: s.topic, Key: encode(key), Value: encode(value)})
}

// types fills a stream with rows of all types: two with values, one with nulls.
func (e *events) types(s *stream, all []typed) {
	e.t.Helper()
	fields := []data.Field{{Name: "id", Schema: data.Int32Schema}}
	for _, f := range all {
		fields = append(fields, data.Field{Name: f.name, Schema: f.schema})
	}
	schema := data.NewStructSchema("v", fields...).MustBuild()
	for i := range 3 {
		row := []data.Value{data.Int32(int32(i))}
		for _, f := range all {
			v := []any{f.one, f.two, data.Null}[i]
			if within, ok := v.([]data.Value); ok {
				v = data.MustStruct(f.schema, within...).Value()
			}
			row = append(row, v.(data.Value))
		}
		e.add(s, nil, data.MustStruct(schema, row...))
	}
}

// changes fills a stream with change events; the rows get another column on the way.
func (e *events) changes(s *stream) {
	e.t.Helper()
	key := data.NewStructSchema("k", data.Field{Name: "Id", Schema: data.Int32Schema}, data.Field{Name: "part", Schema: data.StringSchema}).MustBuild()
	narrow := []data.Field{{Name: "Id", Schema: data.Int32Schema}, {Name: "part", Schema: data.StringSchema}, {Name: "Name", Schema: data.OptionalStringSchema},
		{Name: "n", Schema: data.NewSchema(data.Int32Kind).Default(data.Int32(7)).MustBuild()}}
	wide := append(narrow[:4:4], data.Field{Name: "at", Schema: logical(data.Int64Kind, "io.debezium.time.MicroTimestamp")},
		data.Field{Name: "label", Schema: data.NewSchema(data.StringKind).Optional().Default(data.String("it's")).Param("__debezium.source.column.type", "VARCHAR").
			Param("__debezium.source.column.length", "30").MustBuild()})
	change := func(op string, fields []data.Field, id int32, values ...data.Value) {
		row := data.NewStructSchema("row", fields...).Optional().MustBuild()
		envelope := data.NewStructSchema("srv.shop.orders.Envelope", data.Field{Name: "before", Schema: row}, data.Field{Name: "after", Schema: row},
			data.Field{Name: "source", Schema: data.NewStructSchema("source", data.Field{Name: "table", Schema: data.StringSchema}).MustBuild()}, data.Field{Name: "op", Schema: data.StringSchema}).MustBuild()
		source := data.MustStruct(data.NewStructSchema("source", data.Field{Name: "table", Schema: data.StringSchema}).MustBuild(), data.String("Orders")).Value()
		var k *data.Struct
		before, after := data.Null, data.Null
		if op != "t" {
			k = data.MustStruct(key, data.Int32(id), data.String("p"))
			full := data.MustStruct(row, append([]data.Value{data.Int32(id), data.String("p")}, values...)...).Value()
			if op == "d" {
				before = full
			} else {
				after = full
			}
		}
		e.add(s, k, data.MustStruct(envelope, before, after, source, data.String(op)))
		if op == "d" {
			e.add(s, k, nil)
		}
	}
	str, n := data.String, data.Int32
	for i := range int32(20) {
		change("r", narrow, i, str(fmt.Sprint("row ", i)), n(i))
	}
	change("u", narrow, 3, data.Null, n(33))
	change("d", narrow, 4, str("row 4"), n(4))
	change("c", narrow, 4, str("again"), n(44))
	change("d", narrow, 5, str("row 5"), n(5))
	change("u", wide, 6, str("wide"), n(6), data.Int64(1714566600123456), str("label"))
	change("c", wide, 20, str("new"), n(20), data.Null, data.Null)
	change("d", wide, 7, str("row 7"), n(7), data.Null, data.Null)
	if s.props["truncate.enabled"] == "true" {
		change("t", wide, 0)
		change("c", wide, 30, str("after"), n(1), data.Int64(0), str("x"))
		change("c", wide, 31, str("after"), n(1), data.Null, data.Null)
	}
}

// TestDebeziumJDBCBesideJava writes the same topics by Debezium's JDBC sink in a Java worker and by Moldau's, each into a database of its own, and compares
// tables and rows.
func TestDebeziumJDBCBesideJava(t *testing.T) {
	kafka := servers.Kafka(t)
	worker := kafka.ConnectDistributed(t, map[string]string{"plugin.path": servers.DebeziumJDBC(t), "group.id": "compat-debezium-jdbc", "offset.flush.interval.ms": "500",
		"config.storage.topic": "debezium-jdbc-configs", "offset.storage.topic": "debezium-jdbc-offsets", "status.storage.topic": "debezium-jdbc-status",
		"key.converter.schemas.enable": "true", "value.converter.schemas.enable": "true"})
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Bootstrap()), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, x := range []struct {
		name  string
		node  *servers.DatabaseNode
		types []typed
		own   string // SQL of what only that database needs
	}{
		{"postgres", servers.PostgreSQL(t), postgresTypes(), "CREATE EXTENSION IF NOT EXISTS hstore"},
		{"mariadb", servers.MariaDB(t), mysqlTypes(), ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			e := &events{t: t, conv: converter(t)}
			prefix := fmt.Sprintf("jdbc-%s-%d.", x.name, time.Now().UnixNano())
			e.types(e.stream(prefix+"types.upsert", "insert.mode", "upsert", "primary.key.mode", "record_value", "primary.key.fields", "id"), append(commonTypes(), x.types...))
			e.types(e.stream(prefix+"types.kafka", "insert.mode", "insert", "primary.key.mode", "kafka", "quote.identifiers", "true"), append(commonTypes(), x.types...))
			e.changes(e.stream(prefix+"upsert", "insert.mode", "upsert", "primary.key.mode", "record_key", "delete.enabled", "true"))
			e.changes(e.stream(prefix+"truncate", "insert.mode", "upsert", "primary.key.mode", "record_key", "primary.key.fields", "Id,part", "delete.enabled", "true", "truncate.enabled", "true",
				"quote.identifiers", "true"))
			e.changes(e.stream(prefix+"insert", "insert.mode", "insert", "primary.key.mode", "none", "collection.name.format", "all_${source.table}", "field.exclude.list", "n"))
			mine, java := x.node.Database(t), x.node.Database(t)
			for _, db := range []map[string]string{mine, java} {
				if x.own != "" {
					c, _ := connectTo(t, db)
					if _, err := c.Exec(t.Context(), x.own); err != nil {
						t.Logf("%s: %v", x.own, err)
					}
				}
			}
			for _, s := range e.streams {
				if err := client.ProduceSync(t.Context(), s.raw...).FirstErr(); err != nil {
					t.Fatal(err)
				}
				config := map[string]string{"connector.class": debeziumSink, "topics": s.topic, "consumer.override.auto.offset.reset": "earliest", "connection.pool.min_size": "1", "connection.pool.max_size": "2"}
				maps.Copy(config, s.props)
				maps.Copy(config, debeziumKeys(java))
				worker.Create(t, s.topic, config)
			}
			// Java first: on MariaDB it takes a table of that name in another database for its own, and does not create it.
			for _, s := range e.streams {
				s.awaitJava(t, worker)
			}
			for _, s := range e.streams {
				s.write(t, e.conv, debeziumKeys(mine))
			}
			compareDatabases(t, mine, java)
			for _, s := range e.streams {
				worker.Call(t, http.MethodDelete, "/connectors/"+s.topic, nil)
			}
		})
	}
}

func converter(t *testing.T) *jsonconverter.Converter {
	t.Helper()
	for _, p := range jsonconverter.Plugins() {
		if p.NewConverter != nil {
			c := p.NewConverter().(*jsonconverter.Converter)
			if err := c.Configure(map[string]string{"schemas.enable": "true"}, false); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatal("no converter")
	return nil
}

// debeziumKeys are the connection keys in Debezium's words.
func debeziumKeys(db map[string]string) map[string]string {
	return map[string]string{"connection.url": db["connection.url"], "connection.username": db["connection.user"], "connection.password": db["connection.password"]}
}

// write reads the records as a worker would and puts them to a task of Moldau's sink.
func (s *stream) write(t *testing.T, conv *jsonconverter.Converter, db map[string]string) {
	t.Helper()
	props := map[string]string{"name": s.topic}
	maps.Copy(props, s.props)
	maps.Copy(props, db)
	task := sink.NewDebeziumTask(jdbc.Dialects())
	tp := connect.TopicPartition{Topic: s.topic}
	if err := task.Start(t.Context(), connecttest.SinkTaskContext(t, tp), props); err != nil {
		t.Fatal(err)
	}
	b := connect.NewSinkBatch()
	records := make([]connect.Record, len(s.raw))
	for i, raw := range s.raw {
		records[i].InitSink(b.Arena(), &tp, int64(i), 0, connect.CreateTime)
		for _, part := range []struct {
			raw []byte
			set func(*data.Schema, data.Value)
		}{{raw.Key, records[i].SetKey}, {raw.Value, records[i].SetValue}} {
			schema, v, err := conv.ToConnect(b.Arena(), s.topic, &records[i].Headers, part.raw)
			if err != nil {
				t.Fatal(err)
			}
			part.set(schema, v)
		}
	}
	b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	if err := task.Put(t.Context(), b); err != nil {
		t.Errorf("%s: %v", s.topic, err)
	}
	if err := task.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// awaitJava waits until Java's connector has committed the offset behind the last record.
func (s *stream) awaitJava(t *testing.T, w *servers.Worker) {
	t.Helper()
	want := fmt.Sprintf(`"kafka_offset":%d`, len(s.raw))
	w.Await(t, s.topic, func() bool {
		_, status := w.Call(t, http.MethodGet, "/connectors/"+s.topic+"/status", nil)
		if bytes.Contains(status, []byte("FAILED")) {
			var st struct{ Tasks []struct{ Trace string } }
			if err := json.Unmarshal(status, &st); err == nil && len(st.Tasks) > 0 {
				t.Errorf("Java failed on %s: %s", s.topic, causes(st.Tasks[0].Trace))
			}
			return true
		}
		_, offsets := w.Call(t, http.MethodGet, "/connectors/"+s.topic+"/offsets", nil)
		return strings.Contains(string(offsets), want)
	})
}

// causes are the messages of a trace.
func causes(trace string) string {
	first, _, _ := strings.Cut(trace, "\n")
	list := []string{first}
	for line := range strings.Lines(trace) {
		if cause, ok := strings.CutPrefix(strings.TrimSpace(line), "Caused by: "); ok {
			list = append(list, fmt.Sprintf("%.400s", cause))
		}
		if i := strings.Index(line, "ERROR: "); i >= 0 {
			list = append(list, fmt.Sprintf("%.300s", line[i:]))
		}
	}
	return strings.Join(list, "\n")
}

func connectTo(t *testing.T, db map[string]string) (dialect.Conn, dialect.Dialect) {
	t.Helper()
	u, err := dialect.ParseURL(db["connection.url"])
	if err != nil {
		t.Fatal(err)
	}
	d, err := dialect.Find(jdbc.Dialects(), u, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Open(t.Context(), dialect.Target{URL: u, User: db["connection.user"], Password: db["connection.password"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, d
}

// compareDatabases compares the columns of all tables, their keys and their rows.
func compareDatabases(t *testing.T, mine, java map[string]string) {
	t.Helper()
	dump := func(db map[string]string) map[string]string {
		c, d := connectTo(t, db)
		columns := "SELECT table_name, column_name, column_type, is_nullable, coalesce(column_default, ''), column_key, ordinal_position FROM information_schema.columns WHERE table_schema = database() ORDER BY 1, 7"
		if d.Name() == "PostgreSqlDatabaseDialect" {
			columns = `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, coalesce(pg_get_expr(f.adbin, f.adrelid), ''),
				coalesce(a.attnum = ANY (i.indkey), false)::text, a.attnum::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
				LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1, a.attnum`
		}
		all, err := dialect.Read(t.Context(), c, columns)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		names := map[string][]string{}
		for _, row := range all {
			out[row[0]+"."+row[1]] = strings.Join(row[2:], " ")
			names[row[0]] = append(names[row[0]], row[1])
		}
		for table, list := range names {
			for _, column := range list {
				quoted := make([]string, min(3, len(list)))
				for i := range quoted {
					quoted[i] = d.Quote(list[i])
				}
				rows, err := dialect.Read(t.Context(), c, "SELECT "+strings.Join(quoted, ", ")+", "+d.Quote(column)+" FROM "+d.Quote(table)+" ORDER BY "+strings.Join(quoted, ", "))
				if err != nil {
					t.Fatal(err)
				}
				out["rows of "+table+"."+column] = fmt.Sprintf("%q", rows)
			}
		}
		return out
	}
	got, want := dump(mine), dump(java)
	for name, x := range want {
		if y, ok := got[name]; !ok || x != y {
			t.Errorf("%s:\nJava   %s\nMoldau %s", name, x, y)
		}
	}
	for name, y := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: only in Moldau: %s", name, y)
		}
	}
	if len(want) < 100 {
		t.Errorf("only %d columns and contents were compared", len(want)/2)
	}
}
