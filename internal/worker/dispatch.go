package worker

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// dispatch turns the polled batch into records of the flight and sends it. Records that are dropped count as done. An error fails the task;
// nothing of the batch was sent then.
func (s *sourceTask) dispatch(f *flight) error {
	batch := s.polled(f)
	records := batch.Records()
	s.op.saw(len(records))
	s.letters.forget()
	if len(records) == 0 && len(batch.Marks()) == 0 {
		s.drop(f)
		if s.txn != nil {
			return s.txn.empty()
		}
		return nil
	}
	var cuts []cut
	if s.txn != nil && s.txn.context != nil {
		var err error
		if cuts, err = s.txn.context.takeCuts(); err != nil {
			return err
		}
	}
	if s.turns.Begin(s.stopping) != nil {
		return errStopping
	}
	err := s.fill(f, records, cuts)
	s.turns.End()
	if err != nil {
		return err
	}
	f.began = time.Now()
	if len(records) > 0 {
		s.figures.Processed(f.began.Sub(s.now))
	}
	if f.trace != nil {
		f.trace.sent(f.began)
	}
	f.take(batch.Marks())
	f.size = f.bytes.size() + int64(len(f.records)+1)*overhead
	if f.batch != nil {
		f.size *= 2 // the polled records are kept too, with about the same data
	}
	if n := int64(len(f.records)); n > 0 {
		s.cost = overhead + f.bytes.taken/n
	}
	if s.txn != nil {
		return s.txn.dispatch(f, batch.Marks(), cuts)
	}
	f.pending.Store(int32(len(f.records)))
	s.tracker.send(f)
	if len(f.records) == 0 {
		s.tracker.finish(f)
		return nil
	}
	// The flight may come back and be used again as soon as its last record is handed over.
	out, ack := f.records, f.ack
	for i := range out {
		r := &out[i]
		if !fits(r, s.batches.meet(s.stopping, s.client, r.Topic)) {
			s.sendAlone(r, ack)
			continue
		}
		s.client.Produce(context.Background(), r, ack) // closing the client ends it
	}
	return nil
}

// fill transforms and converts polled records into the flight.
func (s *sourceTask) fill(f *flight, records []connect.Record, cuts []cut) error {
	// The client would ask for the time once per record, which costs more than all else here.
	s.now = time.Now()
	traced := s.spans.begin(f, records)
	var ahead []*connect.Record
	transform := s.chain.apply
	if s.chain.preparing() {
		transform = s.chain.finish
		var err error
		ahead, err = s.advance(records)
		f.trace.together(s.now, err)
		if err != nil {
			return err
		}
	}
	for i := range records {
		r := &records[i]
		s.begin(r)
		if s.original {
			s.scratch = *r
			r = &s.scratch
		}
		if ahead != nil {
			r = ahead[i]
		}
		var sent bool
		var err error
		if i == traced {
			sent, traced, err = s.spans.prepare(f, r, transform)
		} else {
			sent, err = s.prepare(f, r, transform)
		}
		if err != nil {
			return err
		}
		if s.perRecord != nil {
			at := dropped
			if sent {
				at = int32(len(f.records) - 1)
			}
			f.sent = append(f.sent, at)
		}
		s.letters.post(f, &records[i])
		for c := range cuts {
			if cuts[c].ordinal >= i {
				cuts[c].upto = len(f.records)
			}
		}
	}
	return nil
}

// prepare transforms and converts one record and adds it to the flight; false means that it was dropped, maybe before: r is nil then.
func (s *sourceTask) prepare(f *flight, r *connect.Record, transform transformer) (sent bool, _ error) {
	if r == nil {
		return false, nil
	}
	if keep, err := transform(s.stopping, s.op, &s.proc, r); !keep || err != nil {
		return false, err
	}
	r.Topic = s.names.keep(r.Topic)
	if s.txn != nil && r.Topic == s.txn.topic {
		// Its next read of offsets would wait for a transaction that only ends when the task goes on.
		return false, javafmt.NewException(javafmt.ConnectException, "Source tasks may not produce to their own offsets topics when exactly-once support is enabled", nil)
	}
	if err := s.create.ensure(s.stopping, r.Topic); err != nil {
		return false, err
	}
	// Made here and copied once: filled in place, each field would cost a write barrier, which is a third of the whole loop.
	out := kgo.Record{Topic: r.Topic, Partition: r.Partition}
	var ok bool
	var err error
	// Headers come first, as in Java: converters of key and value may add to them what Kafka shall get as it is.
	if r.Headers.Len() > 0 {
		if out.Headers, ok, err = s.convertHeaders(f, r); !ok || err != nil {
			return false, err
		}
	}
	before := r.Headers.Len()
	if out.Key, ok, err = s.convert(f, StageKeyConverter, s.conv.key, s.conv.keyClass, r, true); !ok || err != nil {
		return false, err
	}
	if out.Value, ok, err = s.convert(f, StageValueConverter, s.conv.value, s.conv.valueClass, r, false); !ok || err != nil {
		return false, err
	}
	if added := r.Headers.All(); len(added) > before {
		out.Headers = appendRaw(out.Headers, added[before:])
	}
	if r.Timestamp == connect.NoTimestamp || r.Timestamp == -1 {
		out.Timestamp = s.now
	} else {
		if r.Timestamp < 0 {
			// ConnectUtils.checkAndConvertTimestamp
			return false, javafmt.NewException(javafmt.InvalidRecordException, "Invalid record timestamp "+strconv.FormatInt(r.Timestamp, 10), nil)
		}
		out.Timestamp = time.UnixMilli(r.Timestamp)
	}
	s.topics.meet(r.Topic)
	f.records = append(f.records, out)
	return true, nil
}

func (s *sourceTask) convert(f *flight, stage Stage, c connect.Converter, class string, r *connect.Record, key bool) (out []byte, ok bool, _ error) {
	for {
		schema, value := r.ValueSchema(), r.Value()
		if key {
			schema, value = r.KeySchema(), r.Key()
		}
		b, null, err := c.FromConnect(f.bytes.room(), r.Topic, &r.Headers, schema, value)
		if err == nil {
			if null {
				return nil, true, nil
			}
			return f.bytes.keep(b), true, nil
		}
		again, err := s.op.failed(&s.proc, stage, class, err)
		if !again {
			return nil, false, err
		}
	}
}

// appendRaw adds the headers that converters of key and value wrote: bytes for Kafka, not for the header converter.
func appendRaw(headers []kgo.RecordHeader, added []connect.Header) []kgo.RecordHeader {
	for _, h := range added {
		raw, ok := h.Value.Bytes()
		if !ok && !h.Value.IsNull() {
			raw = h.Value.AppendString(nil)
		}
		headers = append(headers, kgo.RecordHeader{Key: h.Key, Value: slices.Clone(raw)})
	}
	return headers
}

func (s *sourceTask) convertHeaders(f *flight, r *connect.Record) (out []kgo.RecordHeader, ok bool, _ error) {
	begin := len(f.headers)
	for _, h := range r.Headers.All() {
		for {
			b, null, err := s.conv.header.FromConnectHeader(f.bytes.room(), r.Topic, h.Key, h.Schema, h.Value)
			if err == nil {
				header := kgo.RecordHeader{Key: h.Key}
				if !null {
					header.Value = f.bytes.keep(b)
				}
				f.headers = append(f.headers, header)
				break
			}
			again, err := s.op.failed(&s.proc, StageHeaderConverter, s.conv.headerClass, err)
			if !again {
				return nil, false, err
			}
		}
	}
	return f.headers[begin:len(f.headers):len(f.headers)], true, nil
}
