package httplookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// poll is what is known about the lookups of one poll's records. It belongs to the task's goroutine; requests on others change it one at a time
// while the task's goroutine waits for them. Nothing of it is left once the records are applied.
type poll struct {
	// outcomes are by URL, each for as long as records are to come that name the URL.
	outcomes map[string]*outcome
	// urls are those of the records and pending those to ask for, in the order of their records.
	urls, pending []string
	// held is about how many bytes the answers take.
	held int64
	// left is what is left of poll.timeout.ms.
	left time.Duration
	// unreached counts the lookups in a row that did not reach the service, and down is the failure of the last of them once there were enough
	// of them to ask no more.
	unreached int
	down      error
	// failed is the record whose lookup failed last: Apply gets it again where errors.retry.timeout allows another attempt.
	failed *connect.Record
}

// outcome is an answer, a failure, or neither as long as the service was not asked.
type outcome struct {
	answer *answer
	err    error
	begun  bool
	// records counts those that name the URL and were not applied yet. A failure counts for the first attempt of each, whatever its age.
	records int
	weight  int64
}

func (o *outcome) known() bool { return o.answer != nil || o.err != nil }

// Prepare asks for what the records need and is not remembered, some at a time.
func (x *lookup) Prepare(ctx context.Context, records []*connect.Record) {
	x.poll = poll{outcomes: map[string]*outcome{}, left: x.pollTimeout}
	p, now := &x.poll, time.Now()
	for _, r := range records {
		_, v := x.part.Of(r)
		if v.Kind() != data.StructKind && v.Kind() != data.MapKind {
			continue
		}
		// Apply reports what is wrong with the fields.
		url, ok, err := x.url.append(x.target[:0], v)
		if x.target = url; !ok || err != nil {
			continue
		}
		o := p.outcomes[string(url)]
		if o == nil {
			key := string(url)
			o = &outcome{}
			p.outcomes[key] = o
			p.urls = append(p.urls, key)
			if a := x.cache.get(url, now); a != nil {
				p.settle(key, o, a, nil)
			} else {
				p.pending = append(p.pending, key)
			}
		}
		o.records++
	}
	if len(p.pending) > 0 {
		x.ask(ctx)
	}
}

// ask gets answers to the pending URLs until they take poll.max.bytes, yet for as many as are asked at a time in any case. Requests begin in
// order. URLs that it did not come to, or whose requests were given up, have no outcome afterwards.
func (x *lookup) ask(ctx context.Context) {
	p, start := &x.poll, time.Now()
	limited, giveUp := context.WithTimeout(ctx, p.left)
	defer giveUp()
	var mu sync.Mutex
	begun := 0
	next := func() (string, *outcome) {
		mu.Lock()
		defer mu.Unlock()
		for len(p.pending) > 0 && limited.Err() == nil && (begun < x.concurrency || p.held < x.pollBytes) {
			url := p.pending[0]
			p.pending = p.pending[1:]
			// Those that are not there failed already, without being asked for.
			if o := p.outcomes[url]; o != nil && !o.begun {
				o.begun = true
				begun++
				return url, o
			}
		}
		return "", nil
	}
	done := func(url string, o *outcome, body []byte, reached bool, err error) {
		mu.Lock()
		defer mu.Unlock()
		if limited.Err() != nil && errors.Is(err, limited.Err()) {
			o.begun = false
			return
		}
		if x.count(reached, err); p.down != nil {
			giveUp()
		}
		x.keep(url, o, body, err)
	}
	var running sync.WaitGroup
	for range min(x.concurrency, len(p.pending)) {
		running.Go(func() {
			for url, o := next(); o != nil; url, o = next() {
				body, reached, err := x.client.get(limited, url)
				done(url, o, body, reached, err)
			}
		})
	}
	running.Wait()
	p.left -= time.Since(start)
}

// fewestUnreached is how many lookups in a row must not reach the service before it counts as down, however few are made at a time: one URL on
// which a service hangs shall not be the failure of others.
const fewestUnreached = 4

// count notes whether a lookup reached the service.
func (x *lookup) count(reached bool, err error) {
	p := &x.poll
	if reached {
		p.unreached, p.down = 0, nil
		return
	}
	if p.unreached++; p.unreached >= max(x.concurrency, fewestUnreached) {
		p.down = err
	}
}

