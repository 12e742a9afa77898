package postgres

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestLastTimestamps reads moments that the server has and that have more than 63 bits of microseconds since 1970.
func TestLastTimestamps(t *testing.T) {
	const day = 24 * 60 * 60 * 1_000_000
	for _, c := range []struct {
		micros int64 // since 2000
		oid    uint32
		form   dialect.Form
		want   string
	}{
		{0, pgtype.TimestampOID, dialect.LocalMicros, "2000-01-01 00:00:00"},
		{math.MaxInt64 - microsTo2000, pgtype.TimestampOID, dialect.LocalMicros, "294247-01-10 04:00:54.775807"},
		{math.MaxInt64 - microsTo2000 + 1, pgtype.TimestampOID, dialect.NoNumber, "294247-01-10 04:00:54.775808"},
		{106751983*day - 1, pgtype.TimestampOID, dialect.NoNumber, "294276-12-31 23:59:59.999999"},
		{106751983*day - 1, pgtype.TimestamptzOID, dialect.NoNumber, "294276-12-31 23:59:59.999999Z"},
		{106751983*day - 1_000_000, pgtype.TimestamptzOID, dialect.NoNumber, "294276-12-31 23:59:59Z"},
	} {
		r := rows{binary: []uint32{c.oid}, raw: [][]byte{binary.BigEndian.AppendUint64(nil, uint64(c.micros))}}
		if got := r.Cell(0); got.String() != c.want || got.Form != c.form {
			t.Errorf("%d of type %d are %s of form %d, want %s of form %d", c.micros, c.oid, got, got.Form, c.want, c.form)
		}
	}
	for _, end := range []int64{math.MaxInt64, math.MinInt64} {
		r := rows{binary: []uint32{pgtype.TimestampOID}, raw: [][]byte{binary.BigEndian.AppendUint64(nil, uint64(end))}}
		if got := r.Cell(0); got.Num != end {
			t.Errorf("infinity is %d", got.Num)
		}
	}
}
