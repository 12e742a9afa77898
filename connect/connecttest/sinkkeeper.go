package connecttest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
)

// keptFrom is the number of the first record of the suite for connect.OffsetKeeper, behind those of the others, which go to the same target.
const keptFrom = 100_000

// keep is the contract of a task that keeps offsets with its data: wherever it ends, the next one says where to go on, and every record is in
// the target once. A commit that fails ends nothing: the task is asked again and gets what it does not vouch for. A task that keeps none has
// nothing to show.
func (c SinkCase) keep(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tps := []connect.TopicPartition{{Topic: "kept", Partition: 0}, {Topic: "kept", Partition: 1}}
	delivered := map[connect.TopicPartition]int64{}
	const perPartition = 150
	text := func(p int, offset int64) int { return keptFrom + p*perPartition + int(offset) }
	for life := range 6 {
		task := c.task(ctx, t, tps)
		keeper, ok := task.(connect.OffsetKeeper)
		if !ok {
			c.end(ctx, t, task, nil)
			t.Skip("the task keeps no offsets")
		}
		durable, err := keeper.DurableOffsets(ctx, tps)
		if err != nil {
			t.Fatalf("durable offsets: %v", err)
		}
		if durable == nil {
			c.end(ctx, t, task, tps)
			t.Skip("the task keeps no offsets as it is configured")
		}
		for tp, at := range durable {
			if !slices.Contains(tps, tp) {
				t.Errorf("it names %v, for which it was not asked", tp)
			}
			if at > delivered[tp] {
				t.Errorf("life %d: it has %v up to offset %d, of which %d were delivered", life, tp, at, delivered[tp])
			}
		}
		committed := map[connect.TopicPartition]int64{}
		for put := range 4 {
			b := connect.NewSinkBatch()
			for p := range tps {
				from := max(durable[tps[p]], committed[tps[p]])
				if put > 0 {
					from = delivered[tps[p]]
				}
				records := make([]connect.Record, min(1+life+put, perPartition-int(from)))
				for i := range records {
					records[i].InitSink(b.Arena(), &tps[p], from+int64(i), 1_700_000_000_000, connect.CreateTime)
					records[i].SetValue(c.record(text(p, from+int64(i))))
				}
				if delivered[tps[p]] = from + int64(len(records)); len(records) > 0 {
					b.Append(connect.SinkSlice{TopicPartition: tps[p], Records: records})
				}
			}
			if err := task.Put(ctx, b); err != nil {
				t.Fatalf("life %d, put %d: %v", life, put, err)
			}
			// Some lives end right after a commit, others with puts that nobody committed. The first commit that fails comes before the target
			// can know the partitions.
			switch {
			case life%2 == 0 && put == life/2:
				c.failCommit(ctx, t, task, delivered)
				again, err := keeper.DurableOffsets(ctx, tps)
				if err != nil {
					t.Fatalf("durable offsets after a commit that failed: %v", err)
				}
				for _, tp := range tps {
					at, there := again[tp]
					if !there {
						at = committed[tp]
					}
					if at < committed[tp] || at > delivered[tp] {
						t.Errorf("after a commit that failed it has %v up to offset %d; %d were committed, %d delivered", tp, at, committed[tp], delivered[tp])
					}
					delivered[tp] = at
				}
			case put == (life+1)%4:
				committed = maps.Clone(c.commit(ctx, t, task, delivered))
			}
		}
		if life == 3 { // a rebalance within a life
			again, err := keeper.DurableOffsets(ctx, tps)
			if err != nil {
				t.Fatalf("durable offsets after puts: %v", err)
			}
			for tp, at := range committed {
				if again[tp] < at {
					t.Errorf("it said that %v may be committed up to %d, and later that %d is durable", tp, at, again[tp])
				}
			}
		}
		c.end(ctx, t, task, tps)
		after := c.task(ctx, t, tps)
		again, err := after.(connect.OffsetKeeper).DurableOffsets(ctx, tps)
		if err != nil {
			t.Fatalf("durable offsets: %v", err)
		}
		for tp, at := range committed {
			if again[tp] < at {
				t.Errorf("life %d: it said that %v may be committed up to %d, its successor that %d is durable", life, tp, at, again[tp])
			}
		}
		c.end(ctx, t, after, tps)
		contents := c.Contents(t)
		for p := range tps {
			var got, want []string
			for i := range int64(perPartition) {
				if i < again[tps[p]] {
					want = append(want, c.text(text(p, i)))
				}
				for _, line := range contents {
					if line == c.text(text(p, i)) {
						got = append(got, line)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("life %d, partition %d: the target holds %q, and says that it holds %d records once", life, p, got, again[tps[p]])
			}
		}
	}
}

// failCommit makes the task fail to commit where it can be made to: by SinkCase.FailCommit, else by a context that has ended.
func (c SinkCase) failCommit(ctx context.Context, t *testing.T, task connect.SinkTask, delivered map[connect.TopicPartition]int64) {
	t.Helper()
	if c.FailCommit != nil {
		defer c.FailCommit(t)()
	} else {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		ctx = ended
	}
	var err error
	switch x := task.(type) {
	case connect.PreCommitter:
		_, err = x.PreCommit(ctx, maps.Clone(delivered))
	case connect.Flusher:
		err = x.Flush(ctx, maps.Clone(delivered))
	default:
		return // nothing of it can fail
	}
	if err == nil && c.FailCommit != nil {
		t.Error("the commit does not fail when its target does")
	}
}

// task starts a task that owns the partitions.
func (c SinkCase) task(ctx context.Context, t *testing.T, tps []connect.TopicPartition) connect.SinkTask {
	t.Helper()
	connector := c.Plugin.NewConnector()
	if err := connector.Start(ctx, connectorContext{t, "suite", nil}, c.Props); err != nil {
		t.Fatalf("start: %v", err)
	}
	configs, err := connector.TaskConfigs(ctx, 1)
	if err == nil && len(configs) != 1 {
		err = fmt.Errorf("%d of them", len(configs))
	}
	if err != nil {
		t.Fatalf("task configurations for one task: %v", err)
	}
	task := c.Plugin.NewSinkTask()
	if err := task.Start(ctx, &sinkContext{t: t, assigned: tps}, configs[0]); err != nil {
		t.Fatalf("start of the task: %v", err)
	}
	if opener, ok := task.(connect.PartitionOpener); ok {
		if err := opener.Open(ctx, tps); err != nil {
			t.Fatalf("open: %v", err)
		}
	}
	return task
}

// end is the end of a task that failed: nothing is committed.
func (c SinkCase) end(ctx context.Context, t *testing.T, task connect.SinkTask, tps []connect.TopicPartition) {
	t.Helper()
	if opener, ok := task.(connect.PartitionOpener); ok && tps != nil {
		if err := opener.Close(ctx, tps); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := task.Stop(ctx); err != nil {
		t.Errorf("stop of the task: %v", err)
	}
}
