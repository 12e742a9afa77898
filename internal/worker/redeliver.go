package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// Redelivery is the outcome of one record that was given to a sink connector again.
type Redelivery struct {
	// Fate is Kept for a record that the task took and confirmed, Dropped where a transformation left it out, Skipped and Broken where
	// Failure says why the connector refused it, and Unconfirmed where the task took it and nobody knows whether it is durable.
	Fate    Fate
	Failure *SkippedRecord
}

// Unconfirmed is the fate of a record that a sink took without saying that it is durable.
const Unconfirmed Fate = "unconfirmed"

const (
	// confirmTime is how long a sink that buffers may take to confirm records, as S3 sinks do by the time of files.
	confirmTime = 20 * time.Second
	// retryPuts is how long a put that fails with retriable errors is tried again.
	retryPuts = 30 * time.Second
)

// ErrKeepsOffsets refuses a redelivery: a sink that keeps offsets with its data takes no record whose offset it has passed.
var ErrKeepsOffsets = errors.New("the connector keeps offsets together with its data and takes no record from before them")

// Redeliver gives records, which have the topics, partitions and offsets that they were consumed at, to a task of a sink connector that is
// made for them alone: converters, transformations, put, commit. No consumer group is involved, and the connector's own tasks go on beside it.
// Records are put one by one in their order, so that it is clear which one fails; after a failure the others go to a new task. cfg is that of a
// worker. An error means that no record was put.
func Redeliver(ctx context.Context, cfg Config, id TaskID, connProps, taskProps map[string]string, records []*kgo.Record) ([]Redelivery, error) {
	w := &Worker{cfg: cfg}
	if w.cfg.Logger == nil {
		w.cfg.Logger = slog.Default()
	}
	plugin, err := cfg.Plugins.Connector(connProps["connector.class"])
	if err != nil {
		return nil, err
	}
	if plugin.Kind != connect.KindSink || plugin.NewSinkTask == nil {
		return nil, fmt.Errorf("connector %s is no sink: letters cannot be given to it", id.Connector)
	}
	if err := w.parse(plugin, connProps); err != nil {
		return nil, err
	}
	dry, err := NewDryRunWithConverters(cfg.Plugins, cfg.Props, connProps)
	if err != nil {
		return nil, err
	}
	// A record that fails is an answer here, whatever the connector tolerates.
	dry.op.settings.toleranceAll, dry.op.settings.dlqTopic = true, ""
	r := &redelivery{ctx: ctx, w: w, id: id, plugin: plugin, config: taskProps, dry: dry, records: records, out: make([]Redelivery, len(records)),
		logger: w.cfg.Logger.With("connector", id.Connector, "task", id.Task)}
	defer func() {
		if err := dry.Close(); err != nil {
			r.logger.Warn("Could not close transformations", "error", err)
		}
	}()
	return r.out, r.run()
}

// redelivery is one call of Redeliver.
type redelivery struct {
	ctx     context.Context
	w       *Worker
	id      TaskID
	plugin  *connect.Plugin
	config  map[string]string
	dry     *DryRun
	logger  *slog.Logger
	records []*kgo.Record
	out     []Redelivery

	task  connect.SinkTask   // nil between two
	asks  *redeliveryContext // of the task
	tps   []connect.TopicPartition
	batch *connect.SinkBatch
	taken []int // records that the task took and has not confirmed
}

func (r *redelivery) run() error {
	for i, in := range r.records {
		if r.task == nil {
			if err := r.begin(r.records[i:]); err != nil {
				if i == 0 {
					return err
				}
				for j := i; j < len(r.records); j++ {
					r.fail(j, "", r.plugin.TaskClass, err)
				}
				return nil
			}
		}
		r.deliver(i, in)
	}
	r.end()
	return nil
}

// begin makes a task that owns the partitions of the records.
func (r *redelivery) begin(records []*kgo.Record) error {
	r.tps = nil
	for _, in := range records {
		if tp := (connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}); !slices.Contains(r.tps, tp) {
			r.tps = append(r.tps, tp)
		}
	}
	sortPartitions(r.tps)
	task := r.plugin.NewSinkTask()
	tps := r.tps // calls that were abandoned may still read it
	asks := &redeliveryContext{id: r.id, logger: r.logger, tps: tps, records: r.records, reported: map[int]error{}}
	r.task, r.asks, r.batch, r.taken = task, asks, connect.NewSinkBatch(), nil
	err := r.call("Start", func(ctx context.Context) error { return task.Start(ctx, asks, maps.Clone(r.config)) })
	if opener, ok := task.(connect.PartitionOpener); ok && err == nil {
		err = r.call("Open", func(ctx context.Context) error { return opener.Open(ctx, slices.Clone(tps)) })
	}
	if keeper, ok := task.(connect.OffsetKeeper); ok && err == nil {
		err = r.call("DurableOffsets", func(ctx context.Context) error {
			offsets, err := keeper.DurableOffsets(ctx, slices.Clone(tps))
			if err == nil && offsets != nil {
				err = ErrKeepsOffsets
			}
			return err
		})
	}
	if asks.wentBack() && err == nil {
		err = ErrKeepsOffsets
	}
	if err != nil {
		r.stop()
	}
	return err
}

