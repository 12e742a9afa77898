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
	length int64 // of the file after the last whole put
	moved  bool  // offsets changed since the ledger was written
	log    *slog.Logger
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
	if err := lock(ctx, f, name, tc.Logger()); err != nil {
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
	x := &exact{ledger: l, length: info.Size(), log: tc.Logger()}
	switch {
	case !there:
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
	l.length = x.length
	return x, l.write()
}

// lock waits for the lock of a file.
func lock(ctx context.Context, f *os.File, name string, log *slog.Logger) error {
	const rest = 100 * time.Millisecond
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for waited := time.Duration(0); ; waited += rest {
		err := lockFile(f)
		if err == nil || errors.Is(err, errors.ErrUnsupported) {
			return nil
		}
		if !errors.Is(err, errLocked) {
			return fmt.Errorf("locking %s: %w", name, err)
		}
		if waited == 0 {
			log.Warn("Another task or process still writes to the file; this one waits for it", "file", name)
		}
		if waited >= lockPatience {
			return fmt.Errorf("another task or process writes to %s with exactly.once=true: stop it or give this connector a file of its own, then restart the task", name)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
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
