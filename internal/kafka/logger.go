package kafka

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/logs"
)

// newLogger lets a client log through slog, name before each message as Java's LogContext puts it. kgo's informational messages (every
// metadata update, every group step) are what Java's clients log at DEBUG, so they become Debug; its debug messages lie below that, at
// levelTrace. A warning or an error that repeats is written once a minute, for a client without its broker has several a second to say.
// r remembers what was said; clients of one name, one after the other, share it.
func newLogger(logger *slog.Logger, name string, r *repeats) slogLogger {
	return slogLogger{logger: logger, prefix: "[" + name + "] ", repeats: r}
}

// levelTrace is the slog level of log4j's TRACE.
const levelTrace = slog.LevelDebug - 4

type slogLogger struct {
	logger  *slog.Logger
	prefix  string
	repeats *repeats
	client  Client
	watch   *loginWatch // may be nil
}

func slogLevel(level kgo.LogLevel) slog.Level {
	switch level {
	case kgo.LogLevelError:
		return slog.LevelError
	case kgo.LogLevelWarn:
		return slog.LevelWarn
	case kgo.LogLevelInfo:
		return slog.LevelDebug
	default:
		return levelTrace
	}
}

// Level returns the most detailed level that the slog logger lets through now; it may change while the client lives.
func (l slogLogger) Level() kgo.LogLevel {
	levels := []kgo.LogLevel{kgo.LogLevelDebug, kgo.LogLevelInfo, kgo.LogLevelWarn, kgo.LogLevelError}
	if l.watch != nil {
		levels = levels[:3] // refusals are looked for in warnings and errors, whatever is written
	}
	for _, level := range levels {
		if l.logger.Enabled(context.Background(), slogLevel(level)) {
			return level
		}
	}
	if l.watch != nil {
		return kgo.LogLevelWarn
	}
	return kgo.LogLevelNone
}

// Log writes one message. The client never hands passwords or login tokens to its logger.
func (l slogLogger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	at := slogLevel(level)
	if at >= slog.LevelWarn && l.watch != nil {
		l.watch.logged(keyvals)
	}
	if at >= slog.LevelWarn {
		again, unwritten := l.repeats.note(l.prefix+msg, keyvals)
		switch {
		case again:
			at = slog.LevelDebug
		case unwritten > 0:
			keyvals = append(keyvals[:len(keyvals):len(keyvals)], "repeated", unwritten)
		}
	}
	// The repetitions are counted above, and over a longer time.
	keyvals = append(keyvals[:len(keyvals):len(keyvals)], logs.LoggerKey, loggerName(l.client, msg), logs.DistinctKey, true)
	l.logger.Log(context.Background(), at, l.prefix+msg, keyvals...)
}
