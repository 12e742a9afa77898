package worker

import (
	"context"
	"log/slog"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/store"
)

// connectorContext is what a connector may ask of the worker.
type connectorContext struct{ run *connectorRun }

func (c *connectorContext) Name() string         { return c.run.name }
func (c *connectorContext) Logger() *slog.Logger { return c.run.logger }

func (c *connectorContext) RequestTaskReconfiguration() {
	if f := c.run.w.cfg.Reconfigure; f != nil && !c.run.isAbandoned() {
		go f(c.run.name)
	}
}

func (c *connectorContext) RaiseError(err error) {
	if err == nil {
		return
	}
	c.run.fail(err)
}

func (c *connectorContext) Offsets() connect.OffsetReader {
	if c.run.plugin.Kind != connect.KindSource {
		return nil
	}
	return connectorOffsets{c.run}
}

func (c *connectorRun) isAbandoned() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.abandoned
}

// offsetReader reads the offsets of one connector.
type offsetReader struct {
	offsets   store.OffsetStore
	connector string
}

func (o offsetReader) Offsets(ctx context.Context, partitions ...*connect.SourcePartition) ([]connect.OffsetFields, error) {
	return o.offsets.Get(ctx, o.connector, partitions)
}

// connectorOffsets reads the offsets of a connector instance, whose store is opened by the first question.
type connectorOffsets struct{ run *connectorRun }

func (o connectorOffsets) Offsets(ctx context.Context, partitions ...*connect.SourcePartition) ([]connect.OffsetFields, error) {
	s, err := o.run.w.offsetsOf(ctx, o.run.name, o.run.props)
	if err != nil {
		return nil, err
	}
	defer s.release()
	return s.Get(ctx, o.run.name, partitions)
}
