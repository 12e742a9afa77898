package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// placed is where a record goes.
type placed struct {
	table *table
	shape *shape // nil where nothing is to be written
	// key is what rows are reduced by, nil where they are not. It is valid until the next record is placed.
	key      []byte
	truncate bool
}

// place says where a record goes.
func (t *Task) place(ctx context.Context, r *connect.Record) (placed, error) {
	e := t.event(r.ValueSchema())
	act, e, err := t.s.actionOf(r, e)
	if err != nil {
		return placed{}, errRecord{err}
	}
	if act == passesOver {
		return placed{}, nil
	}
	tb, err := t.tableOf(r, e)
	if err != nil || tb == nil {
		return placed{}, err
	}
	if act == truncates {
		there, err := t.s.describe(ctx, t.c, tb)
		return placed{table: tb, truncate: there}, err
	}
	k := schemas{key: r.KeySchema(), value: r.ValueSchema(), op: act, inside: -1}
	if e != nil {
		k.inside = int16(e.inside)
		k.value = nil
		if e.inside >= 0 {
			k.value = r.ValueSchema().Fields()[e.inside].Schema
		}
	}
	if act == deletes && t.s.pkMode != pkRecord {
		k.value, k.inside = nil, -1
	}
	if t.s.filter.byTopic {
		k.topic = r.Topic
	}
	if err := t.keySchema(ctx, r, tb, &k); err != nil {
		return placed{}, err
	}
	if t.s.loose != looseRefuse && k.value == nil && act == writes && e == nil && r.Value().Kind() == data.MapKind {
		if k.value, err = t.looseSchema(ctx, tb, r.Value().Map()); err != nil {
			return placed{}, err
		}
		k.looseValue = true
	}
	sh, err := t.s.shapeFor(ctx, t.c, tb, k)
	if err != nil || sh == nil {
		return placed{}, err
	}
	if sh.plan.keys == 0 || t.s.pkMode == pkKafka {
		return placed{table: tb, shape: sh}, nil
	}
	var null string
	if t.key, null = appendKey(t.key[:0], t.s, sh, r); null != "" {
		return placed{}, errRecord{fmt.Errorf("the record for table %s has null in the field %s of its key", tb.name, null)}
	}
	return placed{table: tb, shape: sh, key: t.key}, nil
}

// event returns how records of a schema are change events, nil where they are not.
func (t *Task) event(s *data.Schema) *event {
	if !t.s.events || s == nil {
		return nil
	}
	e, ok := t.events[s]
	if !ok {
		if len(t.events) >= mostShapes {
			clear(t.events)
		}
		e = eventOf(s)
		t.events[s] = e
	}
	return e
}

// mostTables bounds what is kept of tables that records name.
const mostTables = 1000

// tableOf returns the table that a record names, nil where that is none and the record is passed over.
func (t *Task) tableOf(r *connect.Record, e *event) (*table, error) {
	if t.s.names.topicOnly {
		if tb, ok := t.tables[r.Topic]; ok {
			return tb, nil
		}
	}
	name := t.name[:0]
	if _, mapped := t.s.mapping[r.Topic]; mapped && !t.s.names.topicOnly {
		name = append(append(name, 0), r.Topic...) // parts end with a zero byte, so that none are equal to this
		t.name = name
	} else {
		var err error
		if t.name, err = t.s.names.appendParts(name, r, e); err != nil {
			if errors.Is(err, errNoName) && t.s.lenient {
				return nil, nil
			}
			return nil, errRecord{err}
		}
		name = t.name
	}
	if t.s.names.topicOnly {
		name = []byte(r.Topic)
	}
	if tb, ok := t.tables[string(name)]; ok {
		return tb, nil
	}
	id, err := t.s.tableID(r.Topic, t.name)
	if err != nil {
		return nil, errRecord{err}
	}
	if len(t.tables) >= mostTables { // those of a batch that is being placed stay where they are, before what comes now
		clear(t.tables)
	}
	for _, tb := range t.tables { // what records of several topics or fields name is one table
		if tb.id == id {
			t.tables[string(name)] = tb
			return tb, nil
		}
	}
	tb := &table{id: id, name: id.String(), quoted: id.Quoted(t.s.quoteName), shapes: map[schemas]*shape{}}
	if t.s.loose != looseRefuse {
		tb.loose = newLooseTypes(t.s.declared)
		tb.looseKey = newLooseTypes(t.s.declared)
	}
	t.tables[string(name)] = tb
	return tb, nil
}

