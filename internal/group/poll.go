package group

import (
	"context"
	"time"
)

// polling is how the worker's tick loop and the member meet. Member.mu guards it.
type polling struct {
	pending Event
	// ack is closed by the Poll after the one that returned an event; nil where no event waits for it.
	ack       chan struct{}
	delivered bool
	woken     bool
	inPoll    bool
	busySince time.Time // zero before the first Poll
	// expired says that the worker was away for too long and has to Poll before the member joins again.
	expired bool
}

// Poll returns the next event, or nil when ctx ends or Wakeup was called. A call says that everything the last event asks for has been done: only then
// the member goes on. A worker that does not call it for the rebalance timeout leaves the group.
//
// The error is one that trying again does not mend: ErrStopped, or that the worker may not be a member, with Java's text. Every later Poll returns it
// too.
func (m *Member) Poll(ctx context.Context) (Event, error) {
	m.mu.Lock()
	if m.ack != nil && (m.delivered || m.pending == nil) {
		close(m.ack)
		m.ack, m.delivered = nil, false
	}
	m.inPoll, m.expired = true, false
	signal(m.kicked)
	defer func() {
		m.inPoll, m.busySince = false, time.Now()
		m.mu.Unlock()
	}()
	for {
		switch {
		case m.pending != nil:
			e := m.pending
			m.pending, m.delivered = nil, true
			return e, nil
		case m.fatal != nil:
			return nil, m.fatal
		case m.woken:
			m.woken = false
			return nil, nil
		case ctx.Err() != nil:
			return nil, nil
		}
		m.mu.Unlock()
		select {
		case <-m.notify:
		case <-ctx.Done():
		}
		m.mu.Lock()
	}
}

// Wakeup makes the current Poll, or the next, return at once.
func (m *Member) Wakeup() {
	m.mu.Lock()
	m.woken = true
	m.mu.Unlock()
	signal(m.notify)
}

// emit hands an event to the worker and waits until it is done with it; it returns false where the member was stopped. An assignment is handed over as
// it is at that moment: since its round ended the worker may have been busy with what was revoked, or wants to leave.
func (m *Member) emit(e Event) bool {
	m.mu.Lock()
	if assigned, ok := e.(Assigned); ok {
		e = m.current(assigned)
	}
	m.pending, m.ack = e, make(chan struct{})
	if a, ok := e.(Assigned); ok && (m.state != stable || m.generation != a.Generation || m.leaving != "") {
		m.withdraw()
	}
	ack := m.ack
	m.mu.Unlock()
	signal(m.notify)
	return m.await(ack)
}

// current returns an assignment without what the member does not hold any more. The caller holds the lock.
func (m *Member) current(e Assigned) Assigned {
	if m.held == nil {
		e.Assignment.Work, e.New = Work{}, Work{}
		return e
	}
	e.Assignment.Work = m.held.Work.clone()
	connectors, tasks := setOf(m.held.Connectors), setOf(m.held.Tasks)
	e.New = Work{within(e.New.Connectors, connectors), within(e.New.Tasks, tasks)}
	return e
}

// withdraw takes back what an assignment that waits for the worker would make it begin: the member is no part of that generation any more, and others
// may get that work before the worker hears of it. The caller holds the lock.
func (m *Member) withdraw() {
	e, ok := m.pending.(Assigned)
	if !ok || m.held == nil {
		return
	}
	m.held.Work = Work{without(m.held.Connectors, setOf(e.New.Connectors)), without(m.held.Tasks, setOf(e.New.Tasks))}
	m.pending = m.current(e)
}

func (m *Member) await(ack chan struct{}) bool {
	select {
	case <-ack:
		return true
	case <-m.ctx.Done():
		return false
	}
}

// fail ends the membership for good.
func (m *Member) fail(err error) {
	m.mu.Lock()
	if m.fatal == nil {
		m.fatal = err
	}
	m.mu.Unlock()
	signal(m.notify)
	m.cancel()
}

// overdue reports whether the worker has been away for longer than a rebalance may take; the caller holds the lock.
func (m *Member) overdue(now time.Time) bool {
	return !m.inPoll && !m.expired && !m.busySince.IsZero() && now.Sub(m.busySince) > m.cfg.RebalanceTimeout
}
