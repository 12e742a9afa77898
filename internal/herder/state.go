package herder

import "github.com/moldau/moldau/internal/worker"

// State is what a connector or task is doing now, as the status topic and the REST API name it.
type State = worker.State

// The states that clients see.
const (
	Unassigned = worker.Unassigned
	Running    = worker.Running
	Paused     = worker.Paused
	Failed     = worker.Failed
	Restarting = worker.Restarting
	Stopped    = worker.Stopped
)

// TargetState is what a user wants a connector to do, as the config topic names it.
type TargetState = worker.TargetState

// The target states of KIP-875.
const (
	TargetStarted = worker.TargetStarted
	TargetPaused  = worker.TargetPaused
	TargetStopped = worker.TargetStopped
)
