package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect"
)

// place returns where a record goes, and its key where rows are reduced by it.
func (t *Task) place(ctx context.Context, r *connect.Record) (*table, *shape, []byte, error) {
	tb, ok := t.tables[r.Topic]
	if !ok {
		id, err := t.s.tableID(r.Topic)
		if err != nil {
			return nil, nil, nil, errRecord{err}
		}
		tb = &table{id: id, name: id.String(), quoted: id.Quoted(t.s.quoteName), shapes: map[schemas]*shape{}}
		t.tables[r.Topic] = tb
	}
	tombstone := r.Value().IsNull() && t.s.deletes
	k := schemas{r.KeySchema(), r.ValueSchema(), tombstone}
	if tombstone {
		k.value = nil
	} else if r.Value().IsNull() {
		return nil, nil, nil, errRecord{fmt.Errorf("the record for table %s has no value; with %s=true and %s=%s it would delete a row", tb.name, keyDelete, keyPKMode, pkKey)}
	}
	if t.s.pkMode == pkKey && r.Key().IsNull() {
		return nil, nil, nil, errRecord{fmt.Errorf("the record for table %s has no key, which %s=%s needs", tb.name, keyPKMode, pkKey)}
	}
	sh, err := t.s.shapeFor(ctx, t.c, tb, k)
	if err != nil || sh == nil {
		return tb, nil, nil, err
	}
	if sh.plan.keys == 0 || t.s.pkMode == pkKafka {
		return tb, sh, nil, nil
	}
	var null string
	if t.key, null = appendKey(t.key[:0], t.s, sh, r); null != "" {
		return nil, nil, nil, errRecord{fmt.Errorf("the record for table %s has null in the field %s of its key", tb.name, null)}
	}
	return tb, sh, t.key, nil
}

// errRecord is a record that no row can be made of.
type errRecord struct{ error }

func (e errRecord) Unwrap() error { return e.error }

// bad reports a record, or the error of a whole table, where single records may be skipped.
func (t *Task) bad(r *connect.Record, err error) error {
	var record errRecord
	var alter errTable
	if !errors.As(err, &record) && !errors.As(err, &alter) {
		return err
	}
	tp, offset, _ := r.SinkOrigin()
	err = fmt.Errorf("topic %s, partition %d, offset %d: %w", tp.Topic, tp.Partition, offset, err)
	if reporter := t.tc.Errors(); reporter != nil {
		if failure := reporter.Report(r, err); failure != nil {
			return reported{failure}
		}
		return nil
	}
	if record.error != nil {
		return reported{connect.NewBadRecord(err)} // fails the task at once: it would be the same again
	}
	return err
}
