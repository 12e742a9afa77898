package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// read adds rows of an open result; ended says that there are no more.
func (t *Task) read(ctx context.Context, r *reader, b *connect.SourceBatch) (ended bool, err error) {
	s := t.s
	f := filler{settings: s}
	marks := s.incrementing || s.timestamped
	for n := 0; n < s.batch && !b.Full() && ctx.Err() == nil; n++ {
		if !r.rows.Next() {
			if err := r.rows.Err(); err != nil {
				r.mark(b, false)
				return false, fmt.Errorf("reading %s: %w", r.name(), err)
			}
			if marks {
				r.mark(b, true)
			}
			return true, nil
		}
		var at position
		if marks {
			if at, err = r.positionOf(s); err != nil {
				r.mark(b, false)
				return false, err
			}
			if s.overlap > 0 && !r.again.first(r, at) {
				continue
			}
			if !s.incrementing && r.unsaid && at != r.pending {
				r.mark(b, true) // all rows of that timestamp were read
			}
		}
		f.b, f.bytes = b.Arena().Struct(r.shape.schema), 0
		if err := f.fill(r); err != nil {
			r.mark(b, false)
			return false, r.doubt(fmt.Errorf("%s: %w", r.name(), err))
		}
		row, err := f.b.Build()
		if err != nil {
			r.mark(b, false)
			return false, fmt.Errorf("%s: %w", r.name(), err)
		}
		record := b.Add(r.topic)
		record.SetValue(r.shape.schema, row.Value())
		if r.shape.key != nil {
			record.SetKey(r.shape.key, r.shape.keyFrom(b.Arena(), row))
		}
		b.AddBytes(f.bytes)
		if marks && (s.overlap <= 0 || r.at.before(at)) {
			r.pending, r.unsaid = at, true
		}
	}
	if marks {
		r.mark(b, s.incrementing)
	}
	return false, nil
}

// mark states how far the rows added so far reach. Without all, rows of the last timestamp may be missing yet, and what is said is the position before
// them.
func (r *reader) mark(b *connect.SourceBatch, all bool) {
	if !all && r.settings.incrementing {
		all = true // every row has a place of its own
	}
	if all && r.unsaid {
		r.at, r.unsaid = r.pending, false
		b.Mark(r.partition, r.at)
	} else if len(b.Records()) > 0 && (r.at.hasInc || r.at.hasTime) {
		b.Mark(r.partition, r.at)
	}
}

// positionOf returns the position of the row under the cursor.
func (r *reader) positionOf(s *settings) (p position, err error) {
	if s.incrementing {
		cell := r.rows.Cell(r.shape.inc)
		if cell.Null {
			return p, fmt.Errorf("%s has a row with null in the incrementing column %s", r.name(), r.inc)
		}
		if p.inc, err = integer(cell); err != nil {
			return p, fmt.Errorf("%s: incrementing column %s: %w", r.name(), r.inc, err)
		}
		p.hasInc = true
	}
	if !s.timestamped {
		return p, nil
	}
	for _, i := range r.shape.stamps {
		cell := r.rows.Cell(i)
		if cell.Null {
			continue
		}
		t, err := s.moment(&r.stamp, cell, s.zone)
		if err != nil {
			return p, fmt.Errorf("%s: timestamp column: %w", r.name(), err)
		}
		t = s.Dialect.Compared(t)
		p.hasTime, p.millis, p.nanos = true, t.UnixMilli(), t.Nanosecond()
		return p, nil
	}
	return p, fmt.Errorf("%s has a row with null in all timestamp columns", r.name())
}

// fill fills a struct with the row under the cursor.
func (f *filler) fill(r *reader) error {
	for i := range r.shape.columns {
		c := &r.shape.columns[i]
		cell := r.rows.Cell(c.cell)
		if cell.Null || zeroDate(c, cell) {
			if !c.Nullable {
				if c.schema.ValueKind() == data.TimestampKind || c.schema.ValueKind() == data.DateKind {
					f.b.Set(i, data.TemporalMillis(c.schema.ValueKind(), 0))
					continue
				}
				return errNull{c.Name}
			}
			f.b.Null(i)
			continue
		}
		if err := c.fill(f, i, c, cell); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return nil
}

// errNull is a null in a column that has none, as far as is known.
type errNull struct{ column string }

func (e errNull) Error() string { return "column " + e.column + ": null in a column that was not null" }

// doubt takes an error of a row. For a null the table is looked at again, once: results do not tell that a column may be null now.
func (r *reader) doubt(err error) error {
	var null errNull
	if !errors.As(err, &null) || r.doubted {
		return err
	}
	r.doubted = true
	r.table, r.shape, r.prepared, r.again = nil, nil, false, again{} // the row that failed counts as read there
	return errMissing{err}
}

// zeroDate recognizes MySQL's 0000-00-00.
func zeroDate(c *column, cell *dialect.Cell) bool {
	return (c.JDBC == dialect.Timestamp || c.JDBC == dialect.Date) && len(cell.Text) > 0 && cell.Text[0] == '0' && strings.HasPrefix(string(cell.Text[:min(10, len(cell.Text))]), "0000-00-0")
}
