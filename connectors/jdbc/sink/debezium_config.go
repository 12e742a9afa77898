package sink

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/debezium"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Keys of Debezium's JdbcSinkConnectorConfig and SinkConnectorConfig, as far as they are not Confluent's too.
const (
	dbzUser         = "connection.username"
	dbzProvider     = "connection.provider"
	dbzPoolMin      = "connection.pool.min_size"
	dbzPoolMax      = "connection.pool.max_size"
	dbzPoolTimeout  = "connection.pool.timeout"
	dbzPoolAcquire  = "connection.pool.acquire_increment"
	dbzTruncate     = "truncate.enabled"
	dbzFormat       = "collection.name.format"
	dbzPKMode       = "primary.key.mode"
	dbzPKFields     = "primary.key.fields"
	dbzEvolution    = "schema.evolution"
	dbzQuote        = "quote.identifiers"
	dbzTableNaming  = "collection.naming.strategy"
	dbzOldNaming    = "table.naming.strategy"
	dbzColumnNaming = "column.naming.strategy"
	dbzTableFormat  = "collection.table.format"
	dbzZone         = "use.time.zone"
	dbzOldZone      = "database.time_zone"
	dbzPostGIS      = "dialect.postgres.postgis.schema"
	dbzUnnest       = "dialect.postgres.unnest.insert.enabled"
	dbzIdentity     = "dialect.sqlserver.identity.insert"
	dbzInclude      = "field.include.list"
	dbzExclude      = "field.exclude.list"
	dbzRetries      = "flush.max.retries"
	dbzRetryDelay   = "flush.retry.delay.ms"
	dbzRestart      = "connection.restart.on.errors"
	dbzCloudEvents  = "cloud.events.schema.name.pattern"
	dbzReduction    = "use.reduction.buffer"
	dbzKeyedBatches = "keyed.message.batch.mode"
	dbzShared       = "enable.sces"
	dbzHibernate    = "hibernate."

	defaultTableNaming  = "io.debezium.sink.naming.DefaultCollectionNamingStrategy"
	defaultColumnNaming = "io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy"
	passThroughNaming   = "io.debezium.sink.naming.PassthroughCollectionNamingStrategy"
	evolveNone          = "none"
	evolveBasic         = "basic"
)

// Classes that do what the default ones do.
var (
	tableNamings  = []string{defaultTableNaming, passThroughNaming, "io.debezium.connector.jdbc.naming.DefaultTableNamingStrategy"}
	columnNamings = []string{defaultColumnNaming, "io.debezium.sink.naming.DefaultColumnNamingStrategy"}
)

const (
	poolIdle = "a task has one connection"
	written  = "rows of one key are reduced to the last in any case, and rows go in the fastest way the database has"
)