// call makes a call of the task; one that does not return in time is abandoned together with the task.
func (r *redelivery) call(name string, f func(context.Context) error) error {
	err := callAside(r.ctx, "the task for redriven letters of connector "+r.id.Connector, name, pluginLimit, f)
	var stuck *stuckError
	if errors.As(err, &stuck) || errors.Is(err, r.ctx.Err()) && r.ctx.Err() != nil {
		r.task = nil
		r.asks.abandon()
	}
	return err
}

// deliver takes one record to the task.
func (r *redelivery) deliver(i int, in *kgo.Record) {
	r.batch.Reset()
	records := make([]connect.Record, 1)
	trial := r.dry.Consume(r.ctx, r.batch.Arena(), in, &records[0], nil, nil)
	if trial.Fate != Kept {
		r.out[i] = Redelivery{Fate: trial.Fate, Failure: trial.Failure}
		return
	}
	r.batch.Append(connect.SinkSlice{TopicPartition: connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}, Records: records})
	r.taken = append(r.taken, i)
	r.asks.next(i)
	r.out[i] = Redelivery{Fate: Unconfirmed, Failure: &SkippedRecord{Stage: StageTaskPut, Class: r.plugin.TaskClass, Err: errUnconfirmed}}
	err := r.put()
	if err == nil && r.asks.wentBack() {
		err = errAskedAgain
	}
	switch {
	case r.task == nil: // stuck: nobody knows
		r.out[i].Failure.Err = err
	case err != nil:
		r.taken = r.taken[:len(r.taken)-1]
		r.fail(i, StageTaskPut, r.plugin.TaskClass, err)
		r.takeReports()
		r.end()
	default:
		r.takeReports()
	}
}

// takeReports lets records fail that the task reported.
func (r *redelivery) takeReports() {
	for i, err := range r.asks.reports() {
		r.taken = slices.DeleteFunc(r.taken, func(j int) bool { return i == j })
		r.fail(i, StageTaskPut, r.plugin.TaskClass, err)
	}
}

var errAskedAgain = errors.New("the task asked for the record again instead of taking it")

var errUnconfirmed = errors.New("the connector took the record and did not confirm that it is durable")

func (r *redelivery) fail(i int, stage Stage, class string, err error) {
	r.out[i] = Redelivery{Fate: Broken, Failure: &SkippedRecord{Stage: stage, Class: class, Err: err}}
}

// put puts the batch, again after retriable errors.
func (r *redelivery) put() error {
	task, batch := r.task, r.batch
	deadline := time.Now().Add(retryPuts)
	for wait := time.Second / 4; ; wait = min(2*wait, firstPutPause*5) {
		r.asks.takePause()
		err := r.call("Put", func(ctx context.Context) error { return task.Put(ctx, batch) })
		if err == nil || r.task == nil || connect.ClassOf(err) != connect.Retriable {
			return err
		}
		if pause := r.asks.takePause(); pause > 0 {
			wait = pause
		}
		if time.Now().Add(wait).After(deadline) || !sleep(r.ctx, wait) {
			return err
		}
	}
}

// end asks the task to make durable what it took, and ends it.
func (r *redelivery) end() {
	if r.task == nil {
		return
	}
	if len(r.taken) > 0 {
		r.confirm()
	}
	if closer, ok := r.task.(connect.PartitionOpener); ok {
		tps := r.tps
		if err := r.call("Close", func(ctx context.Context) error { return closer.Close(ctx, slices.Clone(tps)) }); err != nil {
			r.logger.Warn("Closing partitions after a redrive failed", "error", err)
		}
	}
	r.stop()
}

func (r *redelivery) stop() {
	task := r.task
	if task == nil {
		return
	}
	if err := r.call("Stop", task.Stop); err != nil {
		r.logger.Warn("Could not stop the task of a redrive", "error", err)
	}
	r.task = nil
}

