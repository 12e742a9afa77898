package worker

import (
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// given are the offsets of a partition that the task was given, and earlier tasks of the process that did not commit them.
func (s *sinkTask) given(p *sinkPartition) metrics.Span {
	next := s.reached(p)
	if p.first < 0 || next <= p.first {
		return p.again
	}
	return p.again.With(metrics.Span{First: p.first, Next: next})
}

// leaveBehind remembers which records of partitions come again, since they were put and not committed.
func (s *sinkTask) leaveBehind(tps []connect.TopicPartition) {
	for _, tp := range tps {
		p := s.parts[tp]
		if p == nil {
			continue
		}
		if given := s.given(p); given.Next > max(p.committed, 0) {
			s.w.figures.LeftUncommitted(time.Now(), s.id.Connector, metrics.Partition(tp), given)
		}
	}
}

// meet notes where the task began with a partition, and counts the records that were put before.
func (s *sinkTask) meet(p *sinkPartition, records []*kgo.Record) {
	if first := records[0].Offset; p.first < 0 || first < p.first {
		p.first = first
	}
	if p.again.Next == 0 {
		return
	}
	before := func(offset int64) int {
		return sort.Search(len(records), func(i int) bool { return records[i].Offset >= offset })
	}
	end := before(p.again.Next)
	if n := end - before(p.again.First); n > 0 {
		s.w.figures.Redelivered(time.Now(), s.id.Connector, n)
	}
	if end < len(records) {
		p.again = metrics.Span{}
	}
}
