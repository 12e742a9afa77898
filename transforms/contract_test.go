package transforms

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// workingProps are configurations that work, by class without package and without $Key or $Value.
var workingProps = map[string][]map[string]string{
	"Cast":         {{"spec": "id:string,price:int32,flag:int8"}, {"spec": "string"}, {"spec": "name:float64"}},
	"DropHeaders":  {{"headers": "trace,other"}},
	"ExtractField": {{"field": "id"}, {"field": "inner.a", "field.syntax.version": "V2"}},
	"Filter":       {{}},
	"Flatten":      {{}, {"delimiter": "_"}},
	"HeaderFrom":   {{"fields": "id,name", "headers": "x,y", "operation": "copy"}, {"fields": "id", "headers": "x", "operation": "move"}},
	"HoistField":   {{"field": "it"}},
	"InsertField": {{"topic.field": "t", "partition.field": "p", "timestamp.field": "ts", "static.field": "s", "static.value": "v"},
		{"offset.field": "o!"}, {"topic.field": "id"}},
	"InsertHeader":      {{"header": "h", "value.literal": "[1,2]"}},
	"MaskField":         {{"fields": "id,name"}, {"fields": "price,name", "replacement": "7"}, {"fields": "inner"}},
	"RegexRouter":       {{"regex": "(.*)ders", "replacement": "$1x"}},
	"ReplaceField":      {{"exclude": "id", "renames": "name:title"}, {"include": "id,inner"}, {"renames": "id:x,name:x"}},
	"SetSchemaMetadata": {{"schema.name": "n", "schema.version": "3"}},
	"TimestampConverter": {{"field": "day", "target.type": "string", "format": "yyyy-MM-dd"}, {"field": "at", "target.type": "unix", "unix.precision": "seconds"},
		{"field": "name", "target.type": "Date", "format": "yyyy-MM-dd"}, {"target.type": "Timestamp"}},
	"TimestampRouter":   {{}, {"topic.format": "${topic}.${timestamp}", "timestamp.format": "yyyy.MM.dd"}},
	"ValueToKey":        {{"fields": "name,id"}, {"fields": "absent"}},
	"HasHeaderKey":      {{"name": "trace"}},
	"RecordIsTombstone": {{}},
	"TopicNameMatches":  {{"pattern": "ord.*"}},
}

func propsOf(t testing.TB, p connect.Plugin) []map[string]string {
	t.Helper()
	name := p.Class[strings.LastIndexByte(p.Class, '.')+1:]
	name, _, _ = strings.Cut(name, "$")
	all := workingProps[name]
	if all == nil {
		t.Fatalf("no configuration of %s to test", p.Class)
	}
	return all
}

var (
	innerSchema = data.NewStructSchema("Inner", data.Field{Name: "a", Schema: data.OptionalInt32Schema}, data.Field{Name: "b", Schema: data.StringSchema}).
			Optional().MustBuild()
	orderSchema = data.NewStructSchema("Order",
		data.Field{Name: "id", Schema: data.Int64Schema},
		data.Field{Name: "name", Schema: data.NewSchema(data.StringKind).Optional().Default(data.String("nobody")).MustBuild()},
		data.Field{Name: "price", Schema: data.DecimalSchema(2)},
		data.Field{Name: "flag", Schema: data.BoolSchema},
		data.Field{Name: "day", Schema: data.DateSchema},
		data.Field{Name: "at", Schema: data.OptionalTimestampSchema},
		data.Field{Name: "raw", Schema: data.OptionalBytesSchema},
		data.Field{Name: "tags", Schema: data.NewListSchema(data.StringSchema).MustBuild()},
		data.Field{Name: "inner", Schema: innerSchema},
	).Version(2).MustBuild()
)

func order(name data.Value, inner data.Value) data.Value {
	return data.MustStruct(orderSchema, data.Int64(7), name, data.SmallDecimal(1250, 2), data.Bool(true), data.DateMillis(86400000),
		data.TimestampMillis(1600000000123), data.BytesOf([]byte{1, 2}), data.ListOf(data.String("a"), data.String("b")), inner).Value()
}

func innerOf(a int32) data.Value {
	return data.MustStruct(innerSchema, data.Int32(a), data.String("x")).Value()
}

func object() data.Value {
	return data.MapOf(data.String("id"), data.Int64(7), data.String("name"), data.String("2020-09-13"), data.String("price"), data.Float64(1.5),
		data.String("flag"), data.Bool(true), data.String("at"), data.Int64(1600000000123),
		data.String("inner"), data.MapOf(data.String("a"), data.Int32(1), data.String("b"), data.Null))
}

// sample is a key or value with its schema.
type sample struct {
	schema *data.Schema
	value  data.Value
}

func samples() []sample {
	return []sample{
		{orderSchema, order(data.String("bob"), innerOf(1))},
		{orderSchema, order(data.Null, data.Null)},
		{nil, object()},
		{nil, data.MapOf(data.Int32(1), data.String("no text as key"))},
		{nil, data.Null},
		{orderSchema.AsOptional(true), data.Null},
		{data.StringSchema, data.String("12")},
		{data.TimestampSchema, data.TimestampMillis(-1)},
		{nil, data.Int64(1600000000)},
		{data.NewListSchema(data.Int8Schema).MustBuild(), data.ListOf(data.Int8(1))},
	}
}

// sinkRecord returns a sink's record with the sample as key and as value.
func sinkRecord(s sample) *connect.Record {
	r := new(connect.Record)
	r.InitSink(data.NewArena(), &connect.TopicPartition{Topic: "orders", Partition: 3}, 42, 1600000000123, connect.CreateTime)
	return filled(r, s)
}

// sourceRecord returns a source's record with the sample as key and as value.
func sourceRecord(s sample) *connect.Record {
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1})
	r := filled(b.Add("orders"), s)
	b.Mark(connect.NewSourcePartition(map[string]any{"file": "f"}), connect.OffsetFields{"pos": int64(7)})
	return r
}

func filled(r *connect.Record, s sample) *connect.Record {
	r.SetKey(s.schema, s.value)
	r.SetValue(s.schema, s.value)
	r.Headers.Add("trace", data.StringSchema, data.String("abc"))
	return r
}

// TestContract runs the contract of transformations over all of them.
func TestContract(t *testing.T) {
	t.Parallel()
	var records []func() *connect.Record
	for _, s := range samples() {
		records = append(records, func() *connect.Record { return sinkRecord(s) }, func() *connect.Record { return sourceRecord(s) })
	}
	for _, p := range Plugins() {
		t.Run(strings.TrimPrefix(p.Class, classPrefix), func(t *testing.T) {
			t.Parallel()
			for _, props := range propsOf(t, p) {
				if p.Kind == connect.KindTransformation {
					connecttest.Transformation(t, connecttest.TransformationCase{Plugin: p, Props: props, Records: records})
					continue
				}
				connecttest.Plugin(t, p)
				testPredicate(t, p, props, records)
			}
		})
	}
}

// testPredicate checks that a predicate looks at records without changing them.
func testPredicate(t *testing.T, p connect.Plugin, props map[string]string, records []func() *connect.Record) {
	x := p.NewPredicate()
	if err := x.Configure(props); err != nil {
		t.Fatalf("configure: %v", err)
	}
	for i, make := range records {
		r := make()
		before := r.String()
		holds, err := x.Test(r)
		again, _ := x.Test(r)
		if err != nil || holds != again || r.String() != before {
			t.Errorf("record %d: %v, then %v, error %v", i, holds, again, err)
		}
	}
	if err := x.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
