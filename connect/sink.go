package connect

import (
	"context"
	"log/slog"
	"time"
)

// SinkTask writes records to another system. The runtime calls all its methods on one goroutine per task.
type SinkTask interface {
	// Start gets the task's configuration. It may block to connect until ctx ends; an error fails the task.
	Start(ctx context.Context, tc SinkTaskContext, props map[string]string) error
	// Put delivers records, maybe none. It may write at once or buffer; what it buffers must not be committed (see PreCommitter). A
	// retriable error pauses the partitions and delivers the same batch again, after the time set by SinkTaskContext.Timeout; any
	// other fails the task. Put should return when ctx ends (the task is being stopped past its grace time).
	Put(ctx context.Context, b *SinkBatch) error
	// Stop releases what Start acquired, after the last commit; it is called once, also after a Start that failed.
	Stop(ctx context.Context) error
}

// SinkTaskContext is what a sink task may ask of the runtime. Its methods are called on the task's goroutine, within a call of the
// runtime, except Logger and ErrantRecordReporter.Report.
type SinkTaskContext interface {
	// Connector and Task name the task.
	Connector() string
	Task() int
	Logger() *slog.Logger
	// Assignment returns the partitions that the task owns now.
	Assignment() []TopicPartition
	// Rewind makes the runtime consume the partition from offset on, before the next put: for sinks that keep offsets themselves.
	Rewind(tp TopicPartition, offset int64)
	// Timeout sets how long the runtime waits before it puts again, once.
	Timeout(d time.Duration)
	// Pause stops delivery of the partitions until Resume; both may name only owned partitions.
	Pause(tps ...TopicPartition)
	Resume(tps ...TopicPartition)
	// RequestCommit asks for an offset commit at the next opportunity.
	RequestCommit()
	// Errors returns the reporter for single bad records, nil unless errors are logged or sent to a dead letter queue.
	Errors() ErrantRecordReporter
}

// ErrantRecordReporter takes single records that a sink could not process (KIP-610). Report may be called from any goroutine during a
// Put. The runtime awaits the report's delivery before it commits offsets at or past the record. It returns an error where
// errors.tolerance does not allow the record to be skipped: the task must then return that error from Put.
type ErrantRecordReporter interface {
	Report(r *Record, cause error) error
}

// PreCommitter is an optional ability of a sink task that buffers: PreCommit returns what may be committed, given the offsets after the
// last delivered record of each partition. A partition left out is not committed now. An error rewinds the partitions to their last
// committed offsets. Without it the runtime commits what was put.
type PreCommitter interface {
	PreCommit(ctx context.Context, delivered map[TopicPartition]int64) (map[TopicPartition]int64, error)
}

// Flusher is an optional ability of a sink task that buffers and flushes on demand: Flush makes everything delivered so far durable
// before its offsets are committed. A task that is a PreCommitter is not asked to flush.
type Flusher interface {
	Flush(ctx context.Context, delivered map[TopicPartition]int64) error
}

// PartitionOpener is an optional ability of a sink task that keeps state per partition. Open is called after partitions were assigned
// and before their records are put; Close when they are taken away or the task stops, after the commit of PreCommit's answer was
// prepared. After a loss (session expired) Close is called without a commit. An error fails the task.
type PartitionOpener interface {
	Open(ctx context.Context, tps []TopicPartition) error
	Close(ctx context.Context, tps []TopicPartition) error
}
