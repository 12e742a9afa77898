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