// keep stores what came of a request, in the cache too. The outcome is nil for records that Prepare was not told of.
func (x *lookup) keep(url string, o *outcome, body []byte, err error) *answer {
	var a *answer
	if err == nil {
		a = &answer{body: body}
		ttl := x.ttl
		if body == nil {
			ttl = x.ttlNone
		}
		x.cache.put(url, a, time.Now(), ttl)
	}
	if o != nil {
		x.poll.settle(url, o, a, err)
	}
	return a
}

// settle sets an outcome that holds no answer yet.
func (p *poll) settle(url string, o *outcome, a *answer, err error) {
	o.answer, o.err = a, err
	if a != nil {
		o.weight = weight(url, a)
		p.held += o.weight
	}
}

// answerTo returns the answer for a record from what was prepared, from the cache or from the service.
func (x *lookup) answerTo(ctx context.Context, r *connect.Record, url []byte) (*answer, error) {
	o := x.poll.outcomes[string(url)]
	if o == nil || r == x.poll.failed && o.answer == nil {
		return x.alone(ctx, url, o)
	}
	if !o.known() {
		x.catchUp(ctx, string(url))
	}
	if !o.known() && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	a, err := o.answer, o.err
	if !o.known() {
		err = x.notAsked()
	}
	if r != x.poll.failed {
		x.release(url, o)
	}
	if err != nil {
		if len(x.poll.outcomes) > 0 {
			x.poll.failed = r
		}
		return nil, &failedLookup{err}
	}
	return a, nil
}

// catchUp goes on to ask, from the URL on, where Prepare stopped because the answers took too much memory.
func (x *lookup) catchUp(ctx context.Context, url string) {
	p := &x.poll
	if a := x.cache.get([]byte(url), time.Now()); a != nil {
		p.settle(url, p.outcomes[url], a, nil)
		return
	}
	if p.down != nil || p.left <= 0 {
		return
	}
	if p.held >= x.pollBytes {
		p.putOff()
	}
	if len(p.pending) == 0 || p.pending[0] != url {
		p.pending = slices.Insert(p.pending, 0, url)
	}
	x.ask(ctx)
}

// putOff gives up answers, to be asked for again: all that are held when the answer for the next record is missing are for later ones.
func (p *poll) putOff() {
	for _, url := range p.urls {
		if o := p.outcomes[url]; o != nil && o.answer != nil {
			p.held -= o.weight
			*o = outcome{records: o.records}
			p.pending = append(p.pending, url)
		}
	}
}

// notAsked returns why a lookup failed that was not made, or not to its end.
func (x *lookup) notAsked() error {
	p := &x.poll
	message := fmt.Sprintf("no answer within the %v of poll.timeout.ms for all lookups of a poll", x.pollTimeout)
	if p.down != nil {
		message = fmt.Sprintf("given up as the %d lookups before did not reach the service, the last with: %v", p.unreached,
			strings.TrimPrefix(p.down.Error(), "GET "+x.url.shown+": "))
	}
	return connect.NewRetriable(javafmt.NewException(javafmt.RetriableException, "GET "+x.url.shown+": "+message, p.down))
}

// release drops an outcome with the last record that it is for, and all that is known of a poll with its last record.
func (x *lookup) release(url []byte, o *outcome) {
	p := &x.poll
	if o.records--; o.records > 0 {
		return
	}
	p.held -= o.weight
	if delete(p.outcomes, string(url)); len(p.outcomes) == 0 {
		*p = poll{}
	}
}

// alone gets the answer for a record that Prepare was not told of, or that is tried again. What comes of it counts for the records to come.
func (x *lookup) alone(ctx context.Context, url []byte, o *outcome) (*answer, error) {
	if a := x.cache.get(url, time.Now()); a != nil {
		return a, nil
	}
	key := string(url)
	body, reached, err := x.client.get(ctx, key)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if reached {
		x.count(reached, nil)
	}
	a := x.keep(key, o, body, err)
	if err != nil {
		return nil, &failedLookup{err}
	}
	return a, nil
}
