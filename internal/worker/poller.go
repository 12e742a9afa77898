package worker

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// poller polls the client of a sink when the task asks for that. While there is nothing to get it does so on no goroutine at all: a poll that waits
// takes two, one of them the client's, and thousands of tasks may wait for days.
//
// What a poll returns, records or an error, follows from a response of a broker, or from the failure to get one. So the poller is a hook of the client:
// after anything that may lead to something it waits in a poll until nothing of that kind happened for pollRest. After each heartbeat it looks without
// waiting, so that nothing stays unseen that follows from what it takes for idle.
type poller struct {
	s *sinkTask

	mu      sync.Mutex
	asked   bool          // the task waits for what a poll returns
	news    bool          // there may be something that no poll has looked for
	running bool          // the goroutine exists
	again   chan struct{} // tells it that asked was set
	fetched int           // size of the last response to a fetch that told something
}

// pollRest is for how long a poll waits that nothing happened for. What a response leads to comes within milliseconds, or is followed by another one.
const pollRest = 5 * time.Second

func (p *poller) init(s *sinkTask) { p.s, p.news, p.again = s, true, make(chan struct{}, 1) }

// ask begins a poll; what it returns comes from s.polls.
func (p *poller) ask() {
	p.s.fetches.ask(true)
	p.s.consuming.Polls(time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
	if p.running {
		wake(p.again)
	} else if p.news {
		p.run()
	}
}

// look says that there may be something to get, and await that it may take a moment. Neither blocks.
func (p *poller) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked && !p.running {
		p.run()
	}
}

func (p *poller) await() {
	p.mu.Lock()
	p.news = true
	p.mu.Unlock()
	p.look()
}

// run starts the goroutine; p.mu is held.
func (p *poller) run() {
	select {
	case <-p.s.ended:
		return
	default:
	}
	p.running = true
	waits := p.news
	go func() {
		if !waits && !p.glance() {
			return
		}
		for p.poll() {
		}
	}()
}

// glance polls without waiting and reports whether to go on.
func (p *poller) glance() bool {
	//lint:ignore SA1012 nil is how kgo is asked not to wait
	if fetches, some := p.s.poll(nil); some && !p.deliver(fetches) {
		return false
	}
	return p.goesOn()
}

// deliver hands the task what it asked for; false says that there is no task any more.
func (p *poller) deliver(fetches kgo.Fetches) bool {
	s := p.s
	s.consuming.Polled(time.Now())
	p.mu.Lock()
	p.asked, p.news = false, true // it may have left something
	p.mu.Unlock()
	select {
	case s.polls <- fetches:
		return true
	case <-s.ended:
		s.client.AllowRebalance()
		return false
	}
}

// poll polls as often as the task asks, until nothing happened for pollRest. It reports whether to go on.
func (p *poller) poll() bool {
	s := p.s
	ctx, cancel := context.WithCancel(s.killed)
	defer cancel()
	rest := time.AfterFunc(pollRest, cancel)
	defer rest.Stop()
	for {
		if !p.isAsked() {
			select {
			case <-p.again:
				continue
			case <-ctx.Done():
				return p.goesOn()
			case <-s.ended:
				return false
			}
		}
		if !rest.Stop() {
			return p.goesOn()
		}
		rest.Reset(pollRest)
		p.mu.Lock()
		p.news = false
		p.mu.Unlock()
		fetches, some := s.poll(ctx)
		if !some {
			s.client.AllowRebalance() // a poll that gave up keeps rebalances away as well
			return p.goesOn()
		}
		if !p.deliver(fetches) {
			return false
		}
	}
}

func (p *poller) isAsked() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// goesOn ends the goroutine unless there is something to look for.
func (p *poller) goesOn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = p.asked && p.news
	return p.running
}

// gaveUp reports whether a poll returned nothing but the end of its context, or nothing where it was not to wait.
func gaveUp(ctx context.Context, fetches kgo.Fetches) bool {
	if ctx == nil {
		return len(fetches) == 0
	}
	return ctx.Err() != nil && errors.Is(fetches.Err0(), context.Canceled)
}

// emptyFetch is more than a response to a fetch has that tells nothing of any partition, 21 or 22 bytes. Brokers send it to clients of which they keep a
// session, which they do for a thousand; one that tells something has 50 and more.
const emptyFetch = 32

// OnBrokerE2E waits for what may come of a response, but not of those that an idle client gets: heartbeats, and fetches without records. The latter
// may tell of errors, and differ in size from the last one then as a rule.
func (p *poller) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	if e2e.Err() == nil {
		switch kmsg.Key(key) {
		case kmsg.Heartbeat, kmsg.ConsumerGroupHeartbeat:
			p.look()
			return
		case kmsg.Fetch:
			if e2e.BytesRead <= emptyFetch || p.alike(e2e.BytesRead) {
				return
			}
		}
	}
	p.await()
}

// alike reports whether the last fetch that told something was of the same size.
func (p *poller) alike(size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	alike := p.fetched == size
	p.fetched = size
	return alike
}

// OnFetchBatchRead waits for the records of a batch.
func (p *poller) OnFetchBatchRead(kgo.BrokerMetadata, string, int32, kgo.FetchBatchMetrics) {
	p.await()
}

// OnBrokerConnect waits for what comes of a connection that failed.
func (p *poller) OnBrokerConnect(kgo.BrokerMetadata, time.Duration, net.Conn, error) { p.await() }

// OnBrokerDisconnect waits for what comes of requests that nobody will answer.
func (p *poller) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) { p.await() }

// OnGroupManageError waits for the error of the group.
func (p *poller) OnGroupManageError(error) { p.await() }
