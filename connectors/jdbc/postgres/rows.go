package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// formats are the types that come as the server keeps them, which is less work on both sides; all others come as texts.
var formats = pgx.QueryResultFormatsByOID{pgtype.BoolOID: 1, pgtype.Int2OID: 1, pgtype.Int4OID: 1, pgtype.Int8OID: 1, pgtype.OIDOID: 1, pgtype.Float4OID: 1, pgtype.Float8OID: 1,
	pgtype.DateOID: 1, pgtype.TimestampOID: 1, pgtype.TimestamptzOID: 1, pgtype.ByteaOID: 1}

// rows is a result.
type rows struct {
	r       pgx.Rows
	columns []dialect.Result
	binary  []uint32 // the type of a column that comes in binary form, 0 of others
	raw     [][]byte
	cell    dialect.Cell // that Cell returned last
	late    []byte       // its text, where that is not of the server
}

func (r *rows) Columns() []dialect.Result { return r.columns }

func (r *rows) Next() bool {
	if !r.r.Next() {
		return false
	}
	r.raw = r.r.RawValues()
	return true
}

// The server counts from 2000 on.
const (
	daysTo2000   = 10957
	microsTo2000 = daysTo2000 * 24 * 60 * 60 * 1_000_000
)

func (r *rows) Cell(i int) *dialect.Cell {
	c, raw := &r.cell, r.raw[i]
	c.Null, c.Form, c.Text = raw == nil, dialect.NoNumber, raw
	if c.Null {
		return c
	}
	switch oid := r.binary[i]; {
	case oid == 0:
	case oid == pgtype.ByteaOID:
		c.Form = dialect.Raw
	case len(raw) == 1: // a truth value
		c.Form, c.Num = dialect.Int, int64(raw[0])
	case len(raw) == 2:
		c.Form, c.Num = dialect.Int, int64(int16(binary.BigEndian.Uint16(raw)))
	case len(raw) == 4:
		n := binary.BigEndian.Uint32(raw)
		switch oid {
		case pgtype.Int4OID:
			c.Form, c.Num = dialect.Int, int64(int32(n))
		case pgtype.OIDOID:
			c.Form, c.Num = dialect.Int, int64(n)
		case pgtype.Float4OID:
			c.Form, c.Num = dialect.Real64, int64(math.Float64bits(float64(math.Float32frombits(n))))
		case pgtype.DateOID:
			c.Form, c.Num = dialect.Days, days(int32(n))
		}
	case len(raw) == 8:
		n := int64(binary.BigEndian.Uint64(raw))
		switch oid {
		case pgtype.Int8OID:
			c.Form, c.Num = dialect.Int, n
		case pgtype.Float8OID:
			c.Form, c.Num = dialect.Real64, n
		case pgtype.TimestampOID:
			c.Form, c.Num = dialect.LocalMicros, n
			r.from1970(c)
		case pgtype.TimestamptzOID:
			c.Form, c.Num = dialect.Micros, n
			r.from1970(c)
		}
	}
	return c
}

// days moves the count to 1970; the ends of the range are infinity.
func days(n int32) int64 {
	switch n {
	case math.MaxInt32:
		return math.MaxInt64
	case math.MinInt32:
		return math.MinInt64
	}
	return int64(n) + daysTo2000
}

// from1970 moves microseconds to 1970; the ends of the range are infinity. The last thirty years before the year 294277, which the server has, would not
// fit then, and become a text.
func (r *rows) from1970(c *dialect.Cell) {
	switch {
	case c.Num == math.MaxInt64 || c.Num == math.MinInt64:
	case c.Num <= math.MaxInt64-microsTo2000:
		c.Num += microsTo2000
	default:
		layout := "2006-01-02 15:04:05.999999"
		if c.Form == dialect.Micros {
			layout += "Z"
		}
		at := time.UnixMicro(c.Num).UTC().Add(microsTo2000 * time.Microsecond)
		r.late = at.AppendFormat(r.late[:0], layout)
		c.Form, c.Text = dialect.NoNumber, r.late
	}
}

func (r *rows) Err() error { return r.r.Err() }

func (r *rows) Close() error {
	r.r.Close()
	if err := r.r.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
