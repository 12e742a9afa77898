// Package clock is an example of a connector: a source that produces a tick at a steady interval. It uses the public SDK only, so it could
// live in any repository.
package clock

import (
	"context"
	"fmt"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
)

// keys is the one declaration of the configuration: parsing, defaults, validation and documentation come from it.
var keys = config.NewDef(
	config.Key{Name: "topic", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
		Doc: "Topic that gets the ticks."},
	config.Key{Name: "interval.ms", Type: config.Long, Default: 1000, Validator: config.AtLeast(int64(1)), Importance: config.Medium,
		Doc: "Time between two ticks in milliseconds."},
)

// Plugins returns the connector.
func Plugins() []connect.Plugin {
	return []connect.Plugin{{
		Kind:          connect.KindSource,
		Class:         "com.example.clock.ClockSourceConnector",
		TaskClass:     "com.example.clock.ClockSourceTask",
		Version:       "1.0.0",
		Doc:           "Produces a numbered tick at a steady interval.",
		Config:        keys,
		NewConnector:  func() connect.Connector { return new(connector) },
		NewSourceTask: func() connect.SourceTask { return new(task) },
	}}
}

// connector has nothing to divide: it always runs one task.
type connector struct{ props map[string]string }

func (c *connector) Start(_ context.Context, _ connect.ConnectorContext, props map[string]string) error {
	c.props = props
	return nil
}

func (c *connector) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{c.props}, nil
}

func (c *connector) Stop(context.Context) error { return nil }

// tick is the value of a record.
var tick = data.NewStructSchema("com.example.clock.Tick").
	Field("number", data.Int64Schema).
	Field("at", data.TimestampSchema).
	MustBuild()

// count is a source offset: how many ticks were produced.
type count int64

func (c count) Fields() map[string]any { return map[string]any{"count": int64(c)} }

type task struct {
	topic     string
	interval  time.Duration
	partition *connect.SourcePartition
	next      count
	ticker    *time.Ticker
}

func (t *task) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	values, err := keys.ParseStrings(props)
	if err != nil {
		return err
	}
	t.topic = values.String("topic")
	t.interval = values.Duration("interval.ms")
	t.partition = connect.NewSourcePartition(map[string]any{"clock": tc.Connector()})
	committed, err := tc.Offsets(ctx, t.partition)
	if err != nil {
		return fmt.Errorf("reading the committed count: %w", err)
	}
	if n, ok := committed[0]["count"].(int64); ok {
		t.next = count(n)
	}
	t.ticker = time.NewTicker(t.interval)
	return nil
}

// Poll waits for the next tick; the runtime calls it again at once.
func (t *task) Poll(ctx context.Context, b *connect.SourceBatch) error {
	select {
	case <-ctx.Done():
		return nil
	case now := <-t.ticker.C:
		row := b.Arena().Struct(tick)
		value, err := row.Int64(0, int64(t.next)).Time(1, now).Build()
		if err != nil {
			return err
		}
		r := b.Add(t.topic)
		r.SetValue(tick, value.Value())
		r.Timestamp = now.UnixMilli()
		t.next++
		b.Mark(t.partition, t.next)
		return nil
	}
}

func (t *task) Stop(context.Context) error {
	if t.ticker != nil {
		t.ticker.Stop()
	}
	return nil
}
