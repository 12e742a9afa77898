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
// last delivered record of each partition. A partition left out is not committed now. The answer may be further only by records of the last Put
// that failed, where the task knows that they are written and leaves them out when they come again. An error rewinds the partitions to their last
// committed offsets. Without it the runtime commits what was put.
type PreCommitter interface {
	PreCommit(ctx context.Context, delivered map[TopicPartition]int64) (map[TopicPartition]int64, error)
}

// Flusher is an optional ability of a sink task that buffers and flushes on demand: Flush makes everything delivered so far durable
// before its offsets are committed. A task that is a PreCommitter is not asked to flush.
type Flusher interface {
	Flush(ctx context.Context, delivered map[TopicPartition]int64) error
}

// BatchReleaser is an optional ability of a sink task that does not keep what it was given, for instance because it writes records as text or
// bytes at once. Released is called after each Put that returned without error, on the task's goroutine, and must not block. True says that
// nothing of that batch is referred to any more, also by other goroutines of the task: no value, no text or bytes that a value gave out, no
// header; the runtime may then use the memory for the next batch, which saves the collector's work. After false, and without the ability, values
// stay valid for as long as they are kept. What was detached (data.Value.Detach) or copied is the task's own. A task that says true of a batch
// that it still refers to will write wrong data; the suite of package connecttest finds it.
type BatchReleaser interface {
	Released() bool
}

// PutSizer is an optional ability of a sink task to which each Put costs something, such as a transaction: it says how many records it likes to get at
// a time, where there are so many and max.poll.records is not set. It is called once, before Start, and must not block. Puts may be smaller.
type PutSizer interface {
	PutRecords() int
}

// PartitionOpener is an optional ability of a sink task that keeps state per partition. Open is called after partitions were assigned
// and before their records are put; Close when they are taken away or the task stops, after the commit of PreCommit's answer was
// prepared. After a loss (session expired) Close is called without a commit. An error fails the task.
type PartitionOpener interface {
	Open(ctx context.Context, tps []TopicPartition) error
	Close(ctx context.Context, tps []TopicPartition) error
}

// OffsetKeeper is an optional ability of a sink task that keeps offsets with its data, in one transaction or file, and so writes each record
// exactly once. The offsets that the runtime commits for the consumer group only inform then, and say where partitions begin of which the
// target holds nothing. GET /connectors/NAME/offsets shows the group's, as for every sink: after a crash they may be behind the target's, until the
// next commit. Changing offsets through the API takes a connector that is a SinkOffsetAlterer.
//
// DurableOffsets returns for each of the partitions the offset after the last record that is durable in the target. The runtime calls it on
// the task's goroutine after every assignment, after Open and before the first record of the partitions, and again for all owned partitions
// when a PreCommit or Flush failed; it consumes them from the offsets returned. A partition left out begins where the group committed, or
// where auto.offset.reset says. A nil map means that the task keeps none as it is configured; it is then a sink like any other. The call may
// block until ctx ends, and rebalances of the group wait for it meanwhile. An error fails the task.
//
// What else the task must see to:
//   - A put that returns an error has kept nothing of its batch, or the task leaves out what it kept when the records come again: they come
//     with the same offsets, but maybe in other batches.
//   - Records that transformations dropped or that went to a dead letter queue are missing between offsets. The runtime delivers nothing past
//     a dead letter before that is durable; ErrantRecordReporter.Report blocks for that long, so it must be called before the target's
//     transaction is committed.
//   - Another task may own the partition by now while this one, frozen or cut off, still writes. Kafka cannot stop it: the target must, by a
//     lock, a fencing token, or by writing only where the stored offset is still the one this task began from. A token is taken in
//     PartitionOpener.Open, which the runtime calls for assignments only; DurableOffsets must not take it, since a task that does not know of its
//     loss yet may be asked too. A put that is refused for this returns a retriable error: its batch goes when the task hears of the loss.
//   - Topics change: the runtime fails the task where the target's offset lies behind the end of the partition (the topic was created again,
//     or lost records), since it cannot know what was written; altering or resetting the connector's offsets decides it, see
//     SinkOffsetAlterer. Where the target's offset lies before the first record that Kafka kept, it logs what is gone and begins there, or
//     fails the task with auto.offset.reset=none.
type OffsetKeeper interface {
	DurableOffsets(ctx context.Context, tps []TopicPartition) (map[TopicPartition]int64, error)
}
