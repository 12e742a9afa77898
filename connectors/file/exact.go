package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/moldau/moldau/connect"
)

// exact is what a sink task with exactly.once=true has more than others: the ledger of its file, and a lock on it, so that a task that was given
// up but still runs cannot write beside its successor.
type exact struct {
	ledger *ledger
	name   string
	length int64 // of the file after the last whole put
	moved  bool  // offsets changed since the ledger was written
	log    *slog.Logger
	// foreign is the error of finding that somebody else writes to the file. Lines then are not where the ledger would say.
	foreign error
}

// lockPatience is how long a task waits for another one to let go of its file, as a task does that was stopped elsewhere or whose process ends.
const lockPatience = time.Minute

// errLocked is what lockFile returns when somebody else holds the lock.
var errLocked = errors.New("locked")

// openExact opens a file of which every line is to be written once: it locks the file and cuts off what its ledger does not cover.
func openExact(ctx context.Context, name string, tc connect.SinkTaskContext) (*os.File, *exact, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, connect.NewFailure("Couldn't find or create file '"+name+"' for FileStreamSinkTask", err)
	}
	x, err := begin(ctx, f, name, tc)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, x, nil
}

func begin(ctx context.Context, f *os.File, name string, tc connect.SinkTaskContext) (*exact, error) {
	switch err := lock(ctx, f, name, alone, tc); {
	case errors.Is(err, errors.ErrUnsupported):
		tc.Logger().Warn("The file cannot be locked on this system: nothing but its size tells when another task or process writes to it too", "file", name, "error", err)
	case err != nil:
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the size of %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file, which exactly.once=true needs", name)
	}
	l, there, err := readLedger(name)
	if err != nil {
		return nil, err
	}
	x := &exact{ledger: l, name: name, length: info.Size(), log: tc.Logger()}
	switch {
	case !there:
	case l.closed && info.Size() > l.length:
		return nil, fmt.Errorf("%s got %d bytes from somebody else since a task with exactly.once=true ended, maybe from a Java worker: remove %s to keep them and to go on where the "+
			"consumer group is, or cut the file back to %d bytes to have what followed written again", name, info.Size()-l.length, l.path, l.length)
	case info.Size() > l.length:
		x.log.Info("Lines that were not durable with their offsets are taken off the file and consumed again", "file", name, "bytes", info.Size()-l.length)
		if err := f.Truncate(l.length); err != nil {
			return nil, fmt.Errorf("cutting %s to the %d bytes that are durable with their offsets: %w", name, l.length, err)
		}
		if err := f.Sync(); err != nil {
			return nil, fmt.Errorf("syncing %s to disk: %w", name, err)
		}
		x.length = l.length
	case info.Size() < l.length:
		x.log.Warn("The file is shorter than it was: lines were removed by somebody else, and are not written again", "file", name, "size", info.Size(), "before", l.length)
	}
	if there && l.connector != tc.Connector() {
		x.log.Warn("The file was written by another connector; its offsets are not taken over", "file", name, "connector", l.connector)
		clear(l.offsets)
	}
	l.connector = tc.Connector()
	// Before the first line, so that a crash leaves none without a ledger.
	l.length, l.closed = x.length, false
	return x, l.write()
}

// share is the lock of a task without exactly.once=true: any number of them may append to a file, but none beside one that writes every line once. It
// retires the ledger that such a task has left.
func share(ctx context.Context, f *os.File, name string, tc connect.SinkTaskContext) error {
	err := lock(ctx, f, name, shared, tc)
	switch {
	case errors.Is(err, errHeld), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case err != nil: // Java's task takes no lock either; the other one sees by the size of the file that it is not alone
		tc.Logger().Debug("The file is written without a lock", "file", name, "error", err)
	}
	removed, err := retireLedger(name)
	if removed {
		tc.Logger().Warn("The file had offsets of a task with exactly.once=true. They are removed, since lines are written now without it; where it is switched on again, consuming goes on "+
			"where the consumer group is", "file", name)
	}
	return err
}

// errHeld says that the lock was waited for in vain.
var errHeld = errors.New("stop it or give this connector a file of its own, then restart the task")

// lock waits for the lock of a file.
func lock(ctx context.Context, f *os.File, name string, how locking, tc connect.SinkTaskContext) error {
	const rest = 100 * time.Millisecond
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for waited := time.Duration(0); ; waited += rest {
		err := lockFile(f, how)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errLocked) {
			return fmt.Errorf("locking %s: %w", name, err)
		}
		if waited == 0 {
			tc.Logger().Warn("Another task or process still writes to the file; this one waits for it", "file", name)
		}
		if waited >= lockPatience {
			return fmt.Errorf("another task or process writes to %s, and one of the two has exactly.once=true: %w", name, errHeld)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// locking is a kind of lock.
type locking uint8

const (
	alone  locking = iota
	shared         // with others that share it
)

// whole reports an error when the file does not have the length it should have: that of its whole puts and of what the put under way has written.
func (x *exact) whole(f target, written int64) error {
	if x.foreign != nil {
		return x.foreign
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reading the size of %s: %w", x.name, err)
	}
	if size := info.Size(); size != x.length+written {
		x.foreign = fmt.Errorf("%s has %d bytes instead of %d: somebody else writes to it. A file with exactly.once=true must have one writer: stop the other, then restart the task, "+
			"which cuts off what lies behind the last commit", x.name, size, x.length+written)
	}
	return x.foreign
}

// end notes that the file holds nothing that the ledger does not cover, where that is so.
func (x *exact) end(f target) error {
	if x.moved || x.ledger.length != x.length || x.whole(f, 0) != nil {
		return nil
	}
	x.ledger.closed = true
	return x.ledger.write()
}

// wrote notes that the lines of a batch are in the file.
func (x *exact) wrote(b *connect.SinkBatch, size int64) {
	x.length += size
	for _, slice := range b.Slices() {
		if n := len(slice.Records); n > 0 {
			_, last, _ := slice.Records[n-1].SinkOrigin()
			x.ledger.offsets[slice.TopicPartition] = last + 1
		}
	}
	x.moved = x.moved || b.Len() > 0
}

// passed notes what was delivered without lines of its own at the end: records that transformations dropped.
func (x *exact) passed(delivered map[connect.TopicPartition]int64) {
	for tp, at := range delivered {
		if have, there := x.ledger.offsets[tp]; !there || at > have {
			x.ledger.offsets[tp], x.moved = at, true
		}
	}
}

// commit makes the ledger cover the file, which was synced before.
func (x *exact) commit() error {
	if !x.moved && x.ledger.length == x.length {
		return nil
	}
	x.ledger.length = x.length
	if err := x.ledger.write(); err != nil {
		return err
	}
	x.moved = false
	return nil
}