// DebeziumConfig declares the keys of Debezium's JDBC sink, in its order.
func DebeziumConfig() *config.Def {
	const group = "Connector"
	modes := config.CaseInsensitiveValidString
	keys := []config.Key{
		{Name: connection.KeyURL, Default: nil, Importance: config.High, Width: config.WidthLong, DisplayName: "Hostname", Doc: "JDBC URL of the database, as in jdbc:postgresql://localhost:5432/shop. It is required."},
		{Name: dbzUser, Default: nil, Importance: config.High, Width: config.WidthShort, DisplayName: "User", Doc: "User of the database."},
		{Name: connection.KeyPassword, Type: config.Password, Default: nil, Importance: config.High, Width: config.WidthShort, DisplayName: "Password", Doc: "Password of the user."},
		{Name: dbzPoolMin, Type: config.Int, Default: 5, Importance: config.Low, Width: config.WidthShort, DisplayName: "Connection pool minimum size", NoEffect: poolIdle, Doc: "Least connections of the pool."},
		{Name: dbzPoolMax, Type: config.Int, Default: 32, Importance: config.Low, Width: config.WidthShort, DisplayName: "Connection pool maximum size", NoEffect: poolIdle, Doc: "Most connections of the pool."},
		{Name: dbzPoolTimeout, Type: config.Long, Default: 1800, Importance: config.Low, Width: config.WidthShort, DisplayName: "Connection pool timeout", NoEffect: poolIdle, Doc: "How long a connection of the pool may be idle."},
		{Name: keyInsertMode, Default: "insert", Validator: modes("insert", "upsert", "update"), Importance: config.Low, Width: config.WidthShort, DisplayName: "The insertion mode to use",
			Doc: "How records are written: insert, upsert (changes the row of the key that is there) or update (changes it where there is one)."},
		{Name: keyDelete, Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort, DisplayName: "Controls whether records can be deleted by the connector",
			Doc: "Whether deletes and records without value delete the row of their key; otherwise they are passed over. It needs primary.key.mode=record_key, record_value or record_header."},
		{Name: dbzTruncate, Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort, DisplayName: "Controls whether tables can be truncated by the connector",
			Doc: "Whether change events of a truncation empty the table; otherwise they are passed over."},
		{Name: dbzFormat, Default: "${topic}", Importance: config.Medium, Width: config.WidthMedium, Order: 10, DisplayName: "A format string for the collection name",
			Doc: "Name of the table of a record: ${topic} stands for the topic with underscores for dots, ${source.NAME} for a field of a change event's source block, ${field:NAME}, ${key:NAME} and ${header:NAME} for what the record holds; dots divide schema and table."},
		{Name: keyTableFormat, Default: "${topic}", Importance: config.Medium, Width: config.WidthMedium, Order: 10, DisplayName: "A format string for the collection name", Doc: "Former name of collection.name.format."},
		{Name: dbzPKMode, Default: "none", Validator: modes("none", "kafka", "record_key", "record_value", "record_header"), Importance: config.High, Width: config.WidthShort, Order: 11, DisplayName: "Primary key mode",
			Doc: "Where the columns of the primary key come from: none, kafka (topic, partition and offset), record_key, record_value or record_header."},
		{Name: dbzPKFields, Default: nil, Importance: config.Low, Width: config.WidthMedium, Order: 12, DisplayName: "Comma-separated list of primary key field names", Doc: "Fields of the primary key, divided by commas; empty for all."},
		{Name: dbzEvolution, Default: evolveNone, Validator: modes(evolveNone, "validate-only", evolveBasic), Importance: config.Low, Width: config.WidthShort, Order: 13, DisplayName: "Controls how schema evolution is handled by the sink connector",
			Doc: "Whether missing tables are created and missing columns added (basic). Tables are looked at when their first record comes, so validate-only does what none does."},
		{Name: dbzQuote, Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort, Order: 14, DisplayName: "Controls whether table, column, or other identifiers are quoted",
			Doc: "Whether names keep their case. Without, tables and columns get the names that the database makes of unquoted ones; any name can be written either way."},
		{Name: dbzTableNaming, Type: config.Class, Default: defaultTableNaming, AnyClass: true, Importance: config.Low, Width: config.WidthLong, Order: 15, DisplayName: "CollectionNamingStrategy class",
			Doc: "Class that names tables. Debezium's own are known: the default one, and PassthroughCollectionNamingStrategy, which leaves the dots of a topic."},
		{Name: dbzOldNaming, Type: config.Class, Default: defaultTableNaming, AnyClass: true, Importance: config.Low, Width: config.WidthLong, Order: 15, DisplayName: "CollectionNamingStrategy class", Doc: "Former name of collection.naming.strategy."},
		{Name: dbzColumnNaming, Type: config.Class, Default: defaultColumnNaming, AnyClass: true, Importance: config.Low, Width: config.WidthLong, Order: 16, DisplayName: "Name of the strategy class that implements the ColumnNamingStrategy interface",
			Doc: "Class that names columns. Only Debezium's default is known; names are changed by transformations."},
		{Name: dbzTableFormat, Default: "${table}", Importance: config.Medium, Width: config.WidthLong, Order: 17, DisplayName: "Format string using table name", NoEffect: "Debezium does not use it either",
			Doc: "Format of names by table and schema."},
		{Name: dbzZone, Default: "UTC", Importance: config.Medium, Width: config.WidthShort, Order: 18, DisplayName: "The timezone used when inserting temporal values.",
			Doc: "Time zone in which points in time that have a zone are written to columns that have none. Others are written as they are."},
		{Name: dbzOldZone, Default: "UTC", Importance: config.Medium, Width: config.WidthShort, Order: 18, DisplayName: "The timezone used when inserting temporal values.", Doc: "Former name of use.time.zone."},
		{Name: dbzPostGIS, Default: "public", Importance: config.Low, Width: config.WidthLong, Order: 19, DisplayName: "Name of the schema where postgis extension is installed", Doc: "Schema of PostGIS."},
		{Name: dbzUnnest, Type: config.Boolean, Default: false, Importance: config.Medium, Width: config.WidthShort, Order: 20, DisplayName: "Enable UNNEST-based batch inserts for PostgreSQL", NoEffect: written, Doc: "Whether PostgreSQL gets arrays of rows."},
		{Name: dbzIdentity, Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort, Order: 21, DisplayName: "Allowing to insert explicit value for identity column in table for SQLSERVER.",
			NoEffect: "the dialect sees which columns are identities", Doc: "Whether identities of SQL Server are written."},
		{Name: keyBatchSize, Type: config.Int, Default: 500, Validator: config.AtLeast(0), Importance: config.Medium, Width: config.WidthShort, Order: 22, DisplayName: "Batch size",
			Doc: "Most rows that are sent at a time. All rows of a put are one transaction, whatever it says."},
		{Name: dbzInclude, Type: config.List, Default: nil, Importance: config.Medium, Width: config.WidthLong, Order: 23, DisplayName: "Include Fields", Doc: "Fields that are written, as field or topic:field; empty for all."},
		{Name: dbzExclude, Type: config.List, Default: nil, Importance: config.Medium, Width: config.WidthLong, Order: 24, DisplayName: "Exclude Fields", Doc: "Fields that are not written, as field or topic:field."},
		{Name: dbzRetries, Type: config.Int, Default: 5, Importance: config.Low, Width: config.WidthShort, Order: 25, DisplayName: "Max retry count", Doc: "How often a put is tried again after an error before the task fails."},
		{Name: dbzRetryDelay, Type: config.Long, Default: 1000, Importance: config.Low, Width: config.WidthShort, Order: 26, DisplayName: "Delay to retry flush", Doc: "Milliseconds before a put is tried again."},
		{Name: dbzRestart, Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort, Order: 27, DisplayName: "Restart connection on errors", NoEffect: "a connection that was lost is always replaced, and what was not committed written again",
			Doc: "Whether a lost connection is replaced."},
		{Name: dbzCloudEvents, Default: `.*CloudEvents\.Envelope$`, Importance: config.Low, Width: config.WidthLong, Order: 28, DisplayName: "CloudEvents messages schema name pattern", NoEffect: "CloudEvents are not taken apart",
			Doc: "Regular expression for the schemas of CloudEvents."},

		{Name: dbzReduction, Type: config.Boolean, Default: false, Importance: config.Medium, Order: 29, Beyond: true, NoEffect: written, Doc: "Whether rows of one key are reduced to the last."},
		{Name: dbzKeyedBatches, Default: "deduplication", Importance: config.Medium, Order: 30, Beyond: true, NoEffect: written, Doc: "How records of one key are divided into batches."},
		{Name: dbzProvider, Type: config.Class, Default: "org.hibernate.agroal.internal.AgroalConnectionProvider", AnyClass: true, Importance: config.Low, Order: 31, Beyond: true, NoEffect: poolIdle, Doc: "Class of the connection pool."},
		{Name: dbzPoolAcquire, Type: config.Int, Default: 32, Importance: config.Low, Order: 32, Beyond: true, NoEffect: poolIdle, Doc: "Connections that the pool opens at a time."},
		{Name: dbzShared, Type: config.Boolean, Default: false, Importance: config.Low, Internal: true, Beyond: true, NoEffect: "there is one way of writing", Doc: "Whether Debezium's newer way of writing is used."},
	}
	def := config.NewDef()
	for i, k := range keys {
		k.Group = group
		if k.Order == 0 {
			k.Order = i + 1
		}
		def.Define(k)
	}
	for _, k := range ownKeys() {
		def.Define(k)
	}
	return def
}

