package logs

import "sync"

// Recent keeps the last lines of the log, for a support bundle. It may be used from any goroutine.
type Recent struct {
	limit int

	mu    sync.Mutex
	lines [][]byte
	bytes int
}

// NewRecent returns a Recent that keeps so many bytes of lines.
func NewRecent(limit int) *Recent { return &Recent{limit: limit} }

// add takes an event as it was written, which belongs to r from then on.
func (r *Recent) add(text []byte) {
	if len(text) > r.limit {
		text = text[:r.limit:r.limit]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, text)
	r.bytes += cap(text)
	first := 0
	for r.bytes > r.limit && first < len(r.lines)-1 {
		r.bytes -= cap(r.lines[first])
		r.lines[first] = nil
		first++
	}
	r.lines = r.lines[first:]
}

// Text returns the lines, the oldest first.
func (r *Recent) Text() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]byte, 0, r.bytes)
	for _, line := range r.lines {
		out = append(out, line...)
	}
	return out
}
