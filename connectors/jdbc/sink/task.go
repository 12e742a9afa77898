package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Task is JdbcSinkTask.
type Task struct {
	dialects []dialect.Dialect

	tc     connect.SinkTaskContext
	s      *settings
	c      dialect.Conn // nil while there is none
	keeper *keeper      // nil without exactly.once
	tables map[string]*table
	left   int // tries
	key    []byte
}

// NewTask returns a task for databases of the dialects.
func NewTask(dialects []dialect.Dialect) *Task { return &Task{dialects: dialects} }

// Start connects.
func (t *Task) Start(ctx context.Context, tc connect.SinkTaskContext, props map[string]string) error {
	s, err := read(props, t.dialects)
	if err != nil {
		return err
	}
	t.tc, t.s, t.left, t.tables = tc, s, s.retries, map[string]*table{}
	for _, n := range s.Notes {
		tc.Logger().Info(n)
	}
	if s.exactlyOnce {
		t.keeper = newKeeper(s, tc.Connector())
	}
	return t.connected(ctx)
}

// connected makes sure that there is a connection.
func (t *Task) connected(ctx context.Context) error {
	if t.c != nil && t.c.Alive() {
		return nil
	}
	t.disconnect()
	var err error
	t.c, err = t.s.Open(ctx, t.tc.Logger())
	return err
}

func (t *Task) disconnect() {
	if t.c != nil {
		if err := t.c.Close(); err != nil {
			t.tc.Logger().Debug("Closing a connection failed", "error", err)
		}
		t.c = nil
	}
	// What another connection sees may differ.
	clear(t.tables)
}

// Stop closes the connection.
func (t *Task) Stop(context.Context) error {
	if t.c == nil {
		return nil
	}
	err := t.c.Close()
	t.c = nil
	return err
}

// Released reports that nothing of a batch is kept: it was committed.
func (t *Task) Released() bool { return true }

// Put writes a batch in one transaction.
func (t *Task) Put(ctx context.Context, b *connect.SinkBatch) error {
	if b.Len() == 0 {
		return nil
	}
	err := t.put(ctx, b)
	if err == nil {
		t.left = t.s.retries
		return nil
	}
	return t.failed(ctx, err)
}

// failed says what an error of a put means. The transaction is over in any case.
func (t *Task) failed(ctx context.Context, err error) error {
	var report reported
	var table errTable
	if errors.As(err, &report) {
		return report.error
	}
	if errors.As(err, &table) {
		t.disconnect()
		return connect.NewFailure(err.Error(), table.error)
	}
	if ctx.Err() != nil {
		t.disconnect()
		return connect.NewRetriable(err)
	}
	fault := t.s.fault(err)
	if fault == dialect.Row || fault == dialect.Twice {
		return fmt.Errorf("%w; the record can go to a dead letter queue instead: set errors.tolerance=all and errors.deadletterqueue.topic.name", err)
	}
	switch fault {
	case dialect.Changed:
		clear(t.tables)
	case dialect.Network, dialect.Unknown: // Java's sink connects anew after every error: the server may have become one that only reads
		t.disconnect()
	}
	if fault == dialect.Login || t.left <= 0 {
		return fmt.Errorf("%s tries did not help: %w", fmt.Sprint(t.s.retries+1), err)
	}
	t.left--
	t.tc.Logger().Warn("A put failed and is tried again", "left", t.left, "error", err)
	t.tc.Timeout(t.s.backoff)
	return connect.NewRetriable(err)
}

func (t *Task) put(ctx context.Context, b *connect.SinkBatch) error {
	if err := t.connected(ctx); err != nil {
		return err
	}
	if t.keeper != nil && t.keeper.uncertain {
		if err := t.keeper.read(ctx, t.c, t.tc.Assignment()); err != nil {
			return err
		}
		t.keeper.uncertain = false
	}
	// Tables are made before the transaction: in some databases that would end it.
	work, err := t.collect(ctx, b)
	if err != nil && t.s.Dialect.Classify(err) == dialect.Network { // the connection had died while it was idle
		t.disconnect()
		if err = t.connected(ctx); err == nil {
			work, err = t.collect(ctx, b)
		}
	}
	if err != nil {
		return err
	}
	if err := t.begin(ctx); err != nil {
		return err
	}
	x := &transaction{settings: t.s, c: t.c, log: t.tc.Logger(), reporter: t.tc.Errors(), lastTry: t.left == 0}
	if err := t.run(ctx, x, work, b); err != nil {
		t.undo(ctx)
		return err
	}
	if _, err := t.c.Exec(ctx, "COMMIT"); err != nil {
		if t.keeper != nil {
			t.keeper.uncertain = true
		}
		t.undo(ctx)
		return fmt.Errorf("committing: %w", err)
	}
	if t.keeper != nil {
		for tp, at := range ends(b) {
			t.keeper.stored[tp] = max(t.keeper.stored[tp], at)
		}
	}
	return nil
}

