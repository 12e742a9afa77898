// Package sink is JdbcSinkConnector: it writes records to the tables of a database. A put is one transaction: records become rows of a
// plan (plan.go), rows of one key are reduced to the last (compact.go), and what remains goes by the fastest way the dialect has
// (write.go); a row that the database refuses is found by halving and reported alone (refused.go).
package sink

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

const (
	keyInsertMode  = "insert.mode"
	keyBatchSize   = "batch.size"
	keyDelete      = "delete.enabled"
	keyTableTypes  = "table.types"
	keyTableFormat = "table.name.format"
	keyPKMode      = "pk.mode"
	keyPKFields    = "pk.fields"
	keyWhitelist   = "fields.whitelist"
	keyZone        = "db.timezone"
	keyDateZone    = "date.timezone"
	keyTimestamps  = "timestamp.fields.list"
	keyPrecision   = "timestamp.precision.mode"
	keyCalendar    = "date.calendar.system"
	keyDefaults    = "replace.null.with.default"
	keyStringName  = "string.output.value.column.name"
	keyCreate      = "auto.create"
	keyEvolve      = "auto.evolve"
	keyQuote       = "quote.sql.identifiers"
	keyHoldlock    = "mssql.use.merge.holdlock"
	keyRetries     = "max.retries"
	keyBackoff     = "retry.backoff.ms"
	keyTrim        = "trim.sensitive.log"

	keyNormalize  = "table.name.normalize"
	keyMapping    = "topics.to.tables.mapping"
	keyQuoteAiven = "sql.quote.identifiers"

	keyConnections = "moldau.connections.max"

	keyExactlyOnce = "exactly.once"
	keyOffsetTable = "exactly.once.table"
)

