package worker

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/store"
)

// transactions writes the records and the offsets of a source task together (ExactlyOnceWorkerSourceTask, KIP-618). While one transaction ends, the
// task polls and converts what the next one sends; only producing waits.
//
// A producer that failed once is never used again: whatever the client could recover from, only a new task knows which offsets were committed.
type transactions struct {
	s         *sourceTask
	settings  transactionSettings
	id        string        // transactional.id
	timeout   time.Duration // transaction.timeout.ms
	preflight Preflight
	context   *transactionContext // nil unless the connector defines transactions
	client    *kgo.Client
	offsets   *store.ConnectorOffsets
	topic     string // of the offsets, "" until they are open

	mu    sync.Mutex
	phase phase
	// ended is closed when the transaction that ends has ended.
	ended chan struct{}
	due   bool // the interval was over while records were produced
	over  bool // no timer counts any more
	timer *time.Timer
	last  time.Time // when the last transaction was ended

	// What follows belongs to whoever produces or ends a transaction, one at a time.
	open  bool
	size  int    // records of the transaction
	wrote string // a topic that it wrote to, beside that of the offsets
	dirty map[*connect.SourcePartition]position
	most  int // of dirty before it is looked through
	clock int64
	// landed are flights whose records the task has still to be told of, which it is after the commit.
	landedMu sync.Mutex
	landed   []*flight
}

// phase is what goes on with the producer.
type phase uint8

const (
	quiet     phase = iota // nothing, or the brokers have not answered for all records yet
	producing              // the task's goroutine hands over records
	ending                 // a transaction is ended
)

func newTransactions(s *sourceTask) (*transactions, error) {
	settings, err := s.w.parseTransactionSettings(s.props)
	if err != nil {
		return nil, err
	}
	t := &transactions{s: s, settings: settings, dirty: map[*connect.SourcePartition]position{}, most: usualPartitions}
	if settings.boundary == boundaryConnector {
		t.context = &transactionContext{}
	}
	if s.w.cfg.Group.Preflight != nil {
		t.preflight = s.w.cfg.Group.Preflight(s.id)
	}
	return t, nil
}

// enter waits until the producer is the caller's; leave must follow.
func (t *transactions) enter() error {
	t.mu.Lock()
	for t.phase == ending {
		ended := t.ended
		t.mu.Unlock()
		select {
		case <-ended:
		case <-t.s.killed.Done():
			return errStopping
		}
		t.mu.Lock()
	}
	t.phase = producing
	t.mu.Unlock()
	if t.s.sendFailure() != nil {
		t.release()
		return errStopping
	}
	return nil
}

// release gives the producer back.
func (t *transactions) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = quiet
}

// leave gives the producer back after a batch. Where a transaction ends with the batch that goes on in the background.
func (t *transactions) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = quiet
	switch t.settings.boundary {
	case boundaryPoll:
		t.endLater()
	case boundaryInterval:
		if t.due {
			t.endLater()
		}
	}
}

// endLater ends the transaction in the background; t.mu is held and nobody has the producer.
func (t *transactions) endLater() {
	t.phase, t.due = ending, false
	ended := make(chan struct{})
	t.ended = ended
	go func() {
		err := t.commit(t.s.killed, nil, 0)
		if err != nil {
			t.s.failSending(err)
		}
		t.mu.Lock()
		t.phase, t.last = quiet, time.Now()
		if t.timer != nil && !t.over {
			t.timer.Reset(t.settings.interval)
		}
		close(ended)
		t.mu.Unlock()
		wake(t.s.tracker.freed)
	}()
}

// begin starts the timer of the interval boundary.
func (t *transactions) begin() {
	if t.settings.boundary != boundaryInterval {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Now()
	t.timer = time.AfterFunc(t.settings.interval, t.tick)
}

// tick ends the transaction since its time is over, also while a poll waits for data: in Java it would stay open until the poll returns, and time
// out with a task that has little to do.
func (t *transactions) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over || t.phase == ending:
	case t.phase == producing:
		t.due = true
	default:
		t.endLater()
	}
}

// transact begins a transaction unless one is open.
func (t *transactions) transact() error {
	if t.open {
		return nil
	}
	if err := t.client.BeginTransaction(); err != nil {
		return t.failed("Failed to begin a transaction for task "+t.s.id.String(), err)
	}
	t.open = true
	// The brokers abort a transaction that is open for too long. Half of that time is left for its last records to arrive.
	t.mu.Lock()
	defer t.mu.Unlock()
	if safe := t.timeout / 2; t.timer != nil && !t.over && time.Until(t.last.Add(t.settings.interval)) > safe {
		t.timer.Reset(safe)
	}
	return nil
}

// note keeps the offsets of marks for the commit: they count for the transaction that their records are in, or were in before it was aborted.
func (t *transactions) note(marks []connect.Mark) {
	for i := range marks {
		t.clock++
		t.dirty[marks[i].Partition] = position{marks[i].Offset, t.clock}
	}
	if len(t.dirty) > t.most {
		t.most = unite(t.dirty)
	}
}

// dispatch produces a flight whose records are converted, ending transactions where the connector wants that, and leaves the producer.
func (t *transactions) dispatch(f *flight, marks []connect.Mark, cuts []cut) error {
	if err := t.enter(); err != nil {
		return err
	}
	s := t.s
	f.pending.Store(int32(len(f.records)) + 1) // one more, so that the flight does not come back while it is sent
	s.tracker.send(f)
	err := t.send(f, marks, cuts)
	if f.pending.Add(-1) == 0 {
		s.tracker.finish(f)
	}
	if err == nil {
		err = t.endBatch()
	}
	if err != nil {
		t.release()
		return err
	}
	t.leave()
	return nil
}

func (t *transactions) send(f *flight, marks []connect.Mark, cuts []cut) error {
	from, noted := 0, 0
	for _, c := range cuts {
		if err := t.produce(f, from, c.upto); err != nil {
			return err
		}
		from = c.upto
		first := noted
		for noted < len(marks) && marks[noted].End <= c.ordinal+1 {
			noted++
		}
		t.note(marks[first:noted])
		if err := t.end(c.abort, f, c.ordinal+1); err != nil {
			return err
		}
	}
	if err := t.produce(f, from, len(f.records)); err != nil {
		return err
	}
	t.note(marks[noted:])
	return nil
}

func (t *transactions) produce(f *flight, from, to int) error {
	if from == to {
		return nil
	}
	if err := t.transact(); err != nil {
		return err
	}
	s := t.s
	ack := f.ack
	t.size += to - from
	t.wrote = f.records[from].Topic
	for i := from; i < to; i++ {
		r := &f.records[i]
		s.batches.meet(s.stopping, s.client, r.Topic)
		s.client.Produce(context.Background(), r, ack) // closing the client ends it
	}
	return nil
}

// empty is for a poll that returned nothing: it ends a transaction as any other.
func (t *transactions) empty() error {
	if _, tells := t.s.task.(connect.Committer); t.settings.boundary == boundaryPoll && !tells {
		return nil // every batch was committed, and there is nobody to tell of it again
	}
	if t.settings.boundary == boundaryInterval {
		return nil // its timer looks
	}
	if err := t.enter(); err != nil {
		return err
	}
	if err := t.endBatch(); err != nil {
		t.release()
		return err
	}
	t.leave()
	return nil
}

// endBatch does what a connector that defines its transactions wants after a batch. The caller has the producer.
func (t *transactions) endBatch() error {
	if t.context == nil {
		return nil
	}
	commit, abort, err := t.context.takeBatch()
	if err == nil && (commit || abort) {
		err = t.end(abort, nil, 0)
	}
	return err
}
