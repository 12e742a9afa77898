package protobuf

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/varint"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
)

// Errors of bytes that are no data of the message, in the words of Java's library.
var (
	errEnd = protocolError("While parsing a protocol message, the input ended unexpectedly in the middle of a field.  This could mean either that the " +
		"input has been truncated or that an embedded message misreported its own length.")
	errVarint   = protocolError("CodedInputStream encountered a malformed varint.")
	errNegative = protocolError("CodedInputStream encountered an embedded string or message which claimed to have negative size.")
	errTag      = protocolError("Protocol message contained an invalid tag (zero).")
	errEndGroup = protocolError("Protocol message end-group tag did not match expected tag.")
	errWireType = protocolError("Protocol message tag had invalid wire type.")
	errUTF8     = protocolError("Protocol message had invalid UTF-8.")
	errTooDeep  = protocolError("Protocol message had too many levels of nesting.  May be malicious.  Use setRecursionLimit() to increase the recursion depth limit.")
)

func protocolError(message string) error { return javafmt.NewException(invalidProtocol, message, nil) }

// mostReadDepth is how deep messages may nest inside the first one; Java's library has the same limit.
const mostReadDepth = 100

// Decoder reads data of any messages. It is used by one goroutine.
type Decoder struct {
	arena *data.Arena
	// bad is the error of the bytes: nothing is read after it. wrong is the first error of the values they stand for. path is where either stands.
	bad, wrong error
	path       string
	// absent counts the messages around that the data does not have, whose required fields are not missed.
	absent  int
	buffers []data.Buffer
	lists   []openList
	spans   []span
	seen    []uint64
}

// openList is a list or map that is being read.
type openList struct {
	list data.ListBuilder
	m    data.MapBuilder
	open bool
}

// span is where a message or the member of a oneof stands.
type span struct {
	b []byte
	c *readCase
	// own says that b is memory of the decoder, for a message in several parts.
	own bool
}

// add notes a part of a message: a message in several parts is one whose parts follow each other.
func (s *span) add(b []byte, again bool) {
	switch {
	case !again:
		s.b, s.own = b, false
	case s.own:
		s.b = append(s.b, b...)
	default:
		s.b, s.own = append(append(make([]byte, 0, 2*(len(s.b)+len(b))), s.b...), b...), true
	}
}

// Decode reads one message. malformed says that an error is one of the bytes, not of the value they stand for.
func (d *Decoder) Decode(p *ReadPlan, a *data.Arena, b []byte) (v data.Value, malformed bool, err error) {
	d.arena, d.bad, d.wrong, d.path, d.absent = a, nil, nil, "", 0
	d.lists, d.spans, d.seen = d.lists[:0], d.spans[:0], d.seen[:0]
	v = d.sub(p.root, b, 0)
	d.arena = nil
	switch {
	case d.bad != nil:
		clear(d.spans[:cap(d.spans)])
		clear(d.lists[:cap(d.lists)])
		return data.Null, true, d.located(p)
	case d.wrong != nil:
		return data.Null, false, d.wrong
	}
	return v, false, nil
}

// located says where in a message the bytes are wrong.
func (d *Decoder) located(p *ReadPlan) error {
	name := ""
	if p.root.message != nil {
		name = p.root.message.name
	}
	return javafmt.NewException(javafmt.ClassOf(d.bad), d.bad.Error()+" (message "+name+", field "+d.path+")", errors.Unwrap(d.bad))
}

func (d *Decoder) fail(err error) {
	if d.bad == nil {
		d.bad = err
	}
}

func (d *Decoder) reject(err error) data.Value {
	if d.wrong == nil {
		d.wrong = err
	}
	return data.Null
}

// within adds the name of a field to the path of an error.
func (d *Decoder) within(name string) {
	if d.path == "" {
		d.path = name
		return
	}
	d.path = name + "." + d.path
}

// varint reads an integer from the start of b, and returns what follows it.
func (d *Decoder) varint(b []byte) (uint64, []byte) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:]
	}
	u, n := varint.Read(b, 0)
	if n > 0 {
		return u, b[n:]
	}
	if n == varint.Ends {
		d.fail(errEnd)
	} else {
		d.fail(errVarint)
	}
	return 0, nil
}

// bytes reads a length and that many bytes.
func (d *Decoder) bytes(b []byte) (value, rest []byte) {
	var n uint64
	if len(b) > 0 && b[0] < 0x80 {
		n, b = uint64(b[0]), b[1:]
	} else if n, b = d.varint(b); d.bad != nil {
		return nil, nil
	}
	// Java reads a length as 32 bits.
	size := int32(uint32(n))
	if size < 0 {
		d.fail(errNegative)
		return nil, nil
	}
	if int(size) > len(b) {
		d.fail(errEnd)
		return nil, nil
	}
	return b[:size:size], b[size:]
}

