package connecttest

import (
	"context"
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
)

// SourceCase is a source connector with a configuration and what it must read.
type SourceCase struct {
	Plugin connect.Plugin
	// Props is a complete, valid configuration.
	Props map[string]string
	// Want is the text of the values, in order, that one task reads from a fresh start. The source must deliver them again from the
	// start, or from any committed offset, as often as it is asked to.
	Want []string
}

// Source runs the contract of source connectors.
func Source(t *testing.T, c SourceCase) {
	t.Run("descriptor", func(t *testing.T) { Plugin(t, c.Plugin) })
	t.Run("task configurations", func(t *testing.T) { c.taskConfigs(t) })
	t.Run("reads everything in order", func(t *testing.T) {
		got, _ := c.read(t, NewOffsets(), len(c.Want), 0)
		if !slices.Equal(got, c.Want) {
			t.Errorf("read %q, want %q", got, c.Want)
		}
	})
	t.Run("goes on at every offset that could have been committed", func(t *testing.T) {
		for stop := 0; stop <= len(c.Want); stop++ {
			offsets := NewOffsets()
			before, covered := c.read(t, offsets, stop, 1)
			if covered > len(before) {
				t.Fatalf("a mark covers %d records, %d were added", covered, len(before))
			}
			after, _ := c.read(t, offsets, len(c.Want)-covered, 0)
			if !slices.Equal(after, c.Want[covered:]) {
				t.Fatalf("after %d committed records it read %q, want %q", covered, after, c.Want[covered:])
			}
		}
	})
	t.Run("returns from a poll that has nothing when asked to", func(t *testing.T) { c.interrupted(t) })
}

func (c SourceCase) taskConfigs(t *testing.T) []map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var last []map[string]string
	for _, most := range []int{3, 1} {
		connector := c.Plugin.NewConnector()
		if err := connector.Start(ctx, connectorContext{t, "suite", NewOffsets()}, c.Props); err != nil {
			t.Fatalf("start: %v", err)
		}
		configs, err := connector.TaskConfigs(ctx, most)
		if err != nil {
			t.Fatalf("task configurations: %v", err)
		}
		if len(configs) == 0 || len(configs) > most {
			t.Fatalf("%d task configurations for at most %d tasks", len(configs), most)
		}
		if err := connector.Stop(ctx); err != nil {
			t.Fatalf("stop: %v", err)
		}
		last = configs
	}
	return last
}

// read polls a fresh task until it has want values, committing the marks of each batch. limit bounds the records of a batch, 0 leaves it
// to the suite. It returns the values and how many of them the last mark covers.
func (c SourceCase) read(t *testing.T, offsets *Offsets, want, limit int) (got []string, covered int) {
	t.Helper()
	if limit == 0 {
		limit = 1000
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	task := c.Plugin.NewSourceTask()
	if err := task.Start(ctx, sourceContext{offsets, t}, c.taskConfigs(t)[0]); err != nil {
		t.Fatalf("start of the task: %v", err)
	}
	b := connect.NewSourceBatch(connect.BatchLimits{Records: limit, Bytes: 1 << 20})
	for len(got) < want {
		b.Reset()
		if err := task.Poll(ctx, b); err != nil {
			t.Fatalf("poll after %d records: %v", len(got), err)
		}
		if ctx.Err() != nil {
			t.Fatalf("no more than %d of %d records came", len(got), want)
		}
		end := 0
		for _, m := range b.Marks() {
			if m.End < end || m.End > len(b.Records()) {
				t.Fatalf("mark at %d in a batch of %d records, after one at %d", m.End, len(b.Records()), end)
			}
			end = m.End
			offsets.Commit(m.Partition, m.Offset)
			covered = len(got) + end
		}
		records := b.Records()
		for i := range records {
			got = append(got, string(records[i].Value().AppendString(nil)))
		}
	}
	if err := task.Stop(ctx); err != nil {
		t.Fatalf("stop of the task: %v", err)
	}
	return got, covered
}

func (c SourceCase) interrupted(t *testing.T) {
	offsets := NewOffsets()
	c.read(t, offsets, len(c.Want), 0)
	ctx, cancel := context.WithCancel(t.Context())
	task := c.Plugin.NewSourceTask()
	if err := task.Start(ctx, sourceContext{offsets, t}, c.taskConfigs(t)[0]); err != nil {
		t.Fatalf("start of the task: %v", err)
	}
	done := make(chan error, 1)
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
	go func() {
		for ctx.Err() == nil {
			if err := task.Poll(ctx, b); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	cancel()
	wait(t, done, "poll")
	if err := task.Stop(t.Context()); err != nil {
		t.Errorf("stop of the task: %v", err)
	}
}
