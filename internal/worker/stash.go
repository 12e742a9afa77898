package worker

import (
	"slices"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// stash holds records that were polled and are delivered later, in order: those that a cut left of a fetch that was too large for the task. Only the task's
// goroutine uses it.
type stash struct {
	parts []stashed
	held  atomic.Int64 // memory of the records; any goroutine may read it
}

// stashed are records of one partition. There is at most one for each.
type stashed struct {
	tp      connect.TopicPartition
	mark    int64 // the high watermark
	start   int64 // the log start offset
	records []*kgo.Record
}

func (s *stash) empty() bool { return len(s.parts) == 0 }

// add puts polled records behind those of their partitions, but not those of partitions that are not wanted.
func (s *stash) add(fetches kgo.Fetches, wanted func(connect.TopicPartition) bool) {
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		tp := connect.TopicPartition{Topic: p.Topic, Partition: p.Partition}
		if len(p.Records) == 0 || !wanted(tp) {
			return
		}
		i := slices.IndexFunc(s.parts, func(have stashed) bool { return have.tp == tp })
		if i < 0 {
			s.parts = append(s.parts, stashed{tp: tp})
			i = len(s.parts) - 1
		}
		s.parts[i].mark, s.parts[i].start = p.HighWatermark, p.LogStartOffset
		s.parts[i].records = append(s.parts[i].records, p.Records...)
		s.held.Add(memoryOf(p.Records))
	})
}

// memoryOf is what records take.
func memoryOf(records []*kgo.Record) (n int64) {
	for _, r := range records {
		n += sizeOf(r) + overhead
	}
	return n
}

// ready reports whether there is a partition that is not paused.
func (s *stash) ready(paused map[string][]int32) bool {
	return slices.ContainsFunc(s.parts, func(p stashed) bool { return !isPausedIn(paused, p.tp) })
}

func isPausedIn(paused map[string][]int32, tp connect.TopicPartition) bool {
	return slices.Contains(paused[tp.Topic], tp.Partition)
}

// take returns up to n records, as a poll does, of partitions that are not paused. A partition that was not emptied goes behind the others.
func (s *stash) take(n int, paused map[string][]int32) kgo.Fetches {
	var fetch kgo.Fetch
	var rest, begun []stashed
	for _, p := range s.parts {
		take := min(n, len(p.records))
		if take == 0 || isPausedIn(paused, p.tp) {
			rest = append(rest, p)
			continue
		}
		n -= take
		s.held.Add(-memoryOf(p.records[:take]))
		fetch.Topics = append(fetch.Topics, kgo.FetchTopic{Topic: p.tp.Topic, Partitions: []kgo.FetchPartition{
			{Partition: p.tp.Partition, HighWatermark: p.mark, LogStartOffset: p.start, Records: p.records[:take:take]}}})
		if p.records = p.records[take:]; len(p.records) > 0 {
			begun = append(begun, p)
		}
	}
	rest = append(rest, begun...)
	s.parts = rest
	return kgo.Fetches{fetch}
}

// drop forgets partitions: they were given up, or are consumed again from elsewhere.
func (s *stash) drop(tps ...connect.TopicPartition) {
	s.parts = slices.DeleteFunc(s.parts, func(p stashed) bool {
		gone := slices.Contains(tps, p.tp)
		if gone {
			s.held.Add(-memoryOf(p.records))
		}
		return gone
	})
}
