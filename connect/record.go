package connect

import (
	"math"

	"github.com/moldau/moldau/connect/data"
)

// NoTimestamp is the timestamp of a record that has none.
const NoTimestamp int64 = math.MinInt64

// NoPartition is the partition of a source record whose partition the producer shall choose.
const NoPartition int32 = -1

// TimestampType tells what a consumed record's timestamp means.
type TimestampType uint8

const (
	NoTimestampType TimestampType = iota
	CreateTime
	LogAppendTime
)

func (t TimestampType) String() string {
	switch t {
	case CreateTime:
		return "CreateTime"
	case LogAppendTime:
		return "LogAppendTime"
	}
	return "NoTimestampType"
}

// TopicPartition names a partition of a topic.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Record is one record on its way through converters and transformations, of a source or of a sink. It belongs to its batch: a pointer
// to it is valid until the call that handed it out returns. Values and headers taken from a sink's record stay valid, unless the
// task releases them (BatchReleaser); those of a source batch do so only when detached (data.Value.Detach).
type Record struct {
	// Topic is where the record goes (source) or came from, as transformations left it.
	Topic string
	// Partition is NoPartition where a source leaves the choice to the producer.
	Partition int32
	// Timestamp is in milliseconds since 1970, or NoTimestamp.
	Timestamp int64
	Headers   Headers

	keySchema, valueSchema *data.Schema
	key, value             data.Value
	arena                  *data.Arena

	origin  *TopicPartition // sink: topic and partition it was consumed from
	offset  int64           // sink: offset it was consumed at
	tsType  TimestampType
	batch   *SourceBatch // source: the batch it was added to
	ordinal int32        // source: its place in the batch
}

// Key returns the key; the zero Value is null.
func (r *Record) Key() data.Value { return r.key }

// KeySchema returns the key's schema, nil where there is none.
func (r *Record) KeySchema() *data.Schema { return r.keySchema }

// Value returns the value; null is a tombstone.
func (r *Record) Value() data.Value { return r.value }

// ValueSchema returns the value's schema, nil where there is none.
func (r *Record) ValueSchema() *data.Schema { return r.valueSchema }

// SetKey replaces the key and its schema.
func (r *Record) SetKey(schema *data.Schema, key data.Value) { r.keySchema, r.key = schema, key }

// SetValue replaces the value and its schema.
func (r *Record) SetValue(schema *data.Schema, value data.Value) {
	r.valueSchema, r.value = schema, value
}

// Arena returns the storage of the record's batch. Transformations build their structs there; it must not be used after the record.
func (r *Record) Arena() *data.Arena {
	if r.arena == nil {
		r.arena = data.NewArena()
	}
	return r.arena
}

// SinkOrigin returns where a sink's record was consumed, whatever transformations did to its topic since (KIP-793); ok is false for a
// source's record.
func (r *Record) SinkOrigin() (tp TopicPartition, offset int64, ok bool) {
	if r.origin == nil {
		return TopicPartition{}, 0, false
	}
	return *r.origin, r.offset, true
}

// TimestampType returns what a sink record's timestamp means.
func (r *Record) TimestampType() TimestampType { return r.tsType }

// Source returns the source partition and offset of the mark that covers a source's record; ok is false for a sink's record and for
// records after the last mark of their batch.
func (r *Record) Source() (p *SourcePartition, o Offset, ok bool) {
	if r.batch == nil {
		return nil, nil, false
	}
	return r.batch.markOf(int(r.ordinal))
}

// InitSink makes r the record consumed from *origin at offset. Only the runtime and tests call it; origin is shared by the records of a
// partition and must not change afterwards.
func (r *Record) InitSink(arena *data.Arena, origin *TopicPartition, offset, timestamp int64, t TimestampType) {
	*r = Record{Topic: origin.Topic, Partition: origin.Partition, Timestamp: timestamp, arena: arena, origin: origin, offset: offset, tsType: t}
}
