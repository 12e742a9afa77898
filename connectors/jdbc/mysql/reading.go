package mysql

import (
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// transactions are those that wrote something: others have numbers from 2^48 on. The user needs the PROCESS privilege.
const transactions = "SELECT trx_id FROM information_schema.INNODB_TRX WHERE trx_id < 281474976710656 AND trx_mysql_thread_id <> CONNECTION_ID()"

// Running implements dialect.LateGuard. Which tables a transaction wrote to cannot be seen; a timestamp is that of its statement.
func (Dialect) Running(*dialect.Table, bool) (string, []any) { return transactions, nil }

// Stale implements dialect.LateGuard: InnoDB answers from a copy that is up to a tenth of a second old.
func (Dialect) Stale() time.Duration { return 150 * time.Millisecond }

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string {
	return []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"}
}

var (
	_ dialect.LateGuard = Dialect{}
	_ dialect.Snapshots = Dialect{}
)
