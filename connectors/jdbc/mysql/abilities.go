package mysql

import "github.com/moldau/moldau/connectors/jdbc/dialect"

// JSONType implements dialect.JSONTyper. TRUNCATE would end the transaction here, so that tables are emptied by DELETE.
func (Dialect) JSONType() string { return "JSON" }

var _ dialect.JSONTyper = Dialect{}
