package worker

import "github.com/moldau/moldau/internal/kafka"

// State is the state of a connector or task as the REST API shows it.
type State string

// The states of Java's AbstractStatus.State that are shown to clients.
const (
	Unassigned State = "UNASSIGNED"
	Running    State = "RUNNING"
	Paused     State = "PAUSED"
	Failed     State = "FAILED"
	Restarting State = "RESTARTING"
	Stopped    State = "STOPPED"
)

// TargetState is what a connector and its tasks shall be.
type TargetState string

// The target states of KIP-875, spelled as on the config topic.
const (
	TargetStarted TargetState = "STARTED"
	TargetPaused  TargetState = "PAUSED"
	TargetStopped TargetState = "STOPPED"
)

// TaskID names a task.
type TaskID = kafka.Task

// Status is a report of the state of a connector or task.
type Status struct {
	State State
	// Trace is the error in the form of a Java stack trace, "" where there is none.
	Trace    string
	WorkerID string
	// Generation is that of the worker's group membership, 0 in standalone mode.
	Generation int
	// Version is the plugin's, "" where the plugin was never made.
	Version string
}

// StatusListener hears of every state that connectors and tasks reach.
//
// The reports of one connector or task come in the order of the events, one at a time, from goroutines of the worker; reports of different
// ones may come at once. The methods must not block for long and must not call back into the worker.
type StatusListener interface {
	OnConnector(name string, s Status)
	OnTask(id TaskID, s Status)
}
