package herder

import (
	"maps"
	"slices"
	"sync"
)

// topics keeps which topics each connector used since its last reset (KIP-558).
type topics struct {
	mu   sync.RWMutex
	used map[string]map[string]bool
}

func newTopics() *topics { return &topics{used: map[string]map[string]bool{}} }

func (t *topics) add(connector, topic string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used[connector] == nil {
		t.used[connector] = map[string]bool{}
	}
	t.used[connector][topic] = true
}

func (t *topics) get(connector string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Sorted(maps.Keys(t.used[connector]))
}

func (t *topics) reset(connector string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.used, connector)
}
