package mysql

import (
	"encoding/hex"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// loadStatement names the columns in the order of the rows. Bytes come as hexadecimal digits, for they are no text; a BIT would take the
// digits of a number for characters.
func loadStatement(reader, table string, w *dialect.Write) string {
	var columns, set []string
	for i, q := range w.Quoted {
		v := "@moldau" + strconv.Itoa(i)
		switch w.Columns[i].JDBC {
		case dialect.Binary:
			set = append(set, q+"=UNHEX("+v+")")
		case dialect.Bit:
			set = append(set, q+"=CAST("+v+" AS UNSIGNED)")
		default:
			v = q
		}
		columns = append(columns, v)
	}
	sql := "LOAD DATA LOCAL INFILE 'Reader::" + reader + "' INTO TABLE " + table + " CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x09 ESCAPED BY 0x5C LINES TERMINATED BY 0x0A (" +
		strings.Join(columns, ",") + ")"
	if len(set) > 0 {
		sql += " SET " + strings.Join(set, ",")
	}
	return sql
}

// loadReader writes rows as the driver asks for them, so that memory does not grow with their number.
type loadReader struct {
	d    Dialect
	w    *dialect.Write
	row  int
	buf  []byte
	sent int
	err  error
}

func (r *loadReader) reset(d Dialect, w *dialect.Write) {
	*r = loadReader{d: d, w: w, buf: r.buf[:0]}
}

const (
	loadChunk = 64 << 10
	mostKept  = 1 << 20 // of the buffer
)

func (r *loadReader) Read(p []byte) (int, error) {
	if r.w == nil {
		return 0, io.EOF
	}
	if r.sent == len(r.buf) {
		if cap(r.buf) > mostKept {
			r.buf = nil
		}
		r.buf, r.sent = r.buf[:0], 0
		for r.row < r.w.Rows && len(r.buf) < loadChunk {
			if r.err = r.appendRow(); r.err != nil {
				return 0, r.err
			}
			r.row++
		}
		if len(r.buf) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, r.buf[r.sent:])
	r.sent += n
	return n, nil
}

func (r *loadReader) appendRow() error {
	for i := range r.w.Columns {
		if i > 0 {
			r.buf = append(r.buf, '\t')
		}
		a, err := r.w.Arg(r.row, i)
		if err != nil {
			return err
		}
		if r.buf, err = appendField(r.buf, r.d, a, &r.w.Columns[i]); err != nil {
			return err
		}
	}
	r.buf = append(r.buf, '\n')
	return nil
}

// errUnlike is a value that LOAD DATA could take for another one than INSERT takes it for.
var errUnlike = errors.New("the value goes by INSERT")

// appendField appends what Bind makes of a value.
func appendField(dst []byte, d Dialect, a dialect.Arg, c *dialect.Column) ([]byte, error) {
	plain := c.JDBC != dialect.Binary && c.JDBC != dialect.Bit && c.Type != "ENUM" && c.Type != "SET"
	switch {
	case a.Kind == data.NullKind:
		if !c.Nullable { // it may become something else without a warning
			return dst, errUnlike
		}
		return append(dst, '\\', 'N'), nil
	case a.Kind == data.StringKind && plain:
		s, _ := a.Value.Text()
		return appendEscaped(dst, s), nil
	case (a.Kind == data.Int64Kind || a.Kind == data.Int32Kind) && plain:
		n, _ := a.Value.Int64()
		return strconv.AppendInt(dst, n, 10), nil
	}
	v, err := d.Bind(a, c)
	if err != nil {
		return dst, &dialect.RowError{Column: c.Name, Err: err}
	}
	switch c.JDBC {
	case dialect.Binary:
		switch x := v.(type) {
		case []byte:
			return hex.AppendEncode(dst, x), nil
		case string:
			return hex.AppendEncode(dst, []byte(x)), nil
		}
		return dst, errUnlike
	case dialect.Bit:
		if n, ok := v.(int64); ok {
			return strconv.AppendInt(dst, n, 10), nil
		}
		return dst, errUnlike
	}
	switch x := v.(type) {
	case string:
		return appendEscaped(dst, x), nil
	case []byte:
		if plain {
			return appendEscaped(dst, string(x)), nil
		}
	case int64:
		if plain {
			return strconv.AppendInt(dst, x, 10), nil
		}
	case float64:
		number := c.JDBC == dialect.Real || c.JDBC == dialect.Float || c.JDBC == dialect.Double
		if number && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return strconv.AppendFloat(dst, x, 'g', -1, 64), nil
		}
	}
	return dst, errUnlike
}

// special are the bytes with a meaning in the text.
const special = "\\\t\n\x00"

func appendEscaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, special)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i]...), '\\')
		switch s[i] {
		case '\t':
			dst = append(dst, 't')
		case '\n':
			dst = append(dst, 'n')
		case 0:
			dst = append(dst, '0')
		default:
			dst = append(dst, s[i])
		}
		s = s[i+1:]
	}
}
