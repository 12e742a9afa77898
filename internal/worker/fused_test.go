package worker

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/plugins/standard"
)

// TestFusedEqualsUnfused runs records through random chains twice, compiled and one transformation after the other.
func TestFusedEqualsUnfused(t *testing.T) {
	t.Parallel()
	plugins, err := plugin.New("4.3.1", standard.Plugins()...)
	if err != nil {
		t.Fatal(err)
	}
	json, ok := plugins.Find(connect.KindConverter, "org.apache.kafka.connect.json.JsonConverter")
	if !ok {
		t.Fatal("there is no JsonConverter")
	}
	compiled := 0
	check := func(t *rapid.T) {
		props := map[string]string{"name": "c", "connector.class": "C", "errors.tolerance": "all",
			"predicates": "tombstone,topic,header", "predicates.tombstone.type": "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
			"predicates.topic.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches", "predicates.topic.pattern": "a.*",
			"predicates.header.type": "org.apache.kafka.connect.transforms.predicates.HasHeaderKey", "predicates.header.name": "h"}
		var names []string
		for i := range rapid.IntRange(2, 7).Draw(t, "steps") {
			name := "t" + strconv.Itoa(i)
			names = append(names, name)
			addStep(t, props, "transforms."+name+".")
		}
		props["transforms"] = strings.Join(names, ",")
		fused, err := NewDryRun(plugins, props)
		if err != nil {
			t.Fatal(err)
		}
		unfused, err := NewDryRun(plugins, props)
		if err != nil {
			t.Fatal(err)
		}
		for i := range unfused.chain.links {
			unfused.chain.links[i].programs = programs{}
		}
		shapes := rapid.SliceOfN(rapid.Custom(anyShape), 1, 3).Draw(t, "shapes")
		arena := data.NewArena()
		enveloped, plain := json.NewConverter(), json.NewConverter()
		if err := errors.Join(enveloped.Configure(nil, false), plain.Configure(map[string]string{"schemas.enable": "false"}, false)); err != nil {
			t.Fatal(err)
		}
		// Half of the data comes as records do: read from JSON, with what is inside fields not decoded yet.
		read := func(t *rapid.T, into *data.Arena, shape shapeOfData) (*data.Schema, data.Value) {
			schema, v := shape.value(t, arena)
			converter := enveloped
			if schema == nil {
				converter = plain
			}
			if rapid.Bool().Draw(t, "built") {
				return schema, v
			}
			text, ok, err := converter.FromConnect(nil, "t", nil, schema, v)
			if err != nil || !ok {
				return schema, v // not every value can be written
			}
			s, again, err := converter.ToConnect(into, "t", nil, text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return s, again
		}
		for range rapid.IntRange(1, 6).Draw(t, "records") {
			topic := rapid.SampledFrom([]string{"a1", "b1"}).Draw(t, "topic")
			a, b := new(connect.Record), new(connect.Record)
			if rapid.Bool().Draw(t, "sink") {
				origin := &connect.TopicPartition{Topic: topic, Partition: 2}
				a.InitSink(rapid.SampledFrom([]*data.Arena{arena, data.NewArena()}).Draw(t, "arena"), origin, 7, rapid.SampledFrom([]int64{connect.NoTimestamp, 1700000000000}).Draw(t, "timestamp"), connect.CreateTime)
			} else {
				a = newSourceRecord(topic)
			}
			if rapid.Bool().Draw(t, "with header") {
				a.Headers.Add("h", nil, data.Int32(1))
			}
			schema, value := read(t, a.Arena(), rapid.SampledFrom(shapes).Draw(t, "shape"))
			a.SetValue(schema, value)
			schema, key := read(t, a.Arena(), rapid.SampledFrom(shapes).Draw(t, "key shape"))
			a.SetKey(schema, key)
			*b = *a
			x, y := outcome(t, fused, a), outcome(t, unfused, b)
			if x != y {
				t.Fatalf("%v\nvalue %s\nkey %s\nfused:   %s\nunfused: %s", props, value, key, x, y)
			}
			if a.ValueSchema() != b.ValueSchema() || a.KeySchema() != b.KeySchema() || !a.Value().Equal(b.Value()) || !a.Key().Equal(b.Key()) {
				t.Fatalf("%v\nfused:   %s %s\nunfused: %s %s", props, a.ValueSchema(), a.Value(), b.ValueSchema(), b.Value())
			}
		}
		for _, l := range fused.chain.links {
			for _, p := range l.programs.all {
				if p != nil {
					compiled++
				}
			}
		}
	}
	for range 5 {
		rapid.Check(t, check)
	}
	if compiled < 100 {
		t.Errorf("only %d programs were compiled", compiled)
	}
}

func newSourceRecord(topic string) *connect.Record {
	r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1 << 20}).Add(topic)
	return r
}

