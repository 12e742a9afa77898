package debezium

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// Geometries are structs with the bytes of a shape in well-known binary form (WKB) or in PostGIS' extension of it (EWKB), and the ID of their
// coordinate system (SRID).
const geometryName = "io.debezium.data.geometry.Geometry"

// Flags of a shape's type in EWKB.
const (
	shapeHasZ    = 0x80000000
	shapeHasM    = 0x40000000
	shapeHasSRID = 0x20000000
)

// readGeometry returns what is in a geometry.
func readGeometry(s *data.Struct) (wkb []byte, srid int32, hasSRID bool, err error) {
	v, err := s.LookupAs("srid", data.Int32Kind)
	if err != nil {
		return nil, 0, false, err
	}
	srid, hasSRID = v.Int32()
	if v, err = s.LookupAs("wkb", data.BytesKind); err != nil {
		return nil, 0, false, err
	}
	if buffer := v.Buffer(); buffer != nil {
		return buffer.Array, srid, hasSRID, nil // as in Java the whole array, whatever part of it counts
	}
	wkb, _ = v.Bytes()
	return wkb, srid, hasSRID, nil
}

// withShape returns the geometry with other bytes.
func withShape(a *data.Arena, s *data.Struct, wkb []byte) (data.Value, error) {
	b := a.Struct(s.Schema())
	b.CopyRange(0, s.Row(), 0, s.Len())
	b.Put("wkb", a.Bytes(wkb))
	out, err := b.BuildPartial()
	return out.Value(), err
}

func byteOrder(b byte) binary.AppendByteOrder {
	if b == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func orderOf(b byte) binary.ByteOrder {
	if b == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func isExtended(wkb []byte) bool {
	return len(wkb) >= 5 && orderOf(wkb[0]).Uint32(wkb[1:])&shapeHasSRID != 0
}

var errUnderflow = javafmt.NewException("java.nio.BufferUnderflowException", "", nil)

// toExtended adds the SRID to a shape that has none.
func toExtended(wkb []byte, srid int32) ([]byte, error) {
	if isExtended(wkb) {
		return wkb, nil
	}
	if wkb == nil {
		return nil, smt.NullPointer("The geometry has no bytes")
	}
	if len(wkb) < 5 {
		return nil, errUnderflow
	}
	out := append(make([]byte, 0, len(wkb)+4), wkb[0])
	out = byteOrder(wkb[0]).AppendUint32(out, orderOf(wkb[0]).Uint32(wkb[1:])|shapeHasSRID)
	out = byteOrder(wkb[0]).AppendUint32(out, uint32(srid))
	return append(out, wkb[5:]...), nil
}

// fromExtended takes the SRID away from a shape that has one.
func fromExtended(wkb []byte) ([]byte, error) {
	if !isExtended(wkb) {
		return wkb, nil
	}
	if len(wkb) < 9 {
		return nil, errUnderflow
	}
	out := append(make([]byte, 0, len(wkb)-4), wkb[0])
	out = byteOrder(wkb[0]).AppendUint32(out, orderOf(wkb[0]).Uint32(wkb[1:])&^shapeHasSRID)
	return append(out, wkb[9:]...), nil
}

// swapCoordinates exchanges the first two ordinates of every point.
func swapCoordinates(wkb []byte) ([]byte, error) {
	if wkb == nil {
		return nil, debeziumError("Failed to swap EWKB/WKB coordinates", smt.NullPointer("The geometry has no bytes"))
	}
	s := swapper{in: wkb, out: make([]byte, 0, len(wkb))}
	first := s.byte()
	s.order, s.outOrder = orderOf(first), byteOrder(first)
	s.geometry(0)
	if s.err != nil {
		return nil, debeziumError("Failed to swap EWKB/WKB coordinates", s.err)
	}
	return s.out, nil
}

// swapper writes a shape anew while it reads it. Parts may have another byte order than the whole; as in Java they say so still, but are written in
// that of the whole.
type swapper struct {
	in       []byte
	at       int
	order    binary.ByteOrder
	out      []byte
	outOrder binary.AppendByteOrder
	err      error
}

// mostNested bounds how deep collections nest.
const mostNested = 1000

var errTooDeep = errors.New("the geometry nests too deep")

func (s *swapper) take(n int) []byte {
	if s.err != nil || len(s.in)-s.at < n {
		if s.err == nil {
			s.err = errUnderflow
		}
		return nil
	}
	s.at += n
	return s.in[s.at-n : s.at]
}

// byte copies a byte.
func (s *swapper) byte() byte {
	b := s.take(1)
	if b == nil {
		return 0
	}
	s.out = append(s.out, b[0])
	return b[0]
}

// int copies a number.
func (s *swapper) int() uint32 {
	b := s.take(4)
	if b == nil {
		return 0
	}
	n := s.order.Uint32(b)
	s.out = s.outOrder.AppendUint32(s.out, n)
	return n
}

// each copies a count and does something that often; a negative count is none.
func (s *swapper) each(do func()) {
	for n := int32(s.int()); n > 0 && s.err == nil; n-- {
		do()
	}
}

func (s *swapper) point(stride int) {
	b := s.take(8 * stride)
	if b == nil {
		return
	}
	for i := range stride {
		j := i
		if i < 2 {
			j = 1 - i
		}
		s.out = s.outOrder.AppendUint64(s.out, s.order.Uint64(b[8*j:]))
	}
}

func (s *swapper) line(stride int) { s.each(func() { s.point(stride) }) }

func (s *swapper) polygon(stride int) { s.each(func() { s.line(stride) }) }

// part copies the byte order of a part and reads the rest of it in that order.
func (s *swapper) part(read func()) {
	before := s.order
	s.order = orderOf(s.byte())
	read()
	s.order = before
}

func (s *swapper) geometry(depth int) {
	if depth > mostNested {
		s.err = errTooDeep
		return
	}
	kind := s.int()
	if s.err != nil {
		return
	}
	stride := 2
	if kind&shapeHasZ != 0 {
		stride++
	}
	if kind&shapeHasM != 0 {
		stride++
	}
	if kind&shapeHasSRID != 0 {
		s.int()
	}
	parts := func(read func(int)) {
		s.each(func() {
			s.part(func() {
				s.int()
				read(stride)
			})
		})
	}
	switch kind & 0xff {
	case 1:
		s.point(stride)
	case 2:
		s.line(stride)
	case 3:
		s.polygon(stride)
	case 4:
		parts(s.point)
	case 5:
		parts(s.line)
	case 6:
		parts(s.polygon)
	case 7:
		s.each(func() { s.part(func() { s.geometry(depth + 1) }) })
	default:
		s.err = debeziumError("Invalid geometry type: "+strconv.Itoa(int(kind&0xff)), nil)
	}
}
