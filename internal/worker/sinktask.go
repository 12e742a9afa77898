package worker

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/metrics"
)

// sinkTask is the loop of a sink: poll, convert, transform, put, commit.
//
// Three goroutines work for it. The task's own makes all calls of the plugin; one polls the client while there is something to poll for (poller), so that
// the task can serve a rebalance while it waits; the client's calls back about rebalances and waits there until the task has served them. With
// BlockRebalanceOnPoll no partition is taken away between the poll that returned its records and the end of their put.
type sinkTask struct {
	*taskRun
	task   connect.SinkTask
	conv   *converters
	chain  *chain
	client *kgo.Client
	// consuming are the client's figures, nil where nobody counts.
	consuming *metrics.Consuming
	errant    *errantReporter
	anew      recreated
	denied    refused
	dlq       *deadLetters
	topic     *subscription
	begun     bool // Start of the plugin was called

	maxRecords int
	proc       processing
	headers    connect.Headers // scratch for converters
	batch      *connect.SinkBatch
	slab       []connect.Record
	taken      []connect.SinkSlice // what transformTogether works on
	inputs     []*kgo.Record       // what its records were made of
	parts      map[connect.TopicPartition]*sinkPartition
	rewinds    map[connect.TopicPartition]int64 // asked for by the task, not yet applied
	sought     bool                             // applied, but a poll is under way
	seeker     seeker
	keeper     keeper
	fetches    *fetchSize
	stash      stash
	halves     *bisection // of the batch, nil unless it was refused as a whole

	polls     chan kgo.Fetches // from the poller
	poller    poller
	rebalance chan rebalanceCall // from the client
	poke      chan struct{}      // something changed: target state, stop
	waited    metrics.Counts     // of the batch at hand
	spans     *sinkTrace         // nil unless the worker traces
	polling   bool               // a poll was asked for and has not returned
	atHand    atomic.Int64       // bytes of the batch at hand, for metrics

	offered   bool          // batch was given to the task, and is not known to be delivered
	redeliver bool          // batch was put with a retriable error and is put again
	retry     time.Duration // pause before the next put of it, grows
	putAt     time.Time     // when
	timeout   time.Duration // SinkTaskContext.Timeout, once

	commit   sinkCommits
	failed   error // of a rebalance callback, fails the task
	ended    chan struct{}
	clientMu sync.Mutex // the clients are also closed by sever
	severed  bool
	closing  sync.Once
}

// sinkPartition is a partition that the task owns.
type sinkPartition struct {
	tp *connect.TopicPartition // shared by its records
	// next is the offset after the last record that was put, -1 before the first; pending is what next becomes when the batch was put,
	// -1 for no change. committed is the last offset committed, or the position at which the task got the partition, -1 where unknown.
	next, pending, committed int64
	epoch                    int32        // leader epoch of the last record polled
	first                    int64        // offset of the first record that the task got since it has the partition or was rewound, -1 before that
	again                    metrics.Span // what was put already and comes again
}

func newSinkTask(t *taskRun, conv *converters, c *chain) (*sinkTask, error) {
	settings := t.w.clients().SinkConsumer(t.id, t.props)
	task := t.plugin.NewSinkTask()
	n, err := pollRecords(task, settings.Properties)
	if err != nil {
		return nil, err
	}
	s := &sinkTask{taskRun: t, task: task, conv: conv, chain: c, maxRecords: n, batch: connect.NewSinkBatch(),
		parts: map[connect.TopicPartition]*sinkPartition{}, rewinds: map[connect.TopicPartition]int64{},
		polls:     make(chan kgo.Fetches),
		rebalance: make(chan rebalanceCall), poke: make(chan struct{}, 1), ended: make(chan struct{})}
	s.commit.init(s)
	s.poller.init(s)
	s.spans = s.newTrace()
	s.keeper.s = s
	s.seeker.logger, s.seeker.stopping, s.seeker.strict = t.logger, t.stopping, noReset(settings.Properties)
	s.seeker.wake = func() { wake(s.poke) }
	if s.topic, err = newSubscription(t.w, t.id, t.props, t.logger); err != nil {
		return nil, err
	}
	return s, nil
}

// pollRecords is how many records a put has at most: what a consumer's properties say, else what the task likes.
func pollRecords(task connect.SinkTask, properties map[string]string) (int, error) {
	n, err := kafka.MaxPollRecords(properties)
	if sizer, ok := task.(connect.PutSizer); ok && properties["max.poll.records"] == "" {
		n = max(n, sizer.PutRecords())
	}
	return n, err
}

