package worker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

type rebalanceKind uint8

const (
	assigned rebalanceKind = iota
	revoked
	lost
)

// rebalanceCall is a callback of the client that waits until the task has served it.
type rebalanceCall struct {
	kind rebalanceKind
	tps  map[string][]int32
	done chan struct{}
}

// onRebalance runs on the client's goroutine, for the first time maybe before start has the client.
func (s *sinkTask) onRebalance(client *kgo.Client, kind rebalanceKind, tps map[string][]int32) {
	figures, began := metrics.ConsumingOf(client), time.Now()
	if kind == assigned {
		figures.Rebalanced(began)
	}
	if len(tps) == 0 {
		return
	}
	defer func() {
		now := time.Now()
		switch took := now.Sub(began); kind {
		case assigned:
			figures.Assigned(now, took)
		case revoked:
			figures.Revoked(now, took)
		case lost:
			figures.Lost(now, took)
		}
	}()
	call := rebalanceCall{kind, tps, make(chan struct{})}
	select {
	case s.rebalance <- call:
		select {
		case <-call.done:
		case <-s.killed.Done():
		}
	case <-s.ended:
	case <-s.killed.Done():
	}
}

// handle serves a rebalance on the task's goroutine. An error of the plugin fails the task afterwards, as in Java.
func (s *sinkTask) handle(call rebalanceCall) {
	defer close(call.done)
	var tps []connect.TopicPartition
	for topic, partitions := range call.tps {
		for _, p := range partitions {
			tp := connect.TopicPartition{Topic: topic, Partition: p}
			if _, owned := s.parts[tp]; owned == (call.kind != assigned) {
				tps = append(tps, tp)
			}
		}
	}
	if len(tps) == 0 {
		return
	}
	sortPartitions(tps)
	var err error
	if call.kind == assigned {
		err = s.assign(tps)
	} else {
		err = s.release(tps, call.kind == revoked)
	}
	if err != nil && s.failed == nil {
		s.failed = err
	}
}

func (s *sinkTask) assign(tps []connect.TopicPartition) error {
	s.logger.Debug("Partitions assigned", "partitions", tps)
	fresh := map[string][]int32{}
	for _, tp := range tps {
		fresh[tp.Topic] = append(fresh[tp.Topic], tp.Partition)
		s.parts[tp] = &sinkPartition{tp: &tp, next: -1, pending: -1, committed: -1, epoch: -1,
			first: -1, again: s.w.figures.TakenUp(s.id.Connector, metrics.Partition(tp))}
		s.figures.Assigned(metrics.Partition(tp))
	}
	s.fetches.spread(len(s.parts))
	s.consuming.Holds(len(s.parts))
	// The client remembers what the task paused when it owned the partition before; Java's consumer does not.
	s.client.ResumeFetchPartitions(fresh)
	var err error
	if opener, ok := s.task.(connect.PartitionOpener); ok {
		err = s.call("Open", func() error { return opener.Open(s.stopping, tps) })
	}
	if err == nil {
		err = s.keeper.begin(s.stopping, tps)
	}
	// What the task wants to begin at goes to the client together with the committed offsets.
	for _, tp := range tps {
		at, ok := s.rewinds[tp]
		kept := ok && s.keeper.active
		s.seeker.expect(s.client, tp, at, ok, kept)
		if ok {
			delete(s.rewinds, tp)
			p := s.parts[tp]
			if p.next = at; !kept { // what the group committed may be behind what the target keeps, and is to follow
				p.committed = at
			}
		}
	}
	return err
}

