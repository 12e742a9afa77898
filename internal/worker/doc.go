// Package worker runs connectors and tasks: the loops between plugins and Kafka, transformation chains, converters, error handling, offset
// commits and states. It never loses a record (I1): an offset is committed only when everything before it is durable on the other side.
//
// A herder decides what runs where and calls a Worker; statuses go back through a StatusListener. The calls of one connector's plugin run on
// that connector's goroutine, those of a task on the task's; a plugin that does not return harms nothing but itself (I4).
package worker
