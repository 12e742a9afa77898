package sink

import "github.com/moldau/moldau/connect/config"

// Keys that Java's sinks do not have.
const (
	keyEvents      = "moldau.change.events"
	keyNested      = "moldau.nested"
	keyDelimiter   = "moldau.nested.delimiter"
	keySchemaless  = "moldau.schemaless"
	keyColumns     = "moldau.schemaless.columns"
	keyConnections = "moldau.connections.max"
	keyExactlyOnce = "exactly.once"
	keyOffsetTable = "exactly.once.table"
)

// ownKeys declares what both vocabularies have here beside Java's keys.
func ownKeys() []config.Key {
	const shapes, once = "Nested and schemaless records", "Exactly once"
	return []config.Key{
		{Name: keyConnections, Type: config.Int, Default: 1, Validator: config.Between(1, 64), Importance: config.Medium, Group: "Writes", Order: 40, Beyond: true,
			Doc: "Most connections of a task. With more than one the partitions of a put are written side by side, each connection in a transaction of its own; the order within a partition is kept."},
		{Name: keyNested, Default: nestedRefuse, Validator: config.CaseInsensitiveValidString(nestedRefuse, nestedJSON, nestedFlatten), Importance: config.Medium, Group: shapes, Order: 1, Beyond: true,
			Doc: "What becomes of structs, maps and arrays within a record that the database has no type for: refuse; json writes them as JSON; flatten makes columns of the fields of structs."},
		{Name: keyDelimiter, Default: "_", Validator: config.NonEmptyString(), Importance: config.Low, Group: shapes, Order: 2, Beyond: true,
			Doc: "What stands between the names of a struct and of its field in the name of a column with moldau.nested=flatten."},
		{Name: keySchemaless, Default: looseRefuse, Validator: config.CaseInsensitiveValidString(looseRefuse, looseDeclared, looseInfer), Importance: config.Medium, Group: shapes, Order: 3, Beyond: true,
			Doc: "Whether records without schema are written, such as plain JSON objects: refuse; declared writes the members that moldau.schemaless.columns lists; infer writes all, with the types of the table's columns or of the first values."},
		{Name: keyColumns, Type: config.List, Default: []string{}, Importance: config.Medium, Group: shapes, Order: 4, Beyond: true,
			Doc: "Members of records without schema with their types, as name:type. Types are boolean, int8, int16, int32, int64, float32, float64, string, bytes, decimal(SCALE), date, time, timestamp and json."},
		{Name: keyExactlyOnce, Type: config.Boolean, Default: false, Importance: config.Medium, Group: once, Order: 1, Beyond: true,
			Doc: "Whether every record is in the database once, whatever crashes: offsets are written to a table in the transaction of the rows, and consuming goes on behind them."},
		{Name: keyOffsetTable, Default: "moldau_offsets", Validator: config.NonEmptyString(), Importance: config.Low, Group: once, Order: 2, Beyond: true,
			Doc: "Table of the offsets of exactly.once, created when missing; any number of connectors share one."},
	}
}
