package data

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// Marshal returns a Go struct, or what x points to, as a struct of the schema; see SchemaOf for the rules. Fields of the schema that the Go type
// lacks are left null or to their default; fields of the Go type that the schema lacks are left out.
func Marshal(schema *Schema, x any) (*Struct, error) { return NewArena().Marshal(schema, x) }

// Marshal is the function Marshal with the struct stored in the arena. Text and bytes are copied there.
func (a *Arena) Marshal(schema *Schema, x any) (*Struct, error) {
	v := reflect.ValueOf(x)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a Go value of type %T is no struct", x)
	}
	if schema == nil || schema.layout == nil {
		return nil, dataException("Not a struct schema: " + schema.String())
	}
	return a.marshalStruct(schema, v)
}

func (a *Arena) marshalStruct(schema *Schema, v reflect.Value) (*Struct, error) {
	p, err := planFor(v.Type(), schema.layout)
	if err != nil {
		return nil, err
	}
	b := a.Fill(schema.layout)
	for i := range p.fields {
		f := &p.fields[i]
		if f.slot < 0 {
			continue
		}
		if err := a.marshalField(&b, f, fieldOf(v, f.index)); err != nil {
			return nil, err
		}
	}
	return b.Build()
}

func fieldOf(v reflect.Value, index []int) reflect.Value {
	if len(index) == 1 {
		return v.Field(index[0])
	}
	return v.FieldByIndex(index)
}

func (a *Arena) marshalField(b *StructBuilder, f *planField, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int64, reflect.Int:
		b.Int64(f.slot, v.Int())
	case reflect.String:
		b.Text(f.slot, v.String())
	case reflect.Float64:
		b.Float64(f.slot, v.Float())
	case reflect.Bool:
		b.Bool(f.slot, v.Bool())
	default:
		value, err := a.marshalValue(b.row.layout.fields[f.slot].Schema, f.tag, v)
		if err != nil {
			return fmt.Errorf("field %s: %w", f.tag.name, err)
		}
		b.Set(f.slot, value)
	}
	return b.err
}

func (a *Arena) marshalValue(s *Schema, tag structTag, v reflect.Value) (Value, error) {
	switch v.Type() {
	case timeType:
		at := v.Interface().(time.Time)
		k := tag.temporal
		if s != nil && s.valueKind.IsTemporal() {
			k = s.valueKind
		}
		switch k {
		case DateKind:
			return DateOf(at), nil
		case TimeKind:
			return TimeOf(at), nil
		}
		return TimestampOf(at), nil
	case decimalType:
		return v.Interface().(Decimal).Value(), nil
	case valueType:
		return v.Interface().(Value), nil
	case bytesType:
		if v.IsNil() {
			return Null, nil
		}
		return a.Bytes(v.Bytes()), nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return Bool(v.Bool()), nil
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		return scalar(scalarKinds[v.Kind()], uint64(v.Int())), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return scalar(scalarKinds[v.Kind()], v.Uint()), nil
	case reflect.Float32:
		return Float32(float32(v.Float())), nil
	case reflect.Float64:
		return Float64(v.Float()), nil
	case reflect.String:
		return a.Text(v.String()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return Null, nil
		}
		return a.marshalValue(s, tag, v.Elem())
	case reflect.Slice:
		return a.marshalSlice(s, tag, v)
	case reflect.Map:
		return a.marshalMap(s, tag, v)
	case reflect.Struct:
		if s == nil || s.layout == nil {
			return Null, fmt.Errorf("a Go struct where the schema has %v", s)
		}
		st, err := a.marshalStruct(s, v)
		return st.Value(), err
	}
	return Null, fmt.Errorf("a Go value of type %v is no Connect data", v.Type())
}

func (a *Arena) marshalSlice(s *Schema, tag structTag, v reflect.Value) (Value, error) {
	if v.IsNil() && s.optional {
		return Null, nil
	}
	b := a.List(v.Len())
	for i := range v.Len() {
		e, err := a.marshalValue(s.Elem(), tag, v.Index(i))
		if err != nil {
			return Null, err
		}
		b.Append(e)
	}
	return b.Build().Value(), nil
}

func (a *Arena) marshalMap(s *Schema, tag structTag, v reflect.Value) (Value, error) {
	if v.IsNil() && s.optional {
		return Null, nil
	}
	b := a.Map(v.Len())
	for it := v.MapRange(); it.Next(); {
		k, err := a.marshalValue(s.Key(), tag, it.Key())
		if err != nil {
			return Null, err
		}
		e, err := a.marshalValue(s.Elem(), tag, it.Value())
		if err != nil {
			return Null, err
		}
		b.Put(k, e)
	}
	return b.Build().Value(), nil
}

// plan pairs the fields of a Go type with the slots of a layout.
type plan struct {
	layout *Layout
	fields []planField
}

type planField struct {
	goField
	// slot is -1 where the layout has no such name.
	slot int
}

// typePlans keeps the fields of a Go type and the plan used last. A program has few types; the layouts a type meets may be many over time.
type typePlans struct {
	fields []goField
	err    error
	last   atomic.Pointer[plan]
}

var plans sync.Map // reflect.Type to *typePlans

func planFor(t reflect.Type, l *Layout) (*plan, error) {
	known, ok := plans.Load(t)
	if !ok {
		fields, err := goFields(t)
		known, _ = plans.LoadOrStore(t, &typePlans{fields: fields, err: err})
	}
	p := known.(*typePlans)
	if p.err != nil {
		return nil, p.err
	}
	if last := p.last.Load(); last != nil && last.layout == l {
		return last, nil
	}
	fresh := &plan{layout: l, fields: make([]planField, len(p.fields))}
	for i, f := range p.fields {
		fresh.fields[i] = planField{f, l.Index(f.tag.name)}
	}
	p.last.Store(fresh)
	return fresh, nil
}
