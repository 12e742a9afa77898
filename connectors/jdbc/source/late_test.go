package source

import (
	"testing"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
)

// TestGuard shows values in turns, with what runs then.
func TestGuard(t *testing.T) {
	const window = time.Minute
	type turn struct {
		after   time.Duration
		value   int64
		running []string
		safe    int64 // 0: none yet
	}
	for name, turns := range map[string][]turn{
		"quiet":               {{0, 5, nil, 5}, {time.Second, 9, nil, 9}},
		"ends":                {{0, 5, []string{"a"}, 0}, {time.Second, 7, []string{"a", "b"}, 0}, {time.Second, 8, []string{"b"}, 5}, {time.Second, 8, []string{"c"}, 8}},
		"always another":      {{0, 5, []string{"a"}, 0}, {time.Second, 6, []string{"b"}, 5}, {time.Second, 7, []string{"c"}, 6}},
		"nobody tells":        {{0, 5, unknown, 0}, {59 * time.Second, 6, nil, 6}, {time.Second, 7, unknown, 6}, {time.Minute, 7, unknown, 7}},
		"is prepared":         {{0, 5, []string{"a"}, 0}, {time.Second, 6, []string{"prepared x"}, 0}, {time.Second, 7, nil, 7}},
		"was prepared":        {{0, 5, []string{"prepared x"}, 0}, {time.Second, 6, []string{"prepared x"}, 0}, {time.Second, 7, nil, 7}},
		"nothing to prepare":  {{0, 5, nil, 5}, {time.Second, 6, []string{"prepared x"}, 5}},
		"one that never ends": {{0, 5, []string{"a"}, 0}, {59 * time.Second, 6, []string{"a"}, 0}, {2 * time.Second, 7, []string{"a"}, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			var g guard
			now := time.Now()
			for i, x := range turns {
				now = now.Add(x.after)
				g.see(x.value, x.running, now, window)
				if g.any != (x.safe != 0) || g.safe != x.safe {
					t.Errorf("turn %d: %d is safe, want %d", i, g.safe, x.safe)
				}
			}
		})
	}
}

// TestUnit says how far apart timestamps of a column are at least.
func TestUnit(t *testing.T) {
	s := &settings{}
	s.Dialect = sqlserver.Dialect{}
	for _, c := range []struct {
		column dialect.Column
		want   time.Duration
	}{
		{dialect.Column{JDBC: dialect.Timestamp, Type: "SMALLDATETIME", Scale: 0}, time.Minute}, {dialect.Column{JDBC: dialect.Timestamp, Type: "DATE", Scale: -1}, time.Second},
		{dialect.Column{JDBC: dialect.Date, Type: "DATE", Scale: 0}, 24 * time.Hour}, {dialect.Column{JDBC: dialect.Timestamp, Type: "DATETIME2", Scale: 1}, 100 * time.Millisecond},
		{dialect.Column{JDBC: dialect.Timestamp, Type: "TIMESTAMP", Scale: 6}, time.Millisecond},
	} {
		if got := (&reader{settings: s, stampColumn: &c.column}).unit(); got != c.want {
			t.Errorf("%s: %v, want %v", c.column.Type, got, c.want)
		}
	}
}
