package sink

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// origin is where a column's value comes from.
type origin uint8

const (
	fromTopic origin = iota
	fromPartition
	fromOffset
	fromKey         // the whole key
	fromKeyField    // a field of it
	fromKeyMember   // an entry of a key without schema
	fromValue       // the whole value, a text
	fromValueField  // a field of the row
	fromValueMember // an entry of a row without schema
	fromHeader
)

// field is one column of the rows that a plan makes.
type field struct {
	dialect.NewColumn
	source string // what the record calls it
	from   origin
	index  int
	// inner are the indexes within structs, where those are flattened.
	inner []int
	// defaults says that the schema's default stands in for null.
	defaults bool
	// convert makes an argument of a value that is not null; nil where it is taken as it is.
	convert func(data.Value) (dialect.Arg, error)
}

// plan says how records of one pair of schemas become rows: the fields of the key first.
type plan struct {
	fields []field
	keys   int
	// inside is the field of a change event that holds the row, -1 where the value is the row.
	inside int
	// created are the indexes of the fields in the order of CREATE TABLE: coordinates, the value's fields in their order, then the rest by name.
	created []int
}

// Names of the columns for the coordinates of a record.
var coordinates = []string{"__connect_topic", "__connect_partition", "__connect_offset"}

// newPlan works out the fields as FieldsMetadata.extract does. An error concerns every record of these schemas.
func newPlan(s *settings, table string, k schemas) (*plan, error) {
	p := &plan{inside: int(k.inside)}
	switch s.pkMode {
	case pkKafka:
		names := s.pkFields
		if len(names) == 0 {
			names = coordinates
		}
		for i, schema := range []*data.Schema{data.StringSchema, data.Int32Schema, data.Int64Schema} {
			p.add(s, field{source: names[i], from: fromTopic + origin(i)}, schema, true)
		}
	case pkKey:
		if err := p.keyFields(s, table, k); err != nil {
			return nil, err
		}
	case pkHeader:
		if err := p.headerFields(s, k.key); err != nil {
			return nil, err
		}
	}
	if k.op == writes || s.pkMode == pkRecord {
		if err := p.valueFields(s, table, k); err != nil {
			return nil, err
		}
	}
	for _, f := range p.fields {
		if f.Key {
			p.keys++
		}
	}
	if len(p.fields) == 0 {
		return nil, fmt.Errorf("No fields found using key and value schemas for table: %s", table)
	}
	// Stable, so that keys and others each keep their order.
	slices.SortStableFunc(p.fields, func(a, b field) int {
		switch {
		case a.Key == b.Key:
			return 0
		case a.Key:
			return -1
		}
		return 1
	})
	p.order(s, k.value)
	return p, nil
}

func (p *plan) add(s *settings, f field, schema *data.Schema, key bool) {
	stamp := slices.Contains(s.timestamps, f.source) && (schema.ValueKind() == data.Int64Kind || schema.ValueKind() == data.StringKind)
	f.NewColumn = dialect.NewColumn{Name: s.columnName(f.source), Schema: schema, Key: key, Timestamp: stamp, Nanos: stamp && s.nanos}
	f.defaults = s.defaults || s.requiredDefaults && !schema.Optional()
	p.fields = append(p.fields, f)
}

func (p *plan) keyFields(s *settings, table string, k schemas) error {
	key := k.key
	switch {
	case key == nil:
		return fmt.Errorf("PK mode for table '%s' is RECORD_KEY, but record key schema is missing: use a converter that gives keys a schema", table)
	case key.Kind().IsPrimitive():
		if len(s.pkFields) != 1 {
			return fmt.Errorf("Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: %s", listed(s.pkFields))
		}
		p.add(s, field{source: s.pkFields[0], from: fromKey}, key, true)
		return nil
	case key.Kind() != data.StructKind:
		return fmt.Errorf("Key schema must be primitive type or Struct, but is of type: %s", key.Kind())
	}
	for _, name := range s.pkFields {
		if _, ok := key.Field(name); !ok {
			return fmt.Errorf("PK mode for table '%s' is RECORD_KEY with configured PK fields %s, but record key schema does not contain field: %s", table, listed(s.pkFields), name)
		}
	}
	from := fromKeyField
	if k.looseKey {
		from = fromKeyMember
	}
	for _, f := range key.Fields() {
		if slices.Contains(s.pkFields, f.Name) || len(s.pkFields) == 0 && (!s.filter.alsoKeys || s.filter.keeps(k.topic, f.Name)) {
			p.add(s, field{source: f.Name, from: from, index: f.Index}, f.Schema, true)
		}
	}
	return nil
}

