package vectors

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/moldau/moldau/connect/data"
)

// DecodeValue reads a recorded value. declared is the schema of its place, nil where there is none: structs that state no schema have it, and
// it says which of Date, Time and Timestamp a java.util.Date is. Without schema it is a Timestamp.
func DecodeValue(v any, declared *data.Schema) (data.Value, error) {
	switch v := v.(type) {
	case nil:
		return data.Null, nil
	case bool:
		return data.Bool(v), nil
	case string:
		return data.String(v), nil
	case map[string]any:
		return decodeTyped(v, declared)
	}
	return data.Null, NotUnderstood("value %v", v)
}

func decodeTyped(m map[string]any, declared *data.Schema) (data.Value, error) {
	has := func(name string) bool { _, ok := m[name]; return ok }
	switch {
	case has("utf16"):
		s, err := Text(m)
		return data.String(s), err
	case has("bytes"):
		b, err := base64Of(m["bytes"])
		return data.BytesOf(b), err
	case has("buffer"):
		b, err := base64Of(m["buffer"])
		if err != nil {
			return data.Null, err
		}
		pos, err := integer(m["pos"], 32)
		if err != nil {
			return data.Null, err
		}
		limit, err := integer(m["limit"], 32)
		return data.BufferOf(&data.Buffer{Array: b, Pos: int(pos), Limit: int(limit)}), err
	case has("list"):
		return decodeList(m, declared)
	case has("map"):
		return decodeMap(m, m["map"], declared)
	case has("hashmap"):
		return decodeMap(m, m["hashmap"], declared)
	case has("struct"):
		return decodeStruct(m, declared)
	case has("char"):
		s, err := Text(m["char"])
		return data.ForeignOf(&data.Foreign{Class: "java.lang.Character", Text: s}), err
	case has("object"):
		s, err := Text(m["text"])
		return data.ForeignOf(&data.Foreign{Class: fmt.Sprint(m["object"]), Text: s}), err
	}
	return decodeNumber(m, declared)
}

func decodeNumber(m map[string]any, declared *data.Schema) (data.Value, error) {
	for form, v := range m {
		switch form {
		case "i8":
			n, err := integer(v, 8)
			return data.Int8(int8(n)), err
		case "i16":
			n, err := integer(v, 16)
			return data.Int16(int16(n)), err
		case "i32":
			n, err := integer(v, 32)
			return data.Int32(int32(n)), err
		case "i64":
			n, err := integer(v, 64)
			return data.Int64(n), err
		case "f32":
			bits, err := strconv.ParseUint(fmt.Sprint(m["bits"]), 16, 32)
			return data.Float32(math.Float32frombits(uint32(bits))), err
		case "f64":
			bits, err := strconv.ParseUint(fmt.Sprint(m["bits"]), 16, 64)
			return data.Float64(math.Float64frombits(bits)), err
		case "date":
			ms, err := integer(v, 64)
			kind := data.TimestampKind
			if declared != nil && declared.ValueKind().IsTemporal() {
				kind = declared.ValueKind()
			}
			return data.TemporalMillis(kind, ms), err
		case "dec":
			x, err := bigInteger(v)
			if err != nil {
				return data.Null, err
			}
			scale, err := integer(m["scale"], 32)
			return data.DecimalOf(x, int32(scale)), err
		case "bigint":
			x, err := bigInteger(v)
			if err != nil {
				return data.Null, err
			}
			return data.ForeignOf(&data.Foreign{Class: "java.math.BigInteger", Text: x.String(), Number: data.NewDecimal(x, 0)}), nil
		}
	}
	return data.Null, NotUnderstood("value %v", m)
}

func integer(v any, bits int) (int64, error) { return strconv.ParseInt(fmt.Sprint(v), 10, bits) }

func bigInteger(v any) (*big.Int, error) {
	x, ok := new(big.Int).SetString(fmt.Sprint(v), 10)
	if !ok {
		return nil, fmt.Errorf("no integer: %v", v)
	}
	return x, nil
}

func base64Of(v any) ([]byte, error) { return base64.StdEncoding.DecodeString(fmt.Sprint(v)) }

func decodeList(m map[string]any, declared *data.Schema) (data.Value, error) {
	list, _ := m["list"].([]any)
	b := data.NewArena().List(len(list))
	for _, e := range list {
		v, err := DecodeValue(e, elementSchema(declared))
		if err != nil {
			return data.Null, err
		}
		b.Append(v)
	}
	if class, ok := m["class"].(string); ok {
		b.JavaClass(class)
	}
	return b.Build().Value(), nil
}

func elementSchema(s *data.Schema) *data.Schema {
	if s == nil {
		return nil
	}
	return s.Elem()
}

func decodeMap(m map[string]any, entries any, declared *data.Schema) (data.Value, error) {
	list, _ := entries.([]any)
	// A HashMap is recorded in the order of its iteration. Its capacity is not: it is the smallest, from the default on, that gives this order.
	_, hash := m["hashmap"]
	for capacity := 16; ; capacity *= 2 {
		b := data.NewArena().Map(len(list))
		for _, e := range list {
			kv, _ := e.([]any)
			if len(kv) != 2 {
				return data.Null, NotUnderstood("map entry %v", e)
			}
			var keySchema *data.Schema
			if declared != nil {
				keySchema = declared.Key()
			}
			k, err := DecodeValue(kv[0], keySchema)
			if err != nil {
				return data.Null, err
			}
			v, err := DecodeValue(kv[1], elementSchema(declared))
			if err != nil {
				return data.Null, err
			}
			b.Put(k, v)
		}
		if !hash {
			b.JavaLinkedHashMap()
			if class, ok := m["class"].(string); ok {
				b.JavaClass(class)
			}
			return b.Build().Value(), nil
		}
		b.JavaHashMap(capacity)
		built := b.Build()
		if slices.IsSorted(built.JavaOrder()) || capacity > 1024 {
			return built.Value(), nil
		}
		if capacity == 16 {
			capacity = 1
		}
	}
}

func decodeStruct(m map[string]any, declared *data.Schema) (data.Value, error) {
	schema := declared
	if m["schema"] != nil {
		var err error
		if schema, err = DecodeSchema(m["schema"]); err != nil {
			return data.Null, err
		}
	}
	list, _ := m["struct"].([]any)
	if schema == nil || schema.Kind() != data.StructKind || len(list) != len(schema.Fields()) {
		return data.Null, NotUnderstood("struct %v", m)
	}
	b := data.NewStruct(schema)
	for i, e := range list {
		if e == nil {
			continue
		}
		v, err := DecodeValue(e, schema.Fields()[i].Schema)
		if err != nil {
			return data.Null, err
		}
		b.Set(i, v)
	}
	s, err := b.BuildPartial()
	return s.Value(), err
}