// Config declares the keys of both Confluent's and Aiven's sink.
func Config() *config.Def {
	const writes, mapping, ddl, retries, aiven, once = "Writes", "Data Mapping", "DDL Support", "Retries", "Aiven", "Exactly once"
	def := config.NewDef(connection.Keys(config.NoDefault)...)
	for _, k := range []config.Key{
		{Name: keyInsertMode, Default: "insert", Validator: config.CaseInsensitiveValidString("insert", "upsert", "update", "multi"), Importance: config.High, Group: writes, Order: 1,
			Doc: "How records are written: insert, upsert (changes the row of the key that is there) or update (changes it where there is one). multi is Aiven's name for insert."},
		{Name: keyBatchSize, Type: config.Int, Default: 3000, Validator: config.AtLeast(0), Importance: config.Medium, Group: writes, Order: 2,
			Doc: "Most rows that are sent at a time. All rows of a put are one transaction, whatever it says."},
		{Name: keyDelete, Type: config.Boolean, Default: false, Importance: config.Medium, Group: writes, Order: 3, Doc: "Whether a record without value deletes the row of its key. It needs pk.mode=record_key."},
		{Name: keyTableTypes, Type: config.List, Default: []string{"TABLE"}, Importance: config.Low, Group: writes, Order: 4, Doc: "Kinds of tables that may be written: TABLE, PARTITIONED TABLE, VIEW."},
		{Name: keyTableFormat, Default: "${topic}", Validator: config.NonEmptyString(), Importance: config.Medium, Group: mapping, Order: 1,
			Doc: "Name of the table of a topic; ${topic} stands for the topic, and dots divide catalog, schema and table."},
		{Name: keyPKMode, Default: "none", Validator: config.CaseInsensitiveValidString("none", "kafka", "record_key", "record_value"), Importance: config.High, Group: mapping, Order: 2,
			Doc: "Where the columns of the primary key come from: none, kafka (topic, partition and offset), record_key or record_value."},
		{Name: keyPKFields, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mapping, Order: 3,
			Doc: "Fields of the key, or the names of its columns: none or three for kafka, one for a primitive record key, otherwise some fields, where none stands for all."},
		{Name: keyWhitelist, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mapping, Order: 4, Doc: "Fields of the value that are written, empty for all. Those of the key are always written."},
		{Name: keyZone, Default: "UTC", Importance: config.Medium, Group: mapping, Order: 5, Doc: "Time zone in which points in time are written to columns that have none."},
		{Name: keyDateZone, Default: "DB_TIMEZONE", Validator: config.CaseInsensitiveValidString("DB_TIMEZONE", "UTC"), Importance: config.Low, Group: mapping, Order: 6,
			Doc: "Time zone in which dates are written: DB_TIMEZONE shifts them west of Greenwich to the day before, as Java does; UTC does not."},
		{Name: keyTimestamps, Type: config.List, Default: []string{}, Importance: config.Medium, Group: mapping, Order: 7, Doc: "Fields of type INT64 or STRING that are points in time."},
		{Name: keyPrecision, Default: "microseconds", Validator: config.CaseInsensitiveValidString("microseconds", "nanoseconds"), Importance: config.Low, Group: mapping, Order: 8,
			Doc: "What the numbers of timestamp.fields.list count since 1970."},
		{Name: keyCalendar, Default: "LEGACY", Validator: config.CaseInsensitiveValidString("LEGACY", "PROLEPTIC_GREGORIAN"), Importance: config.Low, Group: mapping, Order: 9,
			NoEffect: "dates before 1582 are always those of the Gregorian calendar", Doc: "Calendar of dates before 1582."},
		{Name: keyDefaults, Type: config.Boolean, Default: true, Importance: config.Low, Group: mapping, Order: 10, Doc: "Whether the default of a field's schema is written in place of a null."},
		{Name: keyStringName, Default: "record_value", Importance: config.Low, Group: mapping, Order: 11, Doc: "Column of values that are a text instead of a struct."},
		{Name: keyCreate, Type: config.Boolean, Default: false, Importance: config.Medium, Group: ddl, Order: 1, Doc: "Whether missing tables are created."},
		{Name: keyEvolve, Type: config.Boolean, Default: false, Importance: config.Medium, Group: ddl, Order: 2, Doc: "Whether missing columns are added; their fields must be optional or have a default."},
		{Name: keyQuote, Default: "ALWAYS", Validator: config.CaseInsensitiveValidString("ALWAYS", "NEVER"), Importance: config.Medium, Group: ddl, Order: 3,
			Doc: "Whether names are quoted in statements. Without quotes only names of letters, digits and underscores are accepted."},
		{Name: keyHoldlock, Type: config.Boolean, Default: true, Importance: config.Low, Group: ddl, Order: 4, NoEffect: "SQL Server is not supported yet", Doc: "Whether MERGE takes HOLDLOCK in SQL Server."},
		{Name: keyRetries, Type: config.Int, Default: 10, Validator: config.AtLeast(0), Importance: config.Medium, Group: retries, Order: 1, Doc: "How often a put is tried again after an error before the task fails."},
		{Name: keyBackoff, Type: config.Int, Default: 3000, Validator: config.AtLeast(0), Importance: config.Medium, Group: retries, Order: 2, Doc: "Milliseconds before a put is tried again."},
		{Name: keyTrim, Type: config.Boolean, Default: false, Importance: config.Low, Internal: true, NoEffect: "values of records are never logged"},
		{Name: keyNormalize, Type: config.Boolean, Default: false, Importance: config.Low, Group: aiven, Order: 1, Beyond: true, Doc: "Whether characters of a table's name other than letters, digits and underscores become underscores (Aiven)."},
		{Name: keyMapping, Type: config.List, Default: []string{}, Importance: config.Low, Group: aiven, Order: 2, Beyond: true, Doc: "Tables of single topics, as topic:table (Aiven)."},
		{Name: keyQuoteAiven, Type: config.Boolean, Default: true, Importance: config.Low, Group: aiven, Order: 3, Beyond: true, Doc: "Aiven's form of quote.sql.identifiers."},
		{Name: keyConnections, Type: config.Int, Default: 1, Validator: config.Between(1, 64), Importance: config.Medium, Group: writes, Order: 5, Beyond: true,
			Doc: "Most connections of a task. With more than one the partitions of a put are written side by side, each connection in a transaction of its own; the order within a partition is kept."},
		{Name: keyExactlyOnce, Type: config.Boolean, Default: false, Importance: config.Medium, Group: once, Order: 1, Beyond: true,
			Doc: "Whether every record is in the database once, whatever crashes: offsets are written to a table in the transaction of the rows, and consuming goes on behind them."},
		{Name: keyOffsetTable, Default: "moldau_offsets", Validator: config.NonEmptyString(), Importance: config.Low, Group: once, Order: 2, Beyond: true,
			Doc: "Table of the offsets of exactly.once, created when missing; any number of connectors share one."},
	} {
		def.Define(k)
	}
	return def
}