// release gives partitions up: it asks the task what may be committed, closes them, and commits (WorkerSinkTask.closePartitions). Without
// commit they are lost to another member already.
func (s *sinkTask) release(tps []connect.TopicPartition, commit bool) error {
	s.logger.Debug("Partitions given up", "partitions", tps, "commit", commit)
	var offsets map[connect.TopicPartition]int64
	if commit {
		offsets = s.commit.prepare(tps, true)
	}
	var err error
	if opener, ok := s.task.(connect.PartitionOpener); ok {
		err = s.call("Close", func() error { return opener.Close(s.killed, tps) })
	}
	if commit {
		s.commit.sync(offsets)
	} else {
		s.commit.forget()
	}
	s.leaveBehind(tps)
	for _, tp := range tps {
		delete(s.parts, tp)
		s.figures.Revoked(metrics.Partition(tp))
		s.consuming.Gone(metrics.Partition(tp))
		delete(s.rewinds, tp)
	}
	s.consuming.Holds(len(s.parts))
	s.fetches.spread(len(s.parts))
	if len(s.parts) == 0 {
		s.fetches.forget()
	}
	if err == nil {
		err = s.errant.failure()
	}
	s.errant.drop(tps)
	s.stash.drop(tps...)
	s.dropFromBatch()
	return err
}

// dropFromBatch takes the records of partitions that are gone out of a batch that waits to be put again.
func (s *sinkTask) dropFromBatch() {
	if !s.redeliver {
		return
	}
	if s.halves != nil {
		s.halves.rest = slices.Clone(s.halves.rest)
		for i, part := range s.halves.rest {
			s.halves.rest[i] = s.stillOwned(part)
		}
		s.halves.bad = slices.DeleteFunc(s.halves.bad, func(bad badRecord) bool {
			tp, _, _ := bad.record.SinkOrigin()
			return s.parts[tp] == nil
		})
	}
	s.batch = s.stillOwned(s.batch)
	if len(s.parts) == 0 {
		s.redeliver, s.retry = false, 0
		s.united()
	}
}

// stillOwned is the batch without the records of partitions that are gone.
func (s *sinkTask) stillOwned(b *connect.SinkBatch) *connect.SinkBatch {
	var kept []connect.SinkSlice
	for _, slice := range b.Slices() {
		if _, owned := s.parts[slice.TopicPartition]; owned {
			kept = append(kept, slice)
		}
	}
	if len(kept) == len(b.Slices()) {
		return b
	}
	fresh := connect.NewSinkBatch()
	for _, slice := range kept {
		fresh.Append(slice)
	}
	return fresh
}

func (s *sinkTask) owned() []connect.TopicPartition {
	tps := make([]connect.TopicPartition, 0, len(s.parts))
	for tp := range s.parts {
		tps = append(tps, tp)
	}
	sortPartitions(tps)
	return tps
}

// seeker hands offsets to begin at to the client when it has fetched the committed ones, and learns the positions it begins at. Java's
// consumer tells its position; this client does not, so positions without a committed offset are looked up here.
type seeker struct {
	mu        sync.Mutex
	client    *kgo.Client
	at        map[connect.TopicPartition]int64
	kept      map[connect.TopicPartition]bool // those of at that are to be compared with what Kafka holds
	positions map[connect.TopicPartition]int64

	logger   *slog.Logger
	stopping context.Context
	strict   bool // auto.offset.reset=none
	wake     func()
	failed   error // fails the task
}

func (k *seeker) expect(client *kgo.Client, tp connect.TopicPartition, at int64, wanted, kept bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at == nil {
		k.at, k.positions, k.kept = map[connect.TopicPartition]int64{}, map[connect.TopicPartition]int64{}, map[connect.TopicPartition]bool{}
	}
	k.client = client
	delete(k.positions, tp)
	delete(k.kept, tp)
	if kept {
		k.kept[tp] = true
	}
	if wanted {
		k.at[tp] = at
	} else {
		delete(k.at, tp)
	}
}

const (
	atEnd   = -1
	atStart = -2
)

// adjust is kgo.AdjustFetchOffsetsFn; the client calls it after partitions were assigned and before it consumes them.
func (k *seeker) adjust(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	client, starts, ends, kept := k.apply(offsets)
	if len(kept) > 0 {
		ctx, cancel := context.WithCancel(ctx)
		defer context.AfterFunc(k.stopping, cancel)()
		defer cancel()
		if err := k.check(ctx, client, offsets, kept); err != nil {
			return offsets, err
		}
	}
	if client != nil {
		// Without the lock: the task must not wait for a broker that does not answer.
		admin := kadm.NewClient(client)
		k.resolve(ctx, offsets, atStart, starts, admin.ListStartOffsets)
		k.resolve(ctx, offsets, atEnd, ends, admin.ListEndOffsets)
	}
	return offsets, nil
}

