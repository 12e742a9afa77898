package source

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// moment reads a point in time: as a driver read it, as milliseconds, or as a text, which is in the zone unless it says another.
func (s *settings) moment(c *column, cell *dialect.Cell, zone *time.Location) (time.Time, error) {
	if cell.Form != dialect.NoNumber {
		ms, nanos := s.millis(cell, zone)
		return time.UnixMilli(ms).Add(time.Duration(nanos)), nil
	}
	switch x := cell.Value.(type) {
	case time.Time:
		return x, nil
	case int64:
		if c.Type == "YEAR" {
			return time.Date(int(x), 1, 1, 0, 0, 0, 0, zone), nil
		}
		return time.UnixMilli(x), nil
	case float64:
		return time.UnixMilli(int64(x)), nil
	}
	switch s.Dialect.Name() {
	case "MySqlDatabaseDialect":
		if c.Type == "TIMESTAMP" { // in the zone of the session
			zone = time.UTC
		}
	case "SqliteDatabaseDialect": // CURRENT_TIMESTAMP is, and comparisons take texts as such
		zone = time.UTC
	}
	if c.JDBC != dialect.Date {
		switch string(cell.Text) {
		case "infinity":
			return time.UnixMilli(dialect.Infinite), nil
		case "-infinity":
			return time.UnixMilli(dialect.InfinitePast), nil
		}
	}
	return parseMoment(cell.Text, zone)
}

// millis reads a point in time that a driver gives as a number: milliseconds since 1970, and nanoseconds of the millisecond.
func (s *settings) millis(cell *dialect.Cell, zone *time.Location) (ms int64, nanos int) {
	switch cell.Num {
	case math.MaxInt64:
		return dialect.Infinite, 0
	case math.MinInt64:
		return dialect.InfinitePast, 0
	}
	switch cell.Form {
	case dialect.Days:
		return cell.Num * 24 * 60 * 60 * 1000, 0
	case dialect.Int:
		return cell.Num, 0
	}
	ms, micros := cell.Num/1000, cell.Num%1000
	if micros < 0 {
		ms, micros = ms-1, micros+1000
	}
	if cell.Form == dialect.LocalMicros && zone != time.UTC {
		t := time.UnixMilli(ms).UTC()
		ms = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UnixMilli()
	}
	return ms, int(micros) * 1000
}

// parseMoment reads 2024-05-01, 2024-05-01 12:30:00.123456, the same with T, an offset or BC behind it, and years of more than four digits.
func parseMoment(text []byte, zone *time.Location) (time.Time, error) {
	bad := func() (time.Time, error) { return time.Time{}, fmt.Errorf("%q is no point in time", text) }
	rest, bc := bytes.CutSuffix(text, []byte(" BC"))
	year, rest, ok := digits(rest, 1, 9)
	if !ok {
		return bad()
	}
	if bc {
		year = 1 - year
	}
	if len(rest) == 0 { // MySQL's YEAR
		return time.Date(year, 1, 1, 0, 0, 0, 0, zone), nil
	}
	month, rest, ok := after(rest, '-')
	if !ok {
		return bad()
	}
	day, rest, ok := after(rest, '-')
	if !ok || month == 0 || day == 0 {
		return bad()
	}
	if len(rest) == 0 {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone), nil
	}
	if rest[0] != ' ' && rest[0] != 'T' {
		return bad()
	}
	hour, rest, ok := digits(rest[1:], 1, 2)
	if !ok {
		return bad()
	}
	minute, rest, ok := after(rest, ':')
	if !ok {
		return bad()
	}
	second := 0
	if len(rest) > 0 && rest[0] == ':' {
		if second, rest, ok = after(rest, ':'); !ok {
			return bad()
		}
	}
	nanos, rest := fraction(rest)
	if len(rest) > 0 {
		offset, ok := offsetOf(string(bytes.TrimSpace(rest)))
		if !ok {
			return bad()
		}
		return time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC).Add(-offset), nil
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone), nil
}

// digits reads a number of least to most digits.
func digits(s []byte, least, most int) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

// after reads a separator and a number.
func after(s []byte, separator byte) (int, []byte, bool) {
	if len(s) == 0 || s[0] != separator {
		return 0, s, false
	}
	return digits(s[1:], 1, 2)
}

// fraction reads .123456 as nanoseconds.
func fraction(s []byte) (int, []byte) {
	if len(s) == 0 || s[0] != '.' {
		return 0, s
	}
	s = s[1:]
	n, i := 0, 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		if i < 9 {
			n = n*10 + int(s[i]-'0')
		}
		i++
	}
	for k := i; k < 9; k++ {
		n *= 10
	}
	return n, s[i:]
}

// offsetOf reads Z, +02, +02:00 and -00:36:45.
func offsetOf(s string) (time.Duration, bool) {
	if s == "Z" || s == "UTC" {
		return 0, true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	var d time.Duration
	for i, p := range strings.Split(s[1:], ":") {
		if i > 2 {
			return 0, false
		}
		n, rest, ok := digits([]byte(p), 2, 2)
		if !ok || len(rest) > 0 {
			return 0, false
		}
		d += time.Duration(n) * []time.Duration{time.Hour, time.Minute, time.Second}[i]
	}
	if s[0] == '-' {
		d = -d
	}
	return d, true
}

// clock reads a time of day, also one that is negative or beyond a day, as MySQL has them.
func clock(s string) (time.Duration, error) {
	text, negative := strings.CutPrefix(s, "-")
	if i := strings.IndexAny(text, " T"); i >= 0 { // with a date
		text = text[i+1:]
	}
	hour, rest, ok := digits([]byte(text), 1, 3)
	minute, second, nanos := 0, 0, 0
	if ok {
		minute, rest, ok = after(rest, ':')
	}
	if ok && len(rest) > 0 && rest[0] == ':' {
		second, rest, ok = after(rest, ':')
	}
	if ok {
		nanos, rest = fraction(rest)
	}
	var offset time.Duration
	if ok && len(rest) > 0 {
		offset, ok = offsetOf(string(rest))
	}
	if !ok {
		return 0, fmt.Errorf("%q is no time of day", s)
	}
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(nanos) - offset
	if negative {
		d = -d
	}
	return d, nil
}
