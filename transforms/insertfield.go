package transforms

import (
	"context"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// insertField adds fields with what is known of the record, or with a fixed text (InsertField).
type insertField struct {
	part                                smt.Part
	topic, partition, offset, timestamp *insertion
	static                              *insertion
	staticValue                         data.Value
	replaceNulls                        bool
	count                               int
	cache                               smt.SchemaCache
	maps                                smt.MapCopier
}

// insertion is a field to add: name with ? for optional (the default) or ! for required.
type insertion struct {
	name     string
	optional bool
}

var insertFieldKeys = config.NewDef(
	insertionKey("topic.field", "the record's topic"),
	insertionKey("partition.field", "the record's partition, as far as it is known"),
	insertionKey("offset.field", "the record's offset; sink connectors only"),
	insertionKey("timestamp.field", "the record's timestamp"),
	insertionKey("static.field", "the text of static.value"),
	config.Key{Name: "static.value", Type: config.String, Default: nil, Importance: config.Medium, Doc: "Text for static.field."},
	replaceNull(),
)

func insertionKey(name, what string) config.Key {
	return config.Key{Name: name, Type: config.String, Default: nil, Importance: config.Medium,
		Doc: "Name of a field to add for " + what + ". A ! at its end makes the field required, a ? optional (the default)."}
}

func insertFieldPlugins() []connect.Plugin {
	return both("InsertField", "Adds fields with the topic, partition, offset or timestamp of the record, or with a fixed text.", insertFieldKeys,
		func(p smt.Part) connect.Transformation { return &insertField{part: p} })
}

func (x *insertField) Configure(props map[string]string) error {
	values, err := insertFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	read := func(key string) *insertion {
		if !values.IsSet(key) {
			return nil
		}
		x.count++
		name := values.String(key)
		if n, ok := strings.CutSuffix(name, "?"); ok {
			return &insertion{n, true}
		}
		if n, ok := strings.CutSuffix(name, "!"); ok {
			return &insertion{n, false}
		}
		return &insertion{name, true}
	}
	x.topic, x.partition, x.offset = read("topic.field"), read("partition.field"), read("offset.field")
	x.timestamp, x.static = read("timestamp.field"), read("static.field")
	if x.count == 0 {
		return config.Failed("No field insertion configured")
	}
	if values.IsSet("static.value") {
		x.staticValue = data.String(values.String("static.value"))
	} else if x.static != nil {
		return config.Invalid("static.value", nil,
			// Java prints the object that holds the name instead of the name.
			fmt.Sprintf("No value specified for static field: %sInsertField$InsertionSpec@%x", classPrefix, uint32(javafmt.HashCode(x.static.name))))
	}
	x.replaceNulls = values.Bool(replaceNullKey)
	return nil
}

const insertPurpose = "field insertion"

func (x *insertField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		return true, x.intoMap(r, v)
	}
	return true, x.intoStruct(r, v)
}

// offsetOf returns the record's offset where one is to be inserted.
func (x *insertField) offsetOf(r *connect.Record) (data.Value, error) {
	if x.offset == nil {
		return data.Null, nil
	}
	if err := smt.RequireSinkRecord(r, insertPurpose); err != nil {
		return data.Null, err
	}
	_, offset, _ := r.SinkOrigin()
	return data.Int64(offset), nil
}

func (x *insertField) intoMap(r *connect.Record, v data.Value) error {
	m, err := smt.RequireMap(v, insertPurpose)
	if err != nil {
		return err
	}
	offset, err := x.offsetOf(r)
	if err != nil {
		return err
	}
	b := x.maps.Copy(r.Arena(), m, x.count)
	if x.topic != nil {
		b.Set(x.topic.name, data.String(r.Topic))
	}
	if x.partition != nil && r.Partition != connect.NoPartition {
		b.Set(x.partition.name, data.Int32(r.Partition))
	}
	if x.offset != nil {
		b.Set(x.offset.name, offset)
	}
	if x.timestamp != nil && r.Timestamp != connect.NoTimestamp {
		b.Set(x.timestamp.name, data.Int64(r.Timestamp))
	}
	if x.static != nil {
		b.Set(x.static.name, x.staticValue)
	}
	x.part.Set(r, nil, b.Build().Value())
	return nil
}

