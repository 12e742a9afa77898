package worker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// A broker returns at least one batch, however little a consumer asks for, and a batch of a megabyte takes several in memory. A sink that may not
// hold so much keeps of it what it may hold, and fetches the rest again when that is delivered:
//
//   - The response is not read before the task waits for records and the worker has room for one that is larger than its reader's share
//     (admit). Until then it stays with the broker.
//   - It is read and decoded, and the records that are kept are copied out of it (cut), so that it goes at once and the next sink can read.
//
// So each batch is in memory for milliseconds, and no sink that is slow or stuck holds up others. What it costs is that a batch is fetched
// as often as it takes to hand it out in parts.

// responseRest is what a response has beside records, so that one of the size that was asked for is not taken for larger.
const responseRest = 16 << 10

// landing bounds how long a poll that returned something else waits for a response that was let in meanwhile.
const landing = time.Second

// large is a response that was let in; fetchSize.mu guards it.
type large struct {
	size    int64
	leave   func() // gives back its room, as often as it is called
	read    bool   // by the client, which decodes it now or has done so
	node    int32  // the broker it was read from
	decoded bool   // the client has records of it
	gone    bool   // the client is beyond it, or its connection is closed, or it was cut
	waited  bool   // a poll waited for it already
}

// coming reports whether a poll that waits may get it.
func (l *large) coming() bool { return !l.read && !l.gone }

// admit is the client's kafka.FetchGate.
func (f *fetchSize) admit(ctx context.Context, size int) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if int64(size) <= f.size+f.size/4+responseRest {
		return nil, nil
	}
	f.largest = max(f.largest, int64(size))
	for {
		for !f.asking {
			if f.asks == nil {
				f.asks = make(chan struct{})
			}
			changed := f.asks
			f.mu.Unlock()
			select {
			case <-changed:
			case <-ctx.Done():
			}
			f.mu.Lock()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
		need := f.takes(int64(size))
		f.mu.Unlock()
		leave, err := f.transit.Enter(ctx, need)
		f.mu.Lock()
		if err != nil {
			return nil, err
		}
		if f.asking {
			l := &large{size: int64(size)}
			l.leave = func() {
				leave()
				f.left(l)
			}
			f.let = append(f.let, l)
			return l.leave, nil
		}
		leave() // the poll came back with something else
	}
}

// takes is the memory that a response takes until it is cut: itself, what it is decompressed to, and its records; f.mu is held.
func (f *fetchSize) takes(size int64) int64 {
	plain := float64(size) * f.ratio
	need := float64(size) + plain*(f.costs-1)
	if f.ratio > 1.1 {
		need += plain
	}
	return int64(need)
}

// ask says whether a poll is under way.
func (f *fetchSize) ask(asking bool) {
	f.mu.Lock()
	f.asking, f.polling = asking, true
	if asking && f.asks != nil {
		close(f.asks)
		f.asks = nil
	}
	f.mu.Unlock()
}

// left notes that a response's room was given back. It is forgotten when the next poll returns: this may be the one that has its records.
func (f *fetchSize) left(l *large) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l.gone = true
	if f.enough != nil && !slices.ContainsFunc(f.let, (*large).coming) {
		f.enough()
	}
}

// OnBrokerRead implements kgo.HookBrokerRead: what was read need not be waited for. Outside of a poll it becomes what the client holds, which
// counts as the task's, and is cut by the next poll: a sink that is stuck shall not keep its room.
func (f *fetchSize) OnBrokerRead(meta kgo.BrokerMetadata, key int16, bytesRead int, _, _ time.Duration, err error) {
	if key != fetchKey || err != nil {
		return
	}
	f.mu.Lock()
	const sizeBytes = 4 // of the size itself
	i := slices.IndexFunc(f.let, func(l *large) bool {
		return !l.read && (l.size == int64(bytesRead) || l.size+sizeBytes == int64(bytesRead))
	})
	if i < 0 {
		f.mu.Unlock()
		return
	}
	l, polling := f.let[i], f.polling
	l.read, l.node = true, meta.NodeID
	f.mu.Unlock()
	if !polling {
		l.leave()
	}
}

// fetchKey is the number of the request to fetch in Kafka's protocol.
const fetchKey = 1

// wait is for a poll that returned while responses are still read: it returns a context for one more poll, nil where there is nothing to wait
// for. It waits once for each of them.
func (f *fetchSize) wait(ctx context.Context) (context.Context, context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	any := false
	for _, l := range f.let {
		if l.coming() && !l.waited {
			l.waited, any = true, true
		}
	}
	if !any {
		return nil, nil
	}
	f.waits++
	ctx, cancel := context.WithTimeout(ctx, landing)
	f.enough = cancel
	return ctx, cancel
}

// landed returns the large responses that were read, or of which the client is done, since the last time. The others stay, and so does one
// that is still decoded: the next poll has its records.
func (f *fetchSize) landed() (landed []*large) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.enough = nil
	var rest []*large
	for _, l := range f.let {
		if !l.coming() {
			landed = append(landed, l)
		}
		if !l.gone && !l.decoded {
			rest = append(rest, l)
		}
	}
	f.let = rest
	return landed
}

// polled ends a poll.
func (f *fetchSize) polled() {
	f.mu.Lock()
	f.polling = false
	f.mu.Unlock()
}

