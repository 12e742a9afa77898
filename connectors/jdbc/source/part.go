package source

import (
	"context"
	"fmt"
	"math"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// part is one of n parts of a table. The values of a column are divided into blocks of a width; part k has the blocks k, k+n, k+2n and so on, whatever
// rows there are, so that tasks need not agree on anything while they run. A block is read by one query in the order of the column.
type part struct {
	k, n, width int64

	// done is the last value that is read, where begun; most the last one to be read in this run.
	begun      bool
	done, most int64
	until      int64 // the end of the block under way
	more       bool  // further blocks follow at once
}

func (p *part) String() string { return fmt.Sprintf("%d/%d/%d", p.k, p.n, p.width) }

// partPartition is the source partition of a part. Another division has other names, since its offsets mean other rows.
func partPartition(id dialect.TableID, p *part) *connect.SourcePartition {
	return connect.NewSourcePartition(map[string]any{fieldProtocol: protocolOne, fieldTable: id.String(), fieldPart: p.String()})
}

// block is the number of the block that a value is in.
func (p *part) block(v int64) int64 {
	b := v / p.width
	if v%p.width < 0 {
		b--
	}
	return b
}

// own returns the first value from v on that is in a block of the part, and the last of that block; ok is false where int64 ends before.
func (p *part) own(v int64) (first, last int64, ok bool) {
	b := p.block(v)
	if ahead := ((p.k-b%p.n)%p.n + p.n) % p.n; ahead > 0 {
		if uint64(ahead) > uint64(p.block(math.MaxInt64))-uint64(b) {
			return 0, 0, false
		}
		b += ahead
		v = b * p.width
	}
	if last = b*p.width + (p.width - 1); last < v { // the block is cut off by the end of int64
		last = math.MaxInt64
	}
	return v, last, true
}

// resume goes on from a committed offset.
func (p *part) resume(at position) {
	switch {
	case at.hasBulk && at.bulkRead < at.bulkLast:
		p.begun, p.done, p.most = true, at.bulkRead, at.bulkLast
	case at.hasInc:
		p.begun, p.done = true, at.inc
	}
}

// blockWhere is where for a block of a part.
func (r *reader) blockWhere(ctx context.Context, t *Task) (string, []any, bool, error) {
	s, p := r.settings, r.part
	p.more = false
	if s.incrementing && p.begun && r.at.hasInc { // a block that was broken off goes on behind the last row that was delivered
		p.done = max(p.done, r.at.inc)
	}
	if err := r.beginBlocks(ctx, t); err != nil || !p.begun || p.done >= p.most {
		return "", nil, false, err
	}
	column := s.name(r.partColumn())
	for from := p.done + 1; ; {
		first, last, ok := p.own(from)
		if !ok || first > p.most {
			p.done = p.most
			break
		}
		next, found, err := r.number(ctx, t.c, "SELECT MIN("+column+") FROM "+r.from()+" WHERE "+column+" >= "+s.Dialect.Placeholder(1)+" AND "+column+" <= "+s.Dialect.Placeholder(2), first, p.most)
		if err != nil {
			return "", nil, false, err
		}
		if !found {
			p.done = p.most
			break
		}
		if next > last { // blocks without rows are skipped
			from = next
			continue
		}
		p.until = min(last, p.most)
		return " WHERE " + column + " >= " + s.Dialect.Placeholder(1) + " AND " + column + " <= " + s.Dialect.Placeholder(2) + " ORDER BY " + column + " ASC", []any{next, p.until}, true, nil
	}
	return r.endBlocks(ctx, t)
}

// beginBlocks finds out how far the table is to be read.
func (r *reader) beginBlocks(ctx context.Context, t *Task) error {
	s, p := r.settings, r.part
	if s.incrementing {
		if !p.begun {
			p.begun, p.done = true, s.incInitial
		}
		if p.done < p.most {
			return nil
		}
		if s.late <= 0 {
			last, found, err := r.number(ctx, t.c, "SELECT MAX("+s.name(r.inc)+") FROM "+r.from())
			if found {
				p.most, r.last = last, last
			}
			return err
		}
		most, ok, err := r.settled(ctx, t.c, p.done)
		if ok {
			p.most = most
		}
		return err
	}
	if r.run == begun {
		return nil
	}
	if err := r.beginSnapshot(ctx, t); err != nil {
		return err
	}
	if p.begun && p.done < p.most {
		return nil // goes on after an error or a restart
	}
	column := s.name(r.partColumn())
	least, found, err := r.number(ctx, t.c, "SELECT MIN("+column+") FROM "+r.from())
	if err != nil || !found {
		if err == nil {
			err = r.endSnapshot(ctx, t)
		}
		return err
	}
	if least == math.MinInt64 {
		return fmt.Errorf("%s: the column %s has the value %d, which cannot be read in parts: no offset stands before it", r.name(), r.partColumn(), least)
	}
	most, _, err := r.number(ctx, t.c, "SELECT MAX("+column+") FROM "+r.from())
	p.begun, p.done, p.most = err == nil, least-1, most
	return err
}

// endBlocks ends a run that has no further block.
func (r *reader) endBlocks(ctx context.Context, t *Task) (string, []any, bool, error) {
	return "", nil, false, r.endSnapshot(ctx, t)
}

// ended notes that a result was read to its end.
func (r *reader) ended(ctx context.Context, t *Task, b *connect.SourceBatch) error {
	r.doubted = false
	r.again.forget(r.at, r.settings.overlap)
	p := r.part
	if p == nil {
		return nil
	}
	p.done = p.until
	first, _, ok := p.own(min(p.done, p.most-1) + 1)
	if p.done >= p.most || !ok || first > p.most {
		p.done = p.most
	}
	p.more = p.done < p.most
	if r.settings.incrementing {
		return nil
	}
	r.at = position{hasBulk: true, bulkRead: p.done, bulkLast: p.most}
	b.Mark(r.partition, r.at)
	if p.more {
		return nil
	}
	return r.endSnapshot(ctx, t)
}

// partColumn is the column whose values are divided.
func (r *reader) partColumn() string {
	if r.settings.incrementing {
		return r.inc
	}
	return r.settings.partColumn
}
