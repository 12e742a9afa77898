package bench

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// RecordBytes is the size of the values that the loops are measured with.
const RecordBytes = 100

var (
	value     = []byte(strings.Repeat("0123456789", RecordBytes/10))
	valueText = data.String(string(value))
	valueRaw  = data.BytesOf(value)
)

// simple is a connector with one task.
type simple struct{}

func (simple) Start(context.Context, connect.ConnectorContext, map[string]string) error { return nil }
func (simple) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{{}}, nil
}
func (simple) Stop(context.Context) error { return nil }

// generator is a source task that sends n records as fast as it is polled.
type generator struct {
	n         int64
	text      bool
	perRecord bool // a mark for each record, as connectors with ordered logs have it
	exhausted chan struct{}
	topic     string // "" for bench

	sent      int64
	partition *connect.SourcePartition
}

type sequence int64

func (s sequence) Fields() map[string]any { return map[string]any{"sequence": int64(s)} }

func (g *generator) Start(context.Context, connect.SourceTaskContext, map[string]string) error {
	g.partition = connect.NewSourcePartition(map[string]any{"generator": "0"})
	return nil
}

func (g *generator) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if g.sent == g.n {
		close(g.exhausted)
		g.sent++
	}
	if g.sent > g.n {
		<-ctx.Done()
		return nil
	}
	topic := cmp.Or(g.topic, "bench")
	v, schema := valueRaw, data.SchemaOfKind(data.BytesKind)
	if g.text {
		v, schema = valueText, data.SchemaOfKind(data.StringKind)
	}
	for g.sent < g.n && !b.Full() {
		b.Add(topic).SetValue(schema, v)
		b.AddBytes(RecordBytes)
		g.sent++
		if g.perRecord {
			b.Mark(g.partition, sequence(g.sent))
		}
	}
	if !g.perRecord {
		b.Mark(g.partition, sequence(g.sent))
	}
	return nil
}

func (g *generator) Stop(context.Context) error { return nil }

// null is a sink task that drops what it gets and tells when it got n records.
type null struct {
	n        int64
	got      atomic.Int64
	received chan struct{}
	begin    func() // called at the first record
	begun    bool
}

func (s *null) Start(context.Context, connect.SinkTaskContext, map[string]string) error { return nil }

func (s *null) Put(_ context.Context, b *connect.SinkBatch) error {
	if !s.begun && b.Len() > 0 {
		s.begun = true
		s.begin()
	}
	before := s.got.Load()
	if after := s.got.Add(int64(b.Len())); before < s.n && after >= s.n {
		close(s.received)
	}
	return nil
}

func (s *null) Stop(context.Context) error { return nil }
