package kafka

import (
	"log/slog"
	"sync"
)

// A Notice tells a user what became of one of their client properties. It never holds a value.
type Notice struct {
	// Source says where the property came from, for instance "producer of connector orders" or "admin client of the worker".
	Source string
	Key    string
	Kind   NoticeKind
	Reason string
}

// NoticeKind says why a Notice is given.
type NoticeKind uint8

// The kinds of notices.
const (
	UnknownKey    NoticeKind = iota // no client defines the key
	WithoutEffect                   // valid, and changes nothing here
	Adjusted                        // honoured as far as the client allows
	Warning                         // works now and may not later, such as a certificate about to be refused
)

// Reporter hands each notice on once in the life of the process, however many clients are made from the same properties. The
// zero Reporter drops them. Its methods may be called by several goroutines.
type Reporter struct {
	mu   sync.Mutex
	seen map[Notice]bool
	to   func(Notice)
}

// NewReporter returns a Reporter that hands notices to a function, which must not block.
func NewReporter(to func(Notice)) *Reporter { return &Reporter{to: to} }

// NewLogReporter returns a Reporter that logs notices.
func NewLogReporter(logger *slog.Logger) *Reporter {
	return NewReporter(func(n Notice) {
		switch n.Kind {
		case UnknownKey:
			logger.Warn("The configuration '" + n.Key + "' was supplied but is not known to the " + n.Source + ".")
		case WithoutEffect:
			logger.Info("The configuration '" + n.Key + "' of the " + n.Source + " has no effect: " + n.Reason + ".")
		default:
			logger.Warn("The configuration '" + n.Key + "' of the " + n.Source + ": " + n.Reason + ".")
		}
	})
}

func (r *Reporter) report(n Notice) {
	if r == nil || r.to == nil {
		return
	}
	r.mu.Lock()
	if r.seen == nil {
		r.seen = map[Notice]bool{}
	}
	seen := r.seen[n]
	r.seen[n] = true
	r.mu.Unlock()
	if !seen {
		r.to(n)
	}
}
