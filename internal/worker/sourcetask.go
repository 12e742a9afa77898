package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// sourceTask is the loop of a source: poll, transform, convert, produce; acknowledgements make offsets committable, a timer commits them.
type sourceTask struct {
	*taskRun
	task   connect.SourceTask
	conv   *converters
	chain  *chain
	client *kgo.Client
	create *topicCreation
	begun  bool // Start of the plugin was called
	ready  bool // and returned without error

	batch   *connect.SourceBatch
	limits  connect.BatchLimits // at most
	cost    int64               // memory of a record, as it was in the last batch
	roomy   int64               // what a poll might take at most since batch was made
	scratch connect.Record
	now     time.Time // of the dispatch
	names   topicNames
	proc    processing
	tracker *tracker
	commits *committer
	// perRecord hears of each record, nil for a task that does not ask for that.
	perRecord *recordAcks
	// original keeps the polled record beside the transformed one, for those who ask for it.
	original bool
	letters  *sourceLetters // nil without a dead letter queue

	// batches bound what the client puts into a batch; records that exceed them go through large.
	batches *batchLimits
	large   *kgo.Client

	clientMu sync.Mutex // the clients are also closed by sever
	severed  bool
	pollMu   sync.Mutex
	cancel   context.CancelFunc // ends the poll under way
	sendErr  error

	store sourceStore
	// txn writes records and offsets in transactions, nil for a task that delivers at least once.
	txn      *transactions
	aborting atomic.Bool // a transaction is being dropped, and its records with it
	lag      sourceLag
	spans    *sourceTrace // nil unless the worker traces
	lostErr  error        // of the first record that Kafka did not take
}

func newSourceTask(t *taskRun, conv *converters, c *chain) (*sourceTask, error) {
	s := &sourceTask{taskRun: t, task: t.plugin.NewSourceTask(), conv: conv, chain: c, tracker: newTracker(t.w.settings.sourceBudget),
		limits: connect.BatchLimits{Records: t.w.settings.sourceBatchCount, Bytes: t.w.settings.sourceBatchBytes}}
	s.tracker.poison, s.tracker.done = t.w.settings.poison, s.written
	// A mistake in the configuration shows before the plugin is started.
	settings := s.producer()
	_, err := t.w.cfg.Kafka.ProducerOptions(settings.Source, settings.Properties)
	if err != nil {
		return nil, err
	}
	if s.create, err = newTopicCreation(t.w, t.id, t.props, t.logger); err != nil {
		return nil, err
	}
	s.commits = newCommitter(s)
	s.spans = s.newTrace()
	if t.w.exactlyOnce() {
		if s.txn, err = newTransactions(s); err != nil {
			return nil, err
		}
		s.tracker.aside = true
		s.tracker.keeps = s.txn.context != nil
	}
	if acks, ok := s.task.(connect.RecordCommitter); ok {
		s.perRecord = newRecordAcks(s, acks)
		s.tracker.landed = s.perRecord.land
		if s.txn != nil {
			s.tracker.landed = s.txn.land
		}
		s.original = true
	} else {
		s.batch = connect.NewSourceBatch(s.limits)
	}
	s.original = s.original || t.settings.logErrors && t.settings.logMessages
	if s.letters, err = newSourceLetters(s); err != nil {
		return nil, err
	}
	return s, nil
}

// sourceContext is what the task may ask of the worker.
type sourceContext struct {
	offsetReader
	id          TaskID
	logger      *slog.Logger
	transaction connect.TransactionContext
}

func (c sourceContext) Connector() string                       { return c.id.Connector }
func (c sourceContext) Task() int                               { return c.id.Task }
func (c sourceContext) Logger() *slog.Logger                    { return c.logger }
func (c sourceContext) Transaction() connect.TransactionContext { return c.transaction }

// producer returns the properties of the task's producer.
func (s *sourceTask) producer() kafka.Settings {
	if s.w.exactlyOnce() {
		return s.w.clients().ExactlyOnceProducer(s.id, s.props)
	}
	return s.w.clients().SourceProducer(s.id, s.props)
}

