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

// prepare looks at the table before its first query: the offset columns must be there and not be null.
func (r *reader) prepare(ctx context.Context, c dialect.Conn) error {
	s := r.settings
	if r.id.Name == "" {
		return r.prepareQuery(ctx, c)
	}
	if err := s.checkNames("table "+r.id.String(), r.id.Catalog, r.id.Schema, r.id.Name); err != nil {
		return err
	}
	t, err := s.Dialect.Describe(ctx, c, r.id)
	if err != nil {
		return fmt.Errorf("looking at table %s: %w", r.id, err)
	}
	if t == nil {
		return errMissing{fmt.Errorf("table %s is not there", r.id)}
	}
	if r.inc, r.stamps, err = s.offsetColumns(r.id, t); err != nil {
		return err
	}
	if err := s.checkNames(r.name(), append([]string{r.inc, s.partColumn}, r.stamps...)...); err != nil {
		return err
	}
	if err := r.checkPart(t); err != nil {
		return err
	}
	r.stampColumn = nil
	nullable := true
	for _, n := range r.stamps {
		col := t.Column(n)
		if col == nil {
			return fmt.Errorf("table %s has no column %s, which %s names", r.id, n, keyTimestamp)
		}
		if r.stampColumn == nil {
			r.stampColumn = col
		}
		nullable = nullable && col.Nullable
	}
	if s.nonNull && len(r.stamps) > 0 && nullable {
		return fmt.Errorf("table %s: one of the timestamp columns %s must not be null; %s=false allows it, and rows without timestamp are never read then", r.id, strings.Join(r.stamps, ", "), keyNonNull)
	}
	if s.incrementing {
		col := t.Column(r.inc)
		if col == nil {
			return fmt.Errorf("table %s has no column %s, which %s names", r.id, r.inc, keyIncrementing)
		}
		if s.nonNull && col.Nullable {
			return fmt.Errorf("table %s: the incrementing column %s must not be null; %s=false allows it, and rows without value are never read then", r.id, r.inc, keyNonNull)
		}
	}
	r.table = t
	return nil
}

// prepareQuery finds out which columns of a query cannot be null, and what its timestamp column is, for some are compared in another time zone than others.
func (r *reader) prepareQuery(ctx context.Context, c dialect.Conn) (err error) {
	s := r.settings
	if r.prepared {
		return nil
	}
	if err := s.checkNames("the query", append([]string{s.incColumn}, s.timeColumns...)...); err != nil {
		return err
	}
	if d, ok := s.Dialect.(dialect.QueryDescriber); ok {
		r.described, err = d.DescribeQuery(ctx, c, s.query)
	} else if s.timestamped {
		var rows dialect.Rows
		if rows, err = c.Query(ctx, s.query+" WHERE 1 = 0"); err == nil {
			r.described = rows.Columns()
			err = rows.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("looking at the columns of the query: %w", err)
	}
	if s.timestamped {
		r.stamps = s.timeColumns
		for _, x := range r.described {
			if r.stampColumn == nil && strings.EqualFold(x.Name, s.timeColumns[0]) {
				if col, ok := s.Dialect.ColumnOf(x); ok {
					r.stampColumn = &col
				}
			}
		}
	}
	if s.incrementing {
		r.inc = s.incColumn
	}
	r.prepared = true
	return nil
}

// checkPart refuses a column that cannot be divided.
func (r *reader) checkPart(t *dialect.Table) error {
	if r.part == nil || r.settings.incrementing {
		return nil
	}
	c := t.Column(r.settings.partColumn)
	switch {
	case c == nil:
		return fmt.Errorf("table %s has no column %s, which %s names", r.id, r.settings.partColumn, keyPartColumn)
	case c.Nullable:
		return fmt.Errorf("table %s: the column %s, which %s names, may be null: rows without value would be read by no part", r.id, c.Name, keyPartColumn)
	case c.JDBC != dialect.TinyInt && c.JDBC != dialect.SmallInt && c.JDBC != dialect.Integer && c.JDBC != dialect.BigInt:
		return fmt.Errorf("table %s: the column %s, which %s names, is no integer", r.id, c.Name, keyPartColumn)
	}
	return nil
}

// errMissing is a table that was dropped; the connector hears of it in time.
type errMissing struct{ error }

// offsetColumns returns the columns by which new rows of a table are found.
func (s *settings) offsetColumns(id dialect.TableID, t *dialect.Table) (inc string, stamps []string, err error) {
	if s.timestamped {
		if stamps, err = columnsFor(id.String(), s.timeMapping, keyTimeMapping); err != nil {
			return "", nil, err
		}
		if stamps == nil {
			stamps = s.timeColumns
		}
	}
	if !s.incrementing {
		return "", stamps, nil
	}
	mapped, err := columnsFor(id.String(), s.incMapping, keyIncMapping)
	if err != nil {
		return "", nil, err
	}
	if mapped != nil {
		return mapped[0], stamps, nil
	}
	if s.incColumn != "" {
		return s.incColumn, stamps, nil
	}
	for _, c := range t.Columns {
		if c.Auto {
			if inc != "" {
				return "", nil, fmt.Errorf("table %s has several columns that the database counts up: name one by %s", id, keyIncrementing)
			}
			inc = c.Name
		}
	}
	if inc == "" {
		return "", nil, fmt.Errorf("table %s has no column that the database counts up: name one by %s", id, keyIncrementing)
	}
	return inc, stamps, nil
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
