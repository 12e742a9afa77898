package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// end ends the transaction now; records of the flight are told up to a polled one.
func (t *transactions) end(abort bool, f *flight, upto int) error {
	if abort {
		t.s.logger.Info("Aborting transaction as requested by connector")
		if err := t.abort(t.s.killed); err != nil {
			return err
		}
		// The offsets of what was dropped are committed all the same, so that the task does not see it again.
	}
	return t.commit(t.s.killed, f, upto)
}

// abort drops what the transaction has.
func (t *transactions) abort(ctx context.Context) error {
	if !t.open {
		t.s.logger.Warn("Ignoring request by task to abort transaction as the current transaction is empty")
		return nil
	}
	t.s.aborting.Store(true)
	defer t.s.aborting.Store(false)
	err := t.client.AbortBufferedRecords(ctx)
	if err == nil {
		err = t.client.EndTransaction(ctx, kgo.TryAbort)
	}
	if err == nil {
		err = t.s.sendFailure()
	}
	if err != nil {
		return t.failed("Failed to abort a transaction of task "+t.s.id.String(), err)
	}
	t.open, t.size, t.wrote = false, 0, ""
	return nil
}

// commit makes what was sent and the offsets durable together, and tells the task; without anything to commit it only does the latter.
func (t *transactions) commit(ctx context.Context, f *flight, upto int) error {
	began := time.Now()
	if t.open || len(t.dirty) > 0 {
		size := t.size
		err := t.write(ctx)
		t.s.figures.Committed(time.Now(), time.Since(began), err)
		t.s.spans.commit(began, time.Now(), err)
		if err != nil {
			t.s.logger.Error("Failed to flush offsets to storage", "error", err)
			return t.failed("Failed to flush offsets and/or records for task "+t.s.id.String(), err)
		}
		t.s.figures.Transaction(time.Now(), size)
		t.s.logger.Debug("Finished commitOffsets successfully", "duration", time.Since(began), "records", size)
	}
	t.tell(f, upto)
	t.s.commits.tell(ctx, t.s.w.settings.flushTimeout)
	return nil
}

func (t *transactions) write(ctx context.Context) error {
	if err := t.transact(); err != nil {
		return err
	}
	connector := t.s.id.Connector
	offsets := writes(t.dirty)
	var records []store.Record
	err := guard("the offset of the source", func() (err error) {
		records, err = t.offsets.Records(connector, offsets)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.offsets.Prepare(ctx, connector, offsets); err != nil {
		return err
	}
	var lost firstError
	for _, r := range records {
		t.client.Produce(context.Background(), &kgo.Record{Topic: t.topic, Partition: kafka.AnyPartition, Key: []byte(r.Key), Value: r.Value},
			func(_ *kgo.Record, err error) { lost.set(t.deniedOffsets(err)) })
	}
	if err := t.client.Flush(ctx); err != nil {
		return err
	}
	// The client would commit what arrived, whatever did not.
	if err := t.s.lostRecord(); err != nil {
		return errors.Join(err, lost.get())
	}
	if err := lost.get(); err != nil {
		return err
	}
	wrote := t.wrote
	if len(records) > 0 {
		wrote = t.topic
	}
	if err := kafka.CommitTransaction(ctx, t.client, wrote); err != nil {
		return err
	}
	t.open, t.size, t.wrote = false, 0, ""
	clear(t.dirty)
	t.offsets.Committed(connector, offsets)
	return nil
}

// deniedOffsets names the right that is missing on the offset topic, which brokers do not name there.
func (t *transactions) deniedOffsets(err error) error {
	return kafka.Denied(err, kafka.Resource{Topic: t.topic, TransactionalID: t.id, Client: kafka.Producer, Source: t.s.producer().Source})
}

// tell tells a RecordCommitter of the records of flights that came to an end, and of those of one that is under way up to a polled one.
func (t *transactions) tell(f *flight, upto int) {
	if t.s.perRecord == nil {
		return
	}
	t.landedMu.Lock()
	landed := t.landed
	t.landed = nil
	t.landedMu.Unlock()
	for _, f := range landed {
		t.s.perRecord.tell(f, f.told, len(f.sent))
		t.s.tracker.giveBackLanded(f)
	}
	if f != nil {
		t.s.perRecord.tell(f, f.told, upto)
		f.told = upto
	}
}

// land takes a flight all of whose records were answered for; the tracker's lock is held.
func (t *transactions) land(f *flight) {
	t.landedMu.Lock()
	defer t.landedMu.Unlock()
	t.landed = append(t.landed, f)
}

// relieve makes room for what the task is to be told of only after a commit (I7).
func (t *transactions) relieve() error {
	if t.s.perRecord == nil {
		return nil // the memory of records is free as soon as they are answered for
	}
	if t.context != nil {
		if n, _ := t.s.tracker.unfinished(); n > 0 || !t.s.tracker.full() {
			return nil
		}
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Task %s cannot go on: the records of its transaction, which it wants to be told of after the "+
			"commit, take more memory than the producer's buffer.memory allows. Let it end its transactions earlier, use another transaction.boundary, or raise "+
			"producer.override.buffer.memory", t.s.id), nil)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.phase == quiet {
		t.endLater()
	}
	return nil
}

// failed is the error of the task after its producer failed (maybeWrapProducerSendException).
func (t *transactions) failed(what string, err error) error {
	var java *javafmt.Exception
	if errors.As(err, &java) && java == t.s.sendFailure() {
		return java
	}
	return t.failure(what, err, kafkaError(kafka.ExplainTransaction(t.id, err)))
}

// failure is an error with what a user can do where a transaction seems to have expired.
func (t *transactions) failure(what string, err, cause error) error {
	if errors.Is(err, kerr.InvalidProducerEpoch) {
		return javafmt.NewException(javafmt.ConnectException, "The task "+t.s.id.String()+" was unable to finish writing records to Kafka before its producer transaction "+
			"expired. It may be necessary to reconfigure this connector in order for it to run healthily with exactly-once support. Options for this include: tune "+
			"the connector's producer configuration for higher throughput, increase the transaction timeout for the connector's producers, decrease the offset commit "+
			"interval (if using interval-based transaction boundaries), or use the 'poll' transaction boundary (if the connector is not already configured to use it).", cause)
	}
	return javafmt.NewException(javafmt.ConnectException, what, cause)
}

// firstError keeps the first error of several answers.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (e *firstError) set(err error) {
	if err == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
}

func (e *firstError) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}
