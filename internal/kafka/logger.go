package kafka

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kgo"
)

// NewLogger lets a client log through slog. kgo's informational messages (every metadata update, every group step) are what
// Java's clients log at DEBUG, so they become Debug; its debug messages lie below that, at LevelTrace.
func NewLogger(logger *slog.Logger) kgo.Logger { return slogLogger{logger} }

// LevelTrace is the slog level of log4j's TRACE.
const LevelTrace = slog.LevelDebug - 4

type slogLogger struct{ logger *slog.Logger }

func slogLevel(level kgo.LogLevel) slog.Level {
	switch level {
	case kgo.LogLevelError:
		return slog.LevelError
	case kgo.LogLevelWarn:
		return slog.LevelWarn
	case kgo.LogLevelInfo:
		return slog.LevelDebug
	default:
		return LevelTrace
	}
}

// Level returns the most detailed level that the slog logger lets through now; it may change while the client lives.
func (l slogLogger) Level() kgo.LogLevel {
	for _, level := range []kgo.LogLevel{kgo.LogLevelDebug, kgo.LogLevelInfo, kgo.LogLevelWarn, kgo.LogLevelError} {
		if l.logger.Enabled(context.Background(), slogLevel(level)) {
			return level
		}
	}
	return kgo.LogLevelNone
}

// Log writes one message. The client never hands passwords or login tokens to its logger.
func (l slogLogger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	l.logger.Log(context.Background(), slogLevel(level), msg, keyvals...)
}
