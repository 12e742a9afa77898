package connecttest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// SinkCase is a sink connector with a configuration and a way to see what it wrote.
type SinkCase struct {
	Plugin connect.Plugin
	// Props is a complete, valid configuration without topics.
	Props map[string]string
	// Record makes the i-th record's schema and value; nil writes the text "record i".
	Record func(i int) (*data.Schema, data.Value)
	// Contents returns what is durable in the target, one text per record that was written, in an order that keeps that of each
	// partition.
	Contents func(t *testing.T) []string
	// Text is the text by which the i-th record appears in Contents; nil is "record i".
	Text func(i int) string
	// FailCommit makes the target refuse the next commit of a task that keeps offsets, and returns what repairs the target. Nil leaves it to a
	// context that has ended, which not every task looks at.
	FailCommit func(t *testing.T) (repair func())
}

// Sink runs the contract of sink connectors.
func Sink(t *testing.T, c SinkCase) {
	t.Run("descriptor", func(t *testing.T) { Plugin(t, c.Plugin) })
	t.Run("writes everything in order, keeps what it says is committable", func(t *testing.T) { c.deliver(t) })
	t.Run("writes once where it keeps offsets", func(t *testing.T) { c.keep(t) })
	t.Run("stops after a start that failed", func(t *testing.T) {
		task := c.Plugin.NewSinkTask()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = task.Start(ctx, &sinkContext{t: t}, map[string]string{})
		if err := task.Stop(t.Context()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

func (c SinkCase) deliver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	connector := c.Plugin.NewConnector()
	if err := connector.Start(ctx, connectorContext{t, "suite", nil}, c.Props); err != nil {
		t.Fatalf("start: %v", err)
	}
	configs, err := connector.TaskConfigs(ctx, 1)
	if err != nil || len(configs) != 1 {
		t.Fatalf("task configurations for one task: %d, %v", len(configs), err)
	}
	tps := []connect.TopicPartition{{Topic: "suite", Partition: 0}, {Topic: "suite", Partition: 1}}
	task := c.Plugin.NewSinkTask()
	if err := task.Start(ctx, &sinkContext{t: t, assigned: tps}, configs[0]); err != nil {
		t.Fatalf("start of the task: %v", err)
	}
	opener, _ := task.(connect.PartitionOpener)
	if opener != nil {
		if err := opener.Open(ctx, tps); err != nil {
			t.Fatalf("open: %v", err)
		}
	}
	var want [2][]string
	delivered := map[connect.TopicPartition]int64{}
	b, n := connect.NewSinkBatch(), 0
	b.Poison()
	for round := range 5 {
		for p := range tps {
			if round == 2 {
				continue // a put without records
			}
			records := make([]connect.Record, 3+round)
			for i := range records {
				offset := delivered[tps[p]]
				records[i].InitSink(b.Arena(), &tps[p], offset, 1_700_000_000_000, connect.CreateTime)
				schema, v := c.record(n)
				records[i].SetValue(schema, b.Arena().Copy(v))
				want[p] = append(want[p], c.text(n))
				delivered[tps[p]] = offset + 1
				n++
			}
			b.Append(connect.SinkSlice{TopicPartition: tps[p], Records: records})
		}
		if err := task.Put(ctx, b); err != nil {
			t.Fatalf("put %d: %v", round, err)
		}
		b.Release(task) // what a task says it does not keep is overwritten
	}
	committable := c.commit(ctx, t, task, delivered)
	for p := range tps {
		c.checkContents(t, want, p, int(committable[tps[p]]))
	}
	if opener != nil {
		if err := opener.Close(ctx, tps); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := task.Stop(ctx); err != nil {
		t.Errorf("stop of the task: %v", err)
	}
	if err := connector.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// commit asks the task what may be committed, as the runtime does.
func (c SinkCase) commit(ctx context.Context, t *testing.T, task connect.SinkTask, delivered map[connect.TopicPartition]int64) map[connect.TopicPartition]int64 {
	t.Helper()
	switch x := task.(type) {
	case connect.PreCommitter:
		offsets, err := x.PreCommit(ctx, delivered)
		if err != nil {
			t.Fatalf("preCommit: %v", err)
		}
		for tp, o := range offsets {
			if o > delivered[tp] {
				t.Errorf("preCommit says %d for %v, only %d were delivered", o, tp, delivered[tp])
			}
		}
		return offsets
	case connect.Flusher:
		if err := x.Flush(ctx, delivered); err != nil {
			t.Fatalf("flush: %v", err)
		}
	}
	return delivered
}

// checkContents checks that the committable records of partition p are in the target, in order.
func (c SinkCase) checkContents(t *testing.T, want [2][]string, p, committable int) {
	t.Helper()
	var got []string
	for _, text := range c.Contents(t) {
		if slices.Contains(want[p], text) {
			got = append(got, text)
		}
	}
	if len(got) < committable {
		t.Fatalf("partition %d: %d records may be committed, the target holds %d", p, committable, len(got))
	}
	if !slices.Equal(got[:committable], want[p][:committable]) {
		t.Errorf("partition %d: the target holds %q, want %q", p, got[:committable], want[p][:committable])
	}
}

func (c SinkCase) record(i int) (*data.Schema, data.Value) {
	if c.Record != nil {
		return c.Record(i)
	}
	return data.StringSchema, data.String(fmt.Sprint("record ", i))
}

func (c SinkCase) text(i int) string {
	if c.Text != nil {
		return c.Text(i)
	}
	return fmt.Sprint("record ", i)
}
