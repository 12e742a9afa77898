package worker

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/metrics"
)

// deliver converts what was polled and puts it; rebalances are blocked meanwhile.
func (s *sinkTask) deliver(fetches kgo.Fetches) error {
	if err := s.fetchErrors(fetches); err != nil {
		return err
	}
	if s.isStopping() {
		return nil
	}
	s.seeker.collect(s.parts)
	n := fetches.NumRecords()
	if cap(s.slab) < n {
		s.slab = make([]connect.Record, 0, max(n, s.maxRecords))
	}
	s.op.saw(n)
	if err := s.turns.Begin(s.stopping); err != nil {
		return nil // nothing of the poll counts as delivered
	}
	err := s.process(fetches, n)
	s.turns.End()
	if err != nil {
		return s.dropPolled(err)
	}
	if s.isPaused() { // while the poll was under way
		s.redeliver, s.putAt = true, time.Now()
		return nil
	}
	return s.put()
}

// process converts and transforms n polled records into the batch.
func (s *sinkTask) process(fetches kgo.Fetches, n int) error {
	began := time.Now()
	s.figures.Read(began, n)
	s.commit.open += n
	if s.spans != nil {
		s.spans.begin(began, n)
	}
	s.slab, s.taken, s.inputs = s.slab[:0], s.taken[:0], s.inputs[:0]
	s.batch.Reset()
	s.errant.begin()
	for i := range fetches {
		for j := range fetches[i].Topics {
			topic := &fetches[i].Topics[j]
			for k := range topic.Partitions {
				if err := s.take(topic.Topic, &topic.Partitions[k]); err != nil {
					return err
				}
			}
		}
	}
	if s.chain.preparing() {
		began := time.Now()
		err := s.transformTogether()
		if s.spans != nil {
			s.spans.together(began, err)
		}
		if err != nil {
			return err
		}
	}
	if n > 0 {
		s.figures.Processed(time.Since(began))
	}
	return nil
}

// dropPolled drops the batch because of an error, and returns the error where it fails the task.
func (s *sinkTask) dropPolled(err error) error {
	s.forgetPolled(err)
	if errors.Is(err, errStopping) {
		return nil
	}
	return err
}

// forgetPolled drops a batch of which nothing was put; why is told to its spans.
func (s *sinkTask) forgetPolled(why error) {
	for _, p := range s.parts {
		p.pending = -1
	}
	s.united()
	s.batch.Reset()
	s.redeliver, s.offered = false, false
	s.atHand.Store(0)
	if s.spans != nil {
		s.spans.abandon(time.Now(), why)
	}
}

// take converts the records of one partition into the batch.
func (s *sinkTask) take(topic string, fetched *kgo.FetchPartition) error {
	if len(fetched.Records) == 0 {
		return nil
	}
	tp := connect.TopicPartition{Topic: topic, Partition: fetched.Partition}
	p := s.parts[tp]
	if p == nil {
		s.logger.Warn("Records of a partition that the task does not own are ignored", "topic", topic, "partition", fetched.Partition)
		return nil
	}
	if _, rewound := s.rewinds[tp]; rewound {
		return nil // it is consumed again from another offset
	}
	if err := s.keeper.wentBack(p, fetched.Records[0].Offset); err != nil {
		return err
	}
	if p.committed < 0 {
		p.committed = fetched.Records[0].Offset
	}
	s.meet(p, fetched.Records)
	if len(s.op.reporters) > 0 {
		s.errant.keep(tp, fetched.Records)
	}
	s.topics.meet(topic)
	arena := s.batch.Arena()
	begin, bytes := len(s.slab), 0
	for _, in := range fetched.Records {
		s.proc.begin()
		s.proc.consumed = in
		s.slab = s.slab[:len(s.slab)+1]
		r := &s.slab[len(s.slab)-1]
		timestamp, kind := timestampOf(in)
		r.InitSink(arena, p.tp, in.Offset, timestamp, kind)
		bytes += len(in.Key) + len(in.Value)
		n, sampled := 0, false
		if s.spans != nil {
			n, sampled = s.spans.meet(in)
		}
		keep, err := s.convert(arena, in, r)
		if sampled {
			s.spans.step(n, "convert", keep, err)
		}
		if keep && err == nil && !s.chain.preparing() {
			keep, err = s.chain.apply(s.stopping, s.op, &s.proc, r)
			if sampled {
				s.spans.step(n, "transform", keep, err)
			}
		}
		if err != nil {
			return err
		}
		if !keep {
			s.slab = s.slab[:len(s.slab)-1]
		} else if s.chain.preparing() {
			s.inputs = append(s.inputs, in)
		}
	}
	s.figures.Bytes.Add(int64(bytes))
	s.atHand.Add(int64(bytes + len(fetched.Records)*overhead))
	s.fetches.took(len(fetched.Records), bytes)
	last := fetched.Records[len(fetched.Records)-1]
	p.pending, p.epoch = last.Offset+1, last.LeaderEpoch
	s.figures.Lag(metrics.Partition(tp), fetched.HighWatermark-p.pending)
	s.consuming.Fetched(time.Now(), metrics.Partition(tp), fetched.HighWatermark-p.pending, p.pending-fetched.LogStartOffset)
	if end := len(s.slab); end > begin {
		slice := connect.SinkSlice{TopicPartition: tp, Records: s.slab[begin:end:end]}
		if s.chain.preparing() {
			s.taken = append(s.taken, slice)
		} else {
			s.batch.Append(slice)
		}
	}
	return nil
}

