package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// initialize makes the producer in Java's order: earlier generations are fenced out, then this task's producer fences out its equals, and then the
// worker looks whether the task is still its own to run (ExactlyOnceWorkerSourceTask.prepareToInitializeTask).
func (t *transactions) initialize(ctx context.Context) error {
	if t.preflight.Fence != nil {
		if err := t.preflight.Fence(ctx); err != nil {
			return maybeWrap("Failed to perform round of zombie fencing", err)
		}
	}
	if t.s.isStopping() {
		return errStopping // a producer could fence out that of a later generation
	}
	s := t.s
	settings := s.producer()
	for _, warning := range settings.Warnings {
		s.logger.Warn(warning)
	}
	r := propsReader{props: settings.Properties}
	s.tracker.budget = max(r.number("buffer.memory", s.tracker.budget, 64), 1)
	var err error
	if s.batches, err = newBatchLimits(settings.Properties); err != nil {
		return err
	}
	s.batches.alone = true
	t.id = settings.Properties["transactional.id"]
	if t.timeout, err = kafka.TransactionTimeout(settings.Properties); err != nil {
		return err
	}
	t.client, err = s.w.cfg.Kafka.OpenTransactional(ctx, settings.Source, settings.Properties, kgo.MaxBufferedBytes(0), kgo.ProducerBatchMaxBytesFn(s.batches.of))
	if err != nil {
		if cause := kafkaError(err); cause != err {
			return javafmt.NewException(javafmt.ConnectException, "Failed to initialize the transactional producer of task "+s.id.String()+": "+err.Error(), cause)
		}
		return err
	}
	s.keep(t.client)
	if t.preflight.Verify != nil {
		if err := t.preflight.Verify(ctx); err != nil {
			return maybeWrap("Failed to perform preflight check for task "+s.id.String(), err)
		}
	}
	return nil
}

// maybeWrap is ConnectUtils.maybeWrap: an error of Connect's own stays as it is.
func maybeWrap(what string, err error) error {
	var java *javafmt.Exception
	if errors.As(err, &java) || errors.Is(err, context.Canceled) {
		return err
	}
	return javafmt.NewException(javafmt.ConnectException, what, err)
}

// use makes the store the one whose topic the offsets go to.
func (t *transactions) use(s *store.ConnectorOffsets) {
	t.offsets, t.topic = s, s.Topic()
}

// pause commits what there is.
func (t *transactions) pause() error {
	if err := t.enter(); err != nil {
		return nil // the loop looks for the cause
	}
	defer t.release()
	return t.final()
}

// final ends the transaction as at the end of the task: one that the connector would have ended stays open unless it says so now.
func (t *transactions) final() error {
	if t.context != nil {
		return t.endBatch()
	}
	return t.commit(t.s.killed, nil, 0)
}

// dropLimit is how long an open transaction of a task that ends may take to be aborted. Where it is not, its time-out does it.
const dropLimit = 2 * time.Second

// settle commits a last time unless the task failed, and drops what is open then.
func (t *transactions) settle(err error) {
	if t.client == nil || !t.s.ready {
		return
	}
	t.mu.Lock()
	t.over = true
	if t.timer != nil {
		t.timer.Stop()
	}
	ended := t.ended
	busy := t.phase == ending
	t.mu.Unlock()
	if busy {
		limit := time.NewTimer(t.s.grace(t.s.w.settings.flushTimeout))
		defer limit.Stop()
		select {
		case <-ended:
		case <-t.s.killed.Done():
			return
		case <-limit.C:
			if err != nil {
				return
			}
			t.s.logger.Error("The last transaction has not ended in time; what it holds is sent again by the next task")
			return
		}
	}
	if err == nil && !t.s.isCancelled() && t.s.sendFailure() == nil {
		if err := t.final(); err != nil {
			t.s.logger.Error("Failed to commit the last transaction; what it holds is sent again by the next task", "error", err)
		}
	}
	if !t.open {
		return
	}
	t.s.aborting.Store(true)
	ctx, cancel := context.WithTimeout(t.s.killed, min(dropLimit, t.s.grace(dropLimit)))
	defer cancel()
	if t.client.AbortBufferedRecords(ctx) == nil {
		if err := t.client.EndTransaction(ctx, kgo.TryAbort); err != nil {
			t.s.logger.Debug("The open transaction was not aborted; the brokers do that", "error", err)
		}
	}
}

// lostOfTransaction is called on the client's goroutine for a record of a transaction that Kafka will not have. It fails the task whatever
// errors.tolerance says: the transaction cannot be committed any more.
func (s *sourceTask) lostOfTransaction(f *flight, r *kgo.Record, err error) {
	if errors.Is(err, kgo.ErrAborting) && s.aborting.Load() {
		if s.perRecord != nil {
			s.perRecord.drop(f, r)
		}
		return
	}
	if s.txn.miss(err) {
		s.logger.Error(fmt.Sprintf("failed to send record to %s", r.Topic), "error", err)
		s.failSending(s.txn.failure("Failed to flush offsets and/or records for task "+s.id.String(), err, s.sendCause(f, r, err)))
	}
}

// miss notes that Kafka does not have a record of the transaction, so that nothing commits it, and reports whether it is the first one.
func (t *transactions) miss(err error) (first bool) {
	t.s.pollMu.Lock()
	defer t.s.pollMu.Unlock()
	if t.s.lostErr != nil {
		return false
	}
	t.s.lostErr = err
	return true
}

// lostRecord returns the error of the first record that Kafka did not take.
func (s *sourceTask) lostRecord() error {
	s.pollMu.Lock()
	defer s.pollMu.Unlock()
	return s.lostErr
}

// failSending makes the loop end with the error, unless it ends with another one.
func (s *sourceTask) failSending(err error) {
	s.tracker.fail()
	s.pollMu.Lock()
	if s.sendErr == nil {
		s.sendErr = err
	}
	s.pollMu.Unlock()
	s.interrupt()
}
