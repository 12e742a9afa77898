package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// sourceKeys are the further keys of every source connector (SourceConnectorConfig).
func sourceKeys() []config.Key {
	return []config.Key{
		{Name: "topic.creation.groups", Type: config.List, Default: []string{}, Validator: uniqueAliases("topic creation groups"),
			Doc:   "Groups of topics that are created alike; topic.creation.GROUP.include, .exclude and further keys configure each, default the rest.",
			Group: "Topic Creation", Order: 1, Width: config.WidthLong, DisplayName: "Topic Creation Groups"},
		{Name: "exactly.once.support", Default: "requested", Validator: config.CaseInsensitiveValidString("required", "requested"), Importance: config.Medium,
			Doc:   "required lets the connector start only where it writes exactly once, requested does so without checking.",
			Group: "Exactly Once Support", Order: 2, Width: config.WidthShort, DisplayName: "Exactly once support"},
		{Name: "transaction.boundary", Default: "poll", Validator: config.CaseInsensitiveValidString("interval", "poll", "connector"), Importance: config.Medium,
			Doc:   "Where transactions end: poll after each batch, interval after a time, connector where the connector says so.",
			Group: "Exactly Once Support", Order: 3, Width: config.WidthShort, DisplayName: "Transaction Boundary"},
		{Name: "transaction.boundary.interval.ms", Type: config.Long, Validator: nullOr{config.AtLeast(0)},
			Doc:   "Milliseconds between two ends of transactions with interval; null takes the worker's offset.flush.interval.ms.",
			Group: "Exactly Once Support", Order: 4, Width: config.WidthShort, DisplayName: "Transaction boundary interval"},
		{Name: "offsets.storage.topic", Validator: config.NonEmptyString(),
			Doc:   "Topic that keeps this connector's offsets, created where it is missing; null uses the worker's alone.",
			Group: "offsets.topic", Order: 1, Width: config.WidthLong, DisplayName: "Offsets topic"},
	}
}

// sinkKeys are the further keys of every sink connector (SinkConnectorConfig).
func sinkKeys() []config.Key {
	return append([]config.Key{
		{Name: "topics", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false), Importance: config.High,
			Doc:   "Topics to consume, separated by commas; either this or topics.regex.",
			Group: "Common", Order: 4, Width: config.WidthLong, DisplayName: "Topics"},
		{Name: "topics.regex", Default: "", Validator: config.ValidRegex(), Importance: config.High,
			Doc:   "Regular expression (Java) that whole topic names must match to be consumed; either this or topics.",
			Group: "Common", Order: 4, Width: config.WidthLong, DisplayName: "Topics regex"},
	}, deadLetterKeys()...)
}
