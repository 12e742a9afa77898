// Package connect is the SDK of Moldau: the contracts of connectors, tasks, converters, transformations, predicates and config providers.
//
// A plugin is an explicit value of type Plugin that a main program passes to the runtime; nothing registers itself. A source task fills
// a SourceBatch that the runtime owns, a sink task gets a SinkBatch per put. Optional abilities (ConfigValidator, OffsetAlterer,
// RecordCommitter, PreCommitter, PartitionOpener, ...) are small interfaces that the runtime finds by type assertion.
//
// Every method of a contract says who calls it, on which goroutine, whether it may block, who owns the bytes and what an error causes.
package connect