func (s *sourceTask) start() error {
	if s.txn != nil {
		if err := s.txn.initialize(s.stopping); err != nil {
			return err
		}
	}
	var err error
	if s.store, err = s.w.offsetsOf(s.stopping, s.id.Connector, s.props); err != nil {
		return err
	}
	s.begun = true
	s.share = s.w.memory.Join(s.id.Connector, s.settings.memoryShare, func() { wake(s.tracker.freed) })
	s.tracker.join(s.share)
	tc := sourceContext{offsetReader: offsetReader{s.store, s.id.Connector}, id: s.id, logger: s.logger}
	if s.txn != nil {
		s.txn.use(s.store.transactional)
		if s.txn.context != nil {
			tc.transaction = s.txn.context
		}
	}
	if err := s.call("Start", func() error { return s.task.Start(s.stopping, tc, maps.Clone(s.config)) }); err != nil {
		return err
	}
	s.ready = true
	if s.txn != nil {
		s.txn.begin()
		return nil
	}
	s.commits.begin()
	if s.perRecord != nil {
		s.perRecord.begin()
	}
	return nil
}

// open makes the producer. It waits for the cluster, which says whether it allows an idempotent producer; the task runs meanwhile, as with
// Java's producer, which connects when there is something to send.
func (s *sourceTask) open() error {
	if s.txn != nil {
		return nil // made before the task was started
	}
	settings := s.producer()
	r := propsReader{props: settings.Properties}
	s.tracker.budget = max(r.number("buffer.memory", s.tracker.budget, 64), 1)
	// The tracker bounds what is in flight, so that the task waits where it can be woken and not in the client.
	var err error
	if s.batches, err = newBatchLimits(settings.Properties); err != nil {
		return err
	}
	client, err := s.w.cfg.Kafka.OpenProducer(s.stopping, settings.Source, settings.Properties, kgo.MaxBufferedBytes(0),
		kgo.ProducerBatchMaxBytesFn(s.batches.of))
	if err != nil {
		return err
	}
	s.keep(client)
	return nil
}

// keep makes a client the task's producer. A cluster that does not accept the client fails the task, as with Java's producer.
func (s *sourceTask) keep(client *kgo.Client) {
	kafka.OnAuthenticationFailure(client, func(err error) {
		s.failSending(javafmt.NewException(javafmt.ConnectException, "Unrecoverable exception from producer send callback", err))
	})
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	s.client = client
	if s.severed {
		client.Close()
	}
}

// execute is the loop of AbstractWorkerSourceTask.execute.
func (s *sourceTask) execute() error {
	err := s.open()
	if err == nil {
		err = s.letters.begin()
	}
	if err != nil {
		if s.isStopping() {
			return nil
		}
		return err
	}
	pause := time.Duration(0)
	for !s.isStopping() {
		if s.isPaused() {
			s.report(Paused, nil)
			if err := s.tellPaused(); err != nil {
				return err
			}
			if s.txn != nil {
				// Else it would stay open until the task is resumed, and time out.
				if err := s.txn.pause(); err != nil {
					return err
				}
			}
			if !s.awaitResume() {
				return nil
			}
			s.report(Running, nil)
			continue
		}
		if err := s.sendFailure(); err != nil {
			return err
		}
		if !s.tracker.room() {
			if s.txn != nil {
				if err := s.txn.relieve(); err != nil {
					return err
				}
			}
			select {
			case <-s.tracker.freed:
			case <-s.stopping.Done():
			}
			continue
		}
		f := s.flight()
		err := s.poll(f)
		if connect.ClassOf(err) == connect.Retriable && err != nil {
			// Java polls again at once and logs each time; a task that fails at once would spin.
			s.logger.Warn("Poll failed with a retriable error and is tried again.", "error", err)
			s.figures.Retried("poll")
			s.drop(f)
			pause = min(max(2*pause, 100*time.Millisecond), 5*time.Second)
			s.rest(pause)
			continue
		}
		if err != nil {
			s.drop(f)
			if s.isStopping() || s.isPaused() || s.sendFailure() != nil {
				if errors.Is(err, context.Canceled) {
					continue
				}
			}
			return err
		}
		pause = 0
		if err := s.dispatch(f); err != nil {
			s.drop(f)
			if errors.Is(err, errStopping) {
				return s.sendFailure()
			}
			return err
		}
	}
	return s.sendFailure()
}

