package mysql

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// active is a transaction in what InnoDB tells of itself. INNODB_TRX cannot be used: it is a copy that is not renewed while anybody reads it often.
var active = regexp.MustCompile(`(?m)^---TRANSACTION (\d+), (?:ACTIVE|COMMITTED IN MEMORY)`)

// firstReadOnly is the least number of a transaction that wrote nothing.
const firstReadOnly = 1 << 48

// Running implements dialect.LateGuard; the user needs the PROCESS privilege. Which tables a transaction wrote to cannot be seen; a timestamp is that of
// its statement, so one that wrote nothing yet has none.
func (Dialect) Running(ctx context.Context, c dialect.Conn, _ *dialect.Table, _ bool) (names []string, err error) {
	rows, err := dialect.Read(ctx, c, "SHOW ENGINE INNODB STATUS")
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) < 3 || strings.Contains(rows[0][2], "... truncated...") {
		return nil, errors.New("InnoDB's status does not list all transactions")
	}
	for _, found := range active.FindAllStringSubmatch(rows[0][2], -1) {
		if n, err := strconv.ParseUint(found[1], 10, 64); err != nil || n < firstReadOnly {
			names = append(names, found[1])
		}
	}
	return names, nil
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string {
	return []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"}
}

var (
	_ dialect.LateGuard = Dialect{}
	_ dialect.Snapshots = Dialect{}
)
