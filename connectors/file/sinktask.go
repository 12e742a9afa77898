package file

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/moldau/moldau/connect"
)

// SinkTask is FileStreamSinkTask. Lines are collected per put and written at once; Flush makes them durable before their offsets are
// committed. With exactly.once=true it also keeps the offsets itself.
type SinkTask struct {
	f       target
	name    string
	regular bool // a file of our own that can be truncated and synced, not a terminal or pipe
	torn    bool // the file ends within a line, as after a kill during a write
	buf     []byte
	dirty   bool
	exact   *exact // nil without exactly.once=true
	put     int64  // bytes written by the put under way
	// unsynced is the error of a sync that failed. A further sync would succeed without the lines being on disk: the system forgets what it could
	// not write. Only a task that starts anew can go on, from what was committed.
	unsynced error
}

// target is what lines go to.
type target interface {
	Write(lines []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Stat() (os.FileInfo, error)
	Close() error
}

// writeSize is when collected lines are written even within one put.
const writeSize = 1 << 20

// Start opens the file for appending.
func (t *SinkTask) Start(ctx context.Context, tc connect.SinkTaskContext, props map[string]string) error {
	t.name = props[keyFile]
	if exactlyOnce(props) {
		if t.name == "" {
			return connect.NewBadConfig(keyFile, errNeedsFile)
		}
		f, x, err := openExact(ctx, t.name, tc)
		if err != nil {
			return err
		}
		t.f, t.exact, t.regular = f, x, true
		t.torn = endsWithinLine(t.name, x.length)
		return nil
	}
	if t.name == "" {
		t.f, t.name = os.Stdout, "standard output"
		return nil
	}
	f, err := os.OpenFile(t.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return connect.NewFailure("Couldn't find or create file '"+t.name+"' for FileStreamSinkTask", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("reading the size of %s: %w", t.name, err)
	}
	t.f, t.regular = f, info.Mode().IsRegular()
	if !t.regular {
		return nil
	}
	if err := share(ctx, f, t.name, tc); err != nil {
		return err // Stop closes the file
	}
	// Under the lock: a task with exactly.once=true may have cut the file meanwhile.
	if info, err = f.Stat(); err != nil {
		return fmt.Errorf("reading the size of %s: %w", t.name, err)
	}
	t.torn = endsWithinLine(t.name, info.Size())
	return nil
}

// endsWithinLine reports whether a file's last byte is no line end. A file that may only be written counts as whole.
func endsWithinLine(name string, size int64) bool {
	if size == 0 {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var last [1]byte
	_, err = f.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// Put appends one line per record: the text of its value as Java prints it, "null" for a null. The first line does not go on where a
// killed process left half of one: that would spoil the line, which Java's task does.
func (t *SinkTask) Put(_ context.Context, b *connect.SinkBatch) error {
	t.put = 0
	torn := t.torn
	err := t.append(b)
	if t.exact == nil {
		return err
	}
	if err != nil {
		// All or nothing: the ledger covers whole puts. What cannot be cut off now is so when the task starts again.
		back := t.exact.whole(t.f, t.put)
		if back == nil {
			back = t.f.Truncate(t.exact.length)
		}
		t.torn = torn
		return errors.Join(err, back)
	}
	t.exact.wrote(b, t.put)
	return nil
}

func (t *SinkTask) append(b *connect.SinkBatch) error {
	t.buf = t.buf[:0]
	if t.torn && b.Len() > 0 {
		t.buf = append(t.buf, '\n')
	}
	for _, slice := range b.Slices() {
		for i := range slice.Records {
			t.buf = slice.Records[i].Value().AppendString(t.buf)
			t.buf = append(t.buf, '\n')
			if len(t.buf) >= writeSize {
				if err := t.write(); err != nil {
					return err
				}
			}
		}
	}
	return t.write()
}

// write appends the collected lines. A write that fails half way, as on a full disk, is taken back, so that the lines are not torn and
// not doubled when the task is restarted.
func (t *SinkTask) write() error {
	if len(t.buf) == 0 {
		return nil
	}
	n, err := t.f.Write(t.buf)
	if err != nil {
		switch {
		case n == 0:
		case t.exact != nil:
			t.put += int64(n) // Put takes back the whole
		case t.regular:
			if back := t.takeBack(int64(n)); back != nil {
				t.torn = t.buf[n-1] != '\n'
				return fmt.Errorf("appending to %s: %w (%d bytes of the failed write remain in it: %v)", t.name, err, n, back)
			}
		}
		return fmt.Errorf("appending to %s: %w; nothing of this write was kept or committed: make room or fix the file, then restart the task", t.name, err)
	}
	t.put += int64(n)
	t.dirty, t.torn = true, false
	t.buf = t.buf[:0]
	return nil
}

// takeBack cuts the last n bytes off the file.
func (t *SinkTask) takeBack(n int64) error {
	info, err := t.f.Stat()
	if err != nil {
		return err
	}
	return t.f.Truncate(info.Size() - n)
}

// Released reports that nothing of a batch is kept: its lines were written.
func (t *SinkTask) Released() bool { return true }

// Flush makes what was put durable.
func (t *SinkTask) Flush(_ context.Context, delivered map[connect.TopicPartition]int64) error {
	if t.unsynced != nil {
		return t.unsynced
	}
	if t.dirty && t.regular {
		if err := t.f.Sync(); err != nil {
			t.unsynced = fmt.Errorf("syncing %s to disk: %w; what was put since the last commit may be lost: mend the disk, then restart the task", t.name, err)
			return t.unsynced
		}
		t.dirty = false
	}
	if t.exact == nil {
		return nil
	}
	if err := t.exact.whole(t.f, 0); err != nil {
		return err
	}
	t.exact.passed(delivered)
	return t.exact.commit()
}

// DurableOffsets implements connect.OffsetKeeper.
func (t *SinkTask) DurableOffsets(ctx context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	if t.exact == nil {
		return nil, nil
	}
	if err := t.Flush(ctx, nil); err != nil {
		return nil, err
	}
	offsets := map[connect.TopicPartition]int64{}
	for _, tp := range tps {
		if at, there := t.exact.ledger.offsets[tp]; there {
			offsets[tp] = at
		}
	}
	return offsets, nil
}

// Stop closes the file.
func (t *SinkTask) Stop(context.Context) error {
	if t.f == nil || t.f == target(os.Stdout) {
		return nil
	}
	var err error
	if t.exact != nil && t.unsynced == nil {
		err = t.exact.end(t.f)
	}
	if failure := t.f.Close(); failure != nil {
		err = errors.Join(err, fmt.Errorf("closing %s: %w", t.name, failure))
	}
	return err
}

var (
	_ connect.SinkTask      = (*SinkTask)(nil)
	_ connect.Flusher       = (*SinkTask)(nil)
	_ connect.OffsetKeeper  = (*SinkTask)(nil)
	_ connect.BatchReleaser = (*SinkTask)(nil)
)
