package kafka

import (
	"fmt"
	"maps"
	"regexp"
	"sync"
	"time"
)

const (
	// repeatAfter is how long a message that was written stays silent.
	repeatAfter = time.Minute
	// repeatLimit bounds how many messages are remembered.
	repeatLimit = 1024
)

// repeats remembers what was said lately, so that the same is not said again and again. The zero value is ready; several goroutines may use it.
type repeats struct {
	mu   sync.Mutex
	said map[string]*saying
}

type saying struct {
	written time.Time
	// unwritten counts the repetitions since then.
	unwritten int
}

// localPort is the side of a connection that differs at each attempt: "read tcp 10.0.0.1:43210->10.0.0.2:9092: ...".
var localPort = regexp.MustCompile(`:\d+->`)

// note reports whether a message with its attributes was written within the last minute; where it was not, unwritten is how often it came since
// it was written last.
func (r *repeats) note(msg string, keyvals []any) (again bool, unwritten int) {
	key := localPort.ReplaceAllString(fmt.Sprint(msg, keyvals), "->")
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.said[key]; s != nil {
		if now.Sub(s.written) < repeatAfter {
			s.unwritten++
			return true, 0
		}
		unwritten = s.unwritten
		s.written, s.unwritten = now, 0
		return false, unwritten
	}
	if len(r.said) >= repeatLimit {
		maps.DeleteFunc(r.said, func(_ string, s *saying) bool { return now.Sub(s.written) >= repeatAfter })
	}
	if r.said == nil || len(r.said) >= repeatLimit {
		r.said = map[string]*saying{}
	}
	r.said[key] = &saying{written: now}
	return false, 0
}
