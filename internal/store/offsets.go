// Package store keeps what outlives a worker: the offsets of source connectors, in the forms that Java writes and reads (I6).
package store

import (
	"context"

	"github.com/moldau/moldau/connect"
)

// OffsetWrite is one partition of a source with its new offset, nil to forget it.
type OffsetWrite struct {
	Partition *connect.SourcePartition
	Offset    connect.Offset
}

// OffsetEntry is one partition with the offset kept for it.
type OffsetEntry struct {
	Partition map[string]any
	Offset    connect.OffsetFields
}

// OffsetStore keeps the offsets of source connectors. Its methods may be called from any goroutine and may block until ctx ends.
//
// A partition is found by meaning: two forms of the same JSON are one partition, whatever the order of their fields. What is written for
// a partition that is already there gets the key bytes that are there, because Java compares keys as bytes (KafkaOffsetBackingStore).
type OffsetStore interface {
	// Get returns the offset of each partition, nil where there is none.
	Get(ctx context.Context, connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error)
	// Set writes offsets in order, the later of two for one partition winning. They are durable when it returns nil; after an error they
	// may or may not be. The fields of partitions and offsets are checked as Java checks them (OffsetUtils).
	Set(ctx context.Context, connector string, writes []OffsetWrite) error
	// Partitions returns what is kept for a connector, without forgotten partitions.
	Partitions(ctx context.Context, connector string) ([]OffsetEntry, error)
}
