package debezium

// Names of the schemas of times that Debezium has besides Connect's.
const (
	timestampName      = "io.debezium.time.Timestamp"
	microTimestampName = "io.debezium.time.MicroTimestamp"
	nanoTimestampName  = "io.debezium.time.NanoTimestamp"
	zonedTimestampName = "io.debezium.time.ZonedTimestamp"
	zonedTimeName      = "io.debezium.time.ZonedTime"
)
