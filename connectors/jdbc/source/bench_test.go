package source

import (
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
)

// orders is a result of ten columns of the usual types, as a driver of a binary protocol gives them, that does not end.
type orders struct {
	cells [10]dialect.Cell
	rows  int64
}

func (o *orders) Next() bool {
	o.rows++
	o.cells[0].Num = o.rows
	return true
}

func (o *orders) Cell(i int) *dialect.Cell { return &o.cells[i] }
func (o *orders) Err() error               { return nil }
func (o *orders) Close() error             { return nil }

// orderColumns are bigint, int, smallint, double precision, numeric(12,2), boolean, varchar twice, timestamp and date.
var orderColumns = []uint32{20, 23, 21, 701, 1700, 16, 1043, 1043, 1114, 1082}

func (o *orders) Columns() []dialect.Result {
	var results []dialect.Result
	for i, oid := range orderColumns {
		results = append(results, dialect.Result{Name: string(rune('a' + i)), OID: oid, Precision: 12, Scale: 2})
	}
	return results
}

func newOrders() *orders {
	text := func(s string) dialect.Cell { return dialect.Cell{Text: []byte(s)} }
	number := func(f dialect.Form, n int64) dialect.Cell { return dialect.Cell{Form: f, Num: n} }
	return &orders{cells: [10]dialect.Cell{number(dialect.Int, 0), number(dialect.Int, 4711), number(dialect.Int, 3), number(dialect.Real64, 4614253070214989087), text("1234567.89"),
		number(dialect.Int, 1), text("customer 4711"), text("note of order 1234567"), number(dialect.LocalMicros, 1714566600123456), number(dialect.Days, 19844)}}
}

// BenchmarkRead makes structs of rows of ten columns; an op is a row.
func BenchmarkRead(b *testing.B) {
	for name, mode := range map[string]string{"bulk": "bulk", "incrementing": "incrementing", "timestamp+incrementing": "timestamp+incrementing"} {
		b.Run(name, func(b *testing.B) {
			s, err := read(map[string]string{"connection.url": "jdbc:postgresql://localhost/x", "mode": mode, "incrementing.column.name": "a", "timestamp.column.name": "i", "batch.max.rows": "1000"},
				[]dialect.Dialect{postgres.Dialect{}})
			if err != nil {
				b.Fatal(err)
			}
			result := newOrders()
			r := &reader{settings: s, id: dialect.TableID{Name: "orders"}, topic: "orders", rows: result, inc: "a", partition: partition(dialect.TableID{Name: "orders"})}
			if s.timestamped {
				r.stamps = []string{"i"}
			}
			if r.shape, err = r.shapeOf(result.Columns()); err != nil {
				b.Fatal(err)
			}
			t := &Task{s: s}
			batch := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
			b.ReportAllocs()
			began := time.Now()
			n := 0
			for n < b.N {
				batch.Reset()
				if _, err := t.read(b.Context(), r, batch); err != nil {
					b.Fatal(err)
				}
				n += len(batch.Records())
			}
			b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(n), "ns/row")
		})
	}
}
