package deadletter

import (
	"context"
	"maps"

	"github.com/twmb/franz-go/pkg/kgo"
)

// view is what a dead letter topic holds at one moment.
type view struct {
	*connectorQueue
	bounds
	ledger ledger
}

// view reads the marks of the letters at and after a place, nil for all.
func (q *connectorQueue) view(ctx context.Context, at *Coordinates) (*view, error) {
	admin, err := q.admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	b, err := q.measure(ctx, admin, false)
	if err != nil {
		return nil, err
	}
	return q.viewWithin(ctx, b, at)
}

func (q *connectorQueue) viewWithin(ctx context.Context, b bounds, at *Coordinates) (*view, error) {
	v := &view{connectorQueue: q, bounds: b, ledger: ledger{}}
	err := v.scan(ctx, v.from(at), b.ends, func(record *kgo.Record) error {
		if m := readMark(record); m != nil {
			v.ledger.note(m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// from returns the starts of the partitions that hold letters at or after a place.
func (v *view) from(at *Coordinates) map[int32]int64 {
	from := maps.Clone(v.starts)
	if at == nil {
		return from
	}
	for p, start := range v.starts {
		switch {
		case p < at.Partition:
			delete(from, p)
		case p == at.Partition:
			from[p] = max(start, at.Offset)
		}
	}
	return from
}

// letters calls visit for the letters at and after a place that concern who asks, in the order of their places. The record is valid during the visit only.
func (v *view) letters(ctx context.Context, at *Coordinates, visit func(*Letter, *Status, *kgo.Record) error) error {
	from := v.from(at)
	enough := false
	for _, p := range v.partitions() {
		start, there := from[p]
		if !there {
			continue
		}
		err := v.scan(ctx, map[int32]int64{p: start}, v.ends, func(record *kgo.Record) error {
			if readMark(record) != nil {
				return nil
			}
			l := readLetter(record)
			if !v.concerns(ctx, &l) {
				return nil
			}
			s := v.ledger.status(l.Coordinates)
			err := visit(&l, &s, record)
			enough = err == errEnough
			return err
		})
		if err != nil || enough {
			return err
		}
	}
	return nil
}
