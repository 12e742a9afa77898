package avsc

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
)

// AppendLong appends an integer as Avro writes it.
func AppendLong(dst []byte, x int64) []byte { return binary.AppendVarint(dst, x) }

// AppendDefault appends a default in binary form.
func AppendDefault(dst []byte, s *Schema, n *Node) ([]byte, error) {
	if !ValidDefault(s, n) {
		return dst, javafmt.NewException(AvroTypeException, "Invalid default value for "+s.FullName()+": "+string(n.Append(nil)), nil)
	}
	return appendDefault(dst, s, n)
}

func appendDefault(dst []byte, s *Schema, n *Node) ([]byte, error) {
	wrong := func(want string) ([]byte, error) {
		return dst, javafmt.NewException(AvroTypeException, "Non-"+want+" default value for "+s.FullName()+": "+string(n.Append(nil)), nil)
	}
	switch s.Type {
	case NullType:
		return dst, nil
	case BooleanType:
		if n.Kind != BoolNode {
			return wrong("boolean")
		}
		if n.Bool {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case IntType, LongType:
		if !n.IsNumber() {
			return wrong("numeric")
		}
		return AppendLong(dst, n.AsInt()), nil
	case FloatType:
		if !n.IsNumber() {
			return wrong("numeric")
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(n.AsFloat()))), nil
	case DoubleType:
		if !n.IsNumber() {
			return wrong("numeric")
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(n.AsFloat())), nil
	case UnionType:
		for i, t := range s.Types {
			if ValidDefault(t, n) {
				return appendDefault(AppendLong(dst, int64(i)), t, n)
			}
		}
		return wrong("union")
	case ArrayType, MapType:
		if s.Type == ArrayType && n.Kind != ArrayNode || s.Type == MapType && n.Kind != ObjectNode {
			return wrong(s.Type.String())
		}
		return appendItems(dst, s, n)
	case RecordType:
		if n.Kind != ObjectNode {
			return wrong("record")
		}
		return appendFields(dst, s, n)
	}
	if n.Kind != TextNode {
		return wrong("string")
	}
	return appendTextual(dst, s, n)
}

func appendTextual(dst []byte, s *Schema, n *Node) ([]byte, error) {
	var raw []byte
	for _, r := range n.Text {
		raw = append(raw, byte(r))
	}
	switch s.Type {
	case BytesType:
		return append(AppendLong(dst, int64(len(raw))), raw...), nil
	case FixedType:
		if len(raw) != s.Size {
			raw = append(raw, make([]byte, s.Size)...)[:s.Size]
		}
		return append(dst, raw...), nil
	case EnumType:
		return AppendLong(dst, int64(max(slices.Index(s.Symbols, n.Text), 0))), nil
	}
	return append(AppendLong(dst, int64(len(n.Text))), n.Text...), nil
}

func appendItems(dst []byte, s *Schema, n *Node) ([]byte, error) {
	if len(n.Items) > 0 {
		dst = AppendLong(dst, int64(len(n.Items)))
	}
	var err error
	for i, e := range n.Items {
		if s.Type == MapType {
			dst = append(AppendLong(dst, int64(len(n.Names[i]))), n.Names[i]...)
		}
		if dst, err = appendDefault(dst, s.Elem, e); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

func appendFields(dst []byte, s *Schema, n *Node) ([]byte, error) {
	var err error
	for _, f := range s.Fields {
		v := n.Get(f.Name)
		if v == nil {
			v = f.Default
		}
		if v == nil {
			return dst, javafmt.NewException(AvroTypeException, "No default value for: "+f.Name, nil)
		}
		if dst, err = appendDefault(dst, f.Schema, v); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
