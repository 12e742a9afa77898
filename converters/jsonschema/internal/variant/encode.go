// Package variant reads and writes Variant values, the binary form of Parquet and Spark for values whose type only the value says: metadata with
// the names of all members, and the value itself.
package variant

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
)

// The fields of Connect's struct of a variant.
const (
	MetadataField = "metadata"
	ValueField    = "value"
)

// The basic types, the two lower bits of a header.
const (
	primitive = iota
	shortText
	object
	array
)

// The primitive types, the upper bits of a header.
const (
	null = iota
	yes
	no
	int8Type
	int16Type
	int32Type
	int64Type
	doubleType
	decimal4
	decimal8
	decimal16
	dateType
	timestampTZ
	timestampNTZ
	floatType
	binaryType
	longText
	timeType
	nanosTZ
	nanosNTZ
	uuidType
)

const version = 1

// Encode returns the two parts of the variant that a JSON value is.
func Encode(n *tree.Node) (metadata, value []byte, err error) {
	e := encoder{ids: map[string]int{}}
	if value, err = e.value(nil, n); err != nil {
		return nil, nil, err
	}
	return e.metadata(), value, nil
}

type encoder struct {
	ids  map[string]int
	keys []string
}

// sizeOf returns how many bytes a number takes.
func sizeOf(n int) int {
	switch {
	case n <= 0xff:
		return 1
	case n <= 0xffff:
		return 2
	case n <= 0xffffff:
		return 3
	}
	return 4
}

// number appends the lower bytes of a number, the lowest first.
func number(dst []byte, x uint64, size int) []byte {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	return append(dst, b[:size]...)
}

func (e *encoder) metadata() []byte {
	total := 0
	for _, k := range e.keys {
		total += len(k)
	}
	size := sizeOf(max(total, len(e.keys)))
	dst := number([]byte{byte(version | (size-1)<<6)}, uint64(len(e.keys)), size)
	at := 0
	for _, k := range e.keys {
		dst = number(dst, uint64(at), size)
		at += len(k)
	}
	dst = number(dst, uint64(at), size)
	for _, k := range e.keys {
		dst = append(dst, k...)
	}
	return dst
}

func (e *encoder) value(dst []byte, n *tree.Node) ([]byte, error) {
	switch n.Kind {
	case tree.Object:
		return e.object(dst, n)
	case tree.Array:
		return e.array(dst, n)
	case tree.String:
		text := javafmt.AppendUTF8(nil, []byte(n.Text))
		if len(text) < 64 {
			dst = append(dst, byte(len(text)<<2|shortText))
		} else {
			dst = number(append(dst, longText<<2), uint64(len(text)), 4)
		}
		return append(dst, text...), nil
	case tree.Bool:
		if n.Truth {
			return append(dst, yes<<2), nil
		}
		return append(dst, no<<2), nil
	case tree.Null:
		return append(dst, null<<2), nil
	case tree.Number:
		return e.number(dst, n)
	}
	return dst, javafmt.NewException(javafmt.IllegalArgument, "Unsupported JSON node type: "+string(n.Kind), nil)
}

func (e *encoder) number(dst []byte, n *tree.Node) ([]byte, error) {
	if n.NotFinite {
		return number(append(dst, doubleType<<2), math.Float64bits(n.Float(64)), 8), nil
	}
	if x, ok := n.Int32(); ok {
		return number(append(dst, int32Type<<2), uint64(uint32(x)), 4), nil
	}
	d := n.Decimal()
	if u := d.BigInt(); !n.Fraction && u.IsInt64() {
		return number(append(dst, int64Type<<2), uint64(u.Int64()), 8), nil
	}
	precision := d.Precision()
	unscaled := d.Unscaled
	switch {
	case precision <= 9:
		return number(append(dst, decimal4<<2, byte(d.Scale)), uint64(unscaled.Int64()), 4), nil
	case precision <= 18:
		return number(append(dst, decimal8<<2, byte(d.Scale)), uint64(unscaled.Int64()), 8), nil
	}
	b := javafmt.BigIntBytes(unscaled)
	if len(b) > 16 {
		return dst, javafmt.NewException("java.lang.ArrayIndexOutOfBoundsException", "a number of more than 16 bytes is no variant: "+n.Text[:min(len(n.Text), 60)], nil)
	}
	dst = append(dst, decimal16<<2, byte(d.Scale))
	sign := byte(0)
	if unscaled.Sign() < 0 {
		sign = 0xff
	}
	slices.Reverse(b)
	dst = append(dst, b...)
	for range 16 - len(b) {
		dst = append(dst, sign)
	}
	return dst, nil
}

func (e *encoder) object(dst []byte, n *tree.Node) ([]byte, error) {
	type field struct {
		name  string
		id    int
		value []byte
	}
	fields := make([]field, len(n.Names))
	size, most := 0, 0
	for i, name := range n.Names {
		id, known := e.ids[name]
		if !known {
			id = len(e.keys)
			e.ids[name], e.keys = id, append(e.keys, name)
		}
		value, err := e.value(nil, n.Elems[i])
		if err != nil {
			return dst, err
		}
		fields[i] = field{name, id, value}
		size, most = size+len(value), max(most, id)
	}
	slices.SortFunc(fields, func(a, b field) int { return javafmt.CompareStrings(a.name, b.name) })
	idSize, offsetSize := sizeOf(most), sizeOf(size)
	header, sizeBytes := byte((idSize-1)<<4|(offsetSize-1)<<2|object), 1
	if len(fields) > 0xff {
		header, sizeBytes = header|1<<6, 4
	}
	dst = number(append(dst, header), uint64(len(fields)), sizeBytes)
	for _, f := range fields {
		dst = number(dst, uint64(f.id), idSize)
	}
	at := 0
	for _, f := range fields {
		dst = number(dst, uint64(at), offsetSize)
		at += len(f.value)
	}
	dst = number(dst, uint64(at), offsetSize)
	for _, f := range fields {
		dst = append(dst, f.value...)
	}
	return dst, nil
}

func (e *encoder) array(dst []byte, n *tree.Node) ([]byte, error) {
	var values []byte
	offsets := make([]int, len(n.Elems))
	for i, x := range n.Elems {
		offsets[i] = len(values)
		var err error
		if values, err = e.value(values, x); err != nil {
			return dst, err
		}
	}
	offsetSize := sizeOf(len(values))
	header, sizeBytes := byte((offsetSize-1)<<2|array), 1
	if len(offsets) > 0xff {
		header, sizeBytes = header|1<<4, 4
	}
	dst = number(append(dst, header), uint64(len(offsets)), sizeBytes)
	for _, o := range append(offsets, len(values)) {
		dst = number(dst, uint64(o), offsetSize)
	}
	return append(dst, values...), nil
}

// bigOf returns the number that little-endian bytes in two's complement are.
func bigOf(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	x, _ := javafmt.BigIntFromBytes(b)
	return x
}
