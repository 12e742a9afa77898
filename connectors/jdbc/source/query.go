package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// where returns the condition, the order and the arguments of a query for rows behind a position, and the position that the end of the
// result stands for in timestamp mode.
func (r *reader) where(ctx context.Context, c dialect.Conn) (string, []any, error) {
	s := r.settings
	if !s.incrementing && !s.timestamped {
		return "", nil, nil
	}
	var args []any
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
		return " WHERE " + inc + " > " + arg(from) + " ORDER BY " + inc + " ASC", args, nil
	}
	now, err := s.now(ctx, c)
	if err != nil {
		return "", nil, err
	}
	if !r.at.hasTime && s.initial != nil {
		r.at.hasTime, r.at.millis = true, *s.initial
		if r.at.millis < 0 {
			r.at.millis = now
		}
		r.at.nanos = int((r.at.millis%1000+1000)%1000) * 1e6
	}
	stamp := r.stampExpression()
	moment := func(p position) string {
		return arg(s.Dialect.TimeArg(dialect.Moment{Millis: p.millis, Nanos: p.nanos, Zone: s.zone}, r.stampColumn))
	}
	upper := now - s.delay.Milliseconds()
	end := position{millis: upper, nanos: int((upper%1000+1000)%1000) * 1e6}
	// Arguments are numbered as they stand in the text.
	switch {
	case !s.incrementing && !r.at.hasTime: // also rows before 1970, which Java's source skips
		return " WHERE " + stamp + " < " + moment(end) + " ORDER BY " + stamp + " ASC", args, nil
	case !s.incrementing:
		return " WHERE " + stamp + " > " + moment(r.at) + " AND " + stamp + " < " + moment(end) + " ORDER BY " + stamp + " ASC", args, nil
	case !r.at.hasTime:
		return " WHERE " + stamp + " < " + moment(end) + " ORDER BY " + stamp + "," + inc + " ASC", args, nil
	}
	from := int64(-1)
	if r.at.hasInc {
		from = r.at.inc
	}
	return " WHERE " + stamp + " < " + moment(end) + " AND ((" + stamp + " = " + moment(r.at) + " AND " + inc + " > " + arg(from) + ") OR " + stamp + " > " + moment(r.at) + ")" +
		" ORDER BY " + stamp + "," + inc + " ASC", args, nil
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

// name is an identifier as statements have it.
func (s *settings) name(n string) string {
	if s.quote {
		return s.Dialect.Quote(n)
	}
	return n
}

// now asks the database for the time.
func (s *settings) now(ctx context.Context, c dialect.Conn) (int64, error) {
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
		r.inc, r.stamps = s.incColumn, s.timeColumns
		return nil
	}
	t, err := s.Dialect.Describe(ctx, c, r.id)
	if err != nil {
		return fmt.Errorf("looking at table %s: %w", r.id, err)
	}
	if t == nil {
		return errMissing{fmt.Errorf("table %s is not there", r.id)}
	}
	r.table = t
	if r.inc, r.stamps, err = s.offsetColumns(r.id, t); err != nil {
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
		id := r.id
		if !s.qualify {
			id = dialect.TableID{Name: id.Name}
		}
		q = "SELECT * FROM " + id.Quoted(s.name)
	}
	q += where
	if s.suffix != "" {
		q += " " + s.suffix
	}
	return q
}