func (s *sinkTask) start() error {
	if s.settings.dlqTopic != "" {
		d, err := newDeadLetters(s)
		if err != nil {
			return err
		}
		s.clientMu.Lock()
		s.dlq = d
		if s.severed {
			d.close(0)
		}
		s.clientMu.Unlock()
		s.op.reporters = append(s.op.reporters, d)
	}
	s.errant = newErrantReporter(s)
	s.op.deliveries = s.errant.await
	settings := s.w.clients().SinkConsumer(s.id, s.props)
	for _, warning := range settings.Warnings {
		s.logger.Warn(warning)
	}
	s.begun = true
	if err := s.call("Start", func() error { return s.task.Start(s.stopping, sinkContext{s}, maps.Clone(s.config)) }); err != nil {
		return err
	}
	if s.isStopping() { // while it started; a task that was abandoned must not join its group any more
		return nil
	}
	topics, err := s.topic.first(s.stopping)
	if err != nil {
		return err
	}
	limits, err := kafka.ConsumerFetchLimits(settings.Properties)
	if err != nil {
		return err
	}
	s.share = s.w.memory.Join(s.id.Connector, s.settings.memoryShare, nil)
	var gate kafka.FetchGate
	if s.fetches = newFetchSize(s.share, s.w.transit, limits, &s.stash); s.w.transit != nil {
		gate = s.fetches.admit
	}
	options := s.fetches.options()
	if _, given := settings.Properties["connections.max.idle.ms"]; !given {
		options = append(options, kgo.ConnIdleTimeout(idleConnection))
	}
	client, err := s.w.cfg.Kafka.NewGatedConsumer(s.stopping, gate, settings.Source, settings.Properties, append(options,
		kgo.WithHooks(&s.poller),
		kgo.ConsumeTopics(topics...),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, client *kgo.Client, tps map[string][]int32) {
			s.onRebalance(client, assigned, tps)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, client *kgo.Client, tps map[string][]int32) {
			s.onRebalance(client, revoked, tps)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, client *kgo.Client, tps map[string][]int32) { s.onRebalance(client, lost, tps) }),
		kgo.AdjustFetchOffsetsFn(s.seeker.adjust),
	)...)
	if err != nil {
		return err
	}
	s.fetches.begin(client)
	s.consuming = metrics.ConsumingOf(client)
	s.clientMu.Lock()
	s.client = client
	if s.severed {
		s.closeClient()
	}
	s.clientMu.Unlock()
	s.denied.watch(client, func() { wake(s.poke) })
	s.topic.begin(s.killed, client)
	return nil
}

// idleConnection is after how long the consumer of a sink closes a connection that it does not use, where the configuration says nothing: it joins
// its group on one of its own, which nobody needs before the next rebalance, and thousands of idle tasks would keep it for Java's nine minutes.
// What is in use stays: it sends heartbeats every few seconds, and fetches.
const idleConnection = 20 * time.Second

// execute is the loop of WorkerSinkTask.execute.
func (s *sinkTask) execute() error {
	s.commit.due = time.Now().Add(s.w.settings.flushInterval)
	wasPaused := false
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !s.isStopping() {
		if err := s.trouble(); err != nil {
			return err
		}
		if paused := s.isPaused(); paused != wasPaused {
			wasPaused = paused
			if paused {
				s.report(Paused, nil)
				s.commit.requested = true
			} else {
				s.report(Running, nil)
			}
		}
		if err := s.commit.ifDue(); err != nil {
			return err
		}
		if s.redeliver && !wasPaused && !time.Now().Before(s.putAt) {
			if err := s.put(); err != nil {
				return err
			}
			s.applyRewinds() // before a commit of what the task wants to get again
			continue
		}
		s.applyRewinds()
		stashed := s.stashed(wasPaused)
		if !s.redeliver && !wasPaused && !s.polling && stashed == nil {
			s.polling, s.sought = true, false
			s.fetches.adjust(time.Now())
			if s.spans != nil {
				s.spans.asked = time.Now()
			}
			s.poller.ask()
		}
		timer.Reset(s.wait(wasPaused))
		if err := s.serve(timer.C, stashed); err != nil {
			return err
		}
	}
	return nil
}

