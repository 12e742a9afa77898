package data

import (
	"fmt"
	"reflect"
	"strings"
)

// Into stores the value in what dst points to: structs and schemaless objects in Go structs by their connect tags (see SchemaOf), lists in slices,
// maps in maps, anything in an any or Value. Integers fit any integer type that holds them; nothing else is converted. Fields that the value
// lacks are left as they are; a null needs a pointer, slice, map, any or Value. Nothing in dst shares memory with the record.
func (v Value) Into(dst any) error {
	p := reflect.ValueOf(dst)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("a value cannot be stored in a %T: it is no pointer", dst)
	}
	return into(v, p.Elem())
}

// Into is Value.Into for a struct.
func (s *Struct) Into(dst any) error { return s.Value().Into(dst) }

func mismatch(v Value, to reflect.Value) error {
	if v.IsNull() {
		return fmt.Errorf("a null does not fit the Go type %v; use a pointer", to.Type())
	}
	return fmt.Errorf("a value of kind %v does not fit the Go type %v", v.Kind(), to.Type())
}

func into(v Value, to reflect.Value) error {
	switch to.Type() {
	case valueType:
		to.Set(reflect.ValueOf(v.Detach()))
		return nil
	case timeType:
		t, ok := v.Time()
		if !ok {
			return mismatch(v, to)
		}
		to.Set(reflect.ValueOf(t))
		return nil
	case decimalType:
		d, ok := v.Detach().Decimal()
		if !ok {
			return mismatch(v, to)
		}
		to.Set(reflect.ValueOf(d))
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		if v.IsNull() {
			to.SetZero()
			return nil
		}
		if to.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
		}
		return into(v, to.Elem())
	case reflect.Interface:
		if to.NumMethod() != 0 {
			return mismatch(v, to)
		}
		if x := v.Any(); x != nil {
			to.Set(reflect.ValueOf(x))
		} else {
			to.SetZero()
		}
		return nil
	case reflect.Struct:
		return intoStruct(v, to)
	case reflect.Slice:
		return intoSlice(v, to)
	case reflect.Map:
		return intoMap(v, to)
	}
	return intoScalar(v, to)
}

func intoScalar(v Value, to reflect.Value) error {
	switch to.Kind() {
	case reflect.Bool:
		if b, ok := v.Bool(); ok {
			to.SetBool(b)
			return nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := v.Int64(); ok {
			if to.OverflowInt(n) {
				return fmt.Errorf("%d does not fit the Go type %v", n, to.Type())
			}
			to.SetInt(n)
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := v.Int64(); ok {
			if n < 0 || to.OverflowUint(uint64(n)) {
				return fmt.Errorf("%d does not fit the Go type %v", n, to.Type())
			}
			to.SetUint(uint64(n))
			return nil
		}
	case reflect.Float32:
		if f, ok := v.Float32(); ok {
			to.SetFloat(float64(f))
			return nil
		}
	case reflect.Float64:
		if f, ok := v.Float64(); ok {
			to.SetFloat(f)
			return nil
		}
	case reflect.String:
		if s, ok := v.Text(); ok {
			to.SetString(strings.Clone(s))
			return nil
		}
	}
	return mismatch(v, to)
}

func intoStruct(v Value, to reflect.Value) error {
	var r *Row
	switch v.Kind() {
	case StructKind:
		r = v.Struct().Row()
	case MapKind:
		if r = v.Map().Row(); r == nil {
			return intoStructByKey(v.Map(), to)
		}
	default:
		return mismatch(v, to)
	}
	p, err := planFor(to.Type(), r.layout)
	if err != nil {
		return err
	}
	for i := range p.fields {
		f := &p.fields[i]
		if f.slot < 0 {
			continue
		}
		v := r.value(f.slot)
		if s := r.layout.fields[f.slot].Schema; s != nil && s.hasDefault && v.IsNull() {
			v = s.def
		}
		if err := into(v, fieldOf(to, f.index)); err != nil {
			return fmt.Errorf("field %s: %w", f.tag.name, err)
		}
	}
	return nil
}

// intoStructByKey is intoStruct for a map without layout.
func intoStructByKey(m *Map, to reflect.Value) error {
	fields, err := goFields(to.Type())
	if err != nil {
		return err
	}
	for _, f := range fields {
		if v, ok := m.Get(f.tag.name); ok {
			if err := into(v, fieldOf(to, f.index)); err != nil {
				return fmt.Errorf("field %s: %w", f.tag.name, err)
			}
		}
	}
	return nil
}

func intoSlice(v Value, to reflect.Value) error {
	if v.IsNull() {
		to.SetZero()
		return nil
	}
	if to.Type().Elem().Kind() == reflect.Uint8 {
		b, ok := v.Bytes()
		if !ok {
			return mismatch(v, to)
		}
		to.SetBytes(append([]byte{}, b...))
		return nil
	}
	l := v.List()
	if l == nil {
		return mismatch(v, to)
	}
	s := reflect.MakeSlice(to.Type(), l.Len(), l.Len())
	for i, e := range l.All() {
		if err := into(e, s.Index(i)); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	to.Set(s)
	return nil
}

func intoMap(v Value, to reflect.Value) error {
	if v.IsNull() {
		to.SetZero()
		return nil
	}
	m := v.Map()
	if m == nil {
		return mismatch(v, to)
	}
	t := to.Type()
	out := reflect.MakeMapWithSize(t, m.Len())
	for k, e := range m.All() {
		key, elem := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := into(k, key); err != nil {
			return fmt.Errorf("key %v: %w", k, err)
		}
		if !key.Comparable() {
			return fmt.Errorf("key %v: it cannot be the key of a Go map", k)
		}
		if err := into(e, elem); err != nil {
			return fmt.Errorf("value of %v: %w", k, err)
		}
		out.SetMapIndex(key, elem)
	}
	to.Set(out)
	return nil
}
