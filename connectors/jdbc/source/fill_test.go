package source

import (
	"math"
	"testing"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestCount counts moments that do not fit as the last that do.
func TestCount(t *testing.T) {
	for _, c := range []struct {
		granularity string
		millis      int64
		want        int64
	}{
		{"micros_long", -1, -1000}, {"nanos_long", 1, 1000000}, {"micros_string", dialect.Infinite, math.MaxInt64}, {"nanos_long", dialect.Infinite, math.MaxInt64},
		{"micros_long", dialect.InfinitePast, -math.MaxInt64}, {"nanos_long", time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), -math.MaxInt64},
	} {
		s := settings{granularity: c.granularity}
		if got := s.count(time.UnixMilli(c.millis)); got != c.want {
			t.Errorf("%s of %d ms: %d, want %d", c.granularity, c.millis, got, c.want)
		}
	}
}
