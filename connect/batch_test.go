package connect

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/data"
)

func TestMarksCoverTheRecordsBeforeThem(t *testing.T) {
	t.Parallel()
	one, two := NewSourcePartition(map[string]any{"file": "one"}), NewSourcePartition(map[string]any{"file": "two"})
	at := func(n int64) OffsetFields { return OffsetFields{"position": n} }
	b := NewSourceBatch(BatchLimits{Records: 5, Bytes: 100})
	b.Mark(one, at(0)) // the source moved on without a record
	b.Add("t")
	b.Add("t")
	b.Mark(one, at(1))
	b.Mark(one, at(2)) // replaces the one before: it covers the same records
	b.Add("u")
	b.Mark(two, at(3))
	last := b.Add("t")
	last.SetValue(data.StringSchema, data.String("x"))

	var ends []int
	for _, m := range b.Marks() {
		ends = append(ends, m.End)
	}
	if diff := cmp.Diff([]int{0, 2, 3}, ends); diff != "" {
		t.Error(diff)
	}
	for i, want := range []struct {
		partition *SourcePartition
		position  int64
	}{{one, 2}, {one, 2}, {two, 3}, {nil, 0}} {
		p, o, ok := b.Records()[i].Source()
		if p != want.partition || ok != (p != nil) || ok && o.Fields()["position"] != want.position {
			t.Errorf("record %d: got %v at %v", i, p, o)
		}
	}
	if _, _, ok := last.SinkOrigin(); ok || last.Partition != NoPartition || last.Timestamp != NoTimestamp {
		t.Errorf("got %+v", last)
	}

	if b.Full() {
		t.Error("full with 4 of 5 records")
	}
	b.AddBytes(100)
	if !b.Full() {
		t.Error("not full with 100 of 100 bytes")
	}
	b.Reset()
	if r := b.Add("t"); b.Full() || len(b.Records()) != 1 || len(b.Marks()) != 0 || !r.Value().IsNull() || r.ValueSchema() != nil {
		t.Errorf("after a reset: %+v", r)
	}
}

func TestSinkBatch(t *testing.T) {
	t.Parallel()
	b := NewSinkBatch()
	tps := []TopicPartition{{"t", 0}, {"t", 1}}
	for i := range tps {
		records := make([]Record, 2)
		for j := range records {
			records[j].InitSink(b.Arena(), &tps[i], int64(10*i+j), 1, LogAppendTime)
		}
		b.Append(SinkSlice{TopicPartition: tps[i], Records: records})
	}
	var offsets []int64
	for r := range b.All {
		r.Topic = "routed" // where it came from stays known (KIP-793)
		tp, offset, ok := r.SinkOrigin()
		if !ok || tp.Topic != "t" || r.TimestampType().String() != "LogAppendTime" {
			t.Errorf("got %v, %v", tp, ok)
		}
		if offsets = append(offsets, offset); offset == 10 {
			break
		}
	}
	if diff := cmp.Diff([]int64{0, 1, 10}, offsets); diff != "" || b.Len() != 4 {
		t.Errorf("%d records: %s", b.Len(), diff)
	}
	if b.Reset(); b.Len() != 0 || len(b.Slices()) != 0 {
		t.Error("not empty after a reset")
	}
}

type keepingTask struct {
	SinkTask
	released bool
}

func (t *keepingTask) Released() bool { return t.released }

func TestReleasedBatch(t *testing.T) {
	t.Parallel()
	schema := data.NewStructSchema("", data.Field{Name: "text", Schema: data.StringSchema}).MustBuild()
	build := func(b *SinkBatch, text string) (data.Value, *data.Struct) {
		s := b.Arena().Struct(schema)
		s.Text(0, text)
		return b.Arena().Text("a text"), s.MustBuild()
	}
	for _, task := range []SinkTask{&keepingTask{}, &keepingTask{released: true}, nil} {
		b := NewSinkBatch()
		b.Poison()
		for range 3 {
			before := b.Arena()
			text, kept := build(b, "here")
			b.Release(task)
			x, releases := task.(*keepingTask)
			releases = releases && x.released
			if got, _ := text.Text(); (got == "a text") == releases || (b.Arena() == before) != releases {
				t.Errorf("%v: the text is %q, the memory used again: %v", task, got, b.Arena() == before)
			}
			if same := kept.Row().Layout() == schema.Layout(); same == releases {
				t.Errorf("%v: the struct is as it was: %v", task, same)
			}
			if text, kept := build(b, "here again"); kept.Value().String() != "Struct{text=here again}" || text.String() != "a text" {
				t.Errorf("the next one is %v, %v", kept, text)
			}
			b.Reset()
		}
	}
}

func TestEmptyBatchKeepsItsArena(t *testing.T) {
	t.Parallel()
	b := NewSinkBatch()
	empty := b.Arena()
	if b.Reset(); b.Arena() != empty {
		t.Error("an empty arena was thrown away")
	}
	b.Arena().Text("x")
	if b.Reset(); b.Arena() == empty {
		t.Error("an arena that may be referred to is used again")
	}
}

func TestCopiesOfHeadersAreSnapshots(t *testing.T) {
	t.Parallel()
	keys := func(h *Headers) (list []string) {
		for _, x := range h.All() {
			list = append(list, x.Key)
		}
		return list
	}
	h := HeadersOf(Header{Key: "a"}, Header{Key: "b"}, Header{Key: "a", Value: data.Int64(2)})
	before, other := h, h
	h.Add("c", nil, data.Value{})
	other.Add("d", nil, data.Value{})
	removed := h
	removed.Remove("a")
	for _, c := range []struct {
		h    *Headers
		want []string
	}{{&before, []string{"a", "b", "a"}}, {&h, []string{"a", "b", "a", "c"}}, {&other, []string{"a", "b", "a", "d"}}, {&removed, []string{"b", "c"}}} {
		if diff := cmp.Diff(c.want, keys(c.h)); diff != "" {
			t.Error(diff)
		}
	}
	if last, ok := h.Last("a"); !ok || string(last.Value.AppendString(nil)) != "2" {
		t.Errorf("got %v, %v", last, ok)
	}
	if _, ok := h.Last("z"); ok {
		t.Error("a header out of nothing")
	}
}