// trouble returns what came up on other goroutines and fails the task.
func (s *sinkTask) trouble() error {
	if err := s.errant.failure(); err != nil {
		return err
	}
	if err := s.denied.failure(); err != nil {
		return err
	}
	return s.seeker.failure()
}

// wait returns how long the task may wait: to the next commit, the next attempt of a put, or what the task asked for.
func (s *sinkTask) wait(paused bool) time.Duration {
	d := time.Until(s.commit.next())
	switch {
	case s.redeliver && !paused:
		d = min(d, time.Until(s.putAt))
	case s.timeout > 0:
		d = min(d, s.timeout)
	}
	return max(d, 0)
}

// always is ready at any time.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// stashed is ready when there are records of an earlier poll to be delivered.
func (s *sinkTask) stashed(paused bool) <-chan struct{} {
	if s.stash.empty() || s.redeliver || paused || !s.stash.ready(s.client.PauseFetchPartitions(nil)) {
		return nil
	}
	return always
}

// serve waits for one event and handles it. What it does then is in functions that are not part of it: a task that waits, of which there may be
// thousands, has its frame on the stack, which Go shrinks to 4 kB only while a quarter of twice that is used.
func (s *sinkTask) serve(timer <-chan time.Time, stashed <-chan struct{}) error {
	select {
	case fetches := <-s.polls:
		return s.received(fetches)
	case <-stashed:
		return s.unstash()
	case call := <-s.rebalance:
		s.handle(call)
		return s.failed
	case result := <-s.commit.results:
		s.commit.completed(result)
	case <-s.poke:
	case <-s.stopping.Done():
	case <-timer:
		return s.idle()
	}
	return nil
}

// received delivers what was polled, or puts it aside where it is more than the task may get at once.
//
//go:noinline
func (s *sinkTask) received(fetches kgo.Fetches) error {
	s.polling = false
	var err error
	if s.stash.empty() && fetches.NumRecords() <= s.maxRecords {
		err = s.deliver(fetches)
	} else if err = s.fetchErrors(fetches); err == nil {
		s.stash.add(fetches, s.wants)
	}
	s.applyRewinds()
	s.client.AllowRebalance()
	return err
}

// unstash delivers what was put aside.
//
//go:noinline
func (s *sinkTask) unstash() error {
	err := s.deliver(s.stash.take(s.maxRecords, s.client.PauseFetchPartitions(nil)))
	s.applyRewinds()
	return err
}

// idle is called when nothing came in time.
//
//go:noinline
func (s *sinkTask) idle() error {
	s.timeout = 0
	s.rest()
	if !s.redeliver && len(s.parts) > 0 {
		// A poll that comes back empty is followed by a put in Java too: tasks flush by time there.
		return s.putEmpty()
	}
	return nil
}

// wants reports whether polled records of a partition are to be delivered: it was not given up since, and is not to be consumed from elsewhere.
func (s *sinkTask) wants(tp connect.TopicPartition) bool {
	_, rewound := s.rewinds[tp]
	return !rewound && s.parts[tp] != nil
}

// putFailed has the text that users search for, and says which records were put.
func (s *sinkTask) putFailed(err error) error {
	e := javafmt.NewException(javafmt.ConnectException, "Exiting WorkerSinkTask due to unrecoverable exception.", err)
	e.Where = whereIn(s.batch)
	return e
}

// put delivers the batch, where it must be in parts. A retriable error keeps it for another attempt (RetriableException in
// WorkerSinkTask.deliverMessages).
func (s *sinkTask) put() error {
	for {
		if s.keeper.active {
			// The target stores its own offset, also past records that went to the dead letter queue.
			if err := s.errant.waitAll(); err != nil {
				return s.unlessKilled(err)
			}
		}
		began := time.Now()
		s.offered = true
		err := s.call("Put", func() error { return s.task.Put(s.killed, s.batch) })
		s.notePut(began, err)
		if s.spans != nil {
			s.spans.put(began, time.Now(), err)
		}
		if failure := s.errant.failure(); failure != nil {
			return failure // the task swallowed what Report returned
		}
		more := false
		switch {
		case err == nil && s.halves != nil:
			s.halves.some = true
			more, err = s.nextPart()
		case err == nil:
		case connect.ClassOf(err) == connect.Retriable:
			s.logger.Error("Put failed with a retriable error; the records are put again.", "error", err)
			s.figures.Retried("put")
			s.postpone()
			return nil
		case s.isStopping() && errors.Is(err, context.Canceled):
			return nil
		case s.bisects(err):
			more, err = s.split(err)
		}
		switch {
		case err != nil:
			return s.putFailed(err)
		case !more:
			s.delivered()
			return nil
		case s.isStopping():
			return nil // nothing of the batch counts as delivered
		}
	}
}

