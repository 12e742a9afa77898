package postgres

import "github.com/moldau/moldau/connectors/jdbc/dialect"

// JSONType implements dialect.JSONTyper.
func (Dialect) JSONType() string { return "JSONB" }

// Truncate implements dialect.Truncater.
func (Dialect) Truncate(table string) string { return "TRUNCATE TABLE " + table }

var (
	_ dialect.JSONTyper = Dialect{}
	_ dialect.Truncater = Dialect{}
)
