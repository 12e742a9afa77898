package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// How long Poll waits between two looks at a file that has nothing new, and at a path where there is no file.
const (
	waitForData = 100 * time.Millisecond
	waitForFile = 250 * time.Millisecond
)

// SourceTask is FileStreamSourceTask. It follows its file through truncation (reads it again from the start) and replacement, as by log
// rotation (finishes the old file, then reads the new one from the start); Java's task would wait for ever on the old one.
type SourceTask struct {
	tc        connect.SourceTaskContext
	name      string
	topic     string
	batchSize int
	partition *connect.SourcePartition

	tail   *tail
	resume position // where to begin once the file can be opened
	known  bool     // resume is the committed offset or a decision of ours, not yet to be read
	warned bool     // the missing file was reported
	stdin  *stdin
}

// Start reads the configuration; the file is opened by Poll, since it may appear later.
func (t *SourceTask) Start(_ context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	t.tc, t.name, t.topic = tc, props[keyFile], props[keyTopic]
	t.batchSize = 2000
	if text, ok := props[keyBatchSize]; ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return connect.NewBadConfig(keyBatchSize, fmt.Errorf("Invalid value %s for configuration %s: a positive number of lines is needed", text, keyBatchSize))
		}
		t.batchSize = n
	}
	if t.name == "" {
		t.stdin = readStdin()
		return nil
	}
	t.partition = connect.NewSourcePartition(map[string]any{filenameField: t.name})
	return nil
}

// Stop closes the file.
func (t *SourceTask) Stop(context.Context) error {
	if t.tail != nil {
		return t.tail.close()
	}
	return nil
}

// Poll adds the lines that are there, at most batch.size, or waits for one.
func (t *SourceTask) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if t.stdin != nil {
		return t.stdin.poll(ctx, b, t.topic, t.batchSize)
	}
	if t.tail == nil {
		if opened, err := t.open(ctx); err != nil || !opened {
			return err
		}
	}
	for {
		t.addLines(b)
		if len(b.Records()) >= t.batchSize || b.Full() {
			break
		}
		n, err := t.tail.fill()
		if err != nil {
			return fmt.Errorf("reading %s at position %d: %w", t.name, t.tail.pos, err)
		}
		if n > 0 {
			continue
		}
		if len(b.Records()) > 0 {
			break
		}
		moved, err := t.follow(b)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", t.name, err)
		}
		if moved || !sleep(ctx, waitForData) {
			return nil
		}
	}
	b.Mark(t.partition, position(t.tail.pos))
	return nil
}

// Lag implements connect.LagReporter: the bytes of the file behind the last line that was read.
func (t *SourceTask) Lag() (amount int64, unit string, ok bool) {
	if t.tail == nil {
		return 0, "", false
	}
	info, err := t.tail.f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, "", false
	}
	return max(info.Size()-t.tail.pos, 0), "bytes", true
}

// addLines adds complete lines of what was read, as far as the batch takes them.
func (t *SourceTask) addLines(b *connect.SourceBatch) {
	now, most := time.Now().UnixMilli(), b.Limits().Bytes
	for len(b.Records()) < t.batchSize && !b.Full() {
		unread := t.tail.unread()
		n, returns := completeLines(unread[:min(len(unread), most)]) // the batch takes no more, and what is copied for it stays in memory with it
		if n == 0 {
			n, returns = completeLines(unread)
		}
		if n == 0 {
			return
		}
		lines, used := text(b.Arena(), unread[:n]), 0
		for used < len(lines.raw) && len(b.Records()) < t.batchSize && !b.Full() {
			length, withEnd, ok := nextLine(lines.raw[used:], returns)
			if !ok {
				// The block ends with a line end, but a \r there may be half of one: nothing further is complete.
				length, withEnd = len(lines.raw)-used-1, len(lines.raw)-used
			}
			r := b.Add(t.topic)
			r.Timestamp = now
			r.SetValue(data.StringSchema, lines.value(used, length))
			b.AddBytes(length)
			used += withEnd
		}
		t.tail.advance(used)
		most = max(most-used, leastBlock)
	}
}

// leastBlock is how much is looked at for the last lines of a batch.
const leastBlock = 1 << 10

// open opens the file at the committed position; opened is false when there is no file yet or ctx ended.
func (t *SourceTask) open(ctx context.Context) (opened bool, err error) {
	if !t.known {
		offsets, err := t.tc.Offsets(ctx, t.partition)
		if err != nil {
			if ctx.Err() != nil {
				return false, nil
			}
			return false, fmt.Errorf("reading the committed position in %s: %w", t.name, err)
		}
		if t.resume, _, err = positionOf(offsets[0]); err != nil {
			return false, err
		}
		t.known = true
	}
	tail, cut, err := openTail(t.name, int64(t.resume))
	if errors.Is(err, fs.ErrNotExist) {
		if !t.warned {
			t.tc.Logger().Warn("Couldn't find file " + t.name + " for FileStreamSourceTask, sleeping to wait for it to be created")
			t.warned = true
		}
		sleep(ctx, waitForFile)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("opening %s: %w", t.name, err)
	}
	if cut {
		t.tc.Logger().Warn(fmt.Sprintf("%s is shorter than the committed position %d: it was truncated or replaced, reading it from the start", t.name, t.resume))
	}
	t.tail, t.warned = tail, false
	return true, nil
}

// follow reacts to a file that was truncated or replaced while its end was being watched. moved says that the position jumped; the
// batch then carries a mark, so that the jump is committed even before the next line comes.
func (t *SourceTask) follow(b *connect.SourceBatch) (moved bool, err error) {
	what, err := t.tail.look()
	if err != nil || what == unchanged {
		return false, err
	}
	if what == truncated {
		t.tc.Logger().Warn(fmt.Sprintf("%s was truncated below position %d, reading it from the start", t.name, t.tail.pos))
	} else {
		t.tc.Logger().Info(fmt.Sprintf("%s was replaced, its old content was read to position %d, reading the new file from the start", t.name, t.tail.pos))
		t.addLastLine(b)
	}
	if err := t.tail.close(); err != nil {
		return false, err
	}
	t.tail, t.resume = nil, 0
	b.Mark(t.partition, position(0))
	return true, nil
}

// addLastLine adds what stands after the last line end of a file that will not grow any more.
func (t *SourceTask) addLastLine(b *connect.SourceBatch) {
	rest := t.tail.unread()
	if len(rest) == 0 {
		return
	}
	if rest[len(rest)-1] == '\r' {
		rest = rest[:len(rest)-1]
	}
	line := text(b.Arena(), rest)
	r := b.Add(t.topic)
	r.Timestamp = time.Now().UnixMilli()
	r.SetValue(data.StringSchema, line.value(0, len(rest)))
}

// sleep waits for d and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

var (
	_ connect.SourceTask  = (*SourceTask)(nil)
	_ connect.LagReporter = (*SourceTask)(nil)
)
