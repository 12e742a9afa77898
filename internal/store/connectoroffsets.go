package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
)

// ConnectorOffsets is the OffsetStore of one source connector: an offset topic that the connector's records and offsets go to together, and the
// worker's topic below it, which is asked for what the first does not have and gets a copy of what is written (ConnectorOffsetBackingStore,
// KIP-618).
type ConnectorOffsets struct {
	primary *OffsetTopic
	// secondary is nil where the worker's topic is the primary one.
	secondary OffsetStore
	logger    *slog.Logger

	// writing is full while somebody writes to the secondary store, for copies and tombstones must keep their order.
	writing chan struct{}

	mu sync.Mutex
	// copies wait to be written to the secondary store, by meaning; copying says that somebody writes them.
	copies  map[string]offsetCopy
	copying bool
	// settled are closed once what waits now was copied; cancel ends the copy under way.
	settled []chan struct{}
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

type offsetCopy struct {
	connector string
	write     OffsetWrite
}

// NewConnectorOffsets returns the store of a connector whose offsets are kept in primary. The topics stay the caller's.
func NewConnectorOffsets(primary *OffsetTopic, secondary OffsetStore, logger *slog.Logger) *ConnectorOffsets {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &ConnectorOffsets{primary: primary, secondary: secondary, logger: logger, writing: make(chan struct{}, 1), copies: map[string]offsetCopy{}}
}

// Topic returns the name of the offset topic that records are written to.
func (s *ConnectorOffsets) Topic() string { return s.primary.Name() }

// Get implements OffsetStore: what the connector's topic has comes first. A tombstone there is no answer, for it was written to the secondary store
// before.
func (s *ConnectorOffsets) Get(ctx context.Context, connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error) {
	out, err := s.primary.Get(ctx, connector, partitions)
	if err != nil || s.secondary == nil {
		return out, err
	}
	below, err := s.secondary.Get(ctx, connector, partitions)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i] == nil {
			out[i] = below[i]
		}
	}
	return out, nil
}

// Set implements OffsetStore. A failure to copy to the secondary store is no failure, but for tombstones: if they were missing there, Get would find
// the offsets that were to be forgotten.
func (s *ConnectorOffsets) Set(ctx context.Context, connector string, writes []OffsetWrite) error {
	if err := s.Prepare(ctx, connector, writes); err != nil {
		return err
	}
	if err := s.primary.Set(ctx, connector, writes); err != nil {
		return err
	}
	s.Committed(connector, writes)
	return nil
}

// Partitions implements OffsetStore.
func (s *ConnectorOffsets) Partitions(ctx context.Context, connector string) ([]OffsetEntry, error) {
	out, err := s.primary.Partitions(ctx, connector)
	if err != nil || s.secondary == nil {
		return out, err
	}
	below, err := s.secondary.Partitions(ctx, connector)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(out))
	for _, e := range out {
		known[entryMeaning(connector, e)] = true
	}
	for _, e := range below {
		if !known[entryMeaning(connector, e)] {
			out = append(out, e)
		}
	}
	return out, nil
}

func entryMeaning(connector string, e OffsetEntry) string {
	_, meaning, err := meaningOf(connector, connect.NewSourcePartition(e.Partition))
	if err != nil {
		return "" // it was read from a topic, so it can be written
	}
	return meaning
}

// Prepare does what must come before writes are made durable in the connector's topic: tombstones go to the secondary store.
func (s *ConnectorOffsets) Prepare(ctx context.Context, connector string, writes []OffsetWrite) error {
	if s.secondary == nil {
		return nil
	}
	var forgotten []OffsetWrite
	for _, w := range writes {
		if w.Offset == nil {
			forgotten = append(forgotten, w)
		}
	}
	if len(forgotten) == 0 {
		return nil
	}
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("a copy of source offsets of connector %s to the secondary backing store does not end: %w", connector, context.Cause(ctx))
	}
	defer func() { <-s.writing }()
	s.mu.Lock()
	for _, w := range forgotten {
		if _, meaning, err := meaningOf(connector, w.Partition); err == nil {
			delete(s.copies, meaning)
		}
	}
	s.mu.Unlock()
	return s.secondary.Set(ctx, connector, forgotten)
}

// Records returns the writes as records of the connector's topic, for a transaction. It calls code of plugins.
func (s *ConnectorOffsets) Records(connector string, writes []OffsetWrite) ([]Record, error) {
	encoded, err := encodeWrites(connector, writes)
	if err != nil {
		return nil, err
	}
	return s.primary.records(encoded), nil
}

// copyTime bounds an attempt to copy offsets to the secondary store.
const copyTime = 30 * time.Second

// Committed says that writes are durable in the connector's topic. They are copied to the secondary store in the background; what comes while a copy is
// under way replaces what waits, so that a store that does not answer holds one offset per partition.
func (s *ConnectorOffsets) Committed(connector string, writes []OffsetWrite) {
	if s.secondary == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range writes {
		_, meaning, err := meaningOf(connector, w.Partition)
		if err != nil {
			continue
		}
		if w.Offset == nil {
			delete(s.copies, meaning) // it must not come after its tombstone
			continue
		}
		s.copies[meaning] = offsetCopy{connector, w}
	}
	if len(s.copies) > 0 && !s.copying {
		s.copying = true
		s.done.Go(s.copy)
	}
}

func (s *ConnectorOffsets) copy() {
	for s.copyOnce() {
	}
}

// copyOnce copies what waits; false says that nothing did.
func (s *ConnectorOffsets) copyOnce() bool {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.mu.Lock()
	copies, settled := s.copies, s.settled
	s.copies, s.settled = map[string]offsetCopy{}, nil
	s.copying, s.cancel = len(copies) > 0, cancel
	s.mu.Unlock()
	by := map[string][]OffsetWrite{}
	for _, c := range copies {
		by[c.connector] = append(by[c.connector], c.write)
	}
	for connector, writes := range by {
		limited, cancel := context.WithTimeout(ctx, copyTime)
		err := s.secondary.Set(limited, connector, writes)
		cancel()
		if err != nil {
			s.logger.Warn("Failed to write offsets to secondary backing store", "connector", connector, "error", err)
		}
	}
	for _, c := range settled {
		close(c)
	}
	return len(copies) > 0
}

// Settle returns once everything that was committed until now is copied to the secondary store. Whoever stops writing calls it: offsets may be reset
// after that, and a copy that comes later than their tombstones would bring them back. Where ctx ends before, what waits is dropped and what is under way
// is given up, which the error says; the connector's own topic has it all the same.
func (s *ConnectorOffsets) Settle(ctx context.Context) error {
	s.mu.Lock()
	if !s.copying {
		s.mu.Unlock()
		return nil
	}
	settled := make(chan struct{})
	s.settled = append(s.settled, settled)
	s.mu.Unlock()
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.copies)
	if s.cancel != nil {
		s.cancel()
	}
	return fmt.Errorf("offsets were not copied to the secondary backing store in time: %w", context.Cause(ctx))
}

// Wait returns when no copy to the secondary store is under way.
func (s *ConnectorOffsets) Wait() { s.done.Wait() }
