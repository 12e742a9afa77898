package validation

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
)

// jdbcConfigs are configurations in the forms that manuals, blogs and question sites show: old and new names of keys, spellings that Java takes,
// keys of other connectors left in, keys that have no effect.
var jdbcConfigs = map[string]string{
	"the first of the manual's: SQLite, incrementing": `connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
		tasks.max=1
		connection.url=jdbc:sqlite:test.db
		mode=incrementing
		incrementing.column.name=id
		topic.prefix=test-sqlite-jdbc-`,
	"the first of the manual's: SQLite, sink": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		tasks.max=1
		topics=orders
		connection.url=jdbc:sqlite:test.db
		auto.create=true`,
	"short class": `connector.class=JdbcSinkConnector
		topics=orders
		connection.url=jdbc:sqlite:test.db`,
	"source with user and password in the URL, bulk, query": `connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
		connection.url=jdbc:postgresql://postgres:5432/shop?user=shop&password=secret&ssl=false
		mode=bulk
		query=SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer
		topic.prefix=joined
		poll.interval.ms=3600000
		batch.max.rows=10000`,
	"timestamp+incrementing with a key by transformations": `connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
		connection.url=jdbc:mysql://mysql:3306/demo?verifyServerCertificate=false&useSSL=false&requireSSL=false&serverTimezone=UTC
		connection.user=connect
		connection.password=asgard
		mode=timestamp+incrementing
		incrementing.column.name=id
		timestamp.column.name=update_ts
		validate.non.null=false
		table.whitelist=demo.accounts,demo.customers
		topic.prefix=mysql-
		numeric.mapping=best_fit
		db.timezone=Europe/London
		errors.tolerance=all
		errors.log.enable=true
		transforms=createKey,extractInt
		transforms.createKey.type=org.apache.kafka.connect.transforms.ValueToKey
		transforms.createKey.fields=id
		transforms.extractInt.type=org.apache.kafka.connect.transforms.ExtractField$Key
		transforms.extractInt.field=id`,
	"source of views of a schema, with delay, isolation and creation of topics": `connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
		connection.url=jdbc:postgresql://db.example.org:5432/erp?currentSchema=sales&sslmode=prefer&reWriteBatchedInserts=true
		connection.user=reader
		connection.password=secret
		connection.attempts=10
		connection.backoff.ms=5000
		dialect.name=PostgreSqlDatabaseDialect
		catalog.pattern=erp
		schema.pattern=sales
		table.types=TABLE,VIEW
		table.blacklist=audit
		mode=timestamp
		timestamp.column.name=updated_at,created_at
		timestamp.delay.interval.ms=2000
		timestamp.initial=-1
		transaction.isolation.mode=READ_COMMITED
		quote.sql.identifiers=never
		table.poll.interval.ms=120000
		topic.creation.default.replication.factor=1
		topic.creation.default.partitions=1
		topic.prefix=erp-`,
	"source with the newer lists of tables": `connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
		connection.url=jdbc:postgresql://db:5432/erp
		table.include.list=.*sales[.].*
		table.exclude.list=.*tmp
		mode=timestamp+incrementing
		incrementing.column.mapping=.*orders:order_id
		timestamp.columns.mapping=.*orders:[changed]
		timestamp.granularity=micros_long
		topic.prefix=erp-`,
	"sink with upsert and deletes by the record's key": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:postgresql://postgres:5432/
		connection.user=postgres
		connection.password=postgres
		tasks.max=4
		topics=users
		key.converter=org.apache.kafka.connect.storage.StringConverter
		auto.create=true
		auto.evolve=true
		insert.mode=upsert
		pk.mode=record_key
		pk.fields=user_id
		delete.enabled=true
		batch.size=500
		max.retries=24
		retry.backoff.ms=5000
		table.name.format=kafka_${topic}`,
	"sink of MySQL, with words in capitals and rewritten batches": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:mysql://mysql:3306/demo?rewriteBatchedStatements=true&useUnicode=true&characterEncoding=UTF-8&allowPublicKeyRetrieval=true
		connection.user=connect_user
		connection.password=asgard
		topics.regex=shop[.].*
		insert.mode=UPSERT
		pk.mode=RECORD_VALUE
		pk.fields=ID,ROW
		fields.whitelist=ID,ROW,NAME
		db.timezone=America/New_York
		quote.sql.identifiers=always`,
	"sink without pk.fields, with Kafka's coordinates": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:mariadb://mariadb:3306/demo
		topics=a,b
		pk.mode=kafka
		pk.fields=__connect_topic,__connect_partition,__connect_offset
		auto.create=true
		insert.mode=insert`,
	"sink with key in the value and no pk.fields": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:postgresql://postgres:5432/postgres
		topics=bus_topic
		insert.mode=insert
		pk.mode=record_value
		auto.create=true
		auto.evolve=true`,
	"sink with dead letters, flattened records and a routed topic": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:postgresql://postgres/sink?stringtype=unspecified&tcpKeepAlive=true&socketTimeout=60
		topics=events
		errors.tolerance=all
		errors.deadletterqueue.topic.name=dead
		errors.deadletterqueue.topic.replication.factor=1
		errors.deadletterqueue.context.headers.enable=true
		transforms=flatten,route
		transforms.flatten.type=org.apache.kafka.connect.transforms.Flatten$Value
		transforms.flatten.delimiter=_
		transforms.route.type=org.apache.kafka.connect.transforms.RegexRouter
		transforms.route.regex=(.*)
		transforms.route.replacement=tbl_$1
		consumer.override.max.poll.records=3000`,
	"sink behind Debezium's unwrapping": `connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
		topics=customers
		connection.url=jdbc:postgresql://postgres:5432/inventory?user=postgresuser&password=postgrespw
		transforms=unwrap
		transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState
		transforms.unwrap.drop.tombstones=false
		auto.create=true
		insert.mode=upsert
		delete.enabled=true
		pk.fields=id
		pk.mode=record_key`,
	"Aiven's source": `connector.class=io.aiven.connect.jdbc.JdbcSourceConnector
		connection.url=jdbc:postgresql://pg.example.org:21039/defaultdb?sslmode=require
		connection.user=avnadmin
		connection.password=secret
		table.whitelist=suppliers
		mode=timestamp
		timestamp.column.name=updated
		timestamp.initial.ms=0
		poll.interval.ms=2000
		sql.quote.identifiers=true
		topic.prefix=pg_source_`,
	"Aiven's sink": `connector.class=io.aiven.connect.jdbc.JdbcSinkConnector
		connection.url=jdbc:postgresql://pg.example.org:21039/defaultdb?sslmode=require
		connection.user=avnadmin
		connection.password=secret
		topics=iot.metrics
		insert.mode=multi
		table.name.normalize=true
		topics.to.tables.mapping=iot.metrics:metrics
		pk.mode=record_value
		pk.fields=id
		auto.create=true`,
}

// TestJDBCConfigs wants no error for any of them, without reaching a database.
func TestJDBCConfigs(t *testing.T) {
	t.Parallel()
	for name, text := range jdbcConfigs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := newValidator(t, nil)
			if err != nil {
				t.Fatal(err)
			}
			props := map[string]string{"name": "v"}
			for line := range strings.Lines(text) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				props[key] = value
			}
			infos, err := v.Validate(t.Context(), config.PropsOf(props), herder.Alone, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			if list := messages(infos); len(list) > 0 || infos.ErrorCount > 0 {
				t.Errorf("%d errors: %q", infos.ErrorCount, list)
			}
		})
	}
}
