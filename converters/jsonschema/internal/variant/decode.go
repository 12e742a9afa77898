package variant

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

var errMalformed = javafmt.NewException(javafmt.IllegalArgument, "the variant's bytes are malformed", nil)

// AppendJSON appends the JSON of a variant.
func AppendJSON(dst, metadata, value []byte) ([]byte, error) {
	d := decoder{}
	if err := d.begin(metadata); err != nil {
		return dst, err
	}
	return d.value(dst, value, 1)
}

type decoder struct {
	keys    []byte
	offsets []byte
	size    int
	count   int
}

// unsigned reads a number of at most 4 bytes; ok is false beyond the end.
func unsigned(b []byte, at, size int) (x int, ok bool) {
	if at < 0 || size < 1 || at+size > len(b) {
		return 0, false
	}
	for i := size - 1; i >= 0; i-- {
		x = x<<8 | int(b[at+i])
	}
	return x, x <= math.MaxInt32
}

func (d *decoder) begin(metadata []byte) error {
	if len(metadata) == 0 {
		return errMalformed
	}
	if v := metadata[0] & 0x0f; v != version {
		return javafmt.NewException(javafmt.UnsupportedOperation, "Unsupported variant metadata version: "+strconv.Itoa(int(v)), nil)
	}
	d.size = int(metadata[0]>>6) + 1
	var ok bool
	if d.count, ok = unsigned(metadata, 1, d.size); !ok || d.count > len(metadata) {
		return errMalformed
	}
	keys := 1 + d.size + (d.count+1)*d.size
	if keys > len(metadata) {
		return errMalformed
	}
	d.offsets, d.keys = metadata[1+d.size:keys], metadata[keys:]
	return nil
}

func (d *decoder) key(id int) (string, bool) {
	if id >= d.count {
		return "", false
	}
	from, ok := unsigned(d.offsets, id*d.size, d.size)
	to, alsoOK := unsigned(d.offsets, (id+1)*d.size, d.size)
	if !ok || !alsoOK || from > to || to > len(d.keys) {
		return "", false
	}
	return javafmt.DecodeUTF8(d.keys[from:to]), true
}

func (d *decoder) value(dst, b []byte, depth int) ([]byte, error) {
	if len(b) == 0 || depth > jsonscan.MaxDepth {
		return dst, errMalformed
	}
	info := int(b[0] >> 2)
	switch b[0] & 3 {
	case shortText:
		if 1+info > len(b) {
			return dst, errMalformed
		}
		return jsonscan.AppendQuoted(dst, javafmt.DecodeUTF8(b[1:1+info])), nil
	case object:
		return d.container(dst, b, '{', '}', (info>>2&3)+1, info>>4&1 == 1, depth)
	case array:
		return d.container(dst, b, '[', ']', 0, info>>2&1 == 1, depth)
	}
	return d.primitive(dst, info, b[1:])
}

// container appends an object, whose ids take idSize bytes each, or an array.
func (d *decoder) container(dst, b []byte, open, end byte, idSize int, large bool, depth int) ([]byte, error) {
	offsetSize, sizeBytes := int(b[0]>>2&3)+1, 1
	if large {
		sizeBytes = 4
	}
	n, ok := unsigned(b, 1, sizeBytes)
	if !ok || n > len(b) {
		return dst, errMalformed
	}
	ids := 1 + sizeBytes
	offsets := ids + n*idSize
	start := offsets + (n+1)*offsetSize
	dst = append(dst, open)
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		at, ok := unsigned(b, offsets+i*offsetSize, offsetSize)
		if !ok || start+at >= len(b) {
			return dst, errMalformed
		}
		if idSize > 0 {
			id, ok := unsigned(b, ids+i*idSize, idSize)
			key, known := d.key(id)
			if !ok || !known {
				return dst, errMalformed
			}
			dst = append(jsonscan.AppendQuoted(dst, key), ':')
		}
		var err error
		if dst, err = d.value(dst, b[start+at:], depth+1); err != nil {
			return dst, err
		}
		if len(dst) > jsonscan.MaxText {
			return dst, errMalformed
		}
	}
	return append(dst, end), nil
}

