package sink

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// origin is where a column's value comes from.
type origin uint8

const (
	fromTopic origin = iota
	fromPartition
	fromOffset
	fromKey        // the whole key
	fromKeyField   // a field of it
	fromValue      // the whole value, a text
	fromValueField // a field of it
)

// field is one column of the rows that a plan makes.
type field struct {
	dialect.NewColumn
	from  origin
	index int
}

// plan says how records of one pair of schemas become rows: the fields of the key first.
type plan struct {
	fields []field
	keys   int
	// created are the indexes of the fields in the order of CREATE TABLE: coordinates, the value's fields in their order, then the rest by name.
	created []int
}

// Names of the columns for the coordinates of a record.
var coordinates = []string{"__connect_topic", "__connect_partition", "__connect_offset"}

// newPlan works out the fields as FieldsMetadata.extract does. An error concerns every record of these schemas.
func newPlan(s *settings, table string, key, value *data.Schema, tombstone bool) (*plan, error) {
	p := &plan{}
	switch s.pkMode {
	case pkKafka:
		names := s.pkFields
		if len(names) == 0 {
			names = coordinates
		}
		for i, schema := range []*data.Schema{data.StringSchema, data.Int32Schema, data.Int64Schema} {
			p.add(s, names[i], schema, fromTopic+origin(i), 0, true)
		}
	case pkKey:
		if err := p.keyFields(s, table, key); err != nil {
			return nil, err
		}
	}
	if !tombstone {
		if err := p.valueFields(s, table, value); err != nil {
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
	p.order(value)
	return p, nil
}

func (p *plan) add(s *settings, name string, schema *data.Schema, from origin, index int, key bool) {
	stamp := slices.Contains(s.timestamps, name) && (schema.ValueKind() == data.Int64Kind || schema.ValueKind() == data.StringKind)
	p.fields = append(p.fields, field{NewColumn: dialect.NewColumn{Name: name, Schema: schema, Key: key, Timestamp: stamp, Nanos: stamp && s.nanos}, from: from, index: index})
}

func (p *plan) keyFields(s *settings, table string, key *data.Schema) error {
	switch {
	case key == nil:
		return fmt.Errorf("PK mode for table '%s' is RECORD_KEY, but record key schema is missing: use a converter that gives keys a schema", table)
	case key.Kind().IsPrimitive():
		if len(s.pkFields) != 1 {
			return fmt.Errorf("Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: %s", listed(s.pkFields))
		}
		p.add(s, s.pkFields[0], key, fromKey, 0, true)
		return nil
	case key.Kind() != data.StructKind:
		return fmt.Errorf("Key schema must be primitive type or Struct, but is of type: %s", key.Kind())
	}
	for _, name := range s.pkFields {
		if _, ok := key.Field(name); !ok {
			return fmt.Errorf("PK mode for table '%s' is RECORD_KEY with configured PK fields %s, but record key schema does not contain field: %s", table, listed(s.pkFields), name)
		}
	}
	for _, f := range key.Fields() {
		if len(s.pkFields) == 0 || slices.Contains(s.pkFields, f.Name) {
			p.add(s, f.Name, f.Schema, fromKeyField, f.Index, true)
		}
	}
	return nil
}

func (p *plan) valueFields(s *settings, table string, value *data.Schema) error {
	if value != nil && value.Kind() == data.StringKind && s.pkMode != pkRecord {
		p.add(s, s.stringName, value, fromValue, 0, false)
		return nil
	}
	if value == nil || value.Kind() != data.StructKind {
		return errNoStruct
	}
	if s.pkMode == pkRecord {
		for _, name := range s.pkFields {
			if _, ok := value.Field(name); !ok {
				return fmt.Errorf("PK mode for table '%s' is RECORD_VALUE with configured PK fields %s, but record value schema does not contain field: %s", table, listed(s.pkFields), name)
			}
		}
	}
	for _, f := range value.Fields() {
		if slices.ContainsFunc(p.fields, func(have field) bool { return have.Name == f.Name }) {
			continue // the key's
		}
		key := s.pkMode == pkRecord && (len(s.pkFields) == 0 || slices.Contains(s.pkFields, f.Name))
		if key || len(s.whitelist) == 0 || slices.Contains(s.whitelist, f.Name) {
			p.add(s, f.Name, f.Schema, fromValueField, f.Index, key)
		}
	}
	return nil
}

var errNoStruct = errors.New("the value is no struct with a schema: JSON needs its schema in every record (schemas.enable=true), or use Avro, Protobuf or JSON Schema with a registry")

// order fills created.
func (p *plan) order(value *data.Schema) {
	rank := func(f field) int {
		if f.from <= fromOffset {
			return int(f.from) - 10
		}
		if value != nil && value.Kind() == data.StructKind {
			if v, ok := value.Field(f.Name); ok {
				return v.Index
			}
		}
		return 1 << 30
	}
	p.created = make([]int, len(p.fields))
	for i := range p.created {
		p.created[i] = i
	}
	slices.SortStableFunc(p.created, func(a, b int) int {
		x, y := p.fields[a], p.fields[b]
		if d := rank(x) - rank(y); d != 0 {
			return d
		}
		return strings.Compare(x.Name, y.Name)
	})
}

func listed(list []string) string { return "[" + strings.Join(list, ", ") + "]" }

// value returns what a record has for a field.
func (p *plan) value(s *settings, r *connect.Record, i int) data.Value {
	f := &p.fields[i]
	switch f.from {
	case fromTopic:
		tp, _, _ := r.SinkOrigin()
		return data.String(tp.Topic)
	case fromPartition:
		tp, _, _ := r.SinkOrigin()
		return data.Int32(tp.Partition)
	case fromOffset:
		_, offset, _ := r.SinkOrigin()
		return data.Int64(offset)
	case fromKey:
		return r.Key()
	case fromValue:
		return r.Value()
	case fromKeyField:
		return at(r.Key().Struct(), f.index, s.defaults)
	}
	return at(r.Value().Struct(), f.index, s.defaults)
}

func at(s *data.Struct, i int, defaults bool) data.Value {
	if defaults {
		return s.Get(i)
	}
	return s.At(i)
}

// arg returns a field's value as the dialect takes it.
func (p *plan) arg(s *settings, r *connect.Record, i int) (dialect.Arg, error) {
	v := p.value(s, r, i)
	f := &p.fields[i]
	kind := v.Kind()
	a := dialect.Arg{Kind: kind, Value: v}
	switch kind {
	case data.DateKind:
		ms, _ := v.Millis()
		a.Time = time.UnixMilli(ms).In(s.dateZone)
	case data.TimeKind, data.TimestampKind:
		ms, _ := v.Millis()
		a.Time = time.UnixMilli(ms).In(s.zone)
	case data.Int64Kind:
		if f.Timestamp {
			n, _ := v.Int64()
			a.Kind, a.Time = data.TimestampKind, f.counted(n).In(s.zone)
		}
	case data.StringKind:
		if f.Timestamp {
			text, _ := v.Text()
			if n, err := strconv.ParseInt(text, 10, 64); err == nil { // as timestamp.granularity=micros_string writes it
				a.Kind, a.Time = data.TimestampKind, f.counted(n).In(s.zone)
				return a, nil
			}
			t, err := moment(text, s.zone)
			if err != nil {
				return a, &dialect.RowError{Column: f.Name, Err: err}
			}
			a.Kind, a.Time = data.TimestampKind, t
		}
	case data.StructKind, data.MapKind, data.ForeignKind:
		return a, &dialect.RowError{Column: f.Name, Err: fmt.Errorf("a %s cannot be written to a column", kind)}
	}
	return a, nil
}

// counted is the point in time of a field of timestamp.fields.list that counts since 1970.
func (f *field) counted(n int64) time.Time {
	if f.Nanos {
		return time.Unix(0, n)
	}
	return time.UnixMicro(n)
}

// moment reads a text of timestamp.fields.list; without offset it is in the zone of the database.
func moment(text string, zone *time.Location) (time.Time, error) {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, form := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return t.In(zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no point in time, as in 2024-05-01T12:30:00.123456Z", text)
}

// covers reports whether every column that other writes is written by p too.
func (p *plan) covers(other *plan) bool {
	if p == other {
		return true
	}
	for i := range other.fields {
		if !slices.ContainsFunc(p.fields, func(f field) bool { return f.Name == other.fields[i].Name }) {
			return false
		}
	}
	return true
}
