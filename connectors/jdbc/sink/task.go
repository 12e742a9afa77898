package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Task is JdbcSinkTask.
type Task struct {
	dialects []dialect.Dialect
	parse    reader

	tc     connect.SinkTaskContext
	s      *settings
	c      dialect.Conn // nil while there is none
	keeper *keeper      // nil without exactly.once
	tables map[string]*table
	left   int // tries
	key    []byte
	name   []byte                  // of a table
	events map[*data.Schema]*event // how records of a schema are change events

	further []dialect.Conn // those of the lanes behind the first
	// ahead is what is in the database of partitions whose lane was committed when another one of the same put was not, as offsets behind it.
	ahead   map[connect.TopicPartition]int64
	letters letters
	// single says that the last put failed because of what other transactions do; careful is how many puts savepoints are still set in.
	single  bool
	careful int
}

// NewTask returns a task for databases of the dialects with Confluent's and Aiven's keys.
func NewTask(dialects []dialect.Dialect) *Task { return &Task{dialects: dialects, parse: read} }

// NewDebeziumTask returns one with Debezium's keys.
func NewDebeziumTask(dialects []dialect.Dialect) *Task {
	return &Task{dialects: dialects, parse: readDebezium}
}

// Start connects.
func (t *Task) Start(ctx context.Context, tc connect.SinkTaskContext, props map[string]string) error {
	s, err := t.parse(props, t.dialects)
	if err != nil {
		return err
	}
	t.tc, t.s, t.left, t.tables, t.ahead = tc, s, s.retries, map[string]*table{}, map[connect.TopicPartition]int64{}
	t.events = map[*data.Schema]*event{}
	for _, n := range s.Notes {
		tc.Logger().Info(n)
	}
	if s.exactlyOnce {
		t.keeper = newKeeper(s, tc.Connector())
	}
	return t.connected(ctx)
}

// Stop closes the connections.
func (t *Task) Stop(context.Context) error {
	t.closeFurther()
	if t.c == nil {
		return nil
	}
	err := t.c.Close()
	t.c = nil
	return err
}

// Released reports that nothing of a batch is kept: it was committed.
func (t *Task) Released() bool { return true }

// PutRecords implements connect.PutSizer: with the 500 records of Kafka's max.poll.records a server is as busy with transactions as with rows.
func (t *Task) PutRecords() int { return 2000 }

// Put writes a batch: in one transaction, or in one for each lane.
func (t *Task) Put(ctx context.Context, b *connect.SinkBatch) error {
	if b.Len() == 0 {
		return nil
	}
	err := t.put(ctx, b)
	if err == nil {
		t.left, t.single = t.s.retries, false
		t.letters.clear()
		return nil
	}
	return t.failed(ctx, b, err)
}

// failed says what an error of a put means. The transaction is over in any case.
func (t *Task) failed(ctx context.Context, b *connect.SinkBatch, err error) error {
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
	if fault.OfValues() {
		return fmt.Errorf("%s: %w%s", extent(b), err, letterAdvice)
	}
	switch fault {
	case dialect.Changed:
		clear(t.tables)
	case dialect.Busy:
		t.single = true // the lanes may have waited for each other
	case dialect.Network, dialect.Unknown: // Java's sink connects anew after every error: the server may have become one that only reads
		t.disconnect()
	}
	if fault == dialect.Login {
		return err // no other try would help
	}
	if t.left <= 0 {
		return fmt.Errorf("%d tries did not help: %w", t.s.retries+1, err)
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
	// Tables are made before the transactions: in some databases that would end them.
	lanes, err := t.collect(ctx, b, false)
	if err != nil && t.s.Dialect.Classify(err) == dialect.Network { // the connection had died while it was idle
		t.disconnect()
		if err = t.connected(ctx); err == nil {
			lanes, err = t.collect(ctx, b, false)
		}
	}
	if err != nil {
		return err
	}
	err = t.write(ctx, lanes)
	if errors.As(err, new(errOrder)) {
		if lanes, err = t.collect(ctx, b, true); err == nil {
			err = t.write(ctx, lanes)
		}
	}
	return err
}

// errOrder is a value that another row has, while rows were not written in the order of their records: those that failed are all to be, one by one.
type errOrder struct{ error }

func (e errOrder) Unwrap() error { return e.error }

// collect turns the records of a batch into work per table, in the order in which tables appear. With alone nothing is reduced or put together.
func (t *Task) collect(ctx context.Context, b *connect.SinkBatch, alone bool) ([]*lane, error) {
	lanes, of := t.spread(b)
	for r := range b.All {
		tp, offset, _ := r.SinkOrigin()
		if offset < t.written(tp) {
			continue // in the database already
		}
		at, err := t.place(ctx, r)
		if err != nil {
			if bad := t.bad(r, err); bad != nil {
				return nil, bad
			}
			continue
		}
		if at.shape == nil && !at.truncate {
			continue // nothing is to be done, or a row to be deleted from a table that is not there
		}
		of[tp].add(t.s, at, r, t.tc.Errors() != nil, alone)
	}
	return lanes, nil
}

// written is the offset behind what is known to be in the database of a partition.
func (t *Task) written(tp connect.TopicPartition) int64 {
	if t.keeper != nil {
		return t.keeper.stored[tp]
	}
	return t.ahead[tp]
}

// PreCommit implements connect.PreCommitter: also what a put that failed has written of some partitions need not come again after a restart.
func (t *Task) PreCommit(_ context.Context, delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
	for tp, at := range delivered {
		delivered[tp] = max(at, t.ahead[tp])
	}
	return delivered, nil
}

// Open takes partitions from whoever wrote them before. Others may hold the lock of a row, or of a whole SQLite, for a while.
func (t *Task) Open(ctx context.Context, tps []connect.TopicPartition) error {
	if t.keeper == nil {
		return nil
	}
	for left := t.s.retries; ; left-- {
		err := t.own(ctx, tps)
		if err == nil || left <= 0 || t.s.fault(err) != dialect.Busy {
			return err
		}
		t.tc.Logger().Warn("Partitions cannot be taken in the table of offsets now; it is tried again", "left", left, "error", err)
		if !connection.Sleep(ctx, t.s.backoff) {
			return err
		}
	}
}

func (t *Task) own(ctx context.Context, tps []connect.TopicPartition) error {
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
	t.letters.clear()
	for _, tp := range tps {
		delete(t.ahead, tp)
		if t.keeper != nil {
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
	_ connect.PreCommitter    = (*Task)(nil)
	_ connect.PartitionOpener = (*Task)(nil)
	_ connect.OffsetKeeper    = (*Task)(nil)
	_ connect.BatchReleaser   = (*Task)(nil)
	_ connect.PutSizer        = (*Task)(nil)
)