// headerFields takes the primary key from the headers, whose schemas are the fields of a struct.
func (p *plan) headerFields(s *settings, headers *data.Schema) error {
	for _, f := range headers.Fields() {
		if len(s.pkFields) == 0 || slices.Contains(s.pkFields, f.Name) {
			p.add(s, field{source: f.Name, from: fromHeader, index: f.Index}, f.Schema, true)
		}
	}
	for _, name := range s.pkFields {
		if _, ok := headers.Field(name); !ok {
			return fmt.Errorf("the record has no header %s, which %s names", name, s.words.pkFields)
		}
	}
	if len(p.fields) == 0 {
		return fmt.Errorf("the record has no headers, from which %s=%s takes the primary key", s.words.pkMode, pkHeader)
	}
	return nil
}

func (p *plan) valueFields(s *settings, table string, k schemas) error {
	value := k.value
	if value != nil && value.Kind() == data.StringKind && s.pkMode != pkRecord && p.inside < 0 {
		p.add(s, field{source: s.stringName, from: fromValue}, value, false)
		return nil
	}
	if value == nil || value.Kind() != data.StructKind {
		return errNoStruct
	}
	ofKey := len(p.fields)
	for _, f := range value.Fields() {
		if slices.ContainsFunc(p.fields[:ofKey], func(have field) bool { return have.source == f.Name }) {
			continue // the key's
		}
		if s.nested == nestedFlatten && f.Schema.ValueKind() == data.StructKind && s.types.Convert(f.Schema) == nil {
			p.flatten(s, k, f.Name, f.Schema, field{from: fromValueField, index: f.Index}, f.Schema.Optional())
			continue
		}
		from := fromValueField
		if k.looseValue {
			from = fromValueMember
		}
		p.valueField(s, k, f.Name, field{source: f.Name, from: from, index: f.Index}, f.Schema)
	}
	if s.pkMode == pkRecord {
		for _, name := range s.pkFields {
			if !slices.ContainsFunc(p.fields, func(f field) bool { return f.Key && f.source == name }) {
				return fmt.Errorf("PK mode for table '%s' is RECORD_VALUE with configured PK fields %s, but record value schema does not contain field: %s", table, listed(s.pkFields), name)
			}
		}
	}
	return nil
}

// valueField adds a field of the row, top being the field of the value that it is or is within.
func (p *plan) valueField(s *settings, k schemas, top string, f field, schema *data.Schema) {
	key := s.pkMode == pkRecord && (slices.Contains(s.pkFields, f.source) || len(s.pkFields) == 0 && (!s.filter.alsoKeys || s.filter.keeps(k.topic, top)))
	if key || k.op == writes && s.filter.keeps(k.topic, top) {
		p.add(s, f, schema, key)
	}
}

// flatten adds the fields of a struct within the row.
func (p *plan) flatten(s *settings, k schemas, name string, within *data.Schema, f field, optional bool) {
	const deepest = 32 // of schemas that hold themselves
	top, _, _ := strings.Cut(name, s.delimiter)
	for _, inner := range within.Fields() {
		x := f
		x.source = name + s.delimiter + inner.Name
		x.inner = append(slices.Clone(f.inner), inner.Index)
		schema := inner.Schema
		if schema.ValueKind() == data.StructKind && s.types.Convert(schema) == nil && len(x.inner) < deepest {
			p.flatten(s, k, x.source, schema, x, optional || schema.Optional())
			continue
		}
		if optional {
			schema = schema.AsOptional(true)
		}
		p.valueField(s, k, top, x, schema)
	}
}

var errNoStruct = errors.New("the value is no struct with a schema: JSON needs its schema in every record (schemas.enable=true), or use Avro, Protobuf or JSON Schema with a registry, " +
	"or take records without schema by " + keySchemaless)

// order fills created.
func (p *plan) order(s *settings, value *data.Schema) {
	p.created = make([]int, len(p.fields))
	for i := range p.created {
		p.created[i] = i
	}
	if s.keysFirst {
		return
	}
	rank := func(f field) int {
		if f.from <= fromOffset {
			return int(f.from) - 10
		}
		if f.from == fromValueField || f.from == fromValueMember {
			return f.index
		}
		if value != nil && value.Kind() == data.StructKind {
			if v, ok := value.Field(f.source); ok {
				return v.Index
			}
		}
		return 1 << 30
	}
	slices.SortStableFunc(p.created, func(a, b int) int {
		x, y := p.fields[a], p.fields[b]
		if d := rank(x) - rank(y); d != 0 || x.inner != nil {
			return d
		}
		return strings.Compare(x.Name, y.Name)
	})
}

func listed(list []string) string { return "[" + strings.Join(list, ", ") + "]" }
