package worker

import (
	"log/slog"
	"time"

	"github.com/moldau/moldau/connect"
)

// sinkContext is what a sink task may ask of the worker. Its methods run within calls of the plugin, so on the task's goroutine.
type sinkContext struct{ s *sinkTask }

func (c sinkContext) Connector() string    { return c.s.id.Connector }
func (c sinkContext) Task() int            { return c.s.id.Task }
func (c sinkContext) Logger() *slog.Logger { return c.s.logger }

func (c sinkContext) Assignment() []connect.TopicPartition { return c.s.owned() }

func (c sinkContext) Rewind(tp connect.TopicPartition, offset int64) {
	if offset < 0 {
		c.s.logger.Warn("A rewind to a negative offset is ignored", "topic", tp.Topic, "partition", tp.Partition, "offset", offset)
		return
	}
	c.s.rewind(tp, offset)
}

func (s *sinkTask) rewind(tp connect.TopicPartition, offset int64) {
	s.rewinds[tp], s.sought = offset, false
	s.stash.drop(tp)
}

func (c sinkContext) Timeout(d time.Duration) { c.s.timeout = d }

func (c sinkContext) Pause(tps ...connect.TopicPartition) {
	c.each("pause", tps, true)
}

func (c sinkContext) Resume(tps ...connect.TopicPartition) {
	c.each("resume", tps, false)
}

func (c sinkContext) each(what string, tps []connect.TopicPartition, paused bool) {
	m := map[string][]int32{}
	for _, tp := range tps {
		if c.s.parts[tp] == nil {
			c.s.logger.Warn("The task asked to "+what+" a partition that it does not own", "topic", tp.Topic, "partition", tp.Partition)
			continue
		}
		m[tp.Topic] = append(m[tp.Topic], tp.Partition)
	}
	if len(m) == 0 || c.s.client == nil {
		return
	}
	if paused {
		c.s.client.PauseFetchPartitions(m)
	} else {
		c.s.client.ResumeFetchPartitions(m)
	}
}

func (c sinkContext) RequestCommit() { c.s.commit.requested = true }

func (c sinkContext) Errors() connect.ErrantRecordReporter {
	if len(c.s.op.reporters) == 0 {
		return nil // Java's errantRecordReporter is null too
	}
	return c.s.errant
}
