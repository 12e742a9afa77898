package json

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// The records of the benchmarks: flat10 has ten fields, nested40 nests structs and an array, dbz is a change event as Debezium sends it.

const recordCount = 500

var words = strings.Fields("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon")

type recordMaker struct {
	*rand.Rand
	arena *data.Arena
}

func (m recordMaker) word() string { return words[m.IntN(len(words))] }

func (m recordMaker) phrase(n int) data.Value {
	all := make([]string, n)
	for i := range all {
		all[i] = m.word()
	}
	s := strings.Join(all, " ")
	switch m.IntN(40) {
	case 0:
		s = `say "` + s + `"`
	case 1:
		s += " Žižkov"
	}
	return data.String(s)
}

func (m recordMaker) cents() data.Value {
	var f float64
	fmt.Sscan(fmt.Sprintf("%d.%02d", m.IntN(10000), m.IntN(100)), &f)
	return data.Float64(f)
}

func (m recordMaker) structOf(s *data.Schema, values ...data.Value) data.Value {
	b := m.arena.Struct(s)
	for i, v := range values {
		b.Set(i, v)
	}
	return b.MustBuild().Value()
}

func structSchema(name string, optional bool, fields ...any) *data.Schema {
	b := data.NewSchema(data.StructKind).SetOptional(optional)
	if name != "" {
		b.Name(name)
	}
	for i := 0; i < len(fields); i += 2 {
		b.Field(fields[i].(string), fields[i+1].(*data.Schema))
	}
	return b.MustBuild()
}

func makeFlat10(m recordMaker) (*data.Schema, func() data.Value) {
	s := structSchema("shop.Order", false, "id", data.Int64Schema, "name", data.StringSchema, "email", data.StringSchema, "active", data.BoolSchema,
		"age", data.Int32Schema, "score", data.Float64Schema, "created", data.Int64Schema, "country", data.OptionalStringSchema,
		"balance", data.Float64Schema, "note", data.OptionalStringSchema)
	return s, func() data.Value {
		note := data.Null
		if m.IntN(4) > 0 {
			note = m.phrase(7)
		}
		return m.structOf(s, data.Int64(m.Int64N(1e12)), m.phrase(2), data.String(m.word()+"."+m.word()+"@example.com"), data.Bool(m.IntN(2) == 0),
			data.Int32(m.Int32N(90)), m.cents(), data.Int64(1600000000000+m.Int64N(1e11)), data.String("CZ"), m.cents(), note)
	}
}

func makeNested40(m recordMaker) (*data.Schema, func() data.Value) {
	address := structSchema("shop.Address", true, "street", data.StringSchema, "city", data.StringSchema, "zip", data.StringSchema,
		"lat", data.Float64Schema, "lon", data.Float64Schema)
	customer := structSchema("shop.Customer", false, "id", data.Int64Schema, "name", data.StringSchema, "vip", data.BoolSchema, "discount", data.Float64Schema)
	item := structSchema("shop.Item", false, "sku", data.StringSchema, "quantity", data.Int32Schema, "price", data.Float64Schema, "tax", data.Float64Schema)
	items := data.NewListSchema(item).MustBuild()
	s := structSchema("shop.Invoice", false, "id", data.Int64Schema, "number", data.StringSchema, "created", data.Int64Schema, "status", data.StringSchema,
		"total", data.Float64Schema, "tax", data.Float64Schema, "currency", data.StringSchema, "billing", address, "shipping", address,
		"customer", customer, "items", items, "paid", data.BoolSchema, "channel", data.OptionalStringSchema, "note", data.OptionalStringSchema,
		"version", data.Int32Schema, "rate", data.Float64Schema)
	addressOf := func() data.Value {
		return m.structOf(address, m.phrase(8), data.String(m.word()), data.String(fmt.Sprint(10000+m.IntN(80000))), m.cents(), m.cents())
	}
	return s, func() data.Value {
		list := m.arena.List(3)
		for range 3 {
			list.Append(m.structOf(item, data.String("SKU-"+fmt.Sprint(m.IntN(1e6))), data.Int32(m.Int32N(20)), m.cents(), m.cents()))
		}
		return m.structOf(s, data.Int64(m.Int64N(1e12)), data.String("INV-"+fmt.Sprint(m.IntN(1e9))), data.Int64(1600000000000+m.Int64N(1e11)),
			data.String("SHIPPED"), m.cents(), m.cents(), data.String("CZK"), addressOf(), addressOf(),
			m.structOf(customer, data.Int64(m.Int64N(1e9)), m.phrase(2), data.Bool(true), m.cents()), list.Build().Value(),
			data.Bool(m.IntN(2) == 0), data.String("web"), m.phrase(24), data.Int32(m.Int32N(9)), m.cents())
	}
}

