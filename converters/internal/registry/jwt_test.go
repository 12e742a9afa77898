package registry

import (
	"testing"
	"time"
)

func TestRenewal(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	at := func(seconds int64) time.Time { return time.Unix(1_000_000+seconds, 0) }
	for name, x := range map[string]struct {
		claims claims
		buffer time.Duration
		want   time.Time
	}{
		"four fifths":         {claims{expires: at(10_000)}, 300 * time.Second, at(8_000)},
		"of its whole life":   {claims{issued: at(-10_000), expires: at(10_000)}, 300 * time.Second, at(6_000)},
		"the buffer is wider": {claims{expires: at(1_000)}, 300 * time.Second, at(700)},
		"shorter than that":   {claims{expires: at(100)}, 300 * time.Second, at(80)},
		"it is over":          {claims{expires: at(-5)}, 300 * time.Second, at(-5)},
	} {
		if got := x.claims.renewal(now, x.buffer); !got.Equal(x.want) {
			t.Errorf("%s: %v after now", name, got.Sub(now))
		}
	}
}
