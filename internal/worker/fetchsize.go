package worker

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/kafka"
)

// fetchSize decides how many bytes the client of a sink asks a broker for at a time: what the task handles in a second, so that a slow one
// holds little, and no more than its share of the worker's budget allows (I7). Brokers return at least one batch; a larger one is cut here.
type fetchSize struct {
	share  *budget.Share
	limits kafka.FetchLimits
	// brokers is how many of them may be asked at a time, each for so much.
	brokers int64

	since          time.Time
	bytes, records int64   // taken since, as they are without compression
	rate           int64   // such bytes a second
	perByte        float64 // memory for each of them

	mu      sync.Mutex
	client  *kgo.Client
	memory  float64 // that a fetch may take
	ratio   float64 // of bytes without compression to those that are fetched
	size    int64   // in force
	costs   float64 // perByte when that was set
	supply  int64   // memory of what the task handles in supplyTime
	partial kgo.FetchBatchMetrics

	// What is larger than it should be is cut, see cut.go.
	transit *budget.Transit
	largest int64         // such a response so far
	asking  bool          // a poll is under way
	asks    chan struct{} // closed when one begins; nil unless somebody waits for that
	polling bool          // one is under way or looks at what it got
	let     []*large
	enough  context.CancelFunc // ends the wait of a poll for what is let in, nil without one
	waits   int                // polls that waited so
	stash   *stash             // records that were polled and not delivered
}

const (
	// usualFetch is what a task asks for of which nothing is known, and usualRatio by how much that grows when it is decompressed.
	usualFetch = 64 << 10
	usualRatio = 4
	// mostFetch bounds the memory of one fetch: larger ones, of which the client makes the next while one is handled, bring a fast sink nothing.
	mostFetch = 8 << 20
	// smallestFetch keeps a task with next to no share going.
	smallestFetch = 4 << 10
	// buffers is how many fetches are held: the one whose records are handled, and the one that the client makes meanwhile.
	buffers = 2
	// supplyTime bounds what is kept of a batch that is cut: more would be fetched less often, and lie around for long.
	supplyTime = 5 * time.Second
	// rhythm is how long bytes are counted for a rate.
	rhythm = 500 * time.Millisecond
)

// newFetchSize is made before the client, whose hook and gate it is.
func newFetchSize(share *budget.Share, transit *budget.Transit, limits kafka.FetchLimits, stash *stash) *fetchSize {
	f := &fetchSize{share: share, transit: transit, limits: limits, stash: stash, brokers: 1, since: time.Now(), perByte: 1 + overhead/100, ratio: usualRatio}
	f.allow(f.wanted(), share.Guaranteed())
	return f
}

// options are those of the client.
func (f *fetchSize) options() []kgo.Opt {
	return []kgo.Opt{kgo.WithHooks(f), kgo.FetchMaxBytes(int32(f.size)), kgo.FetchMaxPartitionBytes(int32(min(f.size, f.limits.MaxPartition)))}
}

// begin gets the client that was made with the options.
func (f *fetchSize) begin(client *kgo.Client) {
	f.mu.Lock()
	f.client = client
	f.mu.Unlock()
}

// took counts records that were polled.
func (f *fetchSize) took(records, bytes int) {
	f.records += int64(records)
	f.bytes += int64(bytes)
}

// wanted is the memory for a fetch of what the task handles in a second, at most mostFetch or one batch.
func (f *fetchSize) wanted() float64 {
	f.mu.Lock()
	batch := float64(f.largest) * f.ratio * f.perByte
	f.mu.Unlock()
	return min(float64(max(f.rate, usualFetch))*f.perByte, max(mostFetch, batch))
}

// adjust is called before each poll.
func (f *fetchSize) adjust(now time.Time) {
	if d := now.Sub(f.since); d >= rhythm || f.bytes >= 4*usualFetch && d >= time.Millisecond {
		f.rate = max(int64(float64(f.bytes)/max(d, time.Millisecond).Seconds()), f.rate*3/4)
		if f.bytes > 0 {
			f.perByte = 1 + float64(f.records*overhead)/float64(f.bytes)
		}
		f.since, f.bytes, f.records = now, 0, 0
	}
	wanted, granted := f.wanted(), f.share.Guaranteed()
	if f.rate > 0 {
		granted = f.share.Resize(f.held(), 0, int64(wanted)*f.brokers*buffers)
	} else {
		f.share.Resize(f.held(), 0, 0) // who gets no records reserves nothing
	}
	f.allow(wanted, granted)
}

// rest is called now and then while nothing is polled, so that a task whose records ran out gives back what it reserved. It reports whether
// that is so.
func (f *fetchSize) rest() bool {
	if f.bytes > 0 {
		f.since, f.bytes, f.records = time.Now(), 0, 0
		return false
	}
	f.rate = 0
	f.share.Resize(f.held(), 0, 0)
	f.allow(f.wanted(), f.share.Guaranteed())
	return true
}

// held is the memory of records that were fetched and not delivered, but for those of the last poll.
func (f *fetchSize) held() int64 {
	return f.stash.held.Load() + f.client.BufferedFetchBytes() + f.client.BufferedFetchRecords()*overhead
}

// allow sets how much memory a fetch may take.
func (f *fetchSize) allow(wanted float64, granted int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.costs = f.perByte
	f.supply = int64(float64(max(f.rate*int64(supplyTime/time.Second), usualFetch)) * f.perByte)
	f.memory = min(wanted, float64(granted/(f.brokers*buffers))) / f.perByte
	f.set()
}

// set tells the client; f.mu is held.
func (f *fetchSize) set() {
	size := min(max(int64(f.memory/f.ratio), smallestFetch, f.limits.Min), f.limits.Max)
	if size == f.size {
		return
	}
	f.size = size
	if f.client != nil {
		f.client.UpdateFetchMaxBytes(int32(size), int32(min(size, f.limits.MaxPartition)))
	}
}

// OnFetchBatchRead implements kgo.HookFetchBatchRead: it learns how much larger records are than what was fetched, in time for the next fetch.
func (f *fetchSize) OnFetchBatchRead(meta kgo.BrokerMetadata, _ string, _ int32, m kgo.FetchBatchMetrics) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.let {
		l.decoded = l.decoded || l.read && l.node == meta.NodeID
	}
	p := &f.partial
	p.CompressedBytes += m.CompressedBytes
	p.UncompressedBytes += m.UncompressedBytes
	if p.CompressedBytes < smallestFetch && p.UncompressedBytes < usualFetch {
		return
	}
	ratio := max(float64(p.UncompressedBytes)/float64(max(p.CompressedBytes, 1)), 1)
	*p = kgo.FetchBatchMetrics{}
	if ratio > f.ratio*1.25 || ratio < f.ratio*0.75 {
		f.ratio = ratio
		f.set()
	}
}

// spread says how many partitions the task has, which bounds how many brokers are asked.
func (f *fetchSize) spread(partitions int) {
	f.brokers = int64(max(min(partitions, len(f.client.DiscoveredBrokers())), 1))
}

// rest gives back the memory of a task that got no records for a while, and lets go of those that it got last.
func (s *sinkTask) rest() {
	if !s.redeliver && s.stash.empty() && s.fetches.rest() {
		s.slab, s.taken, s.inputs = nil, nil, nil
		s.proc.consumed, s.headers = nil, connect.Headers{}
		s.errant.begin() // reports come during a put
	}
}
