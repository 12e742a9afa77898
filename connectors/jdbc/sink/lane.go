package sink

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// lane is what a put writes over one connection, in one transaction: all records of some partitions, so that the order within each is kept.
type lane struct {
	c       dialect.Conn
	work    []*tableWork
	byTable map[*table]*tableWork
	next    map[connect.TopicPartition]int64 // the offsets behind its records
	records int
	careful bool // savepoints were needed
	err     error
	panic   any // what its goroutine ended with, for the task's
}

// fewRecords are not worth another transaction.
const fewRecords = 200

// spread divides the partitions of a batch among as many lanes as are worth it.
func (t *Task) spread(b *connect.SinkBatch) ([]*lane, map[connect.TopicPartition]*lane) {
	sizes := map[connect.TopicPartition]int{}
	next := map[connect.TopicPartition]int64{}
	var tps []connect.TopicPartition // in order
	for _, slice := range b.Slices() {
		if len(slice.Records) == 0 {
			continue
		}
		if _, known := sizes[slice.TopicPartition]; !known {
			tps = append(tps, slice.TopicPartition)
		}
		sizes[slice.TopicPartition] += len(slice.Records)
		_, end, _ := slice.Records[len(slice.Records)-1].SinkOrigin()
		next[slice.TopicPartition] = max(next[slice.TopicPartition], end+1)
		if _, begin, _ := slice.Records[0].SinkOrigin(); begin >= t.ahead[slice.TopicPartition] {
			delete(t.ahead, slice.TopicPartition)
		}
	}
	most := 1
	if _, one := t.s.Dialect.(dialect.OneWriter); !one && !t.single {
		most = max(1, min(t.s.connections, len(tps), b.Len()/fewRecords))
	}
	lanes := make([]*lane, most)
	for i := range lanes {
		lanes[i] = &lane{byTable: map[*table]*tableWork{}, next: map[connect.TopicPartition]int64{}}
	}
	of := map[connect.TopicPartition]*lane{}
	for _, tp := range tps {
		l := slices.MinFunc(lanes, func(a, b *lane) int { return a.records - b.records })
		l.records += sizes[tp]
		l.next[tp] = next[tp]
		of[tp] = l
	}
	return lanes, of
}

// add takes a record with its place.
func (l *lane) add(s *settings, at placed, r *connect.Record, reporting, alone bool) {
	w := l.byTable[at.table]
	if w == nil {
		w = newTableWork(at.table, s.mode, reporting, alone)
		l.byTable[at.table] = w
		l.work = append(l.work, w)
	}
	if at.truncate { // and with it what was to be written before
		*w = *newTableWork(at.table, s.mode, reporting, alone)
		w.truncate = true
		return
	}
	w.add(s, at.shape, r, at.key)
}

// write carries out the lanes side by side. Where some of them cannot be written, the others stay written, and their records are left out when they
// come again.
func (t *Task) write(ctx context.Context, lanes []*lane) error {
	lastTry, careful, reporter := t.left == 0, t.careful > 0, t.tc.Errors()
	t.careful = max(0, t.careful-1)
	t.lend(lanes)
	var all sync.WaitGroup
	for _, l := range lanes[1:] {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					l.panic = fmt.Sprintf("%v\n%s", p, debug.Stack())
				}
			}()
			l.err = t.transact(ctx, l, lastTry, careful, reporter)
		})
	}
	lanes[0].err = t.transact(ctx, lanes[0], lastTry, careful, reporter)
	all.Wait()
	t.takeBack(lanes)
	for _, l := range lanes {
		if l.panic != nil {
			panic(l.panic)
		}
	}
	return t.settled(lanes)
}

// settled notes what came of the lanes and returns the error that decides about the put.
func (t *Task) settled(lanes []*lane) error {
	var deciding error
	for _, l := range lanes {
		if l.careful {
			t.careful = carefulPuts
		}
		if l.err != nil {
			if t.keeper != nil && (errors.Is(l.err, errFenced) || errors.As(l.err, new(errCommit))) {
				t.keeper.uncertain = true
			}
			if deciding == nil || t.final(l.err) && !t.final(deciding) {
				deciding = l.err
			}
		}
	}
	for _, l := range lanes {
		for tp, at := range l.next {
			switch {
			case l.err != nil:
			case t.keeper != nil:
				t.keeper.stored[tp] = max(t.keeper.stored[tp], at)
			case deciding != nil:
				t.ahead[tp] = max(t.ahead[tp], at)
			}
		}
	}
	return deciding
}

// final reports whether another try would not help.
func (t *Task) final(err error) bool {
	if errors.As(err, new(reported)) || errors.As(err, new(errTable)) {
		return true
	}
	fault := t.s.fault(err)
	return fault.OfValues() || fault == dialect.Login
}

// lend gives the lanes the connections that there are; the first one's is the task's own.
func (t *Task) lend(lanes []*lane) {
	lanes[0].c = t.c
	for i, l := range lanes[1:] {
		if i < len(t.further) {
			l.c = t.further[i]
		}
	}
}

// takeBack keeps the connections that can still be used.
func (t *Task) takeBack(lanes []*lane) {
	t.c = lanes[0].c
	for i, l := range lanes[1:] {
		if i == len(t.further) {
			t.further = append(t.further, nil)
		}
		t.further[i] = l.c
	}
	t.further = slices.DeleteFunc(t.further, func(c dialect.Conn) bool {
		if c != nil && !c.Alive() {
			t.close(c)
		}
		return c == nil || !c.Alive()
	})
}

func (t *Task) closeFurther() {
	for _, c := range t.further {
		t.close(c)
	}
	t.further = nil
}
