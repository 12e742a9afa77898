package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/moldau/moldau/internal/javafmt"
)

// The offset file is one java.util.HashMap<byte[],byte[]> in the Java Object Serialization Stream Protocol.
const (
	streamHeader = "\xac\xed\x00\x05"

	tagNull      = 0x70
	tagReference = 0x71
	tagClassDesc = 0x72
	tagObject    = 0x73
	tagString    = 0x74
	tagArray     = 0x75
	tagBlockData = 0x77
	tagEndBlock  = 0x78

	firstHandle = 0x7e0000

	hashMapClass  = "java.util.HashMap"
	linkedMap     = "java.util.LinkedHashMap"
	bytesClass    = "[B"
	hashMapUID    = "\x05\x07\xda\xc1\xc3\x16\x60\xd1"
	hashMapHeader = "\x73\x72\x00\x11java.util.HashMap" + hashMapUID + "\x03\x00\x02F\x00\x0aloadFactorI\x00\x09threshold\x78\x70"
	bytesHeader   = "\x75\x72\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00\x78\x70"
	bytesAgain    = "\x75\x71\x00\x7e\x00\x02"
)

// EncodeOffsetFile returns the file for keys with their values, nil for null, as Java writes a map of that many entries.
func EncodeOffsetFile(rows [][2][]byte) []byte {
	b := append([]byte(streamHeader), hashMapHeader...)
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(0.75))
	capacity, threshold := 16, 0
	if len(rows) > 0 {
		for 4*len(rows) > 3*capacity {
			capacity *= 2
		}
		threshold = capacity / 4 * 3
	}
	b = binary.BigEndian.AppendUint32(b, uint32(threshold))
	b = append(b, tagBlockData, 8)
	b = binary.BigEndian.AppendUint32(b, uint32(capacity))
	b = binary.BigEndian.AppendUint32(b, uint32(len(rows)))
	described := false
	array := func(v []byte) {
		switch {
		case v == nil:
			b = append(b, tagNull)
			return
		case described:
			b = append(b, bytesAgain...)
		default:
			b, described = append(b, bytesHeader...), true
		}
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	for _, r := range rows {
		array(r[0])
		array(r[1])
	}
	return append(b, tagEndBlock)
}

// DecodeOffsetFile returns the keys and values, nil for null, of what Java or EncodeOffsetFile wrote, in its order. A file that ends within or right after the stream header holds no offsets,
// as for Java; one that ends later was damaged, and taking it for empty, as Java does, would silently start all sources anew.
func DecodeOffsetFile(b []byte) ([][2][]byte, error) {
	if len(b) < len(streamHeader) {
		return nil, nil
	}
	if string(b[:len(streamHeader)]) != streamHeader {
		return nil, errors.New("it does not begin with the header of a Java serialization stream")
	}
	if len(b) == len(streamHeader) {
		return nil, nil
	}
	d := &serialReader{b: b, at: len(streamHeader)}
	rows := d.offsets()
	return rows, d.err
}

type classDesc struct {
	name   string
	flags  byte
	fields []byte // type codes
	super  *classDesc
}

type serialReader struct {
	b       []byte
	at      int
	handles []any // *classDesc, []byte, or nil for objects that nothing refers to
	err     error
}

func (d *serialReader) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format+" (at byte %d)", append(args, d.at)...)
	}
}

func (d *serialReader) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.b)-d.at {
		d.fail("it is cut off")
		return nil
	}
	d.at += n
	return d.b[d.at-n : d.at : d.at]
}

func (d *serialReader) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *serialReader) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *serialReader) text() string {
	if b := d.take(2); b != nil {
		return string(d.take(int(binary.BigEndian.Uint16(b))))
	}
	return ""
}

func (d *serialReader) offsets() [][2][]byte {
	switch d.byte() {
	case tagObject:
	case tagString:
		d.err = javafmt.NewException(javafmt.ConnectException, "Expected HashMap but found class java.lang.String", nil)
		return nil
	default:
		d.fail("it holds no object")
		return nil
	}
	class := d.classDesc()
	if d.err != nil || class == nil {
		return nil
	}
	if class.name != hashMapClass && class.name != linkedMap {
		// FileOffsetBackingStore.load
		d.err = javafmt.NewException(javafmt.ConnectException, "Expected HashMap but found class "+class.name, nil)
		return nil
	}
	d.handles = append(d.handles, nil)
	if class.name == linkedMap && (class.super == nil || class.super.name != hashMapClass) {
		d.fail("%s is not a HashMap", class.name)
	}
	return d.entries()
}

func (d *serialReader) entries() [][2][]byte {
	d.take(8) // load factor and threshold, which Java computes anew
	if d.byte() != tagBlockData || d.byte() != 8 {
		d.fail("the map has no size")
	}
	d.take(4)
	n := int(int32(d.uint32()))
	if d.err != nil || n < 0 || n > len(d.b)-d.at {
		d.fail("the map has an impossible size")
		return nil
	}
	rows := make([][2][]byte, 0, n)
	for range n {
		r := [2][]byte{d.array(), d.array()}
		if d.err != nil {
			return nil
		}
		rows = append(rows, r)
	}
	if d.byte() != tagEndBlock {
		d.fail("the map does not end where it should")
	}
	return rows
}

func (d *serialReader) array() []byte {
	switch d.byte() {
	case tagNull:
		return nil
	case tagReference:
		array, ok := d.reference().([]byte)
		if !ok {
			d.fail("an entry refers to something that is no byte array")
		}
		return array
	case tagArray:
		class := d.classDesc()
		if d.err == nil && (class == nil || class.name != bytesClass) {
			d.fail("an entry is no byte array")
		}
		d.handles = append(d.handles, nil)
		at := len(d.handles) - 1
		array := d.take(int(int32(d.uint32())))
		d.handles[at] = array
		return array
	case tagString:
		d.err = javafmt.NewException(javafmt.ClassCastException, "class java.lang.String cannot be cast to class [B", nil)
	default:
		d.fail("an entry is no byte array")
	}
	return nil
}

func (d *serialReader) reference() any {
	i := int(d.uint32()) - firstHandle
	if d.err != nil || i < 0 || i >= len(d.handles) {
		d.fail("an unknown handle is used")
		return nil
	}
	return d.handles[i]
}

func (d *serialReader) classDesc() *classDesc {
	switch d.byte() {
	case tagNull:
		return nil
	case tagReference:
		class, ok := d.reference().(*classDesc)
		if !ok {
			d.fail("a class is expected")
		}
		return class
	case tagClassDesc:
	default:
		d.fail("a class is expected")
		return nil
	}
	class := &classDesc{name: d.text()}
	if uid := d.take(8); class.name == hashMapClass && string(uid) != hashMapUID {
		d.fail("%s has another version", class.name)
	}
	d.handles = append(d.handles, class)
	class.flags = d.byte()
	n := 0
	if b := d.take(2); b != nil {
		n = int(binary.BigEndian.Uint16(b))
	}
	for range n {
		code := d.byte()
		d.text()
		if code == 'L' || code == '[' {
			if d.byte() == tagString {
				d.handles = append(d.handles, nil)
				d.text()
			} else {
				d.take(4)
			}
		}
		if d.err != nil {
			return nil
		}
		class.fields = append(class.fields, code)
	}
	if d.byte() != tagEndBlock {
		d.fail("a class has annotations")
	}
	class.super = d.classDesc()
	return class
}
