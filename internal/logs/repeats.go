package logs

import (
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// mostRepeats bounds how many different events are remembered; further ones are written each time.
	mostRepeats = 1024
	// wholeAgain is after how many windows an event that goes on repeating is written whole once more, as the first one may be rotated away.
	wholeAgain = 10
	// longestSummary bounds what a count quotes of the last error.
	longestSummary = 500
)

// repeats counts events that were written lately instead of writing them again.
type repeats struct {
	// write writes an event, without the lock; redact takes secrets out of a text.
	write  func(*event) error
	redact func(string) string

	mu     sync.Mutex
	seed   maphash.Seed
	window time.Duration
	seen   map[uint64]*repeated
}

// repeated is an event that was written.
type repeated struct {
	// whole is when it was written last with all that belongs to it, written when anything of it was.
	whole, written time.Time
	// last stands for those that were not written since then.
	last  event
	count int
	timer *time.Timer
}

func (r *repeats) setWindow(window time.Duration) {
	r.flush()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.window = window
	r.seed, r.seen = maphash.MakeSeed(), map[uint64]*repeated{}
}

// again reports whether the event repeats one that was written within the window, and counts it then. The first is never one, and every event of its
// kind is written or counted in a line that is.
func (r *repeats) again(e *event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.window <= 0 {
		return false
	}
	key := r.key(e)
	known := r.seen[key]
	if known == nil {
		r.forget(e.time)
		if len(r.seen) < mostRepeats {
			r.seen[key] = &repeated{whole: e.time, written: e.time}
		}
		return false
	}
	if known.count == 0 && e.time.Sub(known.written) >= r.window || e.time.Sub(known.whole) >= wholeAgain*r.window {
		if known.count > 0 {
			e.fields = append(e.fields[:len(e.fields):len(e.fields)], slog.Int("repeated", known.count))
		}
		known.stop()
		known.count, known.whole, known.written = 0, e.time, e.time
		return false
	}
	known.count++
	known.last = r.kept(e)
	if known.timer == nil {
		known.timer = time.AfterFunc(max(r.window-e.time.Sub(known.written), 0), func() { r.end(key, known) })
	}
	return true
}

// end writes the count of a window that is over.
func (r *repeats) end(key uint64, known *repeated) {
	r.mu.Lock()
	if r.seen[key] != known || known.count == 0 {
		r.mu.Unlock()
		return
	}
	e := known.take(time.Now())
	r.mu.Unlock()
	_ = r.write(e) // as a logger does; there is nobody to tell
}

// flush writes all counts.
func (r *repeats) flush() {
	r.mu.Lock()
	var counts []*event
	now := time.Now()
	for _, known := range r.seen {
		if known.count > 0 {
			counts = append(counts, known.take(now))
		}
	}
	r.mu.Unlock()
	for _, e := range counts {
		_ = r.write(e)
	}
}

// take returns the event that tells the count, and begins a new window. The lock is held.
func (k *repeated) take(now time.Time) *event {
	k.stop()
	e := k.last
	e.time = now
	e.fields = append(e.fields[:len(e.fields):len(e.fields)], slog.Int("repeated", k.count), slog.String("for", now.Sub(k.written).Round(time.Second).String()))
	if e.trace != "" {
		e.fields = append(e.fields, slog.String("last", e.trace))
		e.trace = ""
	}
	k.last, k.count, k.written = event{}, 0, now
	return &e
}

func (k *repeated) stop() {
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
}

// forget makes room. The lock is held.
func (r *repeats) forget(now time.Time) {
	if len(r.seen) < mostRepeats {
		return
	}
	for key, known := range r.seen {
		if known.count == 0 && now.Sub(known.written) >= r.window {
			known.stop()
			delete(r.seen, key)
		}
	}
}

// kept is what of an event its count may show: texts of bounded length, and nothing that holds on to records or errors.
func (r *repeats) kept(e *event) event {
	last := *e
	last.trace, last.err = r.short(e.summary()), nil
	last.fields = make([]slog.Attr, len(e.fields))
	for i, f := range e.fields {
		if f.Value.Kind() == slog.KindAny || f.Value.Kind() == slog.KindString {
			f.Value = slog.StringValue(r.short(f.Value.String()))
		}
		last.fields[i] = f
	}
	return last
}

// short cuts a long text. Secrets are taken out before, as half of one would not be recognized later.
func (r *repeats) short(text string) string {
	if len(text) <= longestSummary {
		return text
	}
	if text = r.redact(text); len(text) > longestSummary {
		text = strings.ToValidUTF8(text[:longestSummary], "") + "..."
	}
	return text
}
