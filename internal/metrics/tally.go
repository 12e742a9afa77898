package metrics

import (
	"strings"
	"sync"
)

// mostTallied bounds what a Tally tells apart.
const mostTallied = 32

// otherwise is what a Tally calls all that it does not tell apart.
const otherwise = "other"

// Tally counts by texts that are not known before, such as classes of errors. Few are told apart, so that the series stay few: what comes after them
// counts as "other". It may be used from several goroutines, costs nothing before the first Add, and its zero value is ready.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int64
}

// Add counts one, by the values of the labels.
func (t *Tally) Add(values ...string) {
	key := strings.Join(values, "\x00")
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	if _, known := t.counts[key]; !known && len(t.counts) >= mostTallied {
		key = otherwise + strings.Repeat("\x00"+otherwise, len(values)-1)
	}
	t.counts[key]++
}

// count returns how often the values of labels were counted.
func (t *Tally) count(values ...string) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[strings.Join(values, "\x00")]
}

// each gives what was counted.
func (t *Tally) each(give func(values []string, n int64)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, n := range t.counts {
		give(strings.Split(key, "\x00"), n)
	}
}
