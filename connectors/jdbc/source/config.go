// Package source is JdbcSourceConnector: it reads tables, or a query, into topics. The connector divides the tables among tasks and asks for more of them
// (connector.go, assign.go, tables.go). A task asks its tables in turn (task.go, reader.go) for what came since the offset (query.go, offset.go), but not for
// rows behind which others may still be committed (late.go, again.go), or reads a table in parts (part.go). Rows are streamed into the slots of a batch (read.go,
// fill.go and those beside it) by a schema made from the columns (types.go), with a key where one is asked for (key.go).
package source

import (
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
)

const (
	keyWhitelist    = "table.whitelist"
	keyBlacklist    = "table.blacklist"
	keyInclude      = "table.include.list"
	keyExclude      = "table.exclude.list"
	keyCatalog      = "catalog.pattern"
	keySchema       = "schema.pattern"
	keyTableTypes   = "table.types"
	keyPrecision    = "numeric.precision.mapping"
	keyNumeric      = "numeric.mapping"
	keyCalendar     = "date.calendar.system"
	keyMode         = "mode"
	keyIncrementing = "incrementing.column.name"
	keyTimestamp    = "timestamp.column.name"
	keyIncMapping   = "incrementing.column.mapping"
	keyTimeMapping  = "timestamp.columns.mapping"
	keyInitial      = "timestamp.initial"
	keyDelay        = "timestamp.delay.interval.ms"
	keyGranularity  = "timestamp.granularity"
	keyNonNull      = "validate.non.null"
	keyQuery        = "query"
	keyMasked       = "query.masked"
	keySuffix       = "query.suffix"
	keyRetries      = "query.retry.attempts"
	keyQuote        = "quote.sql.identifiers"
	keyIsolation    = "transaction.isolation.mode"
	keyPoll         = "poll.interval.ms"
	keyBatch        = "batch.max.rows"
	keyBuffer       = "max.buffer.size"
	keyLinger       = "poll.linger.ms"
	keyTablePoll    = "table.poll.interval.ms"
	keyStartup      = "table.monitoring.startup.polling.limit.ms"
	keyPrefix       = "topic.prefix"
	keyZone         = "db.timezone"

	keyQuoteAiven   = "sql.quote.identifiers"
	keyInitialAiven = "timestamp.initial.ms"
	keyIncInitial   = "incrementing.initial"
	keyQualify      = "table.names.qualify"

	keyLate       = "moldau.late.rows.ms"
	keyOverlap    = "moldau.late.rows.overlap.ms"
	keyPartColumn = "moldau.partition.column"
	keyPartCount  = "moldau.partition.count"
	keyPartWidth  = "moldau.partition.width"
	keyRecordKey  = "moldau.record.key"
	keyKeyColumns = "moldau.record.key.columns"
	keyArrays     = "moldau.arrays"
	keyOther      = "moldau.other.types"

	// keyTables is what the connector tells a task.
	keyTables = "tables"
)

