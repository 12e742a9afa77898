package group

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// heartbeats is the goroutine that tells the broker that the member lives, and watches that the worker does (AbstractCoordinator.HeartbeatThread).
func (m *Member) heartbeats() {
	timer := time.NewTimer(m.cfg.HeartbeatInterval)
	defer timer.Stop()
	early := len(earlyBeats)
	for {
		select {
		case <-m.ctx.Done():
			return
		case <-m.beat:
			early = 0
		case <-timer.C:
			m.heartbeat()
		}
		wait := m.cfg.HeartbeatInterval
		if early < len(earlyBeats) {
			wait = min(wait, earlyBeats[early])
			early++
		}
		timer.Reset(wait)
	}
}

// earlyBeats are the pauses before the first heartbeats of a generation. Where work was revoked from a member it joins again at once, and the others
// hear of that next round by their heartbeats only: without these, work that moves rests for a heartbeat interval.
var earlyBeats = []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, time.Second}

func (m *Member) heartbeat() {
	m.mu.Lock()
	now := time.Now()
	joined := m.state == completing || m.state == stable
	if m.overdue(now) {
		m.expired = true
		m.withdraw()
		m.mu.Unlock()
		m.pollTimedOut()
		return
	}
	if joined && m.coordinator != noCoordinator && now.Sub(m.lastBeat) > m.cfg.SessionTimeout {
		m.log.Info("Group coordinator is unavailable or invalid: session timed out without receiving a heartbeat response. Rediscovery will be attempted.")
		m.coordinator = noCoordinator
	}
	if joined && m.coordinator == noCoordinator {
		signal(m.kicked)
	}
	id, generation := m.id, m.generation
	if !joined || m.coordinator == noCoordinator {
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	request := kmsg.NewPtrHeartbeatRequest()
	request.Group, request.Generation, request.MemberID = m.cfg.GroupID, generation, id
	ctx, cancel := context.WithTimeout(m.ctx, min(m.cfg.RequestTimeout, m.cfg.SessionTimeout))
	defer cancel()
	answer, err := m.request(ctx, request)
	if err == nil {
		err = kerr.ErrorForCode(answer.(*kmsg.HeartbeatResponse).ErrorCode)
	} else if refused(err) {
		m.fail(err)
		return
	} else {
		return
	}
	if errors.Is(err, kerr.GroupAuthorizationFailed) {
		m.fail(notAuthorized(m.cfg.GroupID, err))
		return
	}
	m.answered(id, generation, err)
}

// answered takes the broker's answer to the heartbeat of a membership.
func (m *Member) answered(id string, generation int32, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil, errors.Is(err, kerr.RebalanceInProgress):
		// A member goes on beating while its group rebalances.
		m.lastBeat = time.Now()
		m.stats.Heartbeats++
		m.stats.LastHeartbeat = m.lastBeat
		if err != nil && m.state == stable && m.rejoin == "" {
			m.requestRejoin(AnotherMember, "group is already rebalancing")
		}
	case errors.Is(err, kerr.NotCoordinator), errors.Is(err, kerr.CoordinatorNotAvailable):
		m.coordinator = noCoordinator
		signal(m.kicked)
	case errors.Is(err, kerr.IllegalGeneration), errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.FencedInstanceID):
		if m.id == id && m.generation == generation {
			// After a wrong generation the id may still be good.
			m.reset(SessionLost, err.Error(), !errors.Is(err, kerr.IllegalGeneration))
		}
	default:
		m.log.Info("Unexpected error in heartbeat response", "error", err)
	}
}

// pollTimedOut leaves the group on behalf of a worker that is stuck, so that others get its work.
func (m *Member) pollTimedOut() {
	m.log.Warn("worker poll timeout has expired: the time between two ticks of the worker was longer than rebalance.timeout.ms", "timeout", m.cfg.RebalanceTimeout)
	if m.cfg.PollTimedOut != nil {
		m.cfg.PollTimedOut()
	}
	ctx, cancel := context.WithTimeout(m.ctx, m.cfg.RequestTimeout)
	defer cancel()
	m.leave(ctx, WorkerStuck, "worker poll timeout has expired.")
}