// apply sets the offsets that were asked for, notes those that are known, and returns the topics with partitions to begin at their start or end, and
// the offsets of those that are to be compared.
func (k *seeker) apply(offsets map[string]map[int32]kgo.Offset) (client *kgo.Client, starts, ends []string, kept map[connect.TopicPartition]int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for topic, partitions := range offsets {
		start, end := false, false
		for p, o := range partitions {
			tp := connect.TopicPartition{Topic: topic, Partition: p}
			if at, ok := k.at[tp]; ok {
				partitions[p] = kgo.NewOffset().At(at)
				delete(k.at, tp)
				if k.kept[tp] {
					if kept == nil {
						kept = map[connect.TopicPartition]int64{}
					}
					kept[tp] = at
				}
				continue
			}
			switch at := o.EpochOffset().Offset; {
			case at >= 0:
				k.note(tp, o)
			case at == atStart:
				start = true
			case at == atEnd:
				end = true
			}
		}
		if start {
			starts = append(starts, topic)
		}
		if end {
			ends = append(ends, topic)
		}
	}
	return k.client, starts, ends, kept
}

// largestOffset keeps times in milliseconds, which auto.offset.reset=by_duration makes of offsets, apart from offsets.
const largestOffset = 1 << 39

func (k *seeker) note(tp connect.TopicPartition, o kgo.Offset) {
	if at := o.EpochOffset().Offset; at < largestOffset || o.EpochOffset().Epoch >= 0 {
		k.positions[tp] = at
	}
}

// resolve replaces "the start" and "the end" by offsets. A broker that does not answer leaves the choice to the client.
func (k *seeker) resolve(ctx context.Context, offsets map[string]map[int32]kgo.Offset, kind int64, topics []string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) {
	if len(topics) == 0 {
		return
	}
	listed, err := list(ctx, topics...)
	if err != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for topic, partitions := range offsets {
		for p, o := range partitions {
			l, ok := listed.Lookup(topic, p)
			if !ok || l.Err != nil || l.Offset < 0 || o.EpochOffset().Offset != kind {
				continue
			}
			partitions[p] = kgo.NewOffset().At(l.Offset)
			k.positions[connect.TopicPartition{Topic: topic, Partition: p}] = l.Offset
		}
	}
}

// collect tells partitions their positions.
func (k *seeker) collect(parts map[connect.TopicPartition]*sinkPartition) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for tp, at := range k.positions {
		if p := parts[tp]; p != nil && p.committed < 0 {
			p.committed = at
			if p.next < 0 {
				p.next = at
			}
		}
	}
	clear(k.positions)
}

// applyRewinds makes the client consume again from the offsets that the task asked for, or that its failed PreCommit asks for. A poll under
// way may still return records from before: take drops them, and their partitions are sought once more when it has returned.
func (s *sinkTask) applyRewinds() {
	if len(s.rewinds) == 0 || s.client == nil || s.polling && s.sought {
		return
	}
	seek := map[string]map[int32]kgo.EpochOffset{}
	for tp, at := range s.rewinds {
		p := s.parts[tp]
		if p == nil {
			continue // it is applied when the partition is assigned
		}
		p.again, p.first = s.given(p), -1
		p.next, p.committed, p.pending = at, at, -1
		if seek[tp.Topic] == nil {
			seek[tp.Topic] = map[int32]kgo.EpochOffset{}
		}
		seek[tp.Topic][tp.Partition] = kgo.EpochOffset{Epoch: -1, Offset: at}
		if !s.polling {
			delete(s.rewinds, tp)
		}
	}
	s.sought = s.polling
	s.client.SetOffsets(seek)
}
