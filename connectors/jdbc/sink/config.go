// Package sink is JdbcSinkConnector: it writes records to the tables of a database. A put is one transaction: records become rows of a
// plan (plan.go), rows of one key are reduced to the last (compact.go), and what remains goes by the fastest way the dialect has
// (write.go); a row that the database refuses is found by halving and reported alone. The configuration is that of Confluent's and Aiven's
// sink (config.go) or of Debezium's (debezium_config.go); both become the same settings.
package sink

import (
	"fmt"
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
)

// Config declares the keys of both Confluent's and Aiven's sink.
func Config() *config.Def {
	const writes, mapping, ddl, retries, aiven = "Writes", "Data Mapping", "DDL Support", "Retries", "Aiven"
	def := config.NewDef(connection.Keys(config.NoDefault)...)
	for _, k := range []config.Key{
		{Name: keyInsertMode, Default: "insert", Validator: config.CaseInsensitiveValidString("insert", "upsert", "update", "multi"), Importance: config.High, Group: writes, Order: 1,
			Doc: "How records are written: insert, upsert (changes the row of the key that is there) or update (changes it where there is one). multi is Aiven's name for insert."},
		{Name: keyBatchSize, Type: config.Int, Default: 3000, Validator: config.AtLeast(0), Importance: config.Medium, Group: writes, Order: 2,
			Doc: "Most rows that are sent at a time. All rows of a put are one transaction, whatever it says."},
		{Name: keyDelete, Type: config.Boolean, Default: false, Importance: config.Medium, Group: writes, Order: 3, Doc: "Whether a record without value deletes the row of its key. It needs pk.mode=record_key."},
		{Name: keyTableTypes, Type: config.List, Default: []string{"TABLE"}, Importance: config.Low, Group: writes, Order: 4, Doc: "Kinds of tables that may be written: TABLE, PARTITIONED TABLE, VIEW."},
		{Name: keyTableFormat, Default: "${topic}", Validator: config.NonEmptyString(), Importance: config.Medium, Group: mapping, Order: 1,
			Doc: "Name of the table of a record; ${topic} stands for the topic, and dots divide catalog, schema and table. Further placeholders are ${field:NAME}, ${key:NAME}, ${header:NAME} and, with moldau.change.events, ${source.NAME}."},
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
		{Name: keyHoldlock, Type: config.Boolean, Default: true, Importance: config.Low, Group: ddl, Order: 4, Doc: "Whether MERGE takes HOLDLOCK in SQL Server."},
		{Name: keyRetries, Type: config.Int, Default: 10, Validator: config.AtLeast(0), Importance: config.Medium, Group: retries, Order: 1, Doc: "How often a put is tried again after an error before the task fails."},
		{Name: keyBackoff, Type: config.Int, Default: 3000, Validator: config.AtLeast(0), Importance: config.Medium, Group: retries, Order: 2, Doc: "Milliseconds before a put is tried again."},
		{Name: keyTrim, Type: config.Boolean, Default: false, Importance: config.Low, Internal: true, NoEffect: "values of records are never logged"},
		{Name: keyNormalize, Type: config.Boolean, Default: false, Importance: config.Low, Group: aiven, Order: 1, Beyond: true, Doc: "Whether characters of a table's name other than letters, digits and underscores become underscores (Aiven)."},
		{Name: keyMapping, Type: config.List, Default: []string{}, Importance: config.Low, Group: aiven, Order: 2, Beyond: true, Doc: "Tables of single topics, as topic:table (Aiven)."},
		{Name: keyQuoteAiven, Type: config.Boolean, Default: true, Importance: config.Low, Group: aiven, Order: 3, Beyond: true, Doc: "Aiven's form of quote.sql.identifiers."},
	} {
		def.Define(k)
	}
	def.Define(config.Key{Name: keyEvents, Type: config.Boolean, Default: false, Importance: config.Medium, Group: mapping, Order: 12, Beyond: true,
		Doc: "Whether change events of Debezium are taken apart: the row is what follows or precedes the change, and deletes delete where delete.enabled=true."})
	for _, k := range ownKeys() {
		def.Define(k)
	}
	return def
}

// read parses a configuration of Confluent's or Aiven's sink; an error names its key.
func read(props map[string]string, all []dialect.Dialect) (*settings, error) {
	v, err := Config().ParseStrings(props)
	if err != nil {
		return nil, err
	}
	s := &settings{
		words:     words{keyPKMode, keyPKFields, keyInsertMode, keyTableFormat, keyDelete, keyQuote, keyCreate, keyEvolve},
		batchSize: v.Int(keyBatchSize), deletes: v.Bool(keyDelete), tableTypes: v.List(keyTableTypes), normalize: v.Bool(keyNormalize),
		pkMode: pkMode(strings.ToLower(v.String(keyPKMode))), pkFields: v.List(keyPKFields), filter: filter{list: v.List(keyWhitelist)}, timestamps: v.List(keyTimestamps),
		nanos: strings.EqualFold(v.String(keyPrecision), "nanoseconds"), defaults: v.Bool(keyDefaults), stringName: v.String(keyStringName),
		create: v.Bool(keyCreate), evolve: v.Bool(keyEvolve), quote: strings.EqualFold(v.String(keyQuote), "always") && v.Bool(keyQuoteAiven),
		retries: v.Int(keyRetries), backoff: v.Duration(keyBackoff), holdlock: v.Bool(keyHoldlock), events: v.Bool(keyEvents),
		mapping: map[string]string{},
	}
	s.mode = map[string]dialect.Op{"insert": dialect.Insert, "multi": dialect.Insert, "upsert": dialect.Upsert, "update": dialect.Update}[strings.ToLower(v.String(keyInsertMode))]
	if s.Settings, err = connection.Read(v, all); err != nil {
		return nil, err
	}
	s.types = dialectTypes{s.Dialect}
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
	if s.names, err = parseTemplate(v.String(keyTableFormat), false); err != nil {
		return nil, connect.NewBadConfig(keyTableFormat, err)
	}
	if err := s.readOwn(v); err != nil {
		return nil, err
	}
	return s, s.check()
}
