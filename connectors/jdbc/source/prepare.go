package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

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

// errMissing is a table that was dropped, of which the connector hears in time, or one that must be looked at again.
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
