package sink

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// row returns what a record says of its row.
func (p *plan) row(r *connect.Record) data.Value {
	if p.inside >= 0 {
		return r.Value().Struct().At(p.inside)
	}
	return r.Value()
}

// value returns what a record has for a field.
func (p *plan) value(r *connect.Record, i int) data.Value {
	f := &p.fields[i]
	switch f.from {
	case fromTopic:
		tp, _, _ := r.SinkOrigin()
		return data.String(tp.Topic)
	case fromPartition:
		tp, _, _ := r.SinkOrigin()
		return data.Int32(tp.Partition)
	case fromOffset:
		_, offset, _ := r.SinkOrigin()
		return data.Int64(offset)
	case fromKey:
		return r.Key()
	case fromValue:
		return r.Value()
	case fromKeyField:
		return at(r.Key().Struct(), f.index, f.defaults)
	case fromKeyMember:
		v, _ := r.Key().Map().Get(f.source)
		return v
	case fromValueMember:
		v, _ := p.row(r).Map().Get(f.source)
		return v
	case fromHeader:
		h, _ := r.Headers.Last(f.source)
		return h.Value
	}
	v := at(p.row(r).Struct(), f.index, f.defaults)
	for _, i := range f.inner {
		if v.IsNull() {
			return v
		}
		v = at(v.Struct(), i, f.defaults)
	}
	return v
}

func at(s *data.Struct, i int, defaults bool) data.Value {
	if defaults {
		return s.Get(i)
	}
	return s.At(i)
}

// arg returns a field's value as the dialect takes it.
func (p *plan) arg(s *settings, r *connect.Record, i int) (dialect.Arg, error) {
	v := p.value(r, i)
	f := &p.fields[i]
	kind := v.Kind()
	if f.convert != nil && kind != data.NullKind {
		a, err := f.convert(v)
		if err != nil {
			return a, &dialect.RowError{Column: f.Name, Err: err}
		}
		return a, nil
	}
	a := dialect.Arg{Kind: kind, Value: v}
	switch kind {
	case data.DateKind:
		ms, _ := v.Millis()
		a.Time = time.UnixMilli(ms).In(s.dateZone)
	case data.TimeKind, data.TimestampKind:
		ms, _ := v.Millis()
		a.Time = time.UnixMilli(ms).In(s.zone)
	case data.Int64Kind:
		if f.Timestamp {
			n, _ := v.Int64()
			a.Kind, a.Time = data.TimestampKind, f.counted(n).In(s.zone)
		}
	case data.StringKind:
		if f.Timestamp {
			text, _ := v.Text()
			if n, err := strconv.ParseInt(text, 10, 64); err == nil { // as timestamp.granularity=micros_string writes it
				a.Kind, a.Time = data.TimestampKind, f.counted(n).In(s.zone)
				return a, nil
			}
			t, err := moment(text, s.zone)
			if err != nil {
				return a, &dialect.RowError{Column: f.Name, Err: err}
			}
			a.Kind, a.Time = data.TimestampKind, t
		}
	case data.StructKind, data.MapKind, data.ForeignKind:
		return a, &dialect.RowError{Column: f.Name, Err: fmt.Errorf("a %s cannot be written to a column, unless %s says how", kind, keyNested)}
	}
	return a, nil
}

// counted is the point in time of a field of timestamp.fields.list that counts since 1970.
func (f *field) counted(n int64) time.Time {
	if f.Nanos {
		return time.Unix(0, n)
	}
	return time.UnixMicro(n)
}

// moment reads a text of timestamp.fields.list; without offset it is in the zone of the database.
func moment(text string, zone *time.Location) (time.Time, error) {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, form := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return t.In(zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no point in time, as in 2024-05-01T12:30:00.123456Z", text)
}

// covers reports whether every column that other writes is written by p too.
func (p *plan) covers(other *plan) bool {
	if p == other {
		return true
	}
	for i := range other.fields {
		if !slices.ContainsFunc(p.fields, func(f field) bool { return f.Name == other.fields[i].Name }) {
			return false
		}
	}
	return true
}
