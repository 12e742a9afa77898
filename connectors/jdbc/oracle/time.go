package oracle

import (
	"fmt"
	"time"

	ora "github.com/sijms/go-ora/v2"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// The forms in which points in time are sent.
const (
	dateFormat  = "SYYYY-MM-DD HH24:MI:SS"
	stampFormat = "SYYYY-MM-DD HH24:MI:SS.FF9"
	zonedFormat = "SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM"
)

// moment writes a point in time as its column takes it.
func moment(t time.Time, name string) string {
	rest := "-01-02 15:04:05"
	switch name {
	case "DATE":
	case withZone, withLocal:
		rest += ".000000000 -07:00"
	default:
		rest += ".000000000"
	}
	year := fmt.Sprintf("%04d", t.Year())
	if y := t.Year(); y <= 0 { // there is no year 0
		year = fmt.Sprintf("-%04d", 1-y)
	}
	return year + t.Format(rest)
}

// parseMoment reads a text for a column that holds points in time.
func parseMoment(s string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("the text is no point in time: write it as 2024-02-29 13:14:15")
}

// BeginRead implements dialect.Reader. A statement sees the rows of one moment anyway, which is all that a query of one statement can have
// of SERIALIZABLE.
func (Dialect) BeginRead(isolation string) (string, error) {
	level, err := dialect.Isolation("Oracle", isolation)
	if err == nil && (level == "READ UNCOMMITTED" || level == "REPEATABLE READ") {
		err = fmt.Errorf("Oracle has no transaction.isolation.mode=%s", isolation)
	}
	return "", err
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string { return []string{"SET TRANSACTION READ ONLY"} }

// Now implements dialect.Reader.
func (Dialect) Now() string {
	return "SELECT TO_CHAR((TO_DATE(TO_CHAR(n.t, 'YYYY-MM-DD'), 'YYYY-MM-DD') - DATE '1970-01-01') * 86400000 + TO_NUMBER(TO_CHAR(n.t, 'SSSSS')) * 1000 + TO_NUMBER(TO_CHAR(n.t, 'FF3'))) " +
		"FROM (SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) AS t FROM dual) n"
}

// TimeArg implements dialect.Reader: a text, which the session's formats make what the column is. Where no column is known the driver's
// own type has to do.
func (Dialect) TimeArg(m dialect.Moment, c *dialect.Column) any {
	t := m.Time()
	if c == nil || c.JDBC != dialect.Timestamp {
		return ora.TimeStamp(clock(t))
	}
	if c.Type == withLocal { // made of a text by NLS_TIMESTAMP_FORMAT, which has no zone, in the session's, which is UTC
		return moment(t.UTC(), timestamp)
	}
	return moment(t, c.Type)
}

// clock is a point in time whose clock shows in UTC what it shows in its zone.
func clock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// cell turns points in time without a zone into texts, for the source knows their zone, and the driver takes that of the server.
func cell(r *dialect.Result, c *dialect.Cell) {
	t, ok := c.Value.(time.Time)
	if !ok {
		return
	}
	switch r.Type {
	case "DATE", "TIMESTAMPDTY", timestamp:
		*c = dialect.Cell{Text: []byte(t.Format("2006-01-02 15:04:05.999999999"))}
	}
}