// widths are the sizes of the primitive types that have one.
var widths = map[int]int{
	int8Type: 1, int16Type: 2, int32Type: 4, int64Type: 8, doubleType: 8, decimal4: 5, decimal8: 9, decimal16: 17, dateType: 4, timestampTZ: 8,
	timestampNTZ: 8, floatType: 4, timeType: 8, nanosTZ: 8, nanosNTZ: 8, uuidType: 16,
}

func (d *decoder) primitive(dst []byte, kind int, b []byte) ([]byte, error) {
	switch kind {
	case null:
		return append(dst, "null"...), nil
	case yes:
		return append(dst, "true"...), nil
	case no:
		return append(dst, "false"...), nil
	case binaryType, longText:
		n, ok := unsigned(b, 0, 4)
		if !ok || 4+n > len(b) {
			return dst, errMalformed
		}
		if b = b[4 : 4+n]; kind == longText {
			return jsonscan.AppendQuoted(dst, javafmt.DecodeUTF8(b)), nil
		}
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"'), nil
	}
	width, ok := widths[kind]
	if !ok {
		return dst, javafmt.NewException(javafmt.UnsupportedOperation, "Unknown type in Variant. primitive type: "+strconv.Itoa(kind), nil)
	}
	if width > len(b) {
		return dst, errMalformed
	}
	b = b[:width]
	switch kind {
	case decimal4, decimal8, decimal16:
		x := javafmt.Decimal{Unscaled: bigOf(b[1:]), Scale: int32(b[0])}
		return append(dst, x.String()...), nil
	case uuidType:
		h := hex.EncodeToString(b)
		return append(dst, `"`+h[:8]+"-"+h[8:12]+"-"+h[12:16]+"-"+h[16:20]+"-"+h[20:]+`"`...), nil
	}
	x := int64(0)
	for i := width - 1; i >= 0; i-- {
		x = x<<8 | int64(b[i])
	}
	x = x << (64 - 8*width) >> (64 - 8*width)
	switch kind {
	case doubleType:
		return finite(dst, math.Float64frombits(uint64(x)), javafmt.AppendDouble), nil
	case floatType:
		return finite(dst, math.Float32frombits(uint32(x)), javafmt.AppendFloat), nil
	case dateType, timestampTZ, timestampNTZ, timeType, nanosTZ, nanosNTZ:
		return append(append(append(dst, '"'), temporal(kind, x)...), '"'), nil
	}
	return strconv.AppendInt(dst, x, 10), nil
}

func finite[F float32 | float64](dst []byte, f F, appendFloat func([]byte, F) []byte) []byte {
	if f-f != 0 {
		return append(appendFloat(append(dst, '"'), f), '"')
	}
	return appendFloat(dst, f)
}

// temporal returns the text of a date or time: with seconds always, and no, three, six or nine digits of their fraction.
func temporal(kind int, x int64) string {
	var t time.Time
	switch kind {
	case dateType:
		return time.Unix(x*24*60*60, 0).UTC().Format("2006-01-02")
	case nanosTZ, nanosNTZ:
		t = time.Unix(0, x).UTC()
	default:
		t = time.UnixMicro(x).UTC()
	}
	fraction := ""
	switch n := t.Nanosecond(); {
	case n == 0:
	case n%1_000_000 == 0:
		fraction = ".000"
	case n%1_000 == 0:
		fraction = ".000000"
	default:
		fraction = ".000000000"
	}
	switch kind {
	case timeType:
		return t.Format("15:04:05" + fraction)
	case timestampTZ, nanosTZ:
		return t.Format("2006-01-02T15:04:05"+fraction) + "Z"
	}
	return t.Format("2006-01-02T15:04:05" + fraction)
}
