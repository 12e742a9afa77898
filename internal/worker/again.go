package worker

import (
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// reached is the offset after the last record of a partition that the task was given, of earlier tasks of the process too.
func (s *sinkTask) reached(p *sinkPartition) int64 {
	at := max(p.next, p.again)
	if s.offered {
		at = max(at, p.pending)
	}
	return at
}

// leaveBehind remembers which records of partitions come again, since they were put and not committed.
func (s *sinkTask) leaveBehind(tps []connect.TopicPartition) {
	for _, tp := range tps {
		if p := s.parts[tp]; p != nil && s.reached(p) > max(p.committed, 0) {
			s.w.figures.LeftUncommitted(time.Now(), s.id.Connector, metrics.Partition(tp), s.reached(p))
		}
	}
}

// countAgain counts the records that were put before.
func (s *sinkTask) countAgain(p *sinkPartition, records []*kgo.Record) {
	n := sort.Search(len(records), func(i int) bool { return records[i].Offset >= p.again })
	if n > 0 {
		s.w.figures.Redelivered(time.Now(), s.id.Connector, n)
	}
	if n < len(records) {
		p.again = 0
	}
}
