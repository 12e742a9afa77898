package sink_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/test/servers"
)

// benchContext is a context without reporter.
type benchContext struct{ connect.SinkTaskContext }

func (benchContext) Connector() string                    { return "bench" }
func (benchContext) Logger() *slog.Logger                 { return slog.New(slog.DiscardHandler) }
func (benchContext) Errors() connect.ErrantRecordReporter { return nil }
func (benchContext) Timeout(time.Duration)                {}

var benchSchema = data.NewStructSchema("b", data.Field{Name: "id", Schema: data.Int64Schema}, data.Field{Name: "name", Schema: data.StringSchema},
	data.Field{Name: "v", Schema: data.Float64Schema}).MustBuild()

// BenchmarkPut writes batches to real servers: what a row costs in all, the database's work included.
func BenchmarkPut(b *testing.B) {
	for _, node := range []struct {
		name string
		get  func(testing.TB) *servers.DatabaseNode
	}{{"postgres", servers.PostgreSQL}, {"mariadb", servers.MariaDB}} {
		for _, mode := range []string{"insert", "upsert"} {
			for _, size := range []int{500, 5000} {
				b.Run(fmt.Sprintf("%s/%s/%d", node.name, mode, size), func(b *testing.B) {
					benchmarkPut(b, node.get(b).Database(b), mode, size)
				})
			}
		}
	}
}

func benchmarkPut(b *testing.B, props map[string]string, mode string, size int) {
	u, err := dialect.ParseURL(props["connection.url"])
	if err != nil {
		b.Fatal(err)
	}
	d, err := dialect.Find(dialects, u, "")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := d.Open(b.Context(), dialect.Target{URL: u, User: props["connection.user"], Password: props["connection.password"]})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Exec(b.Context(), "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(200), v DOUBLE PRECISION)"); err != nil {
		b.Fatal(err)
	}
	props["insert.mode"], props["batch.size"] = mode, fmt.Sprint(size)
	if mode == "upsert" {
		props["pk.mode"], props["pk.fields"] = "record_value", "id"
	}
	task := sink.NewTask(dialects)
	if err := task.Start(b.Context(), benchContext{}, props); err != nil {
		b.Fatal(err)
	}
	defer task.Stop(b.Context())
	tp := &connect.TopicPartition{Topic: "t"}
	next := int64(0)
	rows := 0
	for b.Loop() {
		b.StopTimer()
		batch := connect.NewSinkBatch()
		records := make([]connect.Record, size)
		for i := range records {
			records[i].InitSink(batch.Arena(), tp, next, 0, connect.CreateTime)
			v := data.MustStruct(benchSchema, data.Int64(next), data.String("a name of some forty characters or so, more"), data.Float64(float64(next)+0.5))
			records[i].SetValue(benchSchema, v.Value())
			next++
		}
		batch.Append(connect.SinkSlice{TopicPartition: *tp, Records: records})
		rows += size
		b.StartTimer()
		if err := task.Put(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
	b.ReportMetric(0, "ns/op")
}