// unlessKilled is err, but nothing where it only says that the task's time is over.
func (s *sinkTask) unlessKilled(err error) error {
	if errors.Is(err, errCancelled) {
		return nil
	}
	return err
}

const firstPutPause = time.Second

// postpone sets the time of the next attempt: what the task asked for, else a growing pause, at most until the next commit, which is when
// Java tries again.
func (s *sinkTask) postpone() {
	s.redeliver = true
	s.retry = min(max(2*s.retry, firstPutPause), max(s.w.settings.flushInterval, firstPutPause))
	pause := s.retry
	if s.timeout > 0 {
		pause, s.timeout = s.timeout, 0
	}
	s.putAt = time.Now().Add(pause)
}

// delivered makes the batch's offsets committable.
func (s *sinkTask) delivered() {
	s.redeliver, s.retry, s.offered = false, 0, false
	s.atHand.Store(0)
	if s.spans != nil {
		s.spans.done(time.Now())
	}
	inParts := s.halves != nil
	s.united()
	for _, p := range s.parts {
		if p.pending >= 0 {
			p.next, p.pending = p.pending, -1
		}
	}
	if inParts {
		s.batch.Reset() // parts of it were refused: what the task says is of the last part
		return
	}
	s.batch.Release(s.task)
}

func (s *sinkTask) putEmpty() error {
	s.batch.Reset()
	return s.put()
}

// held is what the client has fetched and the batch at hand.
func (s *sinkTask) held() int64 {
	s.clientMu.Lock()
	client := s.client
	s.clientMu.Unlock()
	n := s.atHand.Load()
	if client != nil {
		n += client.BufferedFetchBytes() + client.BufferedFetchRecords()*overhead
	}
	return n
}

func (s *sinkTask) retarget() { wake(s.poke) }

// settle commits what the task agrees to and gives up the partitions; a cancelled task skips it (WorkerSinkTask.closeAllPartitions).
// Rebalances wait meanwhile, so that no partition can have got another owner whose commits would be overwritten.
func (s *sinkTask) settle(failure error) {
	if s.spans != nil {
		s.spans.abandon(time.Now(), cmp.Or(failure, errGivenUp))
	}
	if s.client == nil {
		return
	}
	s.topic.end()
	if len(s.parts) > 0 && !s.isCancelled() {
		if err := s.release(s.owned(), true); err != nil && failure == nil {
			s.logger.Error("Closing the task's partitions failed", "error", err)
		}
	}
	s.leaveBehind(s.owned()) // of a cancelled task
	close(s.ended)
}

func (s *sinkTask) close() {
	if s.begun {
		if err := s.call("Stop", func() error { return s.task.Stop(s.killed) }); err != nil {
			s.logger.Warn("Could not stop task", "error", err)
		}
	}
	if s.client != nil {
		// A broker that does not answer must not hold up the stop; the group notices by the session timeout.
		s.client.AllowRebalance() // a panic may have come between a poll and this
		ctx, cancel := context.WithTimeout(s.killed, s.grace(leaveLimit))
		if err := s.client.LeaveGroupContext(ctx); err != nil {
			s.logger.Warn("The consumer did not leave its group cleanly", "error", err)
		}
		cancel()
		s.closeClient()
	}
	if s.dlq != nil {
		s.dlq.close(s.grace(s.w.settings.flushTimeout))
	}
	s.topic.close()
	if err := s.chain.close(); err != nil {
		s.logger.Warn("Could not close transformations", "error", err)
	}
}

const leaveLimit = 5 * time.Second

// sever closes the clients of a task that is stuck, in the background: leaving the group waits for callbacks.
func (s *sinkTask) sever() {
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	s.severed = true
	if s.client != nil {
		go s.closeClient()
	}
	if s.dlq != nil {
		go s.dlq.close(0)
	}
}

func (s *sinkTask) closeClient() { s.closing.Do(s.client.CloseAllowingRebalance) }
