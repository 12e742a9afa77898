package kafka

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/logs"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	level := new(slog.LevelVar)
	logger := newLogger(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level})), "Producer clientId=p", new(repeats))
	for at, want := range map[slog.Level]kgo.LogLevel{
		levelTrace: kgo.LogLevelDebug, slog.LevelDebug: kgo.LogLevelInfo, slog.LevelInfo: kgo.LogLevelWarn, slog.LevelWarn: kgo.LogLevelWarn,
		slog.LevelError: kgo.LogLevelError, slog.LevelError + 4: kgo.LogLevelNone,
	} {
		level.Set(at)
		if got := logger.Level(); got != want {
			t.Errorf("at %v: %v", at, got)
		}
	}
	level.Set(slog.LevelWarn)
	logger.Log(kgo.LogLevelInfo, "quiet")
	logger.Log(kgo.LogLevelWarn, "loud", "broker", 7)
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `level=WARN msg="[Producer clientId=p] loud" broker=7`) {
		t.Error(got)
	}
}

func TestLoggerWritesRepeatsOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		var r repeats
		logger := newLogger(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == logs.LoggerKey || a.Key == logs.DistinctKey {
				return slog.Attr{}
			}
			return a
		}})), "c", &r)
		taken := func() []string {
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			b.Reset()
			return lines
		}
		refuse := func(addr string, port int) {
			err := errors.New("read tcp 127.0.0.1:" + fmt.Sprint(port) + "->" + addr + ": connection reset")
			logger.Log(kgo.LogLevelWarn, "no connection", "addr", addr, "err", err)
		}
		for i := range 4 {
			refuse("one:9092", 40000+i)
		}
		newLogger(slog.New(slog.DiscardHandler), "d", &r).Log(kgo.LogLevelWarn, "no connection", "addr", "two:9092")
		refuse("two:9092", 1)
		for i, line := range taken() {
			if want := map[bool]string{true: "level=WARN", false: "level=DEBUG"}[i == 0 || i == 4]; !strings.HasPrefix(line, want) {
				t.Errorf("line %d: %s", i, line)
			}
		}
		time.Sleep(repeatAfter)
		refuse("one:9092", 2)
		refuse("two:9092", 2)
		lines := taken()
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "level=WARN") || !strings.HasSuffix(lines[0], "repeated=3") || strings.Contains(lines[1], "repeated") {
			t.Errorf("after a minute: %q", lines)
		}
	})
}

func TestRepeatsAreBounded(t *testing.T) {
	t.Parallel()
	var r repeats
	for i := range 10 * repeatLimit {
		if again, _ := r.note("message", []any{i}); again {
			t.Fatalf("message %d is new", i)
		}
	}
	if len(r.said) > repeatLimit {
		t.Errorf("%d messages remembered", len(r.said))
	}
}
