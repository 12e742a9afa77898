package connect

import "github.com/moldau/moldau/connect/data"

// SinkSlice is the records of one consumed partition in the order of their offsets. Transformations may have changed the records' own
// topic and partition; TopicPartition is where they came from and what offsets are committed for.
type SinkSlice struct {
	TopicPartition TopicPartition
	Records        []Record
}

// SinkBatch is what one put delivers: for each partition a slice of records. It may be empty: a put without records is made after
// every poll, so that a task can act by time. The batch and its Records belong to the runtime and are reused after Put returns without
// error; the values and headers in them may be kept, but by a task that says it does not (BatchReleaser).
type SinkBatch struct {
	slices []SinkSlice
	count  int
	shapes *data.Shapes // of the task's schemaless objects, so that those of one task cannot crowd out another's
	arena  *data.Arena  // nil until something asks for it: a task may never have a record
	poison bool
}

// NewSinkBatch returns an empty batch. Only the runtime and tests call it.
func NewSinkBatch() *SinkBatch {
	return &SinkBatch{shapes: data.NewShapes()}
}

// Slices returns the records by consumed partition.
func (b *SinkBatch) Slices() []SinkSlice { return b.slices }

// Len returns the number of records.
func (b *SinkBatch) Len() int { return b.count }

// All calls f for each record, slice by slice, until it returns false; it has the shape of iter.Seq.
func (b *SinkBatch) All(f func(*Record) bool) {
	for i := range b.slices {
		records := b.slices[i].Records
		for j := range records {
			if !f(&records[j]) {
				return
			}
		}
	}
}

// Arena returns the storage of the records' values.
func (b *SinkBatch) Arena() *data.Arena {
	if b.arena == nil {
		b.arena = data.NewArena()
		b.arena.UseShapes(b.shapes)
		if b.poison {
			b.arena.Poison()
		}
	}
	return b.arena
}

// Append adds a slice. Only the runtime and tests call it.
func (b *SinkBatch) Append(s SinkSlice) {
	b.slices = append(b.slices, s)
	b.count += len(s.Records)
}

// Reset empties the batch and gives it a fresh arena where something was built in the old one, for sinks may keep values of it. Only the
// runtime calls it.
func (b *SinkBatch) Reset() {
	b.slices, b.count = b.slices[:0], 0
	if b.arena != nil && b.arena.Empty() {
		b.arena.Reset()
		return
	}
	b.arena = nil
}

// Release empties the batch after task put it without error, as Reset does; but a task that refers to nothing of it any more (BatchReleaser) gets
// the next batch in the same memory. Only the runtime calls it.
func (b *SinkBatch) Release(task SinkTask) {
	if r, ok := task.(BatchReleaser); ok && r.Released() && b.arena != nil {
		b.arena.Reset()
	}
	b.Reset()
}

// Poison makes Release overwrite what it uses again, so that a test sees who still refers to it. Only tests call it, before the batch is filled.
func (b *SinkBatch) Poison() {
	b.poison = true
	b.Arena().Poison()
}
