package herder

import (
	"context"

	"github.com/moldau/moldau/connect/config"
)

// Herder is what the REST API and the command line ask of a worker. Every method is synchronous, may be called from any goroutine, returns
// when ctx ends at the latest, and reports problems as *Error (with its HTTP status), *RedirectError or a plain error, which is a 500.
// Returned values belong to the caller.
type Herder interface {
	Reader
	Writer
	OffsetEditor
	PluginInformer
	LevelSetter
}

// Reader answers from state in memory. It never waits for a connector, a task or a request that changes something.
type Reader interface {
	// Server returns the answer of GET /. It waits for nothing.
	Server() ServerInfo
	// Health returns nil once the worker is started and able to serve, else why it is not; see Stage.
	Health(ctx context.Context) error
	// Ready reports whether the herder has come up; until then Health's error means "starting".
	Ready() bool
	// Stage tells what the herder is or was last busy with, for messages about time-outs. ok is false where nothing is known.
	Stage() (stage Stage, ok bool)

	// Connectors returns the names of all connectors.
	Connectors(ctx context.Context) ([]string, error)
	// Connector returns a connector's configuration, tasks and type: 404 "Connector X not found".
	Connector(ctx context.Context, name string) (*ConnectorInfo, error)
	// ConnectorConfig returns the configuration as given, placeholders unresolved and nulls kept: 404 as Connector.
	ConnectorConfig(ctx context.Context, name string) (config.Props, error)
	// ConnectorStatus returns the states of a connector and its tasks: 404 "No status found for connector X".
	ConnectorStatus(ctx context.Context, name string) (*ConnectorStatus, error)
	// TaskConfigs returns the configurations of all tasks, placeholders unresolved: 404 as Connector.
	TaskConfigs(ctx context.Context, name string) ([]TaskInfo, error)
	// TaskStatus returns the state of one task: 404 "No status found for task X-n".
	TaskStatus(ctx context.Context, id TaskID) (*TaskState, error)
	// ConnectorTopics returns the topics that the connector used since the last reset, none for an unknown connector.
	ConnectorTopics(ctx context.Context, name string) ([]string, error)
}

// Writer changes connectors. Changes of one connector follow each other in the order of their calls.
type Writer interface {
	// PutConnector creates a connector, or replaces its configuration where replace allows it; otherwise an existing name is a 409. The
	// configuration is validated first: 400 with all messages. target is the state a new connector begins in, "" for STARTED. A null name
	// in props must have been replaced before.
	PutConnector(ctx context.Context, name string, props config.Props, target TargetState, replace bool) (*ConnectorInfo, bool, error)
	// PatchConnector merges the patch into the configuration, a null removing its key, and validates the result: 404, 400.
	PatchConnector(ctx context.Context, name string, patch config.Props) (*ConnectorInfo, error)
	// DeleteConnector stops and forgets a connector; its offsets stay: 404.
	DeleteConnector(ctx context.Context, name string) error
	// PauseConnector asks connector and tasks to pause; it does not wait for that: 404 "Unknown connector X".
	PauseConnector(ctx context.Context, name string) error
	// ResumeConnector asks connector and tasks to run, starting them where they were stopped; it does not wait: 404 as PauseConnector.
	ResumeConnector(ctx context.Context, name string) error
	// StopConnector stops connector and tasks and drops the task configurations (KIP-875): 404.
	StopConnector(ctx context.Context, name string) error
	// RestartConnector stops and starts the connector instance, not its tasks: 404.
	RestartConnector(ctx context.Context, name string) error
	// RestartConnectorAndTasks restarts what the request selects (KIP-745) and returns the status with that shown as RESTARTING.
	RestartConnectorAndTasks(ctx context.Context, request RestartRequest) (*ConnectorStatus, error)
	// RestartTask stops and starts one task: 404.
	RestartTask(ctx context.Context, id TaskID) error
	// ResetConnectorTopics forgets the topics of ConnectorTopics.
	ResetConnectorTopics(ctx context.Context, name string) error

	// PutTaskConfigs and FenceZombies serve the other workers of a group; body is what was signed.
	PutTaskConfigs(ctx context.Context, name string, tasks []map[string]string, body []byte, signature *Signature) error
	FenceZombies(ctx context.Context, name string, signature *Signature) error
}

// OffsetEditor reads and changes a connector's committed offsets (KIP-875). It may wait for Kafka and for the connector's plugin.
type OffsetEditor interface {
	// ConnectorOffsets returns the committed offsets: 404 as Connector.
	ConnectorOffsets(ctx context.Context, name string) ([]ConnectorOffset, error)
	// AlterConnectorOffsets sets offsets of a stopped connector and returns the message for the client: 400, 404.
	AlterConnectorOffsets(ctx context.Context, name string, offsets []ConnectorOffset) (string, error)
	// ResetConnectorOffsets removes all offsets of a stopped connector and returns the message for the client: 400, 404.
	ResetConnectorOffsets(ctx context.Context, name string) (string, error)
}

// PluginInformer tells about plugins and checks configurations. It may wait for a plugin.
type PluginInformer interface {
	// Plugins returns the connectors, or all plugins.
	Plugins(connectorsOnly bool) []PluginInfo
	// PluginConfig returns the keys of a plugin; version is a range of versions, nil for any: 404, 400.
	PluginConfig(ctx context.Context, class string, version *string) ([]*config.KeyInfo, error)
	// ValidateConfig checks a connector's configuration without creating it.
	ValidateConfig(ctx context.Context, props config.Props) (*config.Infos, error)
}

// LevelSetter reads and changes log levels (KIP-495, KIP-976).
type LevelSetter interface {
	// Loggers returns all loggers that have a level.
	Loggers() map[string]LoggerLevel
	// Logger returns one logger's level; ok is false where no such logger is known.
	Logger(name string) (level LoggerLevel, ok bool)
	// SetWorkerLogger sets the level of a logger and those below it on this worker and returns the names of those that changed.
	SetWorkerLogger(name, level string) []string
	// SetClusterLogger does the same on all workers of the group, without waiting for them.
	SetClusterLogger(ctx context.Context, name, level string) error
}

// Purpose says what a configuration is checked for, which decides whether the system that its connector reads or writes is asked.
type Purpose uint8

const (
	// ToAnswer reports everything: a user asks what is wrong.
	ToAnswer Purpose = iota
	// ToStore leaves out that the other system cannot be reached, which may have passed when the connector runs.
	ToStore
	// Alone asks no other system.
	Alone
)

type aloneKey struct{}

// WithoutOthers returns a context in which configurations are stored without asking the systems that their connectors read or write: those of
// files at the start of a worker, which must neither wait for such a system nor fail by it.
func WithoutOthers(ctx context.Context) context.Context {
	return context.WithValue(ctx, aloneKey{}, true)
}

// Validator checks connector configurations. It calls plugins, so it runs outside every lock.
type Validator interface {
	// Validate resolves placeholders and returns the outcome for every key of a connector configuration. stage hears which step is under way,
	// for time-outs. An error is for configurations that cannot be checked at all, such as one without connector.class (400).
	Validate(ctx context.Context, props config.Props, purpose Purpose, stage func(string)) (*config.Infos, error)
	// PluginConfig returns the keys that GET /connector-plugins/{class}/config shows; version is
	// a range of versions, nil for any. 404 for an unknown class, 400 for a wrong kind or version.
	PluginConfig(ctx context.Context, class string, version *string) ([]*config.KeyInfo, error)
}