// confirm asks until all that was taken is durable, or the time for it is over.
func (r *redelivery) confirm() {
	deadline := time.Now().Add(confirmTime)
	for wait := 50 * time.Millisecond; len(r.taken) > 0; wait = min(2*wait, time.Second) {
		durable, err := r.preCommit()
		r.takeReports()
		if err != nil {
			for _, i := range r.taken {
				r.out[i].Failure.Err = err
			}
			return
		}
		r.taken = slices.DeleteFunc(r.taken, func(i int) bool {
			in := r.records[i]
			if durable[connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}] <= in.Offset {
				return false
			}
			r.out[i] = Redelivery{Fate: Kept}
			return true
		})
		if len(r.taken) == 0 || time.Now().Add(wait).After(deadline) || !sleep(r.ctx, wait) {
			return
		}
		// Tasks that act by time are put to without records, as after a poll that came back empty.
		r.batch.Reset()
		if err := r.put(); err != nil {
			r.logger.Warn("The task of a redrive failed while it should have confirmed what it took", "error", err)
			return
		}
	}
}

// preCommit asks the task what of all it took is durable.
func (r *redelivery) preCommit() (durable map[connect.TopicPartition]int64, err error) {
	delivered := map[connect.TopicPartition]int64{}
	for _, i := range r.taken {
		in := r.records[i]
		tp := connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}
		delivered[tp] = max(delivered[tp], in.Offset+1)
	}
	switch task := r.task.(type) {
	case connect.PreCommitter:
		var answer map[connect.TopicPartition]int64
		err = r.call("PreCommit", func(ctx context.Context) error {
			got, err := task.PreCommit(ctx, maps.Clone(delivered))
			answer = maps.Clone(got)
			return err
		})
		if err != nil {
			return nil, err // a call that was abandoned may still set the answer
		}
		return answer, nil
	case connect.Flusher:
		err = r.call("Flush", func(ctx context.Context) error { return task.Flush(ctx, maps.Clone(delivered)) })
	}
	return delivered, err
}

// redeliveryContext is what one task of a redelivery may ask. Its methods may come from any goroutine, also of a task that was abandoned: they
// change nothing any more then.
type redeliveryContext struct {
	id      TaskID
	logger  *slog.Logger
	tps     []connect.TopicPartition
	records []*kgo.Record

	mu        sync.Mutex
	abandoned bool
	rewound   bool
	pause     time.Duration
	current   int           // the record being put
	reported  map[int]error // since they were last looked at
}

func (c *redeliveryContext) Connector() string                    { return c.id.Connector }
func (c *redeliveryContext) Task() int                            { return c.id.Task }
func (c *redeliveryContext) Logger() *slog.Logger                 { return c.logger }
func (c *redeliveryContext) Assignment() []connect.TopicPartition { return slices.Clone(c.tps) }
func (c *redeliveryContext) Pause(...connect.TopicPartition)      {}
func (c *redeliveryContext) Resume(...connect.TopicPartition)     {}
func (c *redeliveryContext) RequestCommit()                       {}
func (c *redeliveryContext) Errors() connect.ErrantRecordReporter { return c }

// Rewind is how a sink asks for records from a place of its own: there are none but those that are redriven.
func (c *redeliveryContext) Rewind(connect.TopicPartition, int64) {
	c.mu.Lock()
	c.rewound = true
	c.mu.Unlock()
}

func (c *redeliveryContext) Timeout(d time.Duration) {
	c.mu.Lock()
	c.pause = d
	c.mu.Unlock()
}

// Report takes a record for failed.
func (c *redeliveryContext) Report(record *connect.Record, cause error) error {
	if cause == nil {
		cause = javafmt.NewException(javafmt.ConnectException, "The task reported the record without an error", nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abandoned {
		return errCancelled
	}
	i := c.current
	if tp, offset, ok := record.SinkOrigin(); ok {
		i = slices.IndexFunc(c.records, func(in *kgo.Record) bool {
			return in.Topic == tp.Topic && in.Partition == tp.Partition && in.Offset == offset
		})
	}
	if i >= 0 && c.reported[i] == nil {
		c.reported[i] = cause
	}
	return nil
}

func (c *redeliveryContext) abandon() {
	c.mu.Lock()
	c.abandoned = true
	c.mu.Unlock()
}

// next says which record is put next.
func (c *redeliveryContext) next(i int) {
	c.mu.Lock()
	c.current = i
	c.mu.Unlock()
}

func (c *redeliveryContext) wentBack() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rewound
}

// takePause returns what the task asked to wait for, once.
func (c *redeliveryContext) takePause() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause := c.pause
	c.pause = 0
	return pause
}

// reports returns what was reported since it was last called.
func (c *redeliveryContext) reports() map[int]error {
	c.mu.Lock()
	defer c.mu.Unlock()
	reported := c.reported
	c.reported = map[int]error{}
	return reported
}
