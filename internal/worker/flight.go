package worker

import (
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// flight is what one poll of a source sent to Kafka. Its records and bytes belong to the producer until every one of them was
// acknowledged; only then, and only when none failed, they are used again.
type flight struct {
	records []kgo.Record
	headers []kgo.RecordHeader
	bytes   byteArena
	size    int64 // of memory, what it counts towards the task's budget
	spare   int64 // memory that it takes while it waits to be used again
	marks   []reached

	// batch and sent exist for a task that hears of each record: the polled records and, for each, its index in records or dropped.
	batch *connect.SourceBatch
	sent  []int32
	told  int // of a transaction: how many polled records the task was told of

	entered bool // the tracker has it
	// polled is how many records the poll gave, also those that were dropped.
	polled int
	trace  *flightTrace // nil unless a record is sampled
	began  time.Time    // of sending it

	pending  atomic.Int32
	refused  atomic.Int32 // records whose promise came back with an error
	poisoned atomic.Bool  // a promise came back with an error: the client may still refer to the memory
	finished atomic.Bool
	ack      func(*kgo.Record, error)
}

const dropped int32 = -1

// reached is a source offset that may be committed once the flight and all before it were acknowledged.
type reached struct {
	partition *connect.SourcePartition
	offset    connect.Offset
}

// overhead is what a record costs beside its bytes: the kgo.Record here and in the client's buffers.
const overhead = 256

func (f *flight) reset() {
	const many = 1 << 16
	switch {
	case cap(f.records) > many:
		f.records, f.headers, f.sent = nil, nil, nil
	case f.bytes.outgrown > 0:
		clear(f.records)
		clear(f.headers)
	}
	clear(f.marks)
	f.records, f.headers, f.marks, f.sent = f.records[:0], f.headers[:0], f.marks[:0], f.sent[:0]
	f.bytes.reset()
	f.size, f.polled, f.told, f.entered = 0, 0, 0, false
	f.trace = nil
	f.refused.Store(0)
	f.finished.Store(false)
}

// memory is what it takes, whether it is in use or not.
func (f *flight) memory() int64 {
	n := f.bytes.size() + int64(cap(f.records))*overhead + int64(cap(f.headers))*overhead/8
	if f.batch != nil {
		n *= 2
	}
	return n
}

// take keeps the last mark of each partition: those before are covered by it.
func (f *flight) take(marks []connect.Mark) {
	const few = 16
	var at map[*connect.SourcePartition]int
	for i := range marks {
		m := &marks[i]
		found := -1
		if at != nil {
			if j, ok := at[m.Partition]; ok {
				found = j
			}
		} else {
			for j := len(f.marks) - 1; j >= 0; j-- {
				if f.marks[j].partition == m.Partition {
					found = j
					break
				}
			}
		}
		if found >= 0 {
			f.marks[found].offset = m.Offset
			continue
		}
		f.marks = append(f.marks, reached{m.Partition, m.Offset})
		switch {
		case at != nil:
			at[m.Partition] = len(f.marks) - 1
		case len(f.marks) > few:
			at = make(map[*connect.SourcePartition]int, len(f.marks)*2)
			for j := range f.marks {
				at[f.marks[j].partition] = j
			}
		}
	}
}

// byteArena cuts byte strings from chunks that are used again.
type byteArena struct {
	chunks   [][]byte
	at       int // chunk in use
	used     int
	outgrown int64 // bytes of values that have memory of their own
	taken    int64 // bytes of all values
}

const (
	firstChunkBytes = 4 << 10
	chunkBytes      = 64 << 10
	keptChunks      = 64
	// roomBytes is what a chunk must have left to be offered to a converter.
	roomBytes = 256
)

func (a *byteArena) reset() {
	a.at, a.used, a.outgrown, a.taken = 0, 0, 0, 0
	if len(a.chunks) > keptChunks {
		clear(a.chunks[keptChunks:])
		a.chunks = a.chunks[:keptChunks]
	}
}

// size returns the memory held.
func (a *byteArena) size() int64 {
	n := a.outgrown
	for _, c := range a.chunks {
		n += int64(len(c))
	}
	return n
}

// room returns an empty slice with some capacity for append.
func (a *byteArena) room() []byte {
	if a.at < len(a.chunks) && len(a.chunks[a.at])-a.used < roomBytes {
		a.at, a.used = a.at+1, 0
	}
	if a.at == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, min(firstChunkBytes<<(2*min(a.at, 2)), chunkBytes)))
	}
	c := a.chunks[a.at]
	return c[a.used:a.used]
}

// keep takes what was appended to the slice of room and returns it so that nobody can append over its neighbour. A value that outgrew
// its chunk has memory of its own.
func (a *byteArena) keep(b []byte) []byte {
	c := a.chunks[a.at]
	a.taken += int64(len(b))
	switch {
	case len(b) == 0:
		return c[a.used:a.used:a.used]
	case &b[0] == &c[a.used]:
		a.used += len(b)
	default:
		a.outgrown += int64(cap(b))
		if len(b) < len(c)/4 {
			a.at, a.used = a.at+1, 0
		}
	}
	return b[:len(b):len(b)]
}

// poison overwrites everything, so that a test sees who still reads it.
func (a *byteArena) poison() {
	for _, c := range a.chunks {
		for i := range c {
			c[i] = 0xee
		}
	}
}
