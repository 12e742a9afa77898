package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// where returns the condition, the order and the arguments of a query for rows behind a position; ok is false where there is nothing to read yet.
func (r *reader) where(ctx context.Context, t *Task) (sql string, args []any, ok bool, err error) {
	s, c := r.settings, t.c
	if r.part != nil {
		return r.blockWhere(ctx, t)
	}
	if !s.incrementing && !s.timestamped {
		return "", nil, true, nil
	}
	arg := func(x any) string {
		args = append(args, x)
		return s.Dialect.Placeholder(len(args))
	}
	inc := s.name(r.inc)
	if !s.timestamped {
		from := s.incInitial
		if r.at.hasInc {
			from = r.at.inc
		}
		sql = " WHERE " + inc + " > " + arg(from)
		if s.late > 0 && r.id.Name != "" {
			most, ok, err := r.settled(ctx, c, from)
			if err != nil || !ok {
				return "", nil, false, err
			}
			sql += " AND " + inc + " <= " + arg(most)
		}
		return sql + " ORDER BY " + inc + " ASC", args, true, nil
	}
	now, err := s.clock(ctx, c)
	if err != nil {
		return "", nil, false, err
	}
	r.now = now
	if !r.at.hasTime && s.initial != nil {
		r.at.hasTime, r.at.millis = true, *s.initial
		if r.at.millis < 0 {
			r.at.millis = now
		}
		r.at.nanos = nanosOf(r.at.millis)
	}
	stamp := r.stampExpression()
	moment := func(p position) string {
		return arg(s.Dialect.TimeArg(dialect.Moment{Millis: p.millis, Nanos: p.nanos, Zone: s.zone}, r.stampColumn))
	}
	upper := now - s.delay.Milliseconds()
	if s.late > 0 {
		closed, err := r.closed(ctx, c, now)
		if err != nil {
			return "", nil, false, err
		}
		upper = s.cut(min(upper, closed), r.unit())
	}
	end := position{millis: upper, nanos: nanosOf(upper)}
	// Arguments are numbered as they stand in the text.
	switch {
	case !s.incrementing && !r.at.hasTime: // also rows before 1970, which Java's source skips
		sql = " WHERE " + stamp + " < " + moment(end) + " ORDER BY " + stamp + " ASC"
	case !s.incrementing:
		sql = " WHERE " + stamp + " > " + moment(r.at.back(s.overlap)) + " AND " + stamp + " < " + moment(end) + " ORDER BY " + stamp + " ASC"
	case !r.at.hasTime:
		sql = " WHERE " + stamp + " < " + moment(end) + " ORDER BY " + stamp + "," + inc + " ASC"
	case s.overlap > 0:
		sql = " WHERE " + stamp + " > " + moment(r.at.back(s.overlap)) + " AND " + stamp + " < " + moment(end) + " ORDER BY " + stamp + "," + inc + " ASC"
	default:
		from := int64(-1)
		if r.at.hasInc {
			from = r.at.inc
		}
		sql = " WHERE " + stamp + " < " + moment(end) + " AND ((" + stamp + " = " + moment(r.at) + " AND " + inc + " > " + arg(from) + ") OR " + stamp + " > " + moment(r.at) + ")" +
			" ORDER BY " + stamp + "," + inc + " ASC"
	}
	return sql, args, true, nil
}

// nanosOf is the part of a second in milliseconds since 1970.
func nanosOf(ms int64) int { return int((ms%1000+1000)%1000) * 1e6 }

// cut takes from a time what its column has no digits for, on the clock of the zone.
func (s *settings) cut(ms int64, unit time.Duration) int64 {
	if unit <= time.Millisecond {
		return ms
	}
	t := time.UnixMilli(ms)
	_, offset := t.In(s.zone).Zone()
	shift := time.Duration(offset) * time.Second
	return t.Add(shift).Truncate(unit).Add(-shift).UnixMilli()
}

// stampExpression is the timestamp of a row: the first column that is not null.
func (r *reader) stampExpression() string {
	var list []string
	for _, n := range r.stamps {
		list = append(list, r.settings.Dialect.TimeColumn(r.settings.name(n)))
	}
	if len(list) == 1 {
		return list[0]
	}
	return "COALESCE(" + strings.Join(list, ",") + ")"
}

// name is an identifier as statements have it. Without quotes only what cannot be taken for anything else is let through, see checkNames.
func (s *settings) name(n string) string {
	if s.quote {
		return s.Dialect.Quote(n)
	}
	return n
}

// checkNames refuses names that need quotes where there are to be none.
func (s *settings) checkNames(what string, names ...string) error {
	if s.quote {
		return nil
	}
	for _, n := range names {
		for i, c := range n {
			if c != '_' && c != '$' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c)) {
				return fmt.Errorf("%s: the name %q needs quotes in statements, but %s says never", what, n, keyQuote)
			}
		}
	}
	return nil
}

// clock asks the database for the time.
func (s *settings) clock(ctx context.Context, c dialect.Conn) (int64, error) {
	rows, err := dialect.Read(ctx, c, s.Dialect.Now())
	if err != nil {
		return 0, fmt.Errorf("asking the database for the time: %w", err)
	}
	if len(rows) != 1 {
		return 0, fmt.Errorf("asking the database for the time: %d rows came", len(rows))
	}
	return strconv.ParseInt(rows[0][0], 10, 64)
}

// text is the whole query.
func (r *reader) text(where string) string {
	s := r.settings
	q := s.query
	if r.id.Name != "" {
		q = "SELECT * FROM " + r.from()
	}
	q += where
	if s.suffix != "" {
		q += " " + s.suffix
	}
	return q
}
