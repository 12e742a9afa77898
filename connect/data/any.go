package data

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"time"
)

// Any returns the value as a plain Go value that shares no memory with the record: nil, bool, int8 to int64, float32, float64, string, []byte,
// []any, time.Time, Decimal; structs and maps with string keys as map[string]any, other maps as map[any]any with keys that are Go strings where a
// key could not be one itself. It is convenient and slow.
func (v Value) Any() any {
	switch v.Kind() {
	case BoolKind:
		return v.n != 0
	case Int8Kind:
		return int8(v.n)
	case Int16Kind:
		return int16(v.n)
	case Int32Kind:
		return int32(v.n)
	case Int64Kind:
		return int64(v.n)
	case Float32Kind:
		f, _ := v.Float32()
		return f
	case Float64Kind:
		f, _ := v.Float64()
		return f
	case StringKind:
		s, _ := v.Text()
		return string(append([]byte(nil), s...))
	case BytesKind:
		b, _ := v.Bytes()
		return append([]byte{}, b...)
	case DecimalKind:
		d, _ := v.Detach().Decimal()
		return d
	case DateKind, TimeKind, TimestampKind:
		t, _ := v.Time()
		return t
	case ListKind:
		l := make([]any, 0, v.List().Len())
		for _, e := range v.List().All() {
			l = append(l, e.Any())
		}
		return l
	case StructKind:
		m := make(map[string]any, v.Struct().Len())
		for i := range v.Struct().Len() {
			m[v.Struct().Name(i)] = v.Struct().Get(i).Any()
		}
		return m
	case MapKind:
		return v.Map().toAny()
	case ForeignKind:
		return v.Foreign().Text
	}
	return nil
}

func (m *Map) toAny() any {
	if m.StringKeys() {
		out := make(map[string]any, m.Len())
		for k, e := range m.All() {
			out[k.Any().(string)] = e.Any()
		}
		return out
	}
	out := make(map[any]any, m.Len())
	for k, e := range m.All() {
		switch k.Kind() {
		case BytesKind, ListKind, MapKind, StructKind, DecimalKind:
			out[k.String()] = e.Any()
		default:
			out[k.Any()] = e.Any()
		}
	}
	return out
}

// FromAny returns a plain Go value as a schemaless Value: what Any returns and what encoding/json decodes to, json.Number as int64 or float64,
// map[string]any in the order of its keys. Other types are an error. Text and bytes are shared, not copied.
func FromAny(x any) (Value, error) { return NewArena().FromAny(x) }

// FromAny is the function FromAny with lists and maps stored in the arena.
func (a *Arena) FromAny(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return Null, nil
	case Value:
		return x, nil
	case *Struct:
		return x.Value(), nil
	case *Map:
		return x.Value(), nil
	case *List:
		return x.Value(), nil
	case Decimal:
		return x.Value(), nil
	case bool:
		return Bool(x), nil
	case int8:
		return Int8(x), nil
	case int16:
		return Int16(x), nil
	case int32:
		return Int32(x), nil
	case int64:
		return Int64(x), nil
	case int:
		return Int64(int64(x)), nil
	case float32:
		return Float32(x), nil
	case float64:
		return Float64(x), nil
	case json.Number:
		return fromNumber(x)
	case string:
		return String(x), nil
	case []byte:
		return BytesOf(x), nil
	case time.Time:
		return TimestampOf(x), nil
	case *big.Int:
		return DecimalOf(x, 0), nil
	case []any:
		b := a.List(len(x))
		for _, e := range x {
			v, err := a.FromAny(e)
			if err != nil {
				return Null, err
			}
			b.Append(v)
		}
		return b.Build().Value(), nil
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		b := a.Map(len(x))
		for _, k := range keys {
			v, err := a.FromAny(x[k])
			if err != nil {
				return Null, err
			}
			b.Set(k, v)
		}
		return b.Build().Value(), nil
	}
	return Null, fmt.Errorf("a Go value of type %T is no Connect data", x)
}

func fromNumber(n json.Number) (Value, error) {
	if i, err := n.Int64(); err == nil {
		return Int64(i), nil
	}
	f, err := n.Float64()
	if err != nil {
		return Null, fmt.Errorf("%q is no number: %w", string(n), err)
	}
	return Float64(f), nil
}
