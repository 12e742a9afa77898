// Package tracing makes OpenTelemetry spans of what tasks do with sampled records, and carries their context through the headers of records as W3C Trace
// Context says.
//
// Sampling is decided here and not by OpenTelemetry's samplers: a task chooses the records that begin a trace, and spans are made for those only.
// What is sampled is always recorded and sent.
package tracing
