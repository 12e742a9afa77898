package sqlserver

import (
	"time"

	"github.com/golang-sql/civil"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginRead implements dialect.Reader.
func (Dialect) BeginRead(isolation string) (string, error) {
	const set = "SET TRANSACTION ISOLATION LEVEL"
	if isolation == "SQL_SERVER_SNAPSHOT" {
		return set + " SNAPSHOT", nil
	}
	return dialect.Levels("SQL Server", isolation, set)
}

// Now implements dialect.Reader. DATEDIFF_BIG, which is shorter, came with SQL Server 2016.
func (Dialect) Now() string {
	return "SELECT CAST(DATEDIFF(day, '19700101', n.t) AS bigint) * 86400000 + DATEDIFF(millisecond, CAST(CAST(n.t AS date) AS datetime2), n.t) FROM (SELECT SYSUTCDATETIME() AS t) AS n"
}

// TimeArg implements dialect.Reader. Each column is compared with its own type: a datetime counts in thirds of a hundredth of a second, and one
// that is compared with a datetime2 has more digits than were read, so that its last rows would be read for ever. Java's source refuses
// such columns for that reason.
func (Dialect) TimeArg(m dialect.Moment, c *dialect.Column) any {
	t := m.Time()
	if c != nil {
		switch c.Type {
		case "DATETIME", "SMALLDATETIME":
			return mssql.DateTime1(clock(t))
		case "DATETIMEOFFSET":
			return mssql.DateTimeOffset(t)
		case "DATE":
			return civil.DateOf(t)
		}
	}
	return civil.DateTimeOf(t)
}

// clock is a point in time whose clock shows in UTC what it shows in its zone.
func clock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// cell turns what the driver reads into what a source understands: points in time without a zone into texts, since the source knows the
// zone, and identifiers into the texts that Microsoft's driver gives.
func cell(r *dialect.Result, c *dialect.Cell) {
	switch x := c.Value.(type) {
	case time.Time:
		form := ""
		switch r.Type {
		case "DATE":
			form = "2006-01-02"
		case "TIME":
			form = "15:04:05.9999999"
		case "DATETIME", "DATETIME2", "SMALLDATETIME":
			form = "2006-01-02 15:04:05.9999999"
		default:
			return
		}
		*c = dialect.Cell{Text: x.AppendFormat(nil, form)}
	case bool:
		n := int64(0)
		if x {
			n = 1
		}
		c.Value = n
	case nil:
		if r.Type != "UNIQUEIDENTIFIER" || len(c.Text) != 16 {
			return
		}
		var id mssql.UniqueIdentifier
		if id.Scan(c.Text) == nil {
			*c = dialect.Cell{Text: []byte(id.String())}
		}
	}
}
