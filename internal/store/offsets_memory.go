package store

import (
	"context"
	"sync"

	"github.com/moldau/moldau/connect"
)

// MemoryOffsets is an OffsetStore that forgets everything when the process ends: for tests and benchmarks.
type MemoryOffsets struct {
	mu    sync.Mutex
	table *offsetTable
}

// NewMemoryOffsets returns an empty store.
func NewMemoryOffsets() *MemoryOffsets { return &MemoryOffsets{table: newOffsetTable(nil)} }

// Get implements OffsetStore.
func (m *MemoryOffsets) Get(_ context.Context, connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.table.get(connector, partitions)
}

// Set implements OffsetStore.
func (m *MemoryOffsets) Set(ctx context.Context, connector string, writes []OffsetWrite) error {
	encoded, err := encodeWrites(connector, writes)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.table.set(encoded)
	return nil
}

// Partitions implements OffsetStore.
func (m *MemoryOffsets) Partitions(_ context.Context, connector string) ([]OffsetEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.table.partitions(connector)
}