// flight returns an empty flight with an empty batch.
func (s *sourceTask) flight() *flight {
	f := s.tracker.take()
	if f == nil {
		f = &flight{}
		f.ack = func(r *kgo.Record, err error) {
			if f.trace != nil {
				f.trace.answered(f.records, r, err)
			}
			if err != nil {
				s.lost(f, r, err)
			}
			if f.pending.Add(-1) == 0 {
				s.tracker.finish(f)
			}
		}
		if s.perRecord != nil {
			f.batch = connect.NewSourceBatch(s.limits)
		}
	}
	most := s.share.Guaranteed() / pollPart
	if s.roomy = max(s.roomy, most); most < s.roomy/2 && s.batch != nil {
		s.batch, s.roomy = connect.NewSourceBatch(s.limits), most // what it grew to when there was more room goes
	}
	batch := s.polled(f)
	batch.Reset()
	batch.Limit(s.pollLimits(most))
	return f
}

const (
	// pollPart is the part of what a task is guaranteed that one poll may take: beside the flight there is the batch, and what the client makes of it.
	pollPart = 4
	// leastRecords and leastBytes keep a task with next to no share going.
	leastRecords = 32
	leastBytes   = 16 << 10
)

// pollLimits bound the next poll to so much memory, so that a source among many fills no more than its share of the worker's memory before it waits (I7).
func (s *sourceTask) pollLimits(most int64) connect.BatchLimits {
	cost := max(s.cost, overhead)
	records := min(max(most/cost, leastRecords), int64(s.limits.Records))
	return connect.BatchLimits{Records: int(records), Bytes: int(min(max(most-records*overhead, leastBytes), int64(s.limits.Bytes)))}
}

// drop gives up a flight that was not sent.
func (s *sourceTask) drop(f *flight) {
	if f.trace != nil && !f.entered {
		f.trace.finished(time.Now(), errGivenUp)
	}
	s.figures.Written(time.Now(), 0, f.polled)
	s.tracker.giveBack(f)
}

// written counts a flight that is done with. It is called with the tracker's lock held.
func (s *sourceTask) written(f *flight) {
	now := time.Now()
	s.figures.Bytes.Add(f.bytes.taken)
	if len(f.records) > 0 {
		s.figures.Acknowledged(now.Sub(f.began))
	}
	if f.trace != nil {
		s.spans.landed(f.trace)
		traceID, spanID := ids(f.trace.batch)
		s.figures.AckTraced(now.Sub(f.began), traceID, spanID, now)
	}
	s.figures.Written(now, len(f.records)-int(f.refused.Load()), f.polled)
}

func (s *sourceTask) polled(f *flight) *connect.SourceBatch {
	if f.batch != nil {
		return f.batch
	}
	return s.batch
}

// emptyPollPause keeps a task that returns at once with nothing from taking a whole processor.
const emptyPollPause = 2 * time.Millisecond

func (s *sourceTask) poll(f *flight) error {
	ctx, cancel := context.WithCancel(s.stopping)
	defer cancel()
	s.pollMu.Lock()
	s.cancel = cancel
	s.pollMu.Unlock()
	if s.isPaused() || s.sendFailure() != nil { // between the check of the loop and here
		return ctx.Err()
	}
	batch := s.polled(f)
	if s.txn != nil && s.txn.context != nil {
		s.txn.context.polling(batch)
	}
	begin := time.Now()
	err := s.call("Poll", func() error { return s.task.Poll(ctx, batch) })
	end := time.Now()
	f.polled = len(batch.Records())
	s.figures.Polled(end, f.polled, end.Sub(begin))
	s.noteAge(end, batch.Records())
	if s.spans != nil {
		s.spans.began, s.spans.ended = begin, end
	}
	if err != nil && s.txn != nil && s.txn.context != nil {
		s.txn.context.forget()
	}
	if err == nil && len(batch.Records()) == 0 && len(batch.Marks()) == 0 && end.Sub(begin) < emptyPollPause {
		s.rest(emptyPollPause)
	}
	return err
}

// rest waits, but not for a stop, pause or failure.
func (s *sourceTask) rest(d time.Duration) {
	ctx, cancel := context.WithCancel(s.stopping)
	defer cancel()
	s.pollMu.Lock()
	s.cancel = cancel
	s.pollMu.Unlock()
	if !s.isPaused() {
		sleep(ctx, d)
	}
}

// held is what was polled and not acknowledged by Kafka.
func (s *sourceTask) held() int64 {
	s.tracker.mu.Lock()
	defer s.tracker.mu.Unlock()
	return s.tracker.used
}

// retarget wakes the task.
func (s *sourceTask) retarget() { s.interrupt() }

