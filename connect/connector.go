package connect

import (
	"context"
	"log/slog"

	"github.com/moldau/moldau/connect/config"
)

// Connector is the part that both kinds of connectors share. A connector does not move data: it checks its configuration, watches its
// source or target for changes that ask for other tasks, and divides the work.
//
// The runtime calls the methods of one connector one at a time, on a goroutine of its own with a deadline. A call that does not return
// is reported and abandoned; it never blocks another connector.
type Connector interface {
	// Start gets the validated configuration, with config providers resolved. It may block to reach the other system until ctx ends.
	// An error puts the connector into FAILED.
	Start(ctx context.Context, cc ConnectorContext, props map[string]string) error
	// TaskConfigs divides the work into at most maxTasks configurations, called after Start and after each RequestTaskReconfiguration.
	// An error is reported as the connector's failure; running tasks go on.
	TaskConfigs(ctx context.Context, maxTasks int) ([]map[string]string, error)
	// Stop releases what Start acquired; it is called once, also after a Start that failed or was abandoned half way.
	Stop(ctx context.Context) error
}

// ConnectorContext is what a connector may ask of the runtime; its methods may be called from any goroutine until Stop.
type ConnectorContext interface {
	// Name returns the connector's name.
	Name() string
	// RequestTaskReconfiguration makes the runtime ask for TaskConfigs again, soon and on another goroutine; it does not block.
	RequestTaskReconfiguration()
	// RaiseError puts the connector into FAILED.
	RaiseError(err error)
	// Offsets reads committed source offsets; nil for a sink connector.
	Offsets() OffsetReader
	// Logger carries the connector's name.
	Logger() *slog.Logger
}

// OffsetReader reads the source offsets that were committed for the connector.
type OffsetReader interface {
	// Offsets returns for each partition its committed offset, nil where there is none, in the order of the argument. It may block on
	// Kafka until ctx ends. Integers come back as int64, fractions as float64.
	Offsets(ctx context.Context, partitions ...*SourcePartition) ([]OffsetFields, error)
}

// ConfigValidator is an optional ability of a connector: checks beyond its config definition, such as keys that exclude each other.
// The runtime calls Validate on an instance that was never started, with a deadline; it may reach other systems. The result is added to
// that of the definition: for each key named, its errors and recommended values.
type ConfigValidator interface {
	Validate(ctx context.Context, props map[string]string) ([]config.Value, error)
}

// ConnectionTester is an optional ability of a connector: try to reach the other system with a configuration, without side effects. The runtime
// calls it while a configuration is validated, on an instance that was never started, once the connector's keys have no other error; it may block
// until ctx ends, which is some seconds. An error of class BadConfig is what the other system answered, such as a refused login: the
// configuration is not stored. Any other is shown to who asks for a validation only, since the system may be there when the connector runs. An
// Error names the key that either is shown at.
type ConnectionTester interface {
	TestConnection(ctx context.Context, props map[string]string) error
}

// SourceOffset is one partition with its new offset, nil to forget it (KIP-875).
type SourceOffset struct {
	Partition map[string]any
	Offset    map[string]any
}

// SourceOffsetAlterer is an optional ability of a source connector: to check, or carry out elsewhere, a change of offsets that a user
// asks for. It is called on an instance that was never started. An error refuses the change; true says that offsets kept outside
// Connect were changed too.
type SourceOffsetAlterer interface {
	AlterOffsets(ctx context.Context, props map[string]string, offsets []SourceOffset) (bool, error)
}

// SinkOffsetAlterer is the same for a sink connector; a nil offset asks for a reset of that partition. The offsets of the consumer group are changed
// after the call, by the runtime; where that fails the request does, and may come again.
//
// A connector whose tasks may keep offsets with their data (OffsetKeeper) needs this ability to have any offset changed: without it a request is
// refused, however the connector is configured, since it would change only the group's offsets, which do not count. It changes what the target keeps,
// all or nothing, and takes the same change twice: from an offset further back, records are written again; those before one further ahead never
// are. For such a connector
//   - the call comes after everything was checked that Kafka can refuse: the group has no members, the partitions exist, no offset is negative;
//   - a reset comes with no partition at all, and asks to forget everything that the target keeps for the connector, also what the group does not know;
//   - a task that was given up may still write, which the group does not show: an error refuses the change until it has ended;
//   - false says that the target keeps nothing for the connector, so that the group's offsets say where it begins.
type SinkOffsetAlterer interface {
	AlterOffsets(ctx context.Context, props map[string]string, offsets map[TopicPartition]*int64) (bool, error)
}

// ExactlyOnceSupport is a source connector's answer to "can you deliver exactly once with this configuration?" (KIP-618).
type ExactlyOnceSupport uint8

const (
	ExactlyOnceUnknown ExactlyOnceSupport = iota
	ExactlyOnceSupported
	ExactlyOnceUnsupported
)

// ExactlyOnceSupporter is an optional ability of a source connector; without it the answer is ExactlyOnceUnknown.
type ExactlyOnceSupporter interface {
	ExactlyOnceSupport(props map[string]string) ExactlyOnceSupport
	// DefinesTransactions says whether the task can set transaction boundaries itself.
	DefinesTransactions(props map[string]string) bool
}
