// Package jdbc lists the connectors for databases under the names and keys of Confluent's, Aiven's and Debezium's JDBC connectors. The sink is package
// sink, the source package source; each kind of database is a dialect in a package of its own, and a further one is one more entry in
// Dialects.
package jdbc

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/mysql"
	"github.com/moldau/moldau/connectors/jdbc/oracle"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/connectors/jdbc/source"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
)

// Dialects returns the kinds of databases that are supported.
func Dialects() []dialect.Dialect {
	return []dialect.Dialect{postgres.Dialect{}, mysql.Dialect{}, sqlite.Dialect{}, sqlserver.Dialect{}, oracle.Dialect{}}
}

// Plugins returns the connectors.
func Plugins() []connect.Plugin {
	dialects := Dialects()
	return []connect.Plugin{
		{
			Kind:          connect.KindSource,
			Class:         "io.confluent.connect.jdbc.JdbcSourceConnector",
			Aliases:       []string{"io.aiven.connect.jdbc.JdbcSourceConnector"},
			TaskClass:     "io.confluent.connect.jdbc.source.JdbcSourceTask",
			Doc:           "Reads tables or a query of a database into topics: PostgreSQL, MySQL, MariaDB, SQLite, SQL Server or Oracle.",
			Config:        source.Config(),
			NewConnector:  func() connect.Connector { return source.NewConnector(dialects) },
			NewSourceTask: func() connect.SourceTask { return source.NewTask(dialects) },
		},
		{
			Kind:  connect.KindSink,
			Class: "io.confluent.connect.jdbc.JdbcSinkConnector",
			// The short names would be nobody's, as Debezium's class has the same; on a Java worker, which has one of the plugins, they are this one's.
			Aliases:      []string{"io.aiven.connect.jdbc.JdbcSinkConnector", "JdbcSinkConnector", "JdbcSink"},
			TaskClass:    "io.confluent.connect.jdbc.sink.JdbcSinkTask",
			Doc:          "Writes records to the tables of a database: PostgreSQL, MySQL, MariaDB, SQLite, SQL Server or Oracle.",
			Config:       sink.Config(),
			NewConnector: func() connect.Connector { return sink.NewConnector(dialects) },
			NewSinkTask:  func() connect.SinkTask { return sink.NewTask(dialects) },
		},
		{
			Kind:         connect.KindSink,
			Class:        "io.debezium.connector.jdbc.JdbcSinkConnector",
			TaskClass:    "io.debezium.connector.jdbc.JdbcSinkConnectorTask",
			Doc:          "Writes change events and other records to the tables of a database, with the keys and column types of Debezium's JDBC sink.",
			Config:       sink.DebeziumConfig(),
			NewConnector: func() connect.Connector { return sink.NewDebeziumConnector(dialects) },
			NewSinkTask:  func() connect.SinkTask { return sink.NewDebeziumTask(dialects) },
		},
	}
}