// convert runs the converters on one record, in the order of WorkerSinkTask.convertAndTransformRecord. Once one of them
// failed the others are not asked any more.
func (s *sinkTask) convert(arena *data.Arena, in *kgo.Record, r *connect.Record) (keep bool, _ error) {
	s.headers = connect.Headers{}
	if len(in.Headers) > 0 {
		s.headers = rawHeaders(in)
	}
	for {
		schema, value, err := s.conv.key.ToConnect(arena, in.Topic, &s.headers, in.Key)
		if err == nil {
			r.SetKey(schema, value)
			break
		}
		if again, err := s.op.failed(&s.proc, StageKeyConverter, s.conv.keyClass, err); !again {
			return false, err
		}
	}
	for {
		schema, value, err := s.conv.value.ToConnect(arena, in.Topic, &s.headers, in.Value)
		if err == nil {
			r.SetValue(schema, value)
			break
		}
		if again, err := s.op.failed(&s.proc, StageValueConverter, s.conv.valueClass, err); !again {
			return false, err
		}
	}
	if len(in.Headers) > 0 {
		if ok, err := s.convertHeaders(arena, in, r); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// rawHeaders are the headers as converters of keys and values see them: bytes.
func rawHeaders(in *kgo.Record) connect.Headers {
	list := make([]connect.Header, len(in.Headers))
	for i, h := range in.Headers {
		list[i].Key = h.Key
		if h.Value != nil {
			list[i].Value = data.BytesOf(h.Value)
		}
	}
	return connect.HeadersOf(list...)
}

func (s *sinkTask) convertHeaders(arena *data.Arena, in *kgo.Record, r *connect.Record) (ok bool, _ error) {
	list := make([]connect.Header, 0, len(in.Headers))
	for i := range in.Headers {
		h := &in.Headers[i]
		for {
			schema, value, err := s.conv.header.ToConnectHeader(arena, in.Topic, h.Key, h.Value)
			if err == nil {
				list = append(list, connect.Header{Key: h.Key, Schema: schema, Value: value})
				break
			}
			if again, err := s.op.failed(&s.proc, StageHeaderConverter, s.conv.headerClass, err); !again {
				return false, err
			}
		}
	}
	r.Headers = connect.HeadersOf(list...)
	return true, nil
}

// fetchErrors returns the first error of a poll that will not go away by itself.
func (s *sinkTask) fetchErrors(fetches kgo.Fetches) error {
	var fatal error
	var anew []string
	fetches.EachError(func(topic string, partition int32, err error) {
		var loss *kgo.ErrDataLoss
		var session *kgo.ErrGroupSession
		var broker *kerr.Error
		switch {
		case s.killed.Err() != nil, errors.Is(err, kgo.ErrClientClosed):
		case errors.As(err, &loss):
			s.logger.Error("Records were lost in Kafka; consuming goes on at what is left", "topic", topic, "partition", partition, "error", err)
		case errors.As(err, &broker) && !broker.Retriable && !(errors.As(err, &session) && recovers(broker)):
			if fatal == nil {
				fatal = s.denied.explain(s, topic, err)
			}
		case errors.Is(err, kerr.UnknownTopicID):
			anew = append(anew, topic)
		default:
			s.logger.Warn("Polling failed and is tried again", "topic", topic, "partition", partition, "error", err)
		}
	})
	if fatal == nil && len(anew) > 0 {
		fatal = s.readAnew(anew)
	}
	return fatal
}

// recovers reports whether the client joins its group again by itself after the error.
func recovers(k *kerr.Error) bool {
	switch k {
	case kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.RebalanceInProgress, kerr.MemberIDRequired, kerr.FencedMemberEpoch, kerr.StaleMemberEpoch:
		return true
	}
	return false
}