// keySchema completes the schemas by that of the key.
func (t *Task) keySchema(ctx context.Context, r *connect.Record, tb *table, k *schemas) error {
	switch t.s.pkMode {
	case pkKey:
		if r.Key().IsNull() {
			return errRecord{fmt.Errorf("the record for table %s has no key, which %s=%s needs", tb.name, t.s.words.pkMode, pkKey)}
		}
		if k.key == nil && t.s.loose != looseRefuse {
			if _, err := t.s.describe(ctx, t.c, tb); err != nil {
				return err
			}
			key, err := tb.looseKey.keyOf(r, t.s, tb.described)
			if err != nil {
				return errRecord{err}
			}
			k.key, k.looseKey = key, true
		}
	case pkHeader:
		b := data.NewStructSchema("")
		for i, h := range r.Headers.All() {
			if last, _ := r.Headers.Last(h.Key); slices.ContainsFunc(r.Headers.All()[:i], func(x connect.Header) bool { return x.Key == h.Key }) || last.Schema == nil {
				continue
			} else {
				b.Field(h.Key, last.Schema)
			}
		}
		s, err := b.Build()
		if err != nil {
			return errRecord{err}
		}
		k.key = s
	default:
		k.key = nil // it is not looked at
	}
	return nil
}

func (t *Task) looseSchema(ctx context.Context, tb *table, m *data.Map) (*data.Schema, error) {
	if _, err := t.s.describe(ctx, t.c, tb); err != nil {
		return nil, err
	}
	s, err := tb.loose.schemaOf(m, t.s, tb.described)
	if err != nil {
		return nil, errRecord{err}
	}
	return s, nil
}

// errRecord is a record that no row can be made of.
type errRecord struct{ error }

func (e errRecord) Unwrap() error { return e.error }

// coordinate is where a record comes from.
type coordinate struct {
	connect.TopicPartition
	offset int64
}

// letters are the records of a put that were reported: a put that is tried again does not report them again. Lanes use it side by side.
type letters struct {
	mu  sync.Mutex
	all map[coordinate]struct{}
}

// reported notes a record, and tells whether it was before.
func (l *letters) reported(at coordinate) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, before := l.all[at]
	if l.all == nil {
		l.all = map[coordinate]struct{}{}
	}
	l.all[at] = struct{}{}
	return before
}

func (l *letters) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.all)
}

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
		if t.letters.reported(coordinate{tp, offset}) {
			return nil
		}
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

// extent names the records of a batch, for errors of the database that do not say which one they are about.
func extent(b *connect.SinkBatch) string {
	const most = 3
	var list []string
	for _, slice := range b.Slices() {
		n := len(slice.Records)
		if n == 0 {
			continue
		}
		if len(list) == most {
			list = append(list, "and more")
			break
		}
		_, first, _ := slice.Records[0].SinkOrigin()
		_, last, _ := slice.Records[n-1].SinkOrigin()
		offsets := fmt.Sprintf("offset %d", first)
		if last != first {
			offsets = fmt.Sprintf("one of the offsets %d to %d", first, last)
		}
		list = append(list, fmt.Sprintf("topic %s, partition %d, %s", slice.TopicPartition.Topic, slice.TopicPartition.Partition, offsets))
	}
	return strings.Join(list, "; ")
}
