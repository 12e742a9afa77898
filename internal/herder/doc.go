// Package herder holds the Herder, which owns the connectors of a worker or of a group of workers: it keeps their configurations, target states
// and statuses, starts and stops them through the worker, and answers the REST API. Standalone is the herder of a worker on its own.
//
// Reads are answered from state that no plugin call can hold up; writes are serialised per connector, so that a connector that hangs in one
// of its methods delays only requests that change that same connector.
package herder
