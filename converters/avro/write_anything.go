package avro

import (
	"encoding/binary"
	"math"

	"github.com/moldau/moldau/connect/data"
)

// The fields of Anything, in order; that of the value is set, the others are null.
const (
	anyBool = iota
	anyBytes
	anyDouble
	anyFloat
	anyInt
	anyLong
	anyText
	anyArray
	anyMap
	anyFields
)

var anyFieldOf = map[data.Kind]int{
	data.BoolKind: anyBool, data.Float64Kind: anyDouble, data.Float32Kind: anyFloat, data.Int8Kind: anyInt, data.Int16Kind: anyInt,
	data.Int32Kind: anyInt, data.Int64Kind: anyLong, data.StringKind: anyText, data.ListKind: anyArray, data.MapKind: anyMap,
}

// anything writes a value without schema. Bytes, decimals and dates have no place, although the record has a field for bytes.
func (w *WritePlan) anything(p *writePlan, dst []byte, v data.Value, depth int) ([]byte, error) {
	field, ok := anyFieldOf[v.Kind()]
	if !ok {
		return dst, dataException("Unknown Java type for schemaless data: class " + v.JavaClass())
	}
	if p.err != nil {
		return dst, p.err
	}
	for range field {
		dst = append(dst, 0)
	}
	dst = append(dst, 2)
	var err error
	switch field {
	case anyBool:
		if b, _ := v.Bool(); b {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
	case anyDouble:
		f, _ := v.Float64()
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
	case anyFloat:
		f, _ := v.Float32()
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
	case anyInt, anyLong:
		x, _ := v.Int64()
		dst = zigzag(dst, x)
	case anyText:
		s, _ := v.Text()
		dst = appendText(dst, s)
	case anyArray:
		dst, err = w.anyList(dst, v.List(), depth)
	case anyMap:
		dst, err = w.anyMap(dst, v.Map(), depth)
	}
	for range anyFields - field - 1 {
		dst = append(dst, 0)
	}
	return dst, err
}

// anyPlan writes values without schema.
var anyPlan = &writePlan{op: writeAnything, null: make([]byte, anyFields)}

func (w *WritePlan) anyList(dst []byte, l *data.List, depth int) ([]byte, error) {
	if l.Len() > 0 {
		dst = zigzag(dst, int64(l.Len()))
	}
	for i := range l.Len() {
		var err error
		if dst, err = w.append(anyPlan, dst, l.At(i), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

func (w *WritePlan) anyMap(dst []byte, m *data.Map, depth int) ([]byte, error) {
	if m.Len() > 0 {
		dst = zigzag(dst, int64(m.Len()))
	}
	for _, i := range m.JavaOrder() {
		var err error
		if dst, err = w.append(anyPlan, dst, m.Key(i), depth+1); err != nil {
			return dst, err
		}
		if dst, err = w.append(anyPlan, dst, m.At(i), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}