// forget gives back the room of responses that will not be polled since the task has no partitions any more.
func (f *fetchSize) forget() {
	f.mu.Lock()
	let := f.let
	f.let = nil
	f.mu.Unlock()
	for _, l := range let {
		l.leave()
	}
}

// poll polls the client, and cuts what is too large; unless ctx ends before there is anything. Only the poller calls it, which asked.
func (s *sinkTask) poll(ctx context.Context) (_ kgo.Fetches, some bool) {
	f := s.fetches
	fetches := s.client.PollRecords(ctx, s.maxRecords)
	if s.killed.Err() == nil && gaveUp(ctx, fetches) {
		return nil, false
	}
	f.ask(false)
	defer f.polled()
	if s.client.BufferedFetchRecords() == 0 {
		// Another broker answered while this one's response is read.
		if ctx, cancel := f.wait(s.killed); ctx != nil {
			more := s.client.PollRecords(ctx, s.maxRecords)
			cancel()
			if err := more.Err0(); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
				fetches = append(fetches, more...)
			}
		}
	}
	if landed := f.landed(); len(landed) > 0 {
		fetches = s.cut(fetches)
		for _, l := range landed {
			l.leave()
		}
	}
	return fetches, true
}

func bytesOf(fetches kgo.Fetches) (n int64) {
	fetches.EachRecord(func(r *kgo.Record) { n += sizeOf(r) })
	return n
}

// sizeOf is what a record takes beside its overhead.
func sizeOf(r *kgo.Record) int64 {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value) + int(overhead)/8
	}
	return int64(n)
}

// cut keeps of what was polled and of what else the client holds as much as the task may hold, but at least one record, and has the client
// begin behind that. The poll before keeps rebalances away.
func (s *sinkTask) cut(fetches kgo.Fetches) kgo.Fetches {
	have := bytesOf(fetches) + int64(fetches.NumRecords())*overhead
	rest := s.client.BufferedFetchBytes() + s.client.BufferedFetchRecords()*overhead
	f := s.fetches
	f.mu.Lock()
	wanted := min(have+rest, f.supply)
	f.mu.Unlock()
	before := f.stash.held.Load()
	allowed := f.share.Resize(before, 0, before+wanted) - before
	if n := s.client.BufferedFetchRecords(); n > 0 && have < allowed {
		most := int(float64(n)*float64(allowed-have)/float64(max(rest, 1))) + 1
		//lint:ignore SA1012 nil is how kgo is asked not to wait
		fetches = append(fetches, s.client.PollRecords(nil, most)...)
	}
	// Also what is kept whole is copied: of a batch that was fetched for its last records all others were decoded, and would stay in memory with them.
	kept, _, again := keep(fetches, allowed)
	if s.client.BufferedFetchRecords() > 0 || kept.NumRecords() < fetches.NumRecords() {
		s.client.SetOffsets(again) // drops what is buffered
	}
	return kept
}

// keep copies as many records as fit into so many bytes, at least one, and returns where their partitions go on.
func keep(fetches kgo.Fetches, allowed int64) (kept kgo.Fetches, held int64, again map[string]map[int32]kgo.EpochOffset) {
	again = map[string]map[int32]kgo.EpochOffset{}
	var out kgo.Fetch
	full := false
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Err != nil {
			failed := p.FetchPartition
			failed.Records = nil // they follow
			out.Topics = append(out.Topics, kgo.FetchTopic{Topic: p.Topic, Partitions: []kgo.FetchPartition{failed}})
		}
		if len(p.Records) == 0 {
			return
		}
		tp := connect.TopicPartition{Topic: p.Topic, Partition: p.Partition}
		if _, cutBefore := again[tp.Topic][tp.Partition]; cutBefore && full {
			return
		}
		n, bytes := 0, int64(0)
		for ; n < len(p.Records) && !full; n++ {
			size := sizeOf(p.Records[n])
			if full = held > 0 && held+size+overhead > allowed; full {
				break
			}
			held += size + overhead
			bytes += size
		}
		next := p.Records[0].Offset
		if n > 0 {
			next = p.Records[n-1].Offset + 1
			part := p.FetchPartition
			part.Err, part.Records = nil, copied(p.Records[:n], bytes)
			out.Topics = append(out.Topics, kgo.FetchTopic{Topic: p.Topic, Partitions: []kgo.FetchPartition{part}})
		}
		if again[tp.Topic] == nil {
			again[tp.Topic] = map[int32]kgo.EpochOffset{}
		}
		again[tp.Topic][tp.Partition] = kgo.EpochOffset{Epoch: -1, Offset: next}
	})
	return kgo.Fetches{out}, held, again
}

// copied returns records that share no memory with those of a response.
func copied(records []*kgo.Record, bytes int64) []*kgo.Record {
	slab, out, memory := make([]kgo.Record, len(records)), make([]*kgo.Record, len(records)), make([]byte, 0, bytes)
	own := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		begin := len(memory)
		memory = append(memory, b...)
		return memory[begin:len(memory):len(memory)]
	}
	for i, r := range records {
		c := &slab[i]
		*c = *r
		c.Key, c.Value = own(r.Key), own(r.Value)
		if len(r.Headers) > 0 {
			c.Headers = make([]kgo.RecordHeader, len(r.Headers))
			for j, h := range r.Headers {
				c.Headers[j] = kgo.RecordHeader{Key: h.Key, Value: own(h.Value)} // its key is a string of its own
			}
		}
		out[i] = c
	}
	return out
}
