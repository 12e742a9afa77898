package postgres

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// appendValue appends a value, which is not null, in PostgreSQL's text format.
func appendValue(dst []byte, a dialect.Arg, c *dialect.Column) ([]byte, error) {
	switch a.Kind {
	case data.BoolKind:
		b, _ := a.Value.Bool()
		if c != nil && (c.JDBC >= dialect.TinyInt && c.JDBC <= dialect.Numeric || bits(c)) { // pgjdbc is refused there
			if b {
				return append(dst, '1'), nil
			}
			return append(dst, '0'), nil
		}
		if b {
			return append(dst, 't'), nil
		}
		return append(dst, 'f'), nil
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := a.Value.Int64()
		if bits(c) {
			return appendBits(dst, n, c.Precision), nil
		}
		return strconv.AppendInt(dst, n, 10), nil
	case data.Float32Kind:
		f, _ := a.Value.Float32()
		return appendFloat(dst, float64(f), 32), nil
	case data.Float64Kind:
		f, _ := a.Value.Float64()
		if c != nil && c.Type == "money" { // takes no exponent
			return strconv.AppendFloat(dst, f, 'f', -1, 64), nil
		}
		return appendFloat(dst, f, 64), nil
	case data.StringKind:
		s, _ := a.Value.Text()
		return append(dst, s...), nil
	case data.BytesKind:
		b, _ := a.Value.Bytes()
		if bits(c) { // sources read more than eight bits as the bytes of their text
			return append(dst, b...), nil
		}
		return hex.AppendEncode(append(dst, '\\', 'x'), b), nil
	case data.DecimalKind:
		d, _ := a.Value.Decimal()
		return append(dst, d.PlainString()...), nil
	case data.DateKind:
		return appendDate(dst, a.Time), nil
	case data.TimeKind:
		return a.Time.AppendFormat(dst, "15:04:05.999999"), nil
	case data.TimestampKind:
		return appendTimestamp(dst, a.Time, time.Microsecond), nil
	case data.ListKind:
		return appendList(dst, a.Value.List(), c)
	}
	return dst, a.Unsupported("PostgreSQL")
}

func bits(c *dialect.Column) bool { return c != nil && (c.Type == "bit" || c.Type == "varbit") }

// appendBits appends the lowest bits of a number, as a source reads those of a column; all that it needs where the column has no length.
func appendBits(dst []byte, n int64, length int) []byte {
	if length < 1 {
		return strconv.AppendUint(dst, uint64(n), 2)
	}
	for i := length - 1; i >= 0; i-- {
		dst = append(dst, '0'+byte(n>>min(i, 63)&1))
	}
	return dst
}

func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// year moves years before the first to those that PostgreSQL writes with BC.
func year(t time.Time) (time.Time, bool) {
	if y := t.Year(); y <= 0 {
		return time.Date(1-y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()), true
	}
	return t, false
}

func appendDate(dst []byte, t time.Time) []byte {
	t, bc := year(t)
	dst = t.AppendFormat(dst, "2006-01-02")
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

func appendTimestamp(dst []byte, t time.Time, unit time.Duration) []byte {
	switch ms := t.UnixMilli(); {
	case ms >= dialect.Infinite:
		return append(dst, "infinity"...)
	case ms <= dialect.InfinitePast:
		return append(dst, "-infinity"...)
	}
	t, bc := year(t.Round(unit))
	dst = t.AppendFormat(dst, "2006-01-02 15:04:05.999999999-07:00:00") // local mean times have seconds
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

// appendList appends an array, {1,"two",NULL}.
func appendList(dst []byte, l *data.List, c *dialect.Column) ([]byte, error) {
	dst = append(dst, '{')
	for i, v := range l.All() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.IsNull() {
			dst = append(dst, "NULL"...)
			continue
		}
		a := dialect.ArgOf(v)
		if v.Kind() == data.ListKind {
			var err error
			if dst, err = appendList(dst, v.List(), c); err != nil {
				return dst, err
			}
			continue
		}
		dst = append(dst, '"')
		start := len(dst)
		var err error
		if dst, err = appendValue(dst, a, nil); err != nil {
			return dst, err
		}
		dst = escape(dst, start, `"\`, func(b byte) byte { return b })
		dst = append(dst, '"')
	}
	return append(dst, '}'), nil
}

// escape puts a backslash before each of the special bytes from start on, which become what as says.
func escape(dst []byte, start int, special string, as func(byte) byte) []byte {
	n := 0
	for _, b := range dst[start:] {
		if within(special, b) {
			n++
		}
	}
	if n == 0 {
		return dst
	}
	from := len(dst) - 1
	for range n {
		dst = append(dst, 0)
	}
	for to := len(dst) - 1; from >= start; from-- {
		b := dst[from]
		if within(special, b) {
			dst[to], dst[to-1] = as(b), '\\'
			to -= 2
			continue
		}
		dst[to] = b
		to--
	}
	return dst
}

func within(special string, b byte) bool {
	for i := range len(special) {
		if special[i] == b {
			return true
		}
	}
	return false
}

// copyAs is what stands behind the backslash of COPY's text format.
func copyAs(b byte) byte {
	switch b {
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return b
}
