package sink

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Values of moldau.schemaless.
const (
	looseRefuse   = "refuse"
	looseDeclared = "declared"
	looseInfer    = "infer"
)

// typeNames are the types of moldau.schemaless.columns.
var typeNames = map[string]*data.Schema{
	"boolean": data.OptionalBoolSchema, "int8": data.OptionalInt8Schema, "int16": data.OptionalInt16Schema, "int32": data.OptionalInt32Schema, "int64": data.OptionalInt64Schema,
	"float32": data.OptionalFloat32Schema, "float64": data.OptionalFloat64Schema, "string": data.OptionalStringSchema, "bytes": data.OptionalBytesSchema,
	"date": data.OptionalDateSchema, "time": data.OptionalTimeSchema, "timestamp": data.OptionalTimestampSchema, "json": jsonText,
}

// declaredColumns reads name:type pairs. A decimal has its scale behind it: price:decimal(2).
func declaredColumns(list []string) ([]data.Field, error) {
	var fields []data.Field
	for _, x := range list {
		i := strings.LastIndexByte(x, ':')
		if i <= 0 {
			return nil, fmt.Errorf("%q is not of the form name:type", x)
		}
		name, kind := x[:i], strings.ToLower(x[i+1:])
		schema := typeNames[kind]
		var scale int32
		if n, err := fmt.Sscanf(kind, "decimal(%d)", &scale); n == 1 && err == nil {
			schema = data.DecimalBuilder(scale).Optional().MustBuild()
		}
		if schema == nil {
			return nil, fmt.Errorf("%q has no known type; types are boolean, int8, int16, int32, int64, float32, float64, string, bytes, decimal(SCALE), date, time, timestamp and json", x)
		}
		if slices.ContainsFunc(fields, func(f data.Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("%s is named twice", name)
		}
		fields = append(fields, data.Field{Name: name, Schema: schema})
	}
	return fields, nil
}

// looseTypes are the types of the members of records without schema, as far as they are known for a table: those of its columns, those that were declared,
// or what the first values were. A record is written with the members that it has, so that columns it does not name keep what they hold.
type looseTypes struct {
	known map[string]*data.Schema
	// made are the schemas of objects with the same members; those whose members were all known.
	made map[*data.Layout]*data.Schema
}

func newLooseTypes(declared []data.Field) *looseTypes {
	l := &looseTypes{known: map[string]*data.Schema{}, made: map[*data.Layout]*data.Schema{}}
	for _, f := range declared {
		l.known[f.Name] = f.Schema
	}
	return l
}

// schemaOf returns a schema for an object. Only declared members count where infer is false; a member without value and without known type is left out.
func (l *looseTypes) schemaOf(m *data.Map, s *settings, t *dialect.Table) (*data.Schema, error) {
	var layout *data.Layout
	if row := m.Row(); row != nil { // objects with very many members have none
		layout = row.Layout()
		if made, ok := l.made[layout]; ok {
			return made, nil
		}
	}
	complete := true
	b := data.NewStructSchema("")
	for k, v := range m.All() {
		name, ok := k.Text()
		if !ok {
			return nil, fmt.Errorf("the object has the name %s, which is no text", k)
		}
		if layout == nil {
			name = strings.Clone(name) // it may share the memory of the record
		}
		schema := l.known[name]
		if schema == nil && s.loose == looseInfer {
			if t != nil {
				if c := t.Column(s.columnName(name)); c != nil {
					schema = schemaOfColumn(c)
				}
			}
			if schema == nil {
				schema = schemaOfValue(v)
			}
			if schema != nil {
				l.learn(name, schema, s)
			}
		}
		if schema == nil {
			complete = complete && s.loose == looseDeclared
			continue
		}
		b.Field(name, schema)
	}
	made, err := b.Build()
	if err != nil {
		return nil, err
	}
	if complete && layout != nil {
		if len(l.made) >= mostShapes {
			clear(l.made)
		}
		l.made[layout] = made
	}
	return made, nil
}

// mostMembers bounds what is kept of objects whose members have ever new names, as those of a dictionary.
const mostMembers = 10_000

func (l *looseTypes) learn(name string, schema *data.Schema, s *settings) {
	if len(l.known) >= mostMembers {
		*l = *newLooseTypes(s.declared)
	}
	l.known[name] = schema
}

// schemaOfValue is the type of a column for a value, nil for null.
func schemaOfValue(v data.Value) *data.Schema {
	switch v.Kind() {
	case data.BoolKind:
		return data.OptionalBoolSchema
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return data.OptionalInt64Schema
	case data.Float32Kind, data.Float64Kind:
		return data.OptionalFloat64Schema
	case data.StringKind:
		return data.OptionalStringSchema
	case data.BytesKind:
		return data.OptionalBytesSchema
	case data.DecimalKind:
		d, _ := v.Decimal()
		return data.DecimalBuilder(d.Scale()).Optional().MustBuild()
	case data.ListKind, data.MapKind, data.StructKind:
		return jsonText
	}
	return nil
}

// schemaOfColumn is what values for a column are made to be.
func schemaOfColumn(c *dialect.Column) *data.Schema {
	switch c.JDBC {
	case dialect.Boolean:
		return data.OptionalBoolSchema
	case dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt:
		return data.OptionalInt64Schema
	case dialect.Real, dialect.Float, dialect.Double:
		return data.OptionalFloat64Schema
	case dialect.Decimal, dialect.Numeric:
		return data.DecimalBuilder(int32(max(0, c.Scale))).Optional().MustBuild()
	case dialect.Binary:
		return data.OptionalBytesSchema
	case dialect.Date:
		return data.OptionalDateSchema
	case dialect.Time:
		return data.OptionalTimeSchema
	case dialect.Timestamp:
		return data.OptionalTimestampSchema
	case dialect.Array:
		return nil // by its values
	}
	if isJSON(c) {
		return jsonText
	}
	return data.OptionalStringSchema
}

func isJSON(c *dialect.Column) bool {
	return strings.EqualFold(c.Type, "json") || strings.EqualFold(c.Type, "jsonb")
}

// looseKey returns a schema for a key without one, nil for null.
func (l *looseTypes) keyOf(r *connect.Record, s *settings, t *dialect.Table) (*data.Schema, error) {
	if r.Key().Kind() == data.MapKind {
		return l.schemaOf(r.Key().Map(), s, t)
	}
	return schemaOfValue(r.Key()), nil
}
