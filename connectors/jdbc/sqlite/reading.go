package sqlite

import (
	"context"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Running implements dialect.LateGuard: there is one writer at a time, so what commits later was also numbered and stamped later.
func (Dialect) Running(context.Context, dialect.Conn, *dialect.Table, bool) ([]string, error) {
	return nil, nil
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string { return []string{"BEGIN"} }

var (
	_ dialect.LateGuard = Dialect{}
	_ dialect.Snapshots = Dialect{}
)
