package backup

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/moldau/moldau/internal/store"
)

// Apply implements Cluster: what has offsets to set is stopped, or created stopped, until they are set. Where a step fails it stays stopped.
func (c *RESTCluster) Apply(ctx context.Context, item *Item) error {
	offsets := patch(item.Source, item.Sink)
	if item.Action == Create {
		state := item.To
		if len(offsets) > 0 {
			state = store.TargetStopped
		}
		initial := map[store.TargetState]string{store.TargetStarted: "RUNNING", store.TargetPaused: "PAUSED", store.TargetStopped: "STOPPED"}[state]
		body := map[string]any{"name": item.Connector, "config": item.want.Config, "initial_state": initial}
		if _, err := c.ask(ctx, http.MethodPost, "/connectors", nil, body); err != nil {
			return fmt.Errorf("create: %w", err)
		}
		if len(offsets) == 0 {
			return nil
		}
		if err := c.stopped(ctx, item.Connector); err != nil {
			return err
		}
		return c.finish(ctx, item, offsets, state)
	}
	state := item.From
	if len(offsets) > 0 && state != store.TargetStopped {
		if err := c.put(ctx, item.Connector, "/stop", nil); err != nil {
			return err
		}
		if err := c.stopped(ctx, item.Connector); err != nil {
			return err
		}
		state = store.TargetStopped
		// It moved on until now: offsets that were equal when they were compared may not be so any more.
		offsets = patch(item.want.offsets())
	}
	if item.setConfig {
		if err := c.put(ctx, item.Connector, "/config", item.want.Config); err != nil {
			return err
		}
	}
	return c.finish(ctx, item, offsets, state)
}

// finish sets offsets, and the target state where it is not that of now.
func (c *RESTCluster) finish(ctx context.Context, item *Item, offsets []any, now store.TargetState) error {
	if len(offsets) > 0 {
		if _, err := c.ask(ctx, http.MethodPatch, connectorPath(item.Connector, "/offsets"), nil, map[string]any{"offsets": offsets}); err != nil {
			return fmt.Errorf("set offsets (it stays stopped): %w", err)
		}
	}
	if now == item.To {
		return nil
	}
	verb := map[store.TargetState]string{store.TargetStarted: "/resume", store.TargetPaused: "/pause", store.TargetStopped: "/stop"}[item.To]
	return c.put(ctx, item.Connector, verb, nil)
}

func (c *RESTCluster) put(ctx context.Context, connector, path string, body any) error {
	if _, err := c.ask(ctx, http.MethodPut, connectorPath(connector, path), nil, body); err != nil {
		return fmt.Errorf("PUT %s: %w", path[1:], err)
	}
	return nil
}

// stopped waits until the worker that answers says that a connector is stopped and has no tasks.
func (c *RESTCluster) stopped(ctx context.Context, connector string) error {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	began := time.Now()
	for {
		var s restStatus
		err := c.get(ctx, connectorPath(connector, "/status"), nil, &s)
		switch {
		case err == nil && s.Connector.State == "STOPPED" && len(s.Tasks) == 0:
			return nil
		case err != nil && status(err) != http.StatusNotFound: // a worker that has not read of it yet
			return err
		}
		if !c.wait(ctx) {
			return fmt.Errorf("it is not stopped after %s: it is %s with %d tasks", time.Since(began).Round(time.Second), s.Connector.State, len(s.Tasks))
		}
	}
}

// offsets are all that the connector has, one of each partition.
func (k *Connector) offsets() ([]SourceOffset, []SinkOffset) {
	source := slices.DeleteFunc(slices.Clone(k.SourceOffsets), func(o SourceOffset) bool { return o.Older })
	slices.SortFunc(source, compareSource)
	if k.SinkOffsets == nil {
		return source, nil
	}
	return source, k.SinkOffsets.Offsets
}

// patch is the body of a request for offsets.
func patch(source []SourceOffset, sink []SinkOffset) []any {
	out := []any{}
	for n := range source {
		if partition, offset, err := source[n].parsed(); err == nil { // the plan has read it
			out = append(out, map[string]json.RawMessage{"partition": partition, "offset": offset})
		}
	}
	for _, o := range sink {
		out = append(out, map[string]any{"partition": map[string]any{"kafka_topic": o.Topic, "kafka_partition": o.Partition}, "offset": map[string]any{"kafka_offset": o.Offset}})
	}
	return out
}
