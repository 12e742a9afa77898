package connect

import (
	"context"
	"log/slog"
)

// SourceTask reads from another system. The runtime calls all its methods on one goroutine per task, except those of its optional
// abilities that say otherwise.
type SourceTask interface {
	// Start gets the task's configuration. It may block to connect until ctx ends; an error fails the task.
	Start(ctx context.Context, tc SourceTaskContext, props map[string]string) error
	// Poll adds records and marks to b and returns. It should block until there is something to add, and return early without records
	// when ctx ends (the task is being paused or stopped) or once b is full. A retriable error is logged and polled again after a
	// pause; any other fails the task. Records added before an error are dropped, so their marks must not count: a task that is polled
	// again must deliver them again. The batch, and the bytes of values added to it, belong to the runtime after Poll returns.
	Poll(ctx context.Context, b *SourceBatch) error
	// Stop releases what Start acquired, after the last Poll returned and after the last commit; it is called once, also after a Start
	// that failed.
	Stop(ctx context.Context) error
}

// SourceTaskContext is what a source task may ask of the runtime, from any goroutine until Stop.
type SourceTaskContext interface {
	OffsetReader
	// Connector and Task name the task.
	Connector() string
	Task() int
	// Logger carries the names of connector and task.
	Logger() *slog.Logger
	// Transaction returns the means to set transaction boundaries, nil unless transaction.boundary=connector.
	Transaction() TransactionContext
}

// TransactionContext lets a source task say where transactions end. Its methods are called from within Poll.
type TransactionContext interface {
	// CommitBatch ends the transaction after the batch being polled; AbortBatch discards it.
	CommitBatch()
	AbortBatch()
	// CommitRecord ends the transaction after the record that was added last; AbortRecord discards up to and with it.
	CommitRecord()
	AbortRecord()
}

// Committer is an optional ability of a source task: Commit is called after offsets were committed durably, and at the same interval
// when there was nothing to commit, on a goroutine other than Poll's. An error is logged only.
type Committer interface {
	Commit(ctx context.Context) error
}

// LagReporter is an optional ability of a source task that can tell how much it has not read yet, for metrics. Lag is called on Poll's goroutine, after
// polls that added records; it must not block and should cost no more than asking the system for the size of a file. The unit is a plain word such as
// "bytes", "records" or "seconds", always the same; ok is false while the amount is not known.
type LagReporter interface {
	Lag() (amount int64, unit string, ok bool)
}

// PauseHearer is an optional ability of a source task that keeps something of the other system in use between polls, such as a lock or a snapshot. Paused
// is called on Poll's goroutine each time the task is paused; the next Poll, or Stop, comes once the pause is over. It must not block.
type PauseHearer interface {
	Paused()
}

// RecordMetadata tells where a record was written.
type RecordMetadata struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64
}

// RecordCommitter is an optional ability of a source task that must hear of each record, such as a queue that acknowledges messages.
// CommitRecord is called once per record, in the order of acknowledgement by Kafka, on a goroutine other than Poll's; r is the record
// as Poll added it, and meta is nil where the record was dropped by a transformation or a tolerated error. An error is logged only.
type RecordCommitter interface {
	CommitRecord(ctx context.Context, r *Record, meta *RecordMetadata) error
}