func (x *insertField) intoStruct(r *connect.Record, v data.Value) error {
	s, err := smt.RequireStruct(v, insertPurpose)
	if err != nil {
		return err
	}
	schema, err := x.cache.Get(s.Schema(), x.extend)
	if err != nil {
		return err
	}
	offset, err := x.offsetOf(r)
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schema)
	smt.CopyFields(&b, s, x.replaceNulls)
	next := s.Len()
	if x.topic != nil {
		b.Set(next, data.String(r.Topic))
		next++
	}
	if x.partition != nil {
		if r.Partition != connect.NoPartition {
			b.Set(next, data.Int32(r.Partition))
		}
		next++
	}
	if x.offset != nil {
		b.Set(next, offset)
		next++
	}
	if x.timestamp != nil {
		if r.Timestamp != connect.NoTimestamp {
			b.Set(next, data.TimestampMillis(r.Timestamp))
		}
		next++
	}
	if x.static != nil {
		b.Set(next, x.staticValue)
	}
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	x.part.Set(r, schema, out.Value())
	return nil
}

// extend returns the schema with the fields to insert after its own.
func (x *insertField) extend(s *data.Schema) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	add := func(i *insertion, required *data.Schema) {
		if i != nil {
			b.Field(i.name, required.AsOptional(i.optional))
		}
	}
	add(x.topic, data.StringSchema)
	add(x.partition, data.Int32Schema)
	add(x.offset, data.Int64Schema)
	add(x.timestamp, data.TimestampSchema)
	add(x.static, data.StringSchema)
	return b.Build()
}

func (x *insertField) Part() connect.Part { return x.part }

func (x *insertField) Fuse(p *fuse.Plan) bool {
	var add func(name string, e fuse.Expr)
	each := func() {
		if x.topic != nil {
			add(x.topic.name, p.FromRecord(func(r *connect.Record) (data.Value, bool) { return data.String(r.Topic), true }))
		}
		if x.partition != nil {
			add(x.partition.name, p.FromRecord(partitionOf))
		}
		if x.offset != nil {
			add(x.offset.name, p.FromRecord(func(r *connect.Record) (data.Value, bool) {
				_, offset, ok := r.SinkOrigin()
				return data.Int64(offset), ok
			}))
		}
		if x.timestamp != nil {
			of := data.TimestampMillis
			if p.Object() != nil {
				of = data.Int64
			}
			add(x.timestamp.name, p.FromRecord(func(r *connect.Record) (data.Value, bool) {
				if r.Timestamp == connect.NoTimestamp {
					return data.Null, true
				}
				return of(r.Timestamp), true
			}))
		}
		if x.static != nil {
			add(x.static.name, p.Constant(x.staticValue))
		}
	}
	if m := p.Object(); m != nil {
		b := x.maps.Copy(p.Arena(), m, x.count)
		add = func(name string, e fuse.Expr) { b.Set(name, p.Hold(e)) }
		each()
		p.SetObject(b.Build())
		return true
	}
	schema, err := x.cache.Get(p.Schema(), x.extend)
	if err != nil {
		return false
	}
	fields := p.CopyAll(x.replaceNulls, x.count)
	add = func(_ string, e fuse.Expr) { fields = append(fields, e) }
	each()
	p.SetStruct(schema, fields)
	return true
}

func partitionOf(r *connect.Record) (data.Value, bool) {
	if r.Partition == connect.NoPartition {
		return data.Null, true
	}
	return data.Int32(r.Partition), true
}

func (x *insertField) Close() error { return nil }
