package logs

import (
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/javafmt"
)

func TestSameness(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	steady := func(text string) uint64 {
		var h maphash.Hash
		h.SetSeed(seed)
		writeSteady(&h, text)
		return h.Sum64()
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"offset 41 of orders", "offset 7042 of orders", true},
		{"offset=41", "offset=7", true},
		{`{"offset":41}`, `{"offset":7}`, true},
		{"topic 'orders', partition 2, offset 41", "topic 'orders', partition 2, offset 42", true},
		{"topic 'orders', partition 2, offset 41", "topic 'orders', partition 3, offset 41", false},
		{"refused at 41", "refused at 5", true},
		{"no answer in 30s", "no answer in 1m30.5s", false}, // two words of time
		{"no answer in 30.5s", "no answer in 2s", true},
		{"no answer in 30 ms", "no answer in 2 ms", true},
		{"it took 1.25", "it took 3.5", true},
		{"112 bytes", "1 bytes", true},
		{"since 2026-11-20T23:18:37.080Z", "since 2026-11-21T00:00:00.1Z", true},
		{"since 23:18:37", "since 01:02:03", true},
		{"transaction 123456789", "transaction 987654", true},
		{"read tcp 10.0.0.1:43210->10.0.0.2:9092: reset", "read tcp 10.0.0.1:43212->10.0.0.2:9092: reset", true},
		{"read tcp [::1]:43210->[::1]:9092: reset", "read tcp [::1]:4321->[::1]:9092: reset", true},
		{"dial tcp 10.0.0.2:9092", "dial tcp 10.0.0.3:9092", false},
		{"broker-1:9092", "broker-2:9092", false},
		{"ERROR: duplicate key (SQLSTATE 23505)", "ERROR: connection failure (SQLSTATE 08006)", false},
		{"SQLSTATE 23505", "SQLSTATE 08006", false},
		{"SQLSTATE:23505", "SQLSTATE:23503", false},
		{"HTTP 401", "HTTP 500", false},
		{"status=401", "status=500", false},
		{"ORA-00001", "ORA-12541", false},
		{"ORA-00001: x", "ORA-12541: x", false},
		{"error code 3", "error code 22", false},
	} {
		if same := steady(c.a) == steady(c.b); same != c.same {
			t.Errorf("%q and %q: %v", c.a, c.b, same)
		}
	}
}

// TestErrorsThatTakeTurns: two errors that differ in a code, or in a cause only, are both written, and counted each for itself.
func TestErrorsThatTakeTurns(t *testing.T) {
	t.Parallel()
	caused := func(text string) error {
		return javafmt.NewException(javafmt.ConnectException, "put failed", errors.New(text))
	}
	for name, c := range map[string][2]error{
		"codes":         {errors.New("put failed: SQLSTATE 23505"), errors.New("put failed: SQLSTATE 08006")},
		"causes":        {caused("HTTP 401"), caused("HTTP 500")},
		"further lines": {errors.New("put failed\nORA-00001"), errors.New("put failed\nORA-12541")},
	} {
		repeating(t, func(h *Handler, log *slog.Logger, lines func() []string) {
			for i := range 6 {
				log.Error("Put failed", "offset", i, "error", fmt.Errorf("%w", c[i%2]))
			}
			written := strings.Join(lines(), "\n")
			for _, err := range c {
				detail := javafmt.Root(err).Error()
				if n := strings.Count(written, detail[strings.LastIndexByte(detail, ' ')+1:]); n != 1 {
					t.Errorf("%s: %v is there %d times in\n%s", name, err, n, written)
				}
			}
			h.Flush()
			if counts := lines(); len(counts) != 2 || !strings.Contains(counts[0], "repeated=2 ") || !strings.Contains(counts[1], "repeated=2 ") {
				t.Errorf("%s: %q", name, counts)
			}
		})
	}
}