// outcome describes all that a chain made of a record. Maps print in the order in which Java iterates over them.
func outcome(t *rapid.T, d *DryRun, r *connect.Record) string {
	keep, skipped, err := d.Apply(t.Context(), r)
	if skipped != nil {
		return fmt.Sprintf("skipped by %s: %v", skipped.Class, skipped.Err)
	}
	return fmt.Sprint(keep, err, r, printed(r.Value()), printed(r.Key()))
}

func printed(v data.Value) string {
	m := v.Map()
	if m == nil {
		return v.String()
	}
	var b strings.Builder
	for _, i := range m.JavaOrder() {
		b.WriteString(m.Key(i).String() + "=" + printed(m.At(i)) + ",")
	}
	return b.String()
}

var fusedFields = []string{"id", "name", "price", "flag", "at", "inner", "more.x"}

func addStep(t *rapid.T, props map[string]string, prefix string) {
	field := rapid.SampledFrom(fusedFields)
	part := rapid.SampledFrom([]string{"$Value", "$Value", "$Value", "$Key"}).Draw(t, "part")
	set := func(class string, kv ...string) {
		props[prefix+"type"] = "org.apache.kafka.connect.transforms." + class + part
		for i := 0; i < len(kv); i += 2 {
			props[prefix+kv[i]] = kv[i+1]
		}
	}
	replace := strconv.FormatBool(rapid.Bool().Draw(t, "replace nulls"))
	fields := func(name string) string {
		return strings.Join(rapid.SliceOfNDistinct(field, 1, 3, rapid.ID).Draw(t, name), ",")
	}
	switch rapid.IntRange(0, 9).Draw(t, "class") {
	case 0:
		mark := rapid.SampledFrom([]string{"", "?", "!"}).Draw(t, "mark")
		set("InsertField", "replace.null.with.default", replace, rapid.SampledFrom([]string{"topic.field", "partition.field", "offset.field", "timestamp.field"}).Draw(t, "source"),
			rapid.SampledFrom([]string{"n1", "n2", "id"}).Draw(t, "new")+mark, "static.field", rapid.SampledFrom([]string{"n3", "n4"}).Draw(t, "static")+mark, "static.value", "12")
	case 1:
		set("MaskField", "replace.null.with.default", replace, "fields", fields("masked"))
	case 2:
		set("MaskField", "replace.null.with.default", replace, "fields", fields("masked"), "replacement", "5")
	case 3:
		set("ReplaceField", "replace.null.with.default", replace, "exclude", fields("excluded"))
	case 4:
		set("ReplaceField", "replace.null.with.default", replace, "renames", field.Draw(t, "old")+":"+rapid.SampledFrom([]string{"r1", "id", "n1"}).Draw(t, "renamed"))
	case 5:
		set("Cast", "replace.null.with.default", replace, "spec", field.Draw(t, "cast")+":"+rapid.SampledFrom([]string{"string", "int8", "int64", "float64", "boolean"}).Draw(t, "to"))
	case 6:
		set("TimestampConverter", "replace.null.with.default", replace, "field", rapid.SampledFrom([]string{"at", "id"}).Draw(t, "time"),
			"target.type", rapid.SampledFrom([]string{"string", "unix", "Timestamp", "Date"}).Draw(t, "target"), "format", "yyyy-MM-dd")
	case 7:
		set("SetSchemaMetadata", "replace.null.with.default", replace, "schema.name", rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "schema"))
	case 8:
		set("Flatten", "delimiter", rapid.SampledFrom([]string{".", "_"}).Draw(t, "delimiter"))
	case 9:
		set("ExtractField", "replace.null.with.default", replace, "field", rapid.SampledFrom([]string{"inner", "inner", "id"}).Draw(t, "extracted"))
	}
	if rapid.IntRange(0, 2).Draw(t, "guarded") == 0 {
		props[prefix+"predicate"] = rapid.SampledFrom([]string{"tombstone", "topic", "header"}).Draw(t, "predicate")
		props[prefix+"negate"] = strconv.FormatBool(rapid.Bool().Draw(t, "negate"))
	}
}