func makeDebezium(m recordMaker) (*data.Schema, func() data.Value) {
	row := structSchema("server.shop.orders.Value", true, "id", data.Int64Schema, "customer_id", data.Int64Schema, "status", data.StringSchema,
		"name", data.StringSchema, "email", data.OptionalStringSchema, "city", data.OptionalStringSchema, "quantity", data.Int32Schema,
		"price", data.Float64Schema, "weight", data.OptionalFloat64Schema, "created_at", data.Int64Schema, "updated_at", data.OptionalInt64Schema,
		"note", data.OptionalStringSchema)
	source := structSchema("io.debezium.connector.postgresql.Source", false, "version", data.StringSchema, "connector", data.StringSchema,
		"name", data.StringSchema, "ts_ms", data.Int64Schema, "snapshot", data.OptionalStringSchema, "db", data.StringSchema,
		"sequence", data.OptionalStringSchema, "schema", data.StringSchema, "table", data.StringSchema, "txId", data.OptionalInt64Schema,
		"lsn", data.OptionalInt64Schema, "xmin", data.OptionalInt64Schema)
	transaction := structSchema("event.block", true, "id", data.StringSchema, "total_order", data.Int64Schema, "data_collection_order", data.Int64Schema)
	s := structSchema("server.shop.orders.Envelope", false, "before", row, "after", row, "source", source, "transaction", transaction,
		"op", data.StringSchema, "ts_ms", data.OptionalInt64Schema)
	rowOf := func() data.Value {
		return m.structOf(row, data.Int64(m.Int64N(1e9)), data.Int64(m.Int64N(1e7)), data.String("OPEN"), m.phrase(2), data.String(m.word()+"@example.com"),
			data.String(m.word()), data.Int32(m.Int32N(50)), m.cents(), m.cents(), data.Int64(1600000000000+m.Int64N(1e11)), data.Int64(1600000000000),
			m.phrase(20))
	}
	return s, func() data.Value {
		before := data.Null
		if m.IntN(6) > 0 {
			before = rowOf()
		}
		return m.structOf(s, before, rowOf(), m.structOf(source, data.String("2.7.0.Final"), data.String("postgresql"), data.String("server"),
			data.Int64(1600000000000+m.Int64N(1e11)), data.String("false"), data.String("shop"), data.String(`["24023128","24023128"]`), data.String("public"),
			data.String("orders"), data.Int64(m.Int64N(1e6)), data.Int64(m.Int64N(1e9)), data.Null), data.Null, data.String("u"), data.Int64(1600000000000+m.Int64N(1e11)))
	}
}

var recordKinds = []struct {
	name string
	make func(recordMaker) (*data.Schema, func() data.Value)
}{{"flat10", makeFlat10}, {"nested40", makeNested40}, {"dbz", makeDebezium}}

func newConverter(t testing.TB, props ...string) *Converter {
	t.Helper()
	m := map[string]string{}
	for i := 0; i < len(props); i += 2 {
		m[props[i]] = props[i+1]
	}
	c := &Converter{def: definition()}
	if err := c.Configure(m, false); err != nil {
		t.Fatal(err)
	}
	return c
}

// documents returns seeded records as a converter writes them.
func documents(t testing.TB, kind string, c *Converter) [][]byte {
	t.Helper()
	var docs [][]byte
	for _, k := range recordKinds {
		if k.name != kind {
			continue
		}
		s, next := k.make(recordMaker{rand.New(rand.NewPCG(1, 2)), data.NewArena()})
		for range recordCount {
			doc, _, err := c.FromConnect(nil, "t", &connect.Headers{}, s, next())
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
	}
	return docs
}
