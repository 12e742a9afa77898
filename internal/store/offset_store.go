package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/logs"
)

// OffsetTopic is an OffsetStore on the offset topic (KafkaOffsetBackingStore).
type OffsetTopic struct {
	log    *KafkaLog
	logger *slog.Logger

	mu sync.Mutex
	// rows are the newest values by their key bytes; a nil value is a tombstone, which stays so that its key bytes are used again.
	rows map[string]*topicOffset
	// forms has all rows of a meaning: Java may have written one partition under several forms of its key.
	forms map[string][]*topicOffset
	order []*topicOffset
}

type topicOffset struct {
	key, value []byte
	written    time.Time
	connector  string
	partition  map[string]any
	meaning    string
}

// OpenOffsets opens the offset topic and reads it to its end. Record of the config is set here, and Property and Purpose where they are not set, which
// they are for the offset topic of a connector.
func OpenOffsets(ctx context.Context, cfg LogConfig) (*OffsetTopic, error) {
	s := &OffsetTopic{rows: map[string]*topicOffset{}, forms: map[string][]*topicOffset{}, logger: cfg.Logger}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Property == "" {
		cfg.Property, cfg.Purpose = "offset.storage.topic", "source connector offsets"
	}
	cfg.Record = s.read
	log, err := OpenLog(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s.log = log
	return s, nil
}

// Close closes the clients.
func (s *OffsetTopic) Close() { s.log.Close() }

// Name returns the name of the topic.
func (s *OffsetTopic) Name() string { return s.log.cfg.Topic.Name }

func (s *OffsetTopic) read(r *kgo.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[string(r.Key)]
	if row == nil {
		connector, partition, meaning, ok := parseKey(r.Key)
		if !ok {
			// Java ignores such keys too (OffsetUtils.processPartitionKey).
			s.logger.Warn("Ignoring a record of the offset topic: its key names no partition of a connector", "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, logs.DistinctKey, true)
			return
		}
		row = &topicOffset{key: slices.Clone(r.Key), connector: connector, partition: partition, meaning: meaning}
		s.rows[string(row.key)] = row
		s.forms[meaning] = append(s.forms[meaning], row)
		s.order = append(s.order, row)
	}
	row.value, row.written = slices.Clone(r.Value), r.Timestamp
}

// newest returns the row of a meaning that was written last, nil where there is none. Forms of a key lie in partitions of their own, so only their
// time tells.
func newest(forms []*topicOffset) *topicOffset {
	var last *topicOffset
	for _, row := range forms {
		if last == nil || !row.written.Before(last.written) {
			last = row
		}
	}
	return last
}

// Get implements OffsetStore. It reads the topic to its end first, so that it sees what any worker wrote.
func (s *OffsetTopic) Get(ctx context.Context, connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error) {
	meanings := make([]string, len(partitions))
	for i, p := range partitions {
		var err error
		if _, meanings[i], err = meaningOf(connector, p); err != nil {
			return nil, err
		}
	}
	if err := s.log.ReadToEnd(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]connect.OffsetFields, len(partitions))
	for i, meaning := range meanings {
		row := newest(s.forms[meaning])
		if row == nil {
			continue
		}
		var err error
		if out[i], err = parseOffset(row.value); err != nil {
			return nil, fmt.Errorf("connector %s: %w", connector, err)
		}
	}
	return out, nil
}

// Set implements OffsetStore. It returns when the brokers acknowledged all records. What was written before under several forms of a key is written
// under all of them, so that Java's lookup by bytes finds it.
func (s *OffsetTopic) Set(ctx context.Context, connector string, writes []OffsetWrite) error {
	encoded, err := encodeWrites(connector, writes)
	if err != nil {
		return err
	}
	return s.log.SendAll(ctx, s.records(encoded)...)
}

// records returns what to write.
func (s *OffsetTopic) records(writes []encodedWrite) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []Record
	for _, w := range writes {
		forms := s.forms[w.meaning]
		for _, row := range forms {
			records = append(records, Record{string(row.key), w.value})
		}
		if len(forms) == 0 {
			records = append(records, Record{string(w.key), w.value})
		}
	}
	return records
}

// Partitions implements OffsetStore. It reads the topic to its end first.
func (s *OffsetTopic) Partitions(ctx context.Context, connector string) ([]OffsetEntry, error) {
	if err := s.log.ReadToEnd(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []OffsetEntry
	for _, row := range s.order {
		if row.connector != connector || row.partition == nil || row.value == nil || newest(s.forms[row.meaning]) != row {
			continue
		}
		offset, err := parseOffset(row.value)
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", connector, err)
		}
		out = append(out, OffsetEntry{row.partition, offset})
	}
	return out, nil
}
