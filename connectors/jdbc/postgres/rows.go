package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

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

func (r *rows) Cell(i int) dialect.Cell {
	raw := r.raw[i]
	if raw == nil {
		return dialect.Cell{Null: true}
	}
	switch oid := r.binary[i]; oid {
	case 0:
	case pgtype.ByteaOID:
		return dialect.Cell{Form: dialect.Raw, Text: raw}
	case pgtype.BoolOID:
		if len(raw) == 1 {
			return dialect.Cell{Form: dialect.Int, Num: int64(raw[0])}
		}
	case pgtype.Int2OID:
		if len(raw) == 2 {
			return dialect.Cell{Form: dialect.Int, Num: int64(int16(binary.BigEndian.Uint16(raw)))}
		}
	case pgtype.Int4OID:
		if len(raw) == 4 {
			return dialect.Cell{Form: dialect.Int, Num: int64(int32(binary.BigEndian.Uint32(raw)))}
		}
	case pgtype.OIDOID:
		if len(raw) == 4 {
			return dialect.Cell{Form: dialect.Int, Num: int64(binary.BigEndian.Uint32(raw))}
		}
	case pgtype.Int8OID:
		if len(raw) == 8 {
			return dialect.Cell{Form: dialect.Int, Num: int64(binary.BigEndian.Uint64(raw))}
		}
	case pgtype.Float4OID:
		if len(raw) == 4 {
			f := float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))
			return dialect.Cell{Form: dialect.Real64, Num: int64(math.Float64bits(f))}
		}
	case pgtype.Float8OID:
		if len(raw) == 8 {
			return dialect.Cell{Form: dialect.Real64, Num: int64(binary.BigEndian.Uint64(raw))}
		}
	case pgtype.DateOID:
		if len(raw) == 4 {
			return dialect.Cell{Form: dialect.Days, Num: days(int32(binary.BigEndian.Uint32(raw)))}
		}
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		if len(raw) == 8 {
			c := dialect.Cell{Form: dialect.Micros, Num: micros(int64(binary.BigEndian.Uint64(raw)))}
			if oid == pgtype.TimestampOID {
				c.Form = dialect.LocalMicros
			}
			return c
		}
	}
	return dialect.Cell{Text: raw}
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

func micros(n int64) int64 {
	if n == math.MaxInt64 || n == math.MinInt64 {
		return n
	}
	return n + microsTo2000
}

func (r *rows) Err() error { return r.r.Err() }

func (r *rows) Close() error {
	r.r.Close()
	if err := r.r.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