// skip passes over a value without meaning.
func (d *Decoder) skip(key uint32, b []byte, depth int) []byte {
	switch key & 7 {
	case 0:
		_, b = d.varint(b)
	case 1:
		b = d.advance(b, 8)
	case 2:
		_, b = d.bytes(b)
	case 3:
		return d.skipGroup(key, b, depth+1)
	case 4:
		d.fail(errEndGroup)
		return nil
	case 5:
		b = d.advance(b, 4)
	default:
		d.fail(errWireType)
		return nil
	}
	if key>>3 == 0 {
		d.fail(errTag)
	}
	return b
}

func (d *Decoder) advance(b []byte, n int) []byte {
	if len(b) < n {
		d.fail(errEnd)
		return nil
	}
	return b[n:]
}

func (d *Decoder) skipGroup(key uint32, b []byte, depth int) []byte {
	if depth > mostReadDepth {
		d.fail(errTooDeep)
		return nil
	}
	for {
		if len(b) == 0 {
			d.fail(errEnd)
		}
		var n uint64
		if n, b = d.varint(b); d.bad != nil {
			return nil
		}
		switch k := uint32(n); {
		case k>>3 == 0:
			d.fail(errTag)
			return nil
		case k&7 == 4:
			if k>>3 != key>>3 {
				d.fail(errEndGroup)
				return nil
			}
			return b
		default:
			if b = d.skip(k, b, depth); d.bad != nil {
				return nil
			}
		}
	}
}

// scalar reads a value of a scalar type; ok is false for the number of a closed enum that has no such value.
func (d *Decoder) scalar(p *readValue, b []byte) (v data.Value, ok bool, rest []byte) {
	switch p.typ {
	case protofile.String:
		var t []byte
		if t, b = d.bytes(b); d.bad != nil {
			return data.Null, false, nil
		}
		return data.TextOf(d.text(p, t)), true, b
	case protofile.Bytes:
		var t []byte
		if t, b = d.bytes(b); d.bad != nil {
			return data.Null, false, nil
		}
		return d.buffer(t), true, b
	case protofile.Double, protofile.Fixed64, protofile.Sfixed64:
		if len(b) < 8 {
			d.fail(errEnd)
			return data.Null, false, nil
		}
		n := binary.LittleEndian.Uint64(b)
		if p.typ == protofile.Double {
			return data.Float64(math.Float64frombits(n)), true, b[8:]
		}
		return data.Int64(int64(n)), true, b[8:]
	case protofile.Float, protofile.Fixed32, protofile.Sfixed32:
		if len(b) < 4 {
			d.fail(errEnd)
			return data.Null, false, nil
		}
		n := binary.LittleEndian.Uint32(b)
		if p.typ == protofile.Float {
			return data.Float32(math.Float32frombits(n)), true, b[4:]
		}
		return integerOf(uint64(n), p.typ, p.to), true, b[4:]
	}
	n, b := d.varint(b)
	switch p.typ {
	case protofile.Bool:
		return data.Bool(n != 0), true, b
	case protofile.EnumT:
		v = p.symbols.of(int32(n))
		return v, !v.IsNull(), b
	case protofile.Sint32:
		u := uint32(n)
		n = uint64(int64(int32(u>>1) ^ -int32(u&1)))
	case protofile.Sint64:
		n = n>>1 ^ -(n & 1)
	}
	return integerOf(n, p.typ, p.to), true, b
}

// of returns the value of a number; Null where a closed enum has none.
func (e *readEnum) of(n int32) data.Value {
	if n >= 0 && int(n) < len(e.dense) {
		if v := e.dense[n]; !v.IsNull() {
			return v
		}
	}
	if v, ok := e.sparse[n]; ok {
		return v
	}
	switch {
	case e.closed:
		return data.Null
	case e.numbers:
		return data.Int32(n)
	}
	return data.String("UNKNOWN_ENUM_VALUE_" + e.name + "_" + strconv.Itoa(int(n)))
}

// text checks that a text is UTF-8 where it must be, and replaces what is not where it need not be.
func (d *Decoder) text(p *readValue, b []byte) []byte {
	if ascii(b) || utf8.Valid(b) {
		return b
	}
	if p.checked {
		d.fail(errUTF8)
	}
	return []byte(javafmt.DecodeUTF8(b))
}

// ascii reports whether all bytes are below 0x80.
func ascii(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	or := byte(0)
	for _, c := range b {
		or |= c
	}
	return or < 0x80
}

// buffer returns bytes as Java holds them: as a ByteBuffer.
func (d *Decoder) buffer(b []byte) data.Value {
	if len(d.buffers) == 0 {
		d.buffers = make([]data.Buffer, 32)
	}
	x := &d.buffers[0]
	d.buffers = d.buffers[1:]
	*x = data.Buffer{Array: b, Limit: len(b)}
	return data.BufferOf(x)
}
