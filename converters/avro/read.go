package avro

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/slots"
)

// Errors of bytes that are no data of the schema.
var (
	errEnd     = javafmt.NewException("java.io.EOFException", "the data ends too early", nil)
	errVarint  = javafmt.NewException("org.apache.avro.InvalidNumberEncodingException", "Invalid int encoding", nil)
	errBranch  = javafmt.NewException("java.lang.ArrayIndexOutOfBoundsException", "a union has no member of that index", nil)
	errSymbol  = javafmt.NewException("java.lang.IndexOutOfBoundsException", "an enum has no symbol of that index", nil)
	errLength  = javafmt.NewException("org.apache.avro.AvroRuntimeException", "Malformed data. Length is negative or beyond the end of the data", nil)
	errTooDeep = errors.New("nested deeper than " + strconv.Itoa(maxDepth) + " levels")
)

// mostEmpty is how many elements that take no byte an array may have.
const mostEmpty = 1 << 16

// Decoder reads binary data of any schemas. It is used by one goroutine.
type Decoder struct {
	arena *data.Arena
	b     []byte
	i     int
	// base is the Ref of the first byte of b.
	base uint64
	// bad is the error of the bytes: nothing is read after it. wrong is the first error of the values they stand for.
	bad, wrong error
	depth      int
	buffers    []data.Buffer
	entries    []mapEntry
	order      mapOrder
}

// Decode reads one value that b holds, from its start; what follows it is not looked at. malformed says that an error is one of the bytes, not of
// the value they stand for.
func (d *Decoder) Decode(p *ReadPlan, a *data.Arena, b []byte) (v data.Value, malformed bool, err error) {
	d.arena, d.b, d.i, d.bad, d.wrong, d.depth, d.entries = a, b, 0, nil, nil, 0, d.entries[:0]
	if len(b) > math.MaxInt32 {
		return data.Null, true, errLength // no record of Kafka is that long
	}
	if len(b) > 0 {
		d.base = a.RawRef(slots.Inside{}, b)
	}
	if p.root.op == readRecord {
		d.depth++
		v = d.record(p.root)
	} else {
		v = d.value(p.root)
	}
	d.arena, d.b = nil, nil
	switch {
	case d.bad != nil:
		return data.Null, true, d.bad
	case d.wrong != nil:
		return data.Null, false, d.wrong
	}
	return v, false, nil
}

func (d *Decoder) fail(err error) {
	if d.bad == nil {
		d.bad = err
	}
	d.i = len(d.b)
}

func (d *Decoder) reject(err error) data.Value {
	if d.wrong == nil {
		d.wrong = err
	}
	return data.Null
}

// long reads an integer of at most 64 bits.
func (d *Decoder) long() int64 {
	b := d.b
	if i := d.i; i < len(b) && b[i] < 0x80 {
		d.i++
		u := uint64(b[i])
		return int64(u>>1) ^ -int64(u&1)
	}
	return d.longSlow(10)
}

// int reads an integer of at most 32 bits.
func (d *Decoder) int() int32 {
	b := d.b
	if i := d.i; i < len(b) && b[i] < 0x80 {
		d.i++
		u := uint32(b[i])
		return int32(u>>1) ^ -int32(u&1)
	}
	return d.intSlow()
}

func (d *Decoder) intSlow() int32 {
	u := uint32(0)
	for n := range 5 {
		if d.i >= len(d.b) {
			d.fail(errEnd)
			return 0
		}
		c := d.b[d.i]
		d.i++
		u |= uint32(c&0x7f) << (7 * n)
		if c < 0x80 {
			return int32(u>>1) ^ -int32(u&1)
		}
	}
	d.fail(errVarint)
	return 0
}

