package postgres

import (
	"testing"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

func TestBits(t *testing.T) {
	for bits, want := range map[int]dialect.JDBC{1: dialect.Boolean, 2: dialect.Bit, 8: dialect.Bit, 9: dialect.Binary, 64: dialect.Binary} {
		if c, ok := (Dialect{}).ColumnOf(dialect.Result{OID: oidBit, Precision: bits}); !ok || c.JDBC != want {
			t.Errorf("bit(%d) is %v", bits, c.JDBC)
		}
	}
}

// TestLocalMeanTime writes a moment whose offset from UTC has seconds.
func TestLocalMeanTime(t *testing.T) {
	prague := time.FixedZone("LMT", 57*60+44)
	if got := string(appendTimestamp(nil, time.Date(1850, 1, 1, 12, 0, 0, 0, prague), time.Microsecond)); got != "1850-01-01 12:00:00+00:57:44" {
		t.Errorf("%s", got)
	}
}

// TestPanickingValue has a value that ends in a panic: it must not be one of the driver's goroutine, which would end the process.
func TestPanickingValue(t *testing.T) {
	r := &copyReader{w: &dialect.Write{Rows: 1, Columns: make([]dialect.Column, 1), Arg: func(int, int) (dialect.Arg, error) { panic("broken") }}}
	if n, err := r.Read(make([]byte, 10)); n != 0 || err == nil || r.panic == nil {
		t.Errorf("%d %v %v", n, err, r.panic)
	}
}

func TestAppendBits(t *testing.T) {
	for length, want := range map[int]string{1: "1", 4: "0101", -1: "101"} {
		if got := string(appendBits(nil, 5, length)); got != want {
			t.Errorf("bits of 5, length %d: %s, want %s", length, got, want)
		}
	}
}
