// Package logs writes the log as Java Connect does with its own log4j2.yaml, so that people and their tools read it as before:
//
//	[2026-11-20 23:18:37,080] INFO [my-sink|task-0] message (org.apache.kafka.connect.runtime.WorkerSinkTask:254)
//
// Loggers have the names that users of Java Connect set levels for; which package of ours writes under which is in names.go. Levels hold for a
// name and all below it, and change while the worker runs (KIP-495).
package logs
