package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// Ordered is implemented by offsets whose fields Java's connector keeps in an order of its own; the fields of others are written in the
// order of a java.util.HashMap.
type Ordered interface{ Order() []string }

// OffsetKey returns the key of a partition as Java's OffsetStorageWriter writes it: ["connector",{...}].
func OffsetKey(connector string, p *connect.SourcePartition) ([]byte, error) {
	b := appendText([]byte{'['}, connector)
	b = append(b, ',')
	if p == nil || p.Fields() == nil {
		return append(b, "null]"...), nil
	}
	b, err := appendFields(b, p.Fields(), p.Order())
	return append(b, ']'), err
}

// OffsetValue returns the value of an offset as Java writes it, nil for a nil offset (a tombstone).
func OffsetValue(o connect.Offset) ([]byte, error) {
	if o == nil {
		return nil, nil
	}
	fields := o.Fields()
	if fields == nil {
		return nil, nil
	}
	var order []string
	if ordered, ok := o.(Ordered); ok {
		order = ordered.Order()
	}
	return appendFields(nil, fields, order)
}

func appendFields(b []byte, fields map[string]any, order []string) ([]byte, error) {
	if len(order) != len(fields) {
		order = make([]string, 0, len(fields))
		for name := range fields {
			order = append(order, name)
		}
		slices.Sort(order)
		sorted := slices.Clone(order)
		for i, at := range javafmt.HashOrder(sorted, javafmt.DefaultCapacity) {
			order[i] = sorted[at]
		}
	}
	b = append(b, '{')
	for i, name := range order {
		v, ok := fields[name]
		if !ok {
			return nil, fmt.Errorf("the order of a source partition names the field %q, which it does not have", name)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		var err error
		if b, err = appendPrimitive(b, name, v); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendPrimitive(b []byte, name string, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return appendText(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int16:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int8:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(javafmt.AppendDouble(append(b, '"'), v), '"'), nil
		}
		return javafmt.AppendDouble(b, v), nil
	case float32:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(javafmt.AppendFloat(append(b, '"'), v), '"'), nil
		}
		return javafmt.AppendFloat(b, v), nil
	case []byte:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v)
		return append(b, '"'), nil
	}
	// OffsetUtils.validateFormat with its texts.
	return nil, javafmt.NewException(javafmt.DataException, "Offsets may only contain primitive types as values, but field "+name+" contains "+typeName(v), nil)
}

func typeName(v any) string {
	switch v := v.(type) {
	case []any:
		return "ARRAY"
	case map[string]any:
		return "MAP"
	case time.Time:
		return "class java.util.Date"
	case *big.Int:
		return "class java.math.BigInteger"
	case interface{ JavaClass() string }:
		return "class " + v.JavaClass()
	}
	return fmt.Sprintf("%T", v)
}

// appendText appends s as Jackson writes it to bytes: characters beyond the basic plane, and lone surrogates, as escapes.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	unit := func(u uint16) {
		b = append(b, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	b = append(b, '"')
	for _, u := range javafmt.EncodeUTF16(s) {
		switch {
		case u == '"' || u == '\\':
			b = append(b, '\\', byte(u))
		case u >= ' ' && (u < 0xd800 || u > 0xdfff):
			b = append(b, string(rune(u))...)
		case u == '\b':
			b = append(b, `\b`...)
		case u == '\t':
			b = append(b, `\t`...)
		case u == '\n':
			b = append(b, `\n`...)
		case u == '\f':
			b = append(b, `\f`...)
		case u == '\r':
			b = append(b, `\r`...)
		default:
			unit(u)
		}
	}
	return append(b, '"')
}

// ParseOffsetKey reads a key; ok is false where it names no partition of a connector (OffsetUtils.processPartitionKey).
func ParseOffsetKey(key []byte) (connector string, partition map[string]any, ok bool) {
	connector, partition, _, ok = parseKey(key)
	return connector, partition, ok && partition != nil
}

// parseKey reads a key; ok is false where it is none that Java's OffsetUtils.processPartitionKey accepts. meaning is the same for keys
// that mean the same.
func parseKey(key []byte) (connector string, partition map[string]any, meaning string, ok bool) {
	v, err := parseJSON(key)
	if err != nil {
		return "", nil, "", false
	}
	list, _ := v.([]any)
	if len(list) != 2 {
		return "", nil, "", false
	}
	connector, isText := list[0].(string)
	if !isText {
		return "", nil, "", false
	}
	partition, isMap := list[1].(map[string]any)
	if !isMap && list[1] != nil {
		return "", nil, "", false
	}
	return connector, partition, string(appendMeaning(nil, v)), true
}

// ParseOffset reads a value of an offset topic, nil for a tombstone.
func ParseOffset(value []byte) (connect.OffsetFields, error) { return parseOffset(value) }

// Meaning returns a text that is the same for texts of JSON that mean the same: without regard to the order of fields and the forms of numbers.
func Meaning(text []byte) (string, error) {
	v, err := parseJSON(text)
	if err != nil {
		return "", err
	}
	return string(appendMeaning(nil, v)), nil
}

func parseOffset(value []byte) (connect.OffsetFields, error) {
	if value == nil {
		return nil, nil
	}
	v, err := parseJSON(value)
	if err != nil {
		return nil, fmt.Errorf("the offset %.200q is not JSON: %w", value, err)
	}
	fields, ok := v.(map[string]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("the offset %.200q is not a JSON object", value)
	}
	return fields, nil
}

var errEmpty = errors.New("no content")

// parseJSON reads JSON as JsonConverter does without schemas: whole numbers as int64, others as float64.
func parseJSON(b []byte) (any, error) {
	if len(b) == 0 {
		return nil, errEmpty
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v), nil
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i
		}
		if whole, ok := new(big.Int).SetString(v.String(), 10); ok {
			// Java keeps the low 64 bits.
			return int64(new(big.Int).And(whole, new(big.Int).SetUint64(math.MaxUint64)).Uint64())
		}
		f, _ := strconv.ParseFloat(v.String(), 64) // out of range is an infinity, as in Java
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// appendMeaning appends a form of v that is the same for the same JSON value: fields in order, one form per number.
func appendMeaning(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return strconv.AppendQuote(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(append(b, 'f'), v, 'g', -1, 64)
	case []any:
		b = append(b, '[')
		for _, e := range v {
			b = append(appendMeaning(b, e), ',')
		}
		return append(b, ']')
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		b = append(b, '{')
		for _, name := range names {
			b = append(strconv.AppendQuote(b, name), ':')
			b = append(appendMeaning(b, v[name]), ',')
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}