func (d *Decoder) longSlow(most int) int64 {
	u := uint64(0)
	for n := range most {
		if d.i >= len(d.b) {
			d.fail(errEnd)
			return 0
		}
		c := d.b[d.i]
		d.i++
		u |= uint64(c&0x7f) << (7 * n)
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	d.fail(errVarint)
	return 0
}

// take returns the next n bytes.
func (d *Decoder) take(n int64) []byte {
	if n < 0 || n > int64(len(d.b)-d.i) {
		if n < 0 {
			d.fail(errLength)
		} else {
			d.fail(errEnd)
		}
		return nil
	}
	start := d.i
	d.i += int(n)
	return d.b[start:d.i:d.i]
}

// text reads the bytes of a text.
func (d *Decoder) text() []byte {
	b := d.take(d.long())
	if validText(b) {
		return b
	}
	return []byte(javafmt.DecodeUTF8(b))
}

func (d *Decoder) float64() float64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (d *Decoder) float32() float32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b))
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

func (d *Decoder) value(p *readPlan) data.Value {
	switch p.op {
	case readOptional:
		switch d.long() {
		case p.nullIndex:
			if p.err != nil {
				return d.reject(p.err)
			}
			return data.Null
		case 1 - p.nullIndex:
			return d.value(p.elem)
		}
		d.fail(errBranch)
		return data.Null
	case readSingle:
		if d.long() != 0 {
			d.fail(errBranch)
			return data.Null
		}
		return d.value(p.elem)
	case readList:
		return d.list(p)
	case readRecord, readMap, readEntries, readUnion, readAnything:
		if d.depth++; d.depth > maxDepth {
			d.fail(errTooDeep)
			return data.Null
		}
		v := d.container(p)
		d.depth--
		return v
	}
	return d.scalar(p)
}

func (d *Decoder) container(p *readPlan) data.Value {
	switch p.op {
	case readRecord:
		return d.record(p)
	case readMap:
		return d.mapping(p)
	case readEntries:
		return d.keyed(p)
	case readUnion:
		return d.union(p)
	}
	return d.anything()
}

func (d *Decoder) scalar(p *readPlan) data.Value {
	var v data.Value
	switch p.op {
	case readFail:
		// What cannot be converted at all is not read either.
		d.fail(p.missing)
		return data.Null
	case readBool:
		b := d.take(1)
		v = data.Bool(len(b) > 0 && b[0] == 1)
	case readInt:
		return d.integer(p, d.int())
	case readLong:
		x := d.long()
		if p.kind == data.TimestampKind && p.err == nil {
			return data.TimestampMillis(x)
		}
		v = data.Int64(x)
	case readFloat:
		v = data.Float32(d.float32())
	case readDouble:
		v = data.Float64(d.float64())
	case readText:
		v = data.TextOf(d.text())
	case readBytes:
		return d.bytes(p, d.take(d.long()))
	case readFixed:
		return d.bytes(p, d.take(int64(p.size)))
	case readEnum:
		i := d.int()
		if i < 0 || int(i) >= len(p.symbols) {
			d.fail(errSymbol)
			return data.Null
		}
		v = p.symbols[i]
	}
	if p.err != nil {
		return d.reject(p.err)
	}
	return v
}

func (d *Decoder) integer(p *readPlan, x int32) data.Value {
	if p.err != nil {
		return d.reject(p.err)
	}
	var v data.Value
	var err error
	switch p.kind {
	case data.Int8Kind:
		return data.Int8(int8(x))
	case data.Int16Kind:
		return data.Int16(int16(x))
	case data.DateKind:
		v, err = data.DateFromDays(p.schema, x)
	case data.TimeKind:
		v, err = data.TimeFromMillis(p.schema, x)
	default:
		return data.Int32(x)
	}
	if err != nil {
		return d.reject(err)
	}
	return v
}

func (d *Decoder) bytes(p *readPlan, b []byte) data.Value {
	switch {
	case d.bad != nil:
		return data.Null
	case p.err != nil:
		return d.reject(p.err)
	case p.kind != data.DecimalKind:
		return d.buffer(b)
	case len(b) == 0:
		return d.reject(javafmt.NewException(javafmt.NumberFormatException, "Zero length BigInteger", nil))
	}
	return data.DecimalFromTwosComplement(b, p.scale).Value()
}
