package app

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/moldau/moldau/internal/logs"
)

// logFormatVariable is the environment variable that chooses the layout of the log of every command.
const logFormatVariable = "MOLDAU_LOG_FORMAT"

// The keys of a worker that its log follows. They are read before all others, for the first line is written before any is checked.
const (
	logFormatKey = "moldau.log.format"
	logRepeatKey = "moldau.log.repeat.window.ms"
)

const (
	// logRepeatWindow is the default of logRepeatKey.
	logRepeatWindow = 30 * time.Second
	// recentLog is how much of the log is kept for support bundles.
	recentLog = 1 << 20
)

// programLog is the log of a command.
type programLog struct {
	// flag and format are the layout's name in --log-format and in the environment; either may be empty.
	flag, format string

	handler *logs.Handler // nil until open
	levels  *logs.Levels
	recent  *logs.Recent
}

// check refuses layouts that do not exist.
func (l *programLog) check() error {
	for _, given := range []struct{ from, name string }{{"--log-format", l.flag}, {logFormatVariable, l.format}} {
		if given.name == "" {
			continue
		}
		if _, err := logs.ParseFormat(given.name); err != nil {
			return fmt.Errorf("%s: %w", given.from, err)
		}
	}
	return nil
}

// openLog begins the log of the command.
func (p *program) openLog(to io.Writer, level slog.Level) *slog.Logger {
	l := &p.log
	l.levels = logs.NewLevels(level)
	l.recent = logs.NewRecent(recentLog)
	l.handler = logs.NewHandler(to, l.levels).Hiding(p.redactor).Remember(l.recent)
	l.handler.Collapse(logRepeatWindow)
	l.configure(nil)
	return slog.New(l.handler)
}

// configure takes the keys of a worker's file. What is wrong with them is left to the check of all keys.
func (l *programLog) configure(props map[string]string) {
	for _, name := range []string{l.flag, props[logFormatKey], l.format} {
		if name == "" {
			continue
		}
		if format, err := logs.ParseFormat(name); err == nil {
			l.handler.SetFormat(format)
			break
		}
	}
	if text, ok := props[logRepeatKey]; ok {
		if ms, err := strconv.ParseInt(text, 10, 32); err == nil && ms >= 0 {
			l.handler.Collapse(time.Duration(ms) * time.Millisecond)
		}
	}
}

// flush writes what the log only counted so far.
func (l *programLog) flush() {
	if l.handler != nil {
		l.handler.Flush()
	}
}
