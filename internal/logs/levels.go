package logs

import (
	"cmp"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Root is the name of the logger above all others.
const Root = "root"

// LevelTrace and LevelFatal complete slog's levels to those of log4j; Off is above every level and All below.
const (
	All        slog.Level = math.MinInt32
	LevelTrace slog.Level = -8
	LevelFatal slog.Level = 12
	Off        slog.Level = math.MaxInt32
)

var byName = map[string]slog.Level{"OFF": Off, "FATAL": LevelFatal, "ERROR": slog.LevelError, "WARN": slog.LevelWarn, "INFO": slog.LevelInfo,
	"DEBUG": slog.LevelDebug, "TRACE": LevelTrace, "ALL": All}

// ParseLevel returns the level of a name in whatever case.
func ParseLevel(name string) (slog.Level, bool) {
	l, ok := byName[strings.ToUpper(strings.TrimSpace(name))]
	return l, ok
}

// LevelName returns log4j's name of the level, that of the next lower one where it has none.
func LevelName(l slog.Level) string {
	switch {
	case l == Off:
		return "OFF"
	case l >= LevelFatal:
		return "FATAL"
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARN"
	case l >= slog.LevelInfo:
		return "INFO"
	case l >= slog.LevelDebug:
		return "DEBUG"
	case l >= LevelTrace:
		return "TRACE"
	}
	return "ALL"
}

// Level is a logger's effective level; Modified is the time of its last change, zero for none.
type Level struct {
	Level    slog.Level
	Modified time.Time
}

// Levels are the levels of all loggers. It may be used from any goroutine.
type Levels struct {
	now func() time.Time
	// lowest is the lowest level of any logger: below it nothing needs to be looked at.
	lowest atomic.Int64

	mu sync.RWMutex
	// known are the loggers that exist; those with a level of their own are in set.
	known map[string]bool
	set   map[string]Level
	// effective caches what set says about a name.
	effective map[string]slog.Level
}

// NewLevels returns levels where every logger has that of the root. The names of Java's loggers that ours stand for are known from the start.
func NewLevels(root slog.Level) *Levels {
	l := &Levels{now: time.Now, known: map[string]bool{Root: true}, set: map[string]Level{Root: {Level: root}}, effective: map[string]slog.Level{}}
	for name := range Names() {
		l.known[name] = true
	}
	l.lowest.Store(int64(root))
	return l
}

// Enabled reports whether the logger writes events of the level.
func (l *Levels) Enabled(logger string, level slog.Level) bool { return level >= l.level(logger) }

// Any reports whether any logger writes events of the level.
func (l *Levels) Any(level slog.Level) bool { return int64(level) >= l.lowest.Load() }

func (l *Levels) level(logger string) slog.Level {
	l.mu.RLock()
	level, ok := l.effective[logger]
	l.mu.RUnlock()
	if ok {
		return level
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[cmp.Or(logger, Root)] = true
	level = l.resolve(logger).Level
	l.effective[logger] = level
	return level
}

// resolve finds the nearest level above a name, with its time of change only where the name itself was changed.
func (l *Levels) resolve(name string) Level {
	if own, ok := l.set[name]; ok {
		return own
	}
	for up := name; ; {
		i := strings.LastIndexByte(up, '.')
		if i < 0 {
			return Level{Level: l.set[Root].Level}
		}
		up = up[:i]
		if own, ok := l.set[up]; ok {
			return Level{Level: own.Level}
		}
	}
}

// Get returns the level of a known logger.
func (l *Levels) Get(name string) (Level, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.known[name] {
		return Level{}, false
	}
	return l.resolve(name), true
}

// All returns the levels of all known loggers.
func (l *Levels) All() map[string]Level {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make(map[string]Level, len(l.known))
	for name := range l.known {
		out[name] = l.resolve(name)
	}
	return out
}

// Set gives a logger, which is made known by it, and all below it the level, and returns the names whose level that changed, in order
// (org.apache.kafka.connect.runtime.Loggers.setLevel).
func (l *Levels) Set(namespace string, level slog.Level) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[namespace] = true
	changed := []string{}
	for name := range l.known {
		below := namespace == Root || name == namespace || strings.HasPrefix(name, namespace+".")
		if below && l.resolve(name).Level != level {
			changed = append(changed, name)
		}
	}
	now := l.now()
	for _, name := range changed {
		l.set[name] = Level{Level: level, Modified: now}
	}
	clear(l.effective)
	lowest := Off
	for _, own := range l.set {
		lowest = min(lowest, own.Level)
	}
	l.lowest.Store(int64(lowest))
	slices.Sort(changed)
	return changed
}
