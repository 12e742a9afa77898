package worker

import (
	"bytes"
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// SourceLetter is the dead letter of a source's record as it was polled: before transformations, which are yet to run.
type SourceLetter struct {
	// Record is the letter without its context headers. Its topic is that of the dead letter queue.
	Record *kgo.Record
	// Topic and Partition are those that the polled record had; NoPartition where the producer chooses.
	Topic     string
	Partition int32
	// KeyForm and ValueForm say in which form key and value are (the headers key.format and value.format).
	KeyForm, ValueForm string
}

// Reproduce does with a letter what the source's task does with a record that it polled: out becomes the record for Kafka, valid until the next
// call. It needs converters.
func (d *DryRun) Reproduce(ctx context.Context, l *SourceLetter, out *kgo.Record) Trial {
	d.begin(ctx)
	r := connect.Record{Topic: l.Topic, Partition: l.Partition, Timestamp: connect.NoTimestamp}
	if !l.Record.Timestamp.IsZero() {
		r.Timestamp = l.Record.Timestamp.UnixMilli()
	}
	arena := data.NewArena()
	err := guard("the converters", func() error {
		schema, v, err := d.readForm(arena, l, l.KeyForm, d.conv.key, true)
		if err != nil {
			return fmt.Errorf("the letter's key cannot be read: %w", err)
		}
		r.SetKey(schema, v)
		if schema, v, err = d.readForm(arena, l, l.ValueForm, d.conv.value, false); err != nil {
			return fmt.Errorf("the letter's value cannot be read: %w", err)
		}
		r.SetValue(schema, v)
		return d.readHeaders(arena, l, &r)
	})
	if err != nil {
		return d.failed(-1, err)
	}
	return d.Produce(ctx, &r, out, nil)
}

func (d *DryRun) readForm(arena *data.Arena, l *SourceLetter, form string, c connect.Converter, isKey bool) (*data.Schema, data.Value, error) {
	raw := l.Record.Value
	if isKey {
		raw = l.Record.Key
	}
	switch form {
	case asConverted:
	case asJSON:
		plugin, ok := d.plugins.Find(connect.KindConverter, jsonConverter)
		if !ok || plugin.NewConverter == nil {
			return nil, data.Value{}, fmt.Errorf("this build has no %s", jsonConverter)
		}
		c = plugin.NewConverter()
		if err := c.Configure(map[string]string{"converter.type": "value", "schemas.enable": "true"}, false); err != nil {
			return nil, data.Value{}, err
		}
	case asText:
		if raw != nil {
			return nil, data.Value{}, fmt.Errorf("it is kept as text only, since neither the connector's converter nor JsonConverter could write it")
		}
		return nil, data.Null, nil
	default:
		return nil, data.Value{}, fmt.Errorf("its form %q is unknown", form)
	}
	headers := rawHeaders(l.Record)
	// A value that is used longer than the letter must not share its bytes.
	return c.ToConnect(arena, l.Record.Topic, &headers, bytes.Clone(raw))
}

func (d *DryRun) readHeaders(arena *data.Arena, l *SourceLetter, r *connect.Record) error {
	if len(l.Record.Headers) == 0 {
		return nil
	}
	list := make([]connect.Header, 0, len(l.Record.Headers))
	for _, h := range l.Record.Headers {
		schema, v, err := d.conv.header.ToConnectHeader(arena, l.Record.Topic, h.Key, h.Value)
		if err != nil {
			return fmt.Errorf("the letter's header %s cannot be read: %w", h.Key, err)
		}
		list = append(list, connect.Header{Key: h.Key, Schema: schema, Value: v})
	}
	r.Headers = connect.HeadersOf(list...)
	return nil
}