// pkMode is pk.mode.
type pkMode string

const (
	pkNone   pkMode = "none"
	pkKafka  pkMode = "kafka"
	pkKey    pkMode = "record_key"
	pkRecord pkMode = "record_value"
)

// settings are a parsed configuration.
type settings struct {
	connection.Settings

	mode        dialect.Op
	batchSize   int
	deletes     bool
	tableTypes  []string
	tableFormat string
	normalize   bool
	mapping     map[string]string
	pkMode      pkMode
	pkFields    []string
	whitelist   []string
	zone        *time.Location
	dateZone    *time.Location
	timestamps  []string
	nanos       bool
	defaults    bool
	stringName  string
	create      bool
	evolve      bool
	quote       bool
	retries     int
	backoff     time.Duration
	connections int
	exactlyOnce bool
	offsetTable string
}

// read parses a configuration; an error names its key.
func read(props map[string]string, all []dialect.Dialect) (*settings, error) {
	v, err := Config().ParseStrings(props)
	if err != nil {
		return nil, err
	}
	s := &settings{
		batchSize: v.Int(keyBatchSize), deletes: v.Bool(keyDelete), tableTypes: v.List(keyTableTypes), tableFormat: v.String(keyTableFormat), normalize: v.Bool(keyNormalize),
		pkMode: pkMode(strings.ToLower(v.String(keyPKMode))), pkFields: v.List(keyPKFields), whitelist: v.List(keyWhitelist), timestamps: v.List(keyTimestamps),
		nanos: strings.EqualFold(v.String(keyPrecision), "nanoseconds"), defaults: v.Bool(keyDefaults), stringName: v.String(keyStringName),
		create: v.Bool(keyCreate), evolve: v.Bool(keyEvolve), quote: strings.EqualFold(v.String(keyQuote), "always") && v.Bool(keyQuoteAiven),
		retries: v.Int(keyRetries), backoff: v.Duration(keyBackoff), connections: v.Int(keyConnections), exactlyOnce: v.Bool(keyExactlyOnce), offsetTable: v.String(keyOffsetTable),
		mapping: map[string]string{},
	}
	s.mode = map[string]dialect.Op{"insert": dialect.Insert, "multi": dialect.Insert, "upsert": dialect.Upsert, "update": dialect.Update}[strings.ToLower(v.String(keyInsertMode))]
	if s.Settings, err = connection.Read(v, all); err != nil {
		return nil, err
	}
	if s.zone, err = connection.Zone(keyZone, v.String(keyZone)); err != nil {
		return nil, err
	}
	s.dateZone = s.zone
	if strings.EqualFold(v.String(keyDateZone), "UTC") {
		s.dateZone = time.UTC
	}
	for _, m := range v.List(keyMapping) {
		topic, table, ok := strings.Cut(m, ":")
		if !ok || topic == "" || table == "" {
			return nil, connect.NewBadConfig(keyMapping, fmt.Errorf("%q is not of the form topic:table", m))
		}
		s.mapping[topic] = table
	}
	return s, s.check()
}

// check finds keys that exclude each other.
func (s *settings) check() error {
	switch {
	case s.deletes && s.pkMode != pkKey:
		return connect.NewBadConfig(keyDelete, fmt.Errorf("deletes need %s=%s, since only the key of a record says which row is meant", keyPKMode, pkKey))
	case s.mode != dialect.Insert && s.pkMode == pkNone:
		return connect.NewBadConfig(keyPKMode, fmt.Errorf("%s=%s needs a primary key: set %s to kafka, record_key or record_value", keyInsertMode, s.mode, keyPKMode))
	case s.pkMode == pkKafka && len(s.pkFields) != 0 && len(s.pkFields) != 3:
		return connect.NewBadConfig(keyPKFields, fmt.Errorf("with %s=kafka %s is empty or names three columns: for topic, partition and offset", keyPKMode, keyPKFields))
	case !s.Dialect.Can(s.mode):
		return connect.NewBadConfig(keyInsertMode, fmt.Errorf("%s cannot %s rows", s.Dialect.Name(), s.mode))
	}
	for i, f := range s.pkFields {
		if slices.Contains(s.pkFields[:i], f) {
			return connect.NewBadConfig(keyPKFields, fmt.Errorf("%s is named twice", f))
		}
	}
	return nil
}