// readDebezium parses a configuration of Debezium's sink; an error names its key.
func readDebezium(props map[string]string, all []dialect.Dialect) (*settings, error) {
	v, err := DebeziumConfig().ParseStrings(props)
	if err != nil {
		return nil, err
	}
	// newer returns the value of a key that had another name, which counts where the key is not set.
	newer := func(key, old, otherwise string) string {
		for _, k := range []string{key, old} {
			if text, ok := props[k]; ok {
				return text
			}
		}
		return otherwise
	}
	s := &settings{
		words:     words{dbzPKMode, dbzPKFields, keyInsertMode, dbzFormat, keyDelete, dbzQuote, dbzEvolution, dbzEvolution},
		batchSize: v.Int(keyBatchSize), deletes: v.Bool(keyDelete), truncates: v.Bool(dbzTruncate), lenient: true, events: true,
		tableTypes: []string{"TABLE", "PARTITIONED TABLE", "VIEW", "FOREIGN TABLE", "MATERIALIZED VIEW"},
		pkMode:     pkMode(strings.ToLower(v.String(dbzPKMode))), zone: time.UTC, dateZone: time.UTC, stringName: "record_value",
		quote: true, fold: !v.Bool(dbzQuote), keysFirst: true, requiredDefaults: true, holdlock: true,
		retries: v.Int(dbzRetries), backoff: v.Duration(dbzRetryDelay),
	}
	s.create = strings.EqualFold(v.String(dbzEvolution), evolveBasic)
	s.evolve = s.create
	s.mode = map[string]dialect.Op{"insert": dialect.Insert, "upsert": dialect.Upsert, "update": dialect.Update}[strings.ToLower(v.String(keyInsertMode))]
	for name := range strings.SplitSeq(v.String(dbzPKFields), ",") {
		if name = strings.TrimSpace(name); name != "" {
			s.pkFields = append(s.pkFields, name)
		}
	}
	own := []string{connection.KeyURL, dbzUser, connection.KeyPassword, dbzPoolMin, dbzPoolMax, dbzPoolTimeout, dbzPoolAcquire, dbzProvider, dbzRestart}
	if s.Settings, err = connection.Find(all, v.String(connection.KeyURL), "", v.String(dbzUser), v.Password(connection.KeyPassword).Reveal(), connection.Properties(v, own...)); err != nil {
		return nil, err
	}
	s.Attempts, s.Backoff, s.UserKey = s.retries+1, s.backoff, dbzUser
	for k := range props {
		if strings.HasPrefix(k, dbzHibernate) {
			s.Notes = append(s.Notes, "the key "+k+" has no effect: the database is not reached through Hibernate")
		}
	}
	slices.Sort(s.Notes)
	if err := s.debeziumFilter(v); err != nil {
		return nil, err
	}
	zone, err := connection.Zone(dbzZone, newer(dbzZone, dbzOldZone, "UTC"))
	if err != nil {
		return nil, err
	}
	s.types = debezium.For(s.Dialect, zone, v.String(dbzPostGIS))
	naming := newer(dbzTableNaming, dbzOldNaming, defaultTableNaming)
	if !slices.Contains(tableNamings, naming) {
		return nil, connect.NewBadConfig(dbzTableNaming, fmt.Errorf("%s cannot be loaded: there are %s; change the topics of records by a transformation instead", naming, strings.Join(tableNamings, ", ")))
	}
	if naming := v.Class(dbzColumnNaming); !slices.Contains(columnNamings, naming) {
		return nil, connect.NewBadConfig(dbzColumnNaming, fmt.Errorf("%s cannot be loaded: there are %s; change the names of fields by a transformation instead", naming, strings.Join(columnNamings, ", ")))
	}
	if s.names, err = parseTemplate(newer(dbzFormat, keyTableFormat, "${topic}"), naming != passThroughNaming); err != nil {
		return nil, connect.NewBadConfig(dbzFormat, err)
	}
	if err := s.readOwn(v); err != nil {
		return nil, err
	}
	return s, s.check()
}

func (s *settings) debeziumFilter(v *config.Values) error {
	include, exclude := v.List(dbzInclude), v.List(dbzExclude)
	if len(include) > 0 && len(exclude) > 0 {
		return connect.NewBadConfig(dbzExclude, errors.New("only one of "+dbzInclude+" and "+dbzExclude+" can be set"))
	}
	s.filter = filter{list: append(include, exclude...), exclude: len(exclude) > 0, byTopic: true, alsoKeys: true}
	s.filter.byTopic = slices.ContainsFunc(s.filter.list, func(x string) bool { return strings.Contains(x, ":") })
	return nil
}
