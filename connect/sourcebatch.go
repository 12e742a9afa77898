package connect

import (
	"sort"

	"github.com/moldau/moldau/connect/data"
)

// SourcePartition identifies one stream of a source (a file, a table, a replication slot) by the same fields that the Java connector
// uses, for offsets are found by them. Make one with NewSourcePartition and use the same value for all its marks.
type SourcePartition struct {
	fields map[string]any
	order  []string
}

// NewSourcePartition returns a partition with the fields. Values are strings, booleans, int64, float64, []byte or nil. order lists the
// field names as Java's connector orders them in its map; nil means the order of a java.util.HashMap. Neither may change afterwards.
func NewSourcePartition(fields map[string]any, order ...string) *SourcePartition {
	return &SourcePartition{fields: fields, order: order}
}

// Fields returns the fields; the map must not be changed.
func (p *SourcePartition) Fields() map[string]any { return p.fields }

// Order returns the field names in the order of Java's map, or nil for that of a HashMap.
func (p *SourcePartition) Order() []string { return p.order }

// Offset is a position in a SourcePartition. The runtime calls Fields only when the offset is written, on another goroutine and maybe
// never, so an Offset must be immutable; types such as `type position int64` make it cheap to state one per record.
type Offset interface {
	// Fields returns the offset as Java's connector writes it; value types as in SourcePartition.
	Fields() map[string]any
}

// OffsetFields is the plain form of an Offset.
type OffsetFields map[string]any

// Fields returns the map itself.
func (o OffsetFields) Fields() map[string]any { return o }

// Mark says: once every record of the batch before End, and everything before the batch, is in Kafka, Offset may be committed for
// Partition. The records between two marks belong to the partition of the second.
type Mark struct {
	End       int
	Partition *SourcePartition
	Offset    Offset
}

// SourceBatch collects the records of one poll. The runtime owns it and hands it to Poll; the task must not keep it.
type SourceBatch struct {
	records []Record
	marks   []Mark
	arena   *data.Arena
	bytes   int
	limits  BatchLimits
}

// BatchLimits bound a batch; both are reached softly: a record that is begun may exceed them.
type BatchLimits struct {
	Records int
	Bytes   int
}

// NewSourceBatch returns an empty batch. Only the runtime and tests call it.
func NewSourceBatch(limits BatchLimits) *SourceBatch {
	b := &SourceBatch{arena: data.NewArena(), limits: limits}
	b.arena.UseShapes(data.NewShapes()) // those of one task cannot crowd out another's
	return b
}

// Add appends a record for the topic without key, value or timestamp and returns it for filling; the pointer is valid until the next Add.
func (b *SourceBatch) Add(topic string) *Record {
	if len(b.records) < cap(b.records) {
		b.records = b.records[:len(b.records)+1]
	} else {
		b.records = append(b.records, Record{})
	}
	n := len(b.records) - 1
	r := &b.records[n]
	*r = Record{Topic: topic, Partition: NoPartition, Timestamp: NoTimestamp, arena: b.arena, batch: b, ordinal: int32(n)}
	return r
}

// Mark states the source offset reached by the records added so far. One per batch is enough; one per record is allowed. A mark in a
// batch without records is committed too: it says that the source moved on although nothing had to be sent.
func (b *SourceBatch) Mark(p *SourcePartition, o Offset) {
	end := len(b.records)
	if n := len(b.marks); n > 0 && b.marks[n-1].End == end && b.marks[n-1].Partition == p {
		b.marks[n-1].Offset = o
		return
	}
	b.marks = append(b.marks, Mark{End: end, Partition: p, Offset: o})
}

// Arena returns the storage for structs and bytes of this batch's records.
func (b *SourceBatch) Arena() *data.Arena { return b.arena }

// AddBytes counts n bytes of record data towards the batch's limit.
func (b *SourceBatch) AddBytes(n int) { b.bytes += n }

// Full reports whether the task should return from Poll: the batch reached its limit of records or bytes.
func (b *SourceBatch) Full() bool {
	return len(b.records) >= b.limits.Records || b.bytes >= b.limits.Bytes
}

// Limit sets the bounds of the next poll. Only the runtime calls it, on an empty batch.
func (b *SourceBatch) Limit(limits BatchLimits) { b.limits = limits }

// Limits returns the bounds of the batch. A task asks each time it is polled: they depend on the memory that the worker has for it.
func (b *SourceBatch) Limits() BatchLimits { return b.limits }

// Records returns the records in order.
func (b *SourceBatch) Records() []Record { return b.records }

// Marks returns the marks in order.
func (b *SourceBatch) Marks() []Mark { return b.marks }

// Reset empties the batch for the next poll. Only the runtime calls it, when nothing refers to the records' values any more.
func (b *SourceBatch) Reset() {
	b.records, b.bytes = b.records[:0], 0
	clear(b.marks)
	b.marks = b.marks[:0]
	b.arena.Reset()
}

func (b *SourceBatch) markOf(i int) (*SourcePartition, Offset, bool) {
	n := sort.Search(len(b.marks), func(m int) bool { return b.marks[m].End > i })
	if n == len(b.marks) {
		return nil, nil, false
	}
	return b.marks[n].Partition, b.marks[n].Offset, true
}
