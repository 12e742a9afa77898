package protobuf

import (
	"encoding/binary"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/slots"
)

// directRead says how a scalar is read straight into its slot.
type directRead uint8

const (
	// notDirect is any scalar, which Decoder.scalar reads.
	notDirect directRead = iota
	directText
	directLong
	directInt
	directBool
	directFixed64
	directFixed32
)

// direct returns how a value is read into a slot of its own kind.
func (p *readValue) direct() directRead {
	switch {
	case p.symbols != nil:
	case p.typ == protofile.String && p.to == data.StringKind:
		return directText
	case (p.typ == protofile.Int64 || p.typ == protofile.Uint64) && p.to == data.Int64Kind:
		return directLong
	case p.typ == protofile.Int32 && p.to == data.Int32Kind:
		return directInt
	case p.typ == protofile.Bool && p.to == data.BoolKind:
		return directBool
	case p.typ == protofile.Double && p.to == data.Float64Kind:
		return directFixed64
	case (p.typ == protofile.Fixed64 || p.typ == protofile.Sfixed64) && p.to == data.Int64Kind:
		return directFixed64
	case p.typ == protofile.Float && p.to == data.Float32Kind:
		return directFixed32
	}
	return notDirect
}

// put reads a scalar into a slot, and returns what follows it. After an error d.bad is set.
func (d *Decoder) put(how directRead, p *readValue, slot *slots.Slot, b []byte) []byte {
	switch how {
	case directText:
		t, rest := d.bytes(b)
		if d.bad != nil {
			return nil
		}
		if len(t) > 0 {
			t = d.text(p, t)
		}
		*slot = slots.Slot{M: uint64(data.StringKind)}
		if len(t) > 0 {
			*slot = slots.Slot{N: d.arena.RawRef(slots.Inside{}, t), M: slots.Tag(uint8(data.StringKind), slots.Refers, uint32(len(t)))}
		}
		return rest
	case directFixed64:
		if len(b) < 8 {
			d.fail(errEnd)
			return nil
		}
		*slot = slots.Slot{N: binary.LittleEndian.Uint64(b), M: uint64(p.to)}
		return b[8:]
	case directFixed32:
		if len(b) < 4 {
			d.fail(errEnd)
			return nil
		}
		*slot = slots.Slot{N: uint64(binary.LittleEndian.Uint32(b)), M: uint64(p.to)}
		return b[4:]
	}
	n, rest := d.varint(b)
	if d.bad != nil {
		return nil
	}
	switch how {
	case directInt:
		n = uint64(int64(int32(n)))
	case directBool:
		if n != 0 {
			n = 1
		}
	}
	*slot = slots.Slot{N: n, M: uint64(p.to)}
	return rest
}