// Config declares the keys of both Confluent's and Aiven's source.
func Config() *config.Def {
	const database, mode, connector, aiven, own = "Database", "Mode", "Connector", "Aiven", "Moldau"
	def := config.NewDef(connection.Keys("")...)
	for _, k := range []config.Key{
		{Name: keyWhitelist, Type: config.List, Default: []string{}, Importance: config.Medium, Group: database, Order: 10, Doc: "Tables to read, by bare or full name; empty reads all."},
		{Name: keyBlacklist, Type: config.List, Default: []string{}, Importance: config.Medium, Group: database, Order: 11, Doc: "Tables to leave out, by bare or full name."},
		{Name: keyInclude, Type: config.List, Default: []string{}, Importance: config.Medium, Group: database, Order: 12, Doc: "Regular expressions (RE2) of full names of tables to read."},
		{Name: keyExclude, Type: config.List, Default: []string{}, Importance: config.Medium, Group: database, Order: 13, Doc: "Regular expressions of full names of tables to leave out of those of table.include.list."},
		{Name: keyCatalog, Default: nil, Importance: config.Medium, Group: database, Order: 14, Doc: "Pattern of catalogs (databases in MySQL) whose tables are read."},
		{Name: keySchema, Default: nil, Importance: config.High, Group: database, Order: 15, Doc: "Pattern of schemas whose tables are read."},
		{Name: keyTableTypes, Type: config.List, Default: []string{"TABLE"}, Importance: config.Low, Group: database, Order: 16, Doc: "Kinds of tables that are read, such as TABLE and VIEW."},
		{Name: keyPrecision, Type: config.Boolean, Default: false, Importance: config.Low, Group: database, Order: 17, Deprecated: "use numeric.mapping=precision_only", Doc: "Older form of numeric.mapping=precision_only."},
		{Name: keyNumeric, Default: nil, Validator: oneOf("none", "precision_only", "best_fit", "best_fit_eager_double"), Importance: config.Low, Group: database, Order: 18,
			Doc: "How NUMERIC columns become values: none as decimals, precision_only as integers where they have no fraction, best_fit also as doubles where that is exact enough, best_fit_eager_double always."},
		{Name: keyCalendar, Default: "LEGACY", Validator: config.CaseInsensitiveValidString("LEGACY", "PROLEPTIC_GREGORIAN"), Importance: config.Low, Group: database, Order: 19,
			NoEffect: "dates before 1582 are always those of the Gregorian calendar", Doc: "Calendar of dates before 1582."},
		{Name: keyQuote, Default: "ALWAYS", Validator: config.CaseInsensitiveValidString("ALWAYS", "NEVER"), Importance: config.Medium, Group: database, Order: 20, Doc: "Whether names are quoted in statements."},
		{Name: keyMode, Default: "", Validator: oneOf("", "bulk", "incrementing", "timestamp", "timestamp+incrementing"), Importance: config.High, Group: mode, Order: 1,
			Doc: "How new rows are found: bulk reads everything each time, incrementing by a growing column, timestamp by when they were changed, timestamp+incrementing by both."},
		{Name: keyIncrementing, Default: "", Importance: config.Medium, Group: mode, Order: 2, Doc: "Column that grows with each new row and is never null; empty takes the one that the database counts up."},
		{Name: keyTimestamp, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mode, Order: 3, Doc: "Columns that say when a row was changed; the first that is not null counts."},
		{Name: keyIncMapping, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mode, Order: 4, Doc: "Incrementing columns per table, as regular-expression:column."},
		{Name: keyTimeMapping, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mode, Order: 5, Doc: "Timestamp columns per table, as regular-expression:[column|column]."},
		{Name: keyInitial, Type: config.Long, Default: nil, Importance: config.Low, Group: mode, Order: 6, Doc: "Milliseconds since 1970 from which rows are read where no offset is committed; -1 is now. Without it all are read."},
		{Name: keyNonNull, Type: config.Boolean, Default: true, Importance: config.Low, Group: mode, Order: 7, Doc: "Whether offset columns that may be null are refused."},
		{Name: keyQuery, Default: "", Importance: config.Medium, Group: mode, Order: 8, Doc: "Query to read instead of tables. Modes other than bulk append WHERE to it."},
		{Name: keyMasked, Type: config.Password, Default: nil, Importance: config.Medium, Group: mode, Order: 9, Doc: "A query that is not shown."},
		{Name: keySuffix, Default: "", Importance: config.Low, Group: mode, Order: 10, Doc: "Text behind every query, such as LIMIT 1000."},
		{Name: keyRetries, Type: config.Int, Default: -1, Validator: config.AtLeast(-1), Importance: config.Low, Group: mode, Order: 11, Doc: "How often a query that failed is tried again; -1 is for ever."},
		{Name: keyGranularity, Default: "connect_logical", Validator: config.CaseInsensitiveValidString("connect_logical", "micros_long", "micros_string", "micros_iso_datetime_string", "nanos_long", "nanos_string", "nanos_iso_datetime_string"),
			Importance: config.Low, Group: connector, Order: 1, Doc: "How timestamps become values: connect_logical in milliseconds, or micro- or nanoseconds as number, text or ISO text."},
		{Name: keyPoll, Type: config.Int, Default: 5000, Importance: config.High, Group: connector, Order: 2, Doc: "Milliseconds between two queries of a table."},
		{Name: keyBatch, Type: config.Int, Default: 1000, Validator: config.AtLeast(1), Importance: config.Low, Group: connector, Order: 3, Doc: "Most rows of a batch. Results are streamed, whatever their size."},
		{Name: keyBuffer, Type: config.Int, Default: 0, Importance: config.Low, Group: connector, Order: 4, NoEffect: "rows are not buffered between database and batch", Doc: "Rows that a reader thread buffers."},
		{Name: keyLinger, Type: config.Long, Default: 5000, Importance: config.Low, Group: connector, Order: 5, NoEffect: "a poll returns what is there", Doc: "Longest wait of a poll."},
		{Name: keyTablePoll, Type: config.Long, Default: 60000, Importance: config.Low, Group: connector, Order: 6, Doc: "Milliseconds between two looks for new and dropped tables."},
		{Name: keyStartup, Type: config.Long, Default: 10000, Importance: config.Low, Internal: true, NoEffect: "the tables are known when the connector has started"},
		{Name: keyPrefix, Default: "", Importance: config.High, Group: connector, Order: 7, Doc: "What topics have before the name of the table; with a query the whole topic."},
		{Name: keyDelay, Type: config.Long, Default: 0, Importance: config.High, Group: connector, Order: 8, Doc: "Milliseconds for which rows are left alone after their timestamp, for transactions that commit late."},
		{Name: keyZone, Default: "UTC", Importance: config.Medium, Group: connector, Order: 9, Doc: "Time zone of columns that have none."},
		{Name: keyIsolation, Default: "DEFAULT", Importance: config.Low, Group: connector, Order: 10, Doc: "Isolation of the queries: DEFAULT, READ_UNCOMMITED, READ_COMMITED, REPEATABLE_READ or SERIALIZABLE, as far as the database has it."},
		{Name: keyQuoteAiven, Type: config.Boolean, Default: true, Importance: config.Low, Group: aiven, Order: 1, Beyond: true, Doc: "Aiven's form of quote.sql.identifiers."},
		{Name: keyInitialAiven, Type: config.Long, Default: nil, Importance: config.Low, Group: aiven, Order: 2, Beyond: true, Doc: "Aiven's form of timestamp.initial."},
		{Name: keyIncInitial, Type: config.Long, Default: -1, Importance: config.Low, Group: aiven, Order: 3, Beyond: true, Doc: "Rows with a greater value of the incrementing column are read where no offset is committed (Aiven)."},
		{Name: keyQualify, Type: config.Boolean, Default: true, Importance: config.Low, Group: aiven, Order: 4, Beyond: true, Doc: "Whether names of tables are qualified in statements (Aiven)."},
		{Name: keyLate, Type: config.Long, Default: 5000, Validator: config.AtLeast(0), Importance: config.Medium, Group: own, Order: 1, Beyond: true,
			Doc: "Longest time in milliseconds for which rows are held back while transactions run that may yet commit rows with smaller numbers or timestamps. 0 reads at once, and skips those rows, as Java does."},
		{Name: keyOverlap, Type: config.Long, Default: 0, Validator: config.AtLeast(0), Importance: config.Low, Group: own, Order: 1, Beyond: true,
			Doc: "How many milliseconds before the last timestamp each query reads again, for rows whose timestamps programs set; those that were read already are dropped. After a restart the rows of that time come twice."},
		{Name: keyRecordKey, Default: "none", Validator: oneOf("none", "value", "struct"), Importance: config.Medium, Group: own, Order: 2, Beyond: true,
			Doc: "Key of the records: none, the value of the key column, or a struct of the key columns."},
		{Name: keyKeyColumns, Type: config.List, Default: []string{}, Importance: config.Medium, Group: own, Order: 3, Beyond: true, Doc: "Columns of the key; empty takes those of the primary key."},
		{Name: keyArrays, Type: config.Boolean, Default: false, Importance: config.Medium, Group: own, Order: 4, Beyond: true, Doc: "Whether arrays of PostgreSQL become arrays; otherwise they are left out."},
		{Name: keyOther, Default: "drop", Validator: oneOf("drop", "text"), Importance: config.Low, Group: own, Order: 5, Beyond: true,
			Doc: "What becomes of columns whose type has no place in Connect's data, such as intervals: they are left out, or read as the text that the database has for them (PostgreSQL)."},
		{Name: keyPartColumn, Default: "", Importance: config.Medium, Group: own, Order: 6, Beyond: true,
			Doc: "Integer column by which tables are read in parts, side by side by all tasks; in mode incrementing the incrementing column. With bulk a run goes on after a crash where it was."},
		{Name: keyPartCount, Type: config.Int, Default: 8, Validator: config.Between(1, 1000), Importance: config.Low, Group: own, Order: 7, Beyond: true, Doc: "Number of parts; tasks beyond it have nothing to do. With another number parts are read anew from where the whole table was read."},
		{Name: keyPartWidth, Type: config.Long, Default: 100000, Validator: config.AtLeast(1), Importance: config.Low, Group: own, Order: 8, Beyond: true, Doc: "How many values of the column a block has, which is read by one query; parts have blocks in turn."},
	} {
		def.Define(k)
	}
	return def
}

// oneOf is a validator of texts in any case, or null.
func oneOf(texts ...string) config.Validator {
	return config.Lambda(func(name string, value any) error {
		s, ok := value.(string)
		if !ok {
			return nil
		}
		for _, t := range texts {
			if strings.EqualFold(s, t) {
				return nil
			}
		}
		return config.Invalid(name, value, "must be one of "+strings.Join(texts, ", "))
	}, func() string { return "[" + strings.Join(texts, ", ") + "]" })
}
