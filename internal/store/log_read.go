package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
)

// readFirst reads what is there when the log is opened.
func (l *KafkaLog) readFirst(ctx context.Context) error {
	var ends map[int32]int64
	for began := time.Now(); ; {
		var err error
		// As in Java, records of open transactions count, so that what a leader just wrote is waited for.
		if ends, err = l.cfg.Admin.EndOffsets(ctx, l.cfg.Topic.Name, false); err == nil {
			break
		}
		if lasting(err) || time.Since(began) > endOffsetsTimeout || !sleep(ctx, endOffsetsPause) {
			return l.described(err)
		}
		l.log.Warn("Failed to read the end offsets of the topic. Retrying.", "error", err)
	}
	starts, err := l.starts(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	for p, at := range starts {
		l.positions[p] = max(l.positions[p], at)
	}
	l.mu.Unlock()
	for !l.reached(ends) {
		if err := l.poll(ctx); err != nil {
			return err
		}
		if err := l.refused(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("read topic %s to its end: %w", l.cfg.Topic.Name, ctx.Err())
		}
	}
	return nil
}

// starts returns where partitions begin: one whose records were all deleted is at its end.
func (l *KafkaLog) starts(ctx context.Context) (map[int32]int64, error) {
	listed, err := kadm.NewClient(l.cfg.Admin.Client()).ListStartOffsets(ctx, l.cfg.Topic.Name)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("ask where topic %s begins: %w", l.cfg.Topic.Name, err)
	}
	starts := map[int32]int64{}
	listed.Each(func(o kadm.ListedOffset) { starts[o.Partition] = o.Offset })
	return starts, nil
}

// tail reads on until the log is closed.
func (l *KafkaLog) tail(ctx context.Context) {
	defer close(l.done)
	for ctx.Err() == nil {
		if err := l.poll(ctx); err != nil {
			return
		}
	}
}

// poll reads what comes next. Errors of partitions are passing ones, which the client tries again after.
func (l *KafkaLog) poll(ctx context.Context) error {
	fetches := l.consumer.PollFetches(ctx)
	if fetches.IsClientClosed() {
		return kgo.ErrClientClosed
	}
	fetches.EachError(func(_ string, p int32, err error) {
		if ctx.Err() == nil {
			l.troubled(p, err)
		}
	})
	positions := map[int32]int64{}
	fetches.EachRecord(func(r *kgo.Record) {
		if !r.Attrs.IsControl() {
			l.cfg.Record(r)
		}
		positions[r.Partition] = r.Offset + 1
	})
	if len(positions) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.positions, positions)
	for p := range positions {
		delete(l.troubles, p)
	}
	close(l.moved)
	l.moved = make(chan struct{})
	return nil
}

func (l *KafkaLog) reached(ends map[int32]int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.behind(ends) < 0
}

// behind returns a partition that has not been read to its end, or -1; the caller holds the lock.
func (l *KafkaLog) behind(ends map[int32]int64) int32 {
	for p, end := range ends {
		if at, read := l.positions[p]; read && at < end {
			return p
		}
	}
	return -1
}

// ReadToEnd waits until everything has been read that was on the topic when it was called, and what was sent before.
func (l *KafkaLog) ReadToEnd(ctx context.Context) error {
	failed := func(err error) error {
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Error trying to read to end of topic %s: %v", l.cfg.Topic.Name, err), err)
	}
	if err := l.Flush(ctx); err != nil {
		return failed(err)
	}
	var ends map[int32]int64
	for {
		var err error
		if ends, err = l.cfg.Admin.EndOffsets(ctx, l.cfg.Topic.Name, false); err == nil {
			break
		}
		if lasting(err) || !sleep(ctx, 100*time.Millisecond) {
			return failed(l.described(err))
		}
	}
	for {
		l.mu.Lock()
		behind, moved := l.behind(ends), l.moved
		l.mu.Unlock()
		if behind < 0 {
			return nil
		}
		select {
		case <-moved:
		case <-l.done:
			return failed(kgo.ErrClientClosed)
		case <-ctx.Done():
			return failed(errors.Join(fmt.Errorf("partition %d is not read to offset %d: %w", behind, ends[behind], ctx.Err()), l.refused()))
		}
	}
}

// timeout reports whether a record waited too long for a broker.
func timeout(err error) bool {
	return errors.Is(err, kgo.ErrRecordTimeout) || errors.Is(err, kgo.ErrRecordRetries) || errors.Is(err, context.DeadlineExceeded)
}