func (s *sourceTask) interrupt() {
	s.pollMu.Lock()
	cancel := s.cancel
	s.pollMu.Unlock()
	if cancel != nil {
		cancel()
	}
	wake(s.tracker.freed)
}

// lost is called on the client's goroutine for a record that Kafka will not have. It makes the record count as done, or the task fail.
func (s *sourceTask) lost(f *flight, r *kgo.Record, err error) {
	f.poisoned.Store(true)
	f.refused.Add(1)
	if errors.Is(err, kgo.ErrClientClosed) || s.isCancelled() {
		if s.txn != nil {
			s.txn.miss(err) // a commit may be under way all the same, until the client is closed
		}
		s.tracker.fail()
		return
	}
	if s.txn != nil {
		s.lostOfTransaction(f, r, err)
		return
	}
	if failure := s.letters.lost(r, err); failure != nil {
		s.failSending(failure)
		return
	}
	cause := s.sendCause(f, r, err)
	// That the topic is another one now is no fault of the record: it is not tolerated away, and a new client can send it.
	recreated := errors.Is(err, kerr.UnknownTopicID)
	if recreated {
		cause = javafmt.NewException(javafmt.ClassOf(cause), "topic "+r.Topic+
			" was deleted and created again while records were sent to it; nothing was skipped: restart the task to send them to the new topic", nil)
	}
	var noClient *noClientError
	if recreated || errors.As(err, &noClient) || !s.op.lost(&processing{}, StageKafkaProduce, "org.apache.kafka.connect.runtime.WorkerSourceTask", cause) {
		s.tracker.fail()
		s.pollMu.Lock()
		if s.sendErr == nil {
			s.sendErr = javafmt.NewException(javafmt.ConnectException, "Unrecoverable exception from producer send callback", cause)
			s.logger.Error(fmt.Sprintf("failed to send record to %s", r.Topic), "error", err)
		}
		s.pollMu.Unlock()
		s.interrupt()
		return
	}
	if s.perRecord != nil {
		s.perRecord.drop(f, r)
	}
}

func (s *sourceTask) sendFailure() error {
	s.pollMu.Lock()
	defer s.pollMu.Unlock()
	return s.sendErr
}

// settle waits for what is on its way and commits what arrived, also after a failure (AbstractWorkerSourceTask.finalOffsetCommit). A task
// that failed to start has nothing to commit and is not told of a commit.
func (s *sourceTask) settle(err error) {
	if s.txn != nil {
		s.txn.settle(err)
		return
	}
	if !s.ready {
		return
	}
	limit := s.grace(s.w.settings.flushTimeout) * 9 / 10 // the rest is for the commit itself
	timer := time.NewTimer(limit)
	defer timer.Stop()
wait:
	for {
		n, broken := s.tracker.unfinished()
		if n == 0 || broken {
			break
		}
		select {
		case <-s.tracker.idle:
		case <-timer.C:
			s.logger.Error(fmt.Sprintf("Failed to flush, timed out while waiting for producer to flush outstanding %d batches", n))
			break wait
		case <-s.killed.Done():
			break wait
		}
	}
	if s.perRecord != nil {
		s.perRecord.end(s.grace(s.w.settings.flushTimeout) / 2) // so that time is left for the commit
	}
	if !s.isCancelled() {
		s.commits.end(s.grace(s.w.settings.flushTimeout))
	}
}

func (s *sourceTask) close() {
	if s.begun {
		if err := s.call("Stop", func() error { return s.task.Stop(s.killed) }); err != nil {
			s.logger.Warn("Could not stop task", "error", err)
		}
	}
	s.commits.abandon()
	s.sever()
	if s.store.release != nil {
		if err := s.store.settle(s.killed, s.grace(s.w.settings.flushTimeout)*9/10); err != nil {
			s.logger.Warn("The worker's offset topic lacks the last offsets; the connector's own has them", "error", err)
		}
		s.store.release()
	}
	if err := s.chain.close(); err != nil {
		s.logger.Warn("Could not close transformations", "error", err)
	}
}

func (s *sourceTask) sever() {
	s.clientMu.Lock()
	clients := []*kgo.Client{s.client, s.large}
	done := s.severed
	s.severed = true
	s.clientMu.Unlock()
	for _, client := range clients {
		if client != nil && !done {
			client.Close()
		}
	}
	s.create.close()
}
