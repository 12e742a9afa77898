package pipeline

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
)

// The relay is a sink and a source of one process: what the sink gets the source produces to another topic. A record counts as delivered once
// its copy was acknowledged.

const (
	relaySinkClass   = "com.example.relay.RelaySinkConnector"
	relaySourceClass = "com.example.relay.RelaySourceConnector"
)

// parcel is a copy of a record on its way; delivered is closed once Kafka has it.
type parcel struct {
	schema    *data.Schema
	value     data.Value
	delivered chan struct{}
}

var relayed = make(chan parcel)

func relayPlugins() []connect.Plugin {
	keys := config.NewDef(config.Key{Name: "topic", Type: config.String, Default: "", Importance: config.High, Doc: "Topic that gets the copies."})
	return []connect.Plugin{
		{Kind: connect.KindSink, Class: relaySinkClass, Version: "1", Doc: "Hands records to the relay source.", Config: keys,
			NewConnector: func() connect.Connector { return new(relay) }, NewSinkTask: func() connect.SinkTask { return new(relaySink) }},
		{Kind: connect.KindSource, Class: relaySourceClass, Version: "1", Doc: "Produces what the relay sink got.", Config: keys,
			NewConnector: func() connect.Connector { return new(relay) }, NewSourceTask: func() connect.SourceTask { return new(relaySource) }},
	}
}

type relay struct{ props map[string]string }

func (c *relay) Start(_ context.Context, _ connect.ConnectorContext, props map[string]string) error {
	c.props = props
	return nil
}

func (c *relay) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{c.props}, nil
}

func (c *relay) Stop(context.Context) error { return nil }

type relaySink struct{}

func (*relaySink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

// Put returns once all records were delivered, so that their offsets may be committed.
func (*relaySink) Put(ctx context.Context, b *connect.SinkBatch) error {
	for r := range b.All {
		p := parcel{schema: r.ValueSchema(), value: r.Value().Detach(), delivered: make(chan struct{})}
		select {
		case relayed <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-p.delivered:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (*relaySink) Stop(context.Context) error { return nil }

type relaySource struct {
	topic     string
	delivered chan struct{} // of the record under way; the sink hands over one at a time
}

type noOffset struct{}

func (noOffset) Fields() map[string]any { return map[string]any{"none": int64(0)} }

func (s *relaySource) Start(_ context.Context, _ connect.SourceTaskContext, props map[string]string) error {
	s.topic = props["topic"]
	return nil
}

func (s *relaySource) Poll(ctx context.Context, b *connect.SourceBatch) error {
	select {
	case <-ctx.Done():
	case p := <-relayed:
		b.Add(s.topic).SetValue(p.schema, p.value)
		b.Mark(connect.NewSourcePartition(map[string]any{"relay": "1"}), noOffset{})
		s.delivered = p.delivered
	}
	return nil
}

func (s *relaySource) CommitRecord(context.Context, *connect.Record, *connect.RecordMetadata) error {
	close(s.delivered)
	return nil
}

func (s *relaySource) Stop(context.Context) error { return nil }