// begin starts the transaction, over a new connection where the old one died while it was idle.
func (t *Task) begin(ctx context.Context) error {
	_, err := t.c.Exec(ctx, t.s.Dialect.BeginWrite())
	if err == nil || t.s.Dialect.Classify(err) != dialect.Network {
		return err
	}
	c := t.c
	t.c = nil
	_ = c.Close() // it is dead
	if err := t.connected(ctx); err != nil {
		return err
	}
	_, err = t.c.Exec(ctx, t.s.Dialect.BeginWrite())
	return err
}

func (t *Task) run(ctx context.Context, x *transaction, work []*tableWork, b *connect.SinkBatch) error {
	for _, w := range work {
		x.overtaken = w.overtaken
		if len(w.deletes.rows) > 0 {
			if err := x.write(ctx, &w.deletes); err != nil {
				return fmt.Errorf("deleting from table %s: %w", w.table.name, err)
			}
		}
		for _, g := range w.groups {
			g.compact()
			if err := x.write(ctx, g); err != nil {
				return fmt.Errorf("writing to table %s: %w", w.table.name, err)
			}
		}
	}
	if t.keeper == nil {
		return nil
	}
	next := ends(b)
	for tp, at := range next {
		if stored, ok := t.keeper.stored[tp]; ok && at <= stored {
			delete(next, tp)
		}
	}
	return t.keeper.advance(ctx, t.c, next)
}

// rollbackPatience bounds the end of a transaction that failed, also when the task is being stopped.
const rollbackPatience = 10 * time.Second

// undo ends the transaction; where that fails too, the connection, which has the same effect.
func (t *Task) undo(ctx context.Context) {
	if t.c == nil {
		return
	}
	if !t.c.Alive() || rollback(ctx, t.c) != nil {
		t.disconnect()
	}
}

// rollback ends a transaction that failed, also where what it was for has been given up; where that fails too, it closes the connection, which then
// is not alive.
func rollback(ctx context.Context, c dialect.Conn) error {
	if !c.Alive() {
		return c.Close()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackPatience)
	defer cancel()
	_, err := c.Exec(ctx, "ROLLBACK")
	if err != nil {
		err = errors.Join(err, c.Close())
	}
	return err
}

// ends returns for each partition of a batch the offset behind its last record.
func ends(b *connect.SinkBatch) map[connect.TopicPartition]int64 {
	next := map[connect.TopicPartition]int64{}
	for _, slice := range b.Slices() {
		if n := len(slice.Records); n > 0 {
			_, last, _ := slice.Records[n-1].SinkOrigin()
			next[slice.TopicPartition] = max(next[slice.TopicPartition], last+1)
		}
	}
	return next
}

// collect turns the records of a batch into work per table, in the order in which tables appear.
func (t *Task) collect(ctx context.Context, b *connect.SinkBatch) ([]*tableWork, error) {
	var work []*tableWork
	byTable := map[*table]*tableWork{}
	for r := range b.All {
		tp, offset, _ := r.SinkOrigin()
		if t.keeper != nil {
			if stored, ok := t.keeper.stored[tp]; ok && offset < stored {
				continue // in the database already
			}
		}
		tb, sh, key, err := t.place(ctx, r)
		if err != nil {
			if bad := t.bad(r, err); bad != nil {
				return nil, bad
			}
			continue
		}
		if sh == nil {
			continue // a row to delete from a table that is not there
		}
		w := byTable[tb]
		if w == nil {
			w = newTableWork(tb, t.tc.Errors() != nil)
			byTable[tb] = w
			work = append(work, w)
		}
		w.add(t.s, sh, r, key)
	}
	return work, nil
}

// Open takes partitions from whoever wrote them before.
func (t *Task) Open(ctx context.Context, tps []connect.TopicPartition) error {
	if t.keeper == nil {
		return nil
	}
	if err := t.connected(ctx); err != nil {
		return err
	}
	err := t.keeper.own(ctx, t.c, tps)
	if err != nil && t.s.Dialect.Classify(err) == dialect.Network {
		t.disconnect()
		if err = t.connected(ctx); err == nil {
			err = t.keeper.own(ctx, t.c, tps)
		}
	}
	return err
}

// Close forgets partitions.
func (t *Task) Close(_ context.Context, tps []connect.TopicPartition) error {
	if t.keeper != nil {
		for _, tp := range tps {
			delete(t.keeper.epochs, tp)
			delete(t.keeper.stored, tp)
		}
	}
	return nil
}

// DurableOffsets implements connect.OffsetKeeper.
func (t *Task) DurableOffsets(ctx context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	if t.keeper == nil {
		return nil, nil
	}
	if err := t.connected(ctx); err != nil {
		return nil, err
	}
	if err := t.keeper.make(ctx, t.c); err != nil {
		return nil, err
	}
	if err := t.keeper.read(ctx, t.c, tps); err != nil {
		return nil, err
	}
	offsets := map[connect.TopicPartition]int64{}
	for _, tp := range tps {
		if at, ok := t.keeper.stored[tp]; ok {
			offsets[tp] = at
		}
	}
	return offsets, nil
}

var (
	_ connect.SinkTask        = (*Task)(nil)
	_ connect.PartitionOpener = (*Task)(nil)
	_ connect.OffsetKeeper    = (*Task)(nil)
	_ connect.BatchReleaser   = (*Task)(nil)
)