// shapeOfData is a schema, or the keys of schemaless objects.
type shapeOfData struct {
	schema *data.Schema
	keys   []string
}

func anyShape(t *rapid.T) shapeOfData {
	keys := rapid.SliceOfNDistinct(rapid.SampledFrom(fusedFields), 1, len(fusedFields), rapid.ID).Draw(t, "keys")
	if rapid.Bool().Draw(t, "schemaless") {
		if rapid.IntRange(0, 3).Draw(t, "large") == 0 {
			// Objects with more than 64 keys have no shape.
			for i := range rapid.IntRange(54, 66).Draw(t, "further keys") {
				keys = append(keys, "k"+strconv.Itoa(i))
			}
		}
		return shapeOfData{keys: keys}
	}
	return shapeOfData{schema: structOf(t, keys, 2)}
}

func structOf(t *rapid.T, keys []string, depth int) *data.Schema {
	b := data.NewSchema(data.StructKind).SetOptional(rapid.Bool().Draw(t, "optional struct"))
	for _, name := range keys {
		if name == "inner" && depth > 0 {
			b.Field(name, structOf(t, rapid.SliceOfNDistinct(rapid.SampledFrom(fusedFields), 0, 3, rapid.ID).Draw(t, "inner keys"), depth-1))
			continue
		}
		optional := rapid.Bool().Draw(t, "optional")
		f := data.NewSchema(data.StringKind)
		switch name {
		case "id", "inner":
			f = data.NewSchema(data.Int64Kind)
		case "price":
			f = data.NewSchema(data.Float64Kind)
		case "flag":
			f = data.NewSchema(data.BoolKind)
		case "at":
			b.Field(name, data.TimestampSchema.AsOptional(optional))
			continue
		}
		if rapid.IntRange(0, 3).Draw(t, "with default") == 0 {
			f.Default(map[data.Kind]data.Value{data.StringKind: data.String("9"), data.Int64Kind: data.Int64(9), data.Float64Kind: data.Float64(9),
				data.BoolKind: data.Bool(true)}[f.MustBuild().Kind()])
		}
		b.Field(name, f.SetOptional(optional).MustBuild())
	}
	return b.MustBuild()
}

func (s shapeOfData) value(t *rapid.T, a *data.Arena) (*data.Schema, data.Value) {
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		return s.schema, data.Null
	}
	if s.schema == nil {
		m := a.Map(0)
		for _, k := range s.keys {
			m.Set(k, rapid.SampledFrom([]data.Value{data.Null, data.Int64(3), data.String("12"), data.Bool(true), data.TimestampMillis(5)}).Draw(t, k))
		}
		return nil, m.Build().Value()
	}
	return s.schema, structValue(t, a, s.schema)
}

func structValue(t *rapid.T, a *data.Arena, s *data.Schema) data.Value {
	b := a.Struct(s)
	for i, f := range s.Fields() {
		// As in Java, a required field may be missing until a converter looks.
		if rapid.IntRange(0, 4).Draw(t, "missing") == 0 {
			continue
		}
		switch f.Schema.ValueKind() {
		case data.StructKind:
			b.Set(i, structValue(t, a, f.Schema))
		case data.Int64Kind:
			b.Int64(i, rapid.Int64Range(-300, 300).Draw(t, f.Name))
		case data.Float64Kind:
			b.Float64(i, 1.5)
		case data.BoolKind:
			b.Bool(i, true)
		case data.TimestampKind:
			b.Set(i, data.TimestampMillis(1600000000000))
		default:
			b.Set(i, data.String(rapid.SampledFrom([]string{"x", "12", "2020-01-02"}).Draw(t, f.Name)))
		}
	}
	build := b.BuildPartial
	if rapid.Bool().Draw(t, "checked") {
		build = b.Build
	}
	out, err := build()
	if err != nil {
		return data.Null
	}
	return out.Value()
}
