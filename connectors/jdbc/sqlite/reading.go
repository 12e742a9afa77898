package sqlite

import (
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Running implements dialect.LateGuard: there is one writer at a time, so what commits later was also numbered and stamped later.
func (Dialect) Running(*dialect.Table, bool) (string, []any) { return "", nil }

// Stale implements dialect.LateGuard.
func (Dialect) Stale() time.Duration { return 0 }

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string { return []string{"BEGIN"} }

var (
	_ dialect.LateGuard = Dialect{}
	_ dialect.Snapshots = Dialect{}
)
