package devbroker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
)

// kfakeLog passes kfake's messages on, and keeps the errors of a close: kfake only logs them.
type kfakeLog struct {
	logger  *slog.Logger
	mu      sync.Mutex
	closing bool
	errs    []error
}

// Logf is called by kfake on any of its goroutines.
func (l *kfakeLog) Logf(level kfake.LogLevel, format string, args ...any) {
	to := slog.LevelDebug // kfake's info is one line per odd request
	switch level {
	case kfake.LogLevelError:
		to = slog.LevelError
	case kfake.LogLevelWarn:
		to = slog.LevelWarn
	}
	if level == kfake.LogLevelError {
		l.mu.Lock()
		if l.closing {
			l.errs = append(l.errs, fmt.Errorf(format, args...))
		}
		l.mu.Unlock()
	}
	if l.logger.Enabled(context.Background(), to) {
		l.logger.Log(context.Background(), to, "embedded broker: "+fmt.Sprintf(format, args...))
	}
}

func (l *kfakeLog) startClosing() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
}

func (l *kfakeLog) closeError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.errs...)
}
