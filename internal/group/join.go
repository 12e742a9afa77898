package group

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/internal/kafka"
)

// join is the goroutine that keeps the member in its group.
func (m *Member) join() {
	m.mu.Lock()
	first := m.ack
	m.mu.Unlock()
	if first != nil && !m.await(first) {
		return
	}
	for m.ctx.Err() == nil {
		m.mu.Lock()
		leaving := m.leaving
		m.leaving = ""
		wait, wanted := m.untilJoin(time.Now())
		unknown := m.coordinator == noCoordinator && (m.state == completing || m.state == stable)
		m.mu.Unlock()
		switch {
		case leaving != "":
			ctx, cancel := context.WithTimeout(m.ctx, m.cfg.RequestTimeout)
			m.leave(ctx, WorkerLeft, leaving)
			cancel()
		case wanted:
			m.rebalance()
		case unknown:
			m.ensureCoordinator()
		default:
			m.pause(wait)
		}
	}
}

// untilJoin says whether to join now, or else after what time; 0 is never. The caller holds the lock.
func (m *Member) untilJoin(now time.Time) (wait time.Duration, wanted bool) {
	if !m.scheduled.IsZero() {
		if wait = m.scheduled.Sub(now); wait <= 0 {
			m.scheduled = time.Time{}
			m.requestRejoin(DelayOver, "the scheduled rebalance delay is over")
		}
	}
	if !m.joinNeeded() {
		return wait, false
	}
	if pause := m.pausedUntil.Sub(now); pause > 0 {
		return pause, false
	}
	return 0, !m.expired
}

// pause waits for an event or for some time, without end where that is 0.
func (m *Member) pause(d time.Duration) {
	var after <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-m.ctx.Done():
	case <-m.kicked:
	case <-after:
	}
}

// backoff waits before the next attempt.
func (m *Member) backoff() {
	t := time.NewTimer(m.cfg.RetryBackoff)
	defer t.Stop()
	select {
	case <-m.ctx.Done():
	case <-t.C:
	}
}

// attempt is one request to join, under way.
type attempt struct {
	began      time.Time
	requests   int
	cause      Cause
	members    []string // of a leader
	configured Configured
	id         string
	generation int32
	protocol   Protocol
	leader     bool
}

// rebalance joins the group once (AbstractCoordinator.joinGroupIfNeeded).
func (m *Member) rebalance() {
	if !m.ensureCoordinator() {
		return
	}
	m.mu.Lock()
	m.leadership = nil
	held := m.held.clone()
	eager := m.protocol == Eager && held != nil && !held.Failed() && !held.Empty()
	m.log.Info("Rebalance started", "reason", m.rejoin)
	m.mu.Unlock()
	if eager {
		if !m.emit(Revoked{held.Leader, held.Work}) {
			return
		}
		m.Forget()
	}
	a := &attempt{}
	response, err := m.requestJoin(a)
	if err == nil {
		err = m.sync(a, response)
	}
	if err == nil || m.ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	m.stats.FailedRebalances++
	m.state = unjoined
	if m.rejoin == "" {
		m.requestRejoin(JoinFailed, "rebalance failed: "+err.Error())
	}
	m.mu.Unlock()
	var retry *retryError
	if !errors.As(err, &retry) {
		m.fail(err)
		return
	}
	m.log.Info("Rebalance failed, will retry", "error", err)
	if !retry.atOnce {
		m.backoff()
	}
}

// retryError is a failure to join that may pass.
type retryError struct {
	err error
	// atOnce says that nothing is to be waited for.
	atOnce bool
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

func (m *Member) requestJoin(a *attempt) (*kmsg.JoinGroupResponse, error) {
	// A reason to join that comes after this one is another one. The worker is not asked with the lock held: it may hold one of its own when it calls the
	// member.
	m.mu.Lock()
	a.requests = m.requests
	m.mu.Unlock()
	a.configured = m.cfg.Configured()
	m.mu.Lock()
	m.state = preparing
	a.began, a.id = time.Now(), m.id
	request := kmsg.NewPtrJoinGroupRequest()
	request.Group = m.cfg.GroupID
	request.MemberID = m.id
	request.ProtocolType = ProtocolType
	request.SessionTimeoutMillis = int32(m.cfg.SessionTimeout.Milliseconds())
	request.RebalanceTimeoutMillis = int32(m.cfg.RebalanceTimeout.Milliseconds())
	reason := m.rejoin
	a.cause = m.cause
	request.Reason = &reason
	for _, o := range Offers(m.cfg.Protocol, Metadata{URL: m.cfg.URL, ConfigOffset: a.configured.Offset, Assignment: m.held}) {
		p := kmsg.NewJoinGroupRequestProtocol()
		p.Name, p.Metadata = o.Name, o.Metadata
		request.Protocols = append(request.Protocols, p)
	}
	// The broker answers when all members have joined, so this may take as long as a rebalance.
	ctx, cancel := context.WithTimeout(m.ctx, max(m.cfg.RequestTimeout, m.cfg.RebalanceTimeout+5*time.Second))
	m.interrupt = cancel
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.interrupt = nil
		m.mu.Unlock()
		cancel()
	}()
	m.log.Info("(Re-)joining group", "memberID", a.id)
	answer, err := m.request(ctx, request)
	if err != nil {
		return nil, err
	}
	response := answer.(*kmsg.JoinGroupResponse)
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		return nil, m.joinError(err, response)
	}
	if response.ProtocolType != nil && *response.ProtocolType != ProtocolType {
		return nil, fmt.Errorf("group.id %s names a group of type %q: %w", m.cfg.GroupID, *response.ProtocolType, kerr.InconsistentGroupProtocol)
	}
	if response.SkipAssignment {
		return nil, errors.New("Can't skip assignment because Connect does not support static membership.")
	}
	name := ""
	if response.Protocol != nil {
		name = *response.Protocol
	}
	if a.protocol, err = protocolNamed(name); err != nil {
		return nil, fmt.Errorf("group.id %s: %w", m.cfg.GroupID, err)
	}
	a.id, a.generation, a.leader = response.MemberID, response.Generation, response.LeaderID == response.MemberID
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != preparing || m.leaving != "" {
		m.id = a.id // to leave with
		return nil, &retryError{errors.New("the member left while it joined"), true}
	}
	m.state, m.id, m.generation = completing, a.id, a.generation
	m.lastBeat = time.Now()
	m.stats.Joins++
	signal(m.beat)
	m.log.Info("Successfully joined group", "generation", a.generation, "memberID", a.id, "protocol", name, "leader", a.leader)
	return response, nil
}

// joinError sorts the errors of JoinGroup as AbstractCoordinator.JoinGroupResponseHandler does.
func (m *Member) joinError(err error, response *kmsg.JoinGroupResponse) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case errors.Is(err, kerr.MemberIDRequired):
		m.id, m.generation = response.MemberID, -1
		return &retryError{err, true}
	case errors.Is(err, kerr.UnknownMemberID):
		m.reset(SessionLost, "UNKNOWN_MEMBER_ID from JoinGroup", true)
		return &retryError{err, true}
	case errors.Is(err, kerr.IllegalGeneration), errors.Is(err, kerr.RebalanceInProgress):
		return &retryError{err, true}
	case errors.Is(err, kerr.NotCoordinator), errors.Is(err, kerr.CoordinatorNotAvailable):
		m.coordinator = noCoordinator
		return &retryError{err, false}
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return notAuthorized(m.cfg.GroupID, err)
	case errors.Is(err, kerr.InconsistentGroupProtocol):
		return fmt.Errorf("group.id %s cannot be joined; is it the name of another kind of group, or does connect.protocol exclude what the other workers speak?: %w",
			m.cfg.GroupID, err)
	case errors.Is(err, kerr.InvalidSessionTimeout):
		return fmt.Errorf("session.timeout.ms is outside of the range that the broker allows (group.min.session.timeout.ms, group.max.session.timeout.ms): %w", err)
	case kerr.IsRetriable(err):
		return &retryError{err, false}
	}
	return fmt.Errorf("join group %s: %w", m.cfg.GroupID, err)
}

// notAuthorized has Java's words, and the right that is missing.
func notAuthorized(group string, err error) error {
	return kafka.Denied(err, kafka.Resource{Group: group, Source: "worker"})
}

// sync gets the member's assignment, as the leader after computing all, and tells the worker.
func (m *Member) sync(a *attempt, joined *kmsg.JoinGroupResponse) error {
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.Generation, request.MemberID = m.cfg.GroupID, a.generation, a.id
	protocolType, name := ProtocolType, a.protocol.Name()
	request.ProtocolType, request.Protocol = &protocolType, &name
	var leadership *Leadership
	if a.leader {
		var err error
		if leadership, err = m.lead(a, joined, request); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(m.ctx, max(m.cfg.RequestTimeout, m.cfg.RebalanceTimeout+5*time.Second))
	defer cancel()
	answer, err := m.request(ctx, request)
	if err != nil {
		return err
	}
	response := answer.(*kmsg.SyncGroupResponse)
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		return m.syncError(err, a)
	}
	assignment, err := DecodeAssignment(response.MemberAssignment)
	if err != nil {
		return fmt.Errorf("the assignment that the leader of group %s sent cannot be read: %w", m.cfg.GroupID, err)
	}
	if assignment == nil {
		assignment = &Assignment{Version: a.protocol}
	}
	return m.complete(a, assignment, leadership)
}

// lead computes the assignments of all members.
func (m *Member) lead(a *attempt, joined *kmsg.JoinGroupResponse, request *kmsg.SyncGroupRequest) (*Leadership, error) {
	m.mu.Lock()
	last := m.lastCompleted
	m.mu.Unlock()
	e := Election{Leader: a.id, Protocol: a.protocol, Generation: a.generation, LastCompleted: last, Now: time.Now(), MaxDelay: m.cfg.MaxDelay,
		Configured: a.configured, Fresh: m.cfg.Configured}
	for _, member := range joined.Members {
		e.Members = append(e.Members, Subscriber{member.MemberID, member.ProtocolMetadata})
		a.members = append(a.members, member.MemberID)
	}
	assignments, leadership, memory, err := Perform(m.memory, e)
	if err != nil {
		return nil, &retryError{err, false}
	}
	m.memory = memory
	if leadership == nil {
		m.log.Info("Was selected to perform assignments, but do not have latest config found in sync request. Returning an empty configuration to trigger re-sync.")
	}
	for id, b := range assignments {
		ga := kmsg.NewSyncGroupRequestGroupAssignment()
		ga.MemberID, ga.MemberAssignment = id, b
		request.GroupAssignment = append(request.GroupAssignment, ga)
	}
	return leadership, nil
}

// syncError sorts the errors of SyncGroup as AbstractCoordinator.SyncGroupResponseHandler does.
func (m *Member) syncError(err error, a *attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case errors.Is(err, kerr.RebalanceInProgress):
		return &retryError{err, true}
	case errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.IllegalGeneration):
		if m.generation == a.generation && m.id == a.id {
			m.reset(SessionLost, err.Error(), errors.Is(err, kerr.UnknownMemberID))
		}
		return &retryError{err, true}
	case errors.Is(err, kerr.NotCoordinator), errors.Is(err, kerr.CoordinatorNotAvailable):
		m.coordinator = noCoordinator
		return &retryError{err, false}
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return notAuthorized(m.cfg.GroupID, err)
	case kerr.IsRetriable(err):
		return &retryError{err, false}
	}
	return fmt.Errorf("sync group %s: %w", m.cfg.GroupID, err)
}

// complete takes over an assignment (WorkerCoordinator.onJoinComplete): the worker stops what is revoked, hears of all it holds, and the member
// joins again where something was revoked, so that the leader can give it to others.
func (m *Member) complete(a *attempt, assignment *Assignment, leadership *Leadership) error {
	m.mu.Lock()
	if m.state != completing || m.generation != a.generation || m.id != a.id {
		m.mu.Unlock()
		return &retryError{errors.New("the generation was reset while the member joined"), true}
	}
	now := time.Now()
	took := now.Sub(a.began)
	m.state, m.protocol, m.lastCompleted, m.leadership = stable, a.protocol, a.generation, leadership
	m.stats.Syncs++
	m.stats.Rebalances++
	m.counted(a)
	m.stats.LastRebalance, m.stats.LongestRebalance = now, max(m.stats.LongestRebalance, took)
	m.stats.RebalanceTime += took
	if m.requests == a.requests {
		m.rejoin = "" // what was asked for since is still to be done
	}
	m.scheduled = time.Time{}
	fresh, revoked := assignment.Work.clone(), Work{}
	switch {
	case a.protocol == Eager && m.held != nil:
		// It is there only where a member that speaks nothing else joined: nobody revoked it then.
		revoked = Work{without(m.held.Connectors, setOf(fresh.Connectors)), without(m.held.Tasks, setOf(fresh.Tasks))}
		fresh = Work{without(fresh.Connectors, setOf(m.held.Connectors)), without(fresh.Tasks, setOf(m.held.Tasks))}
	case a.protocol != Eager:
		revoked = assignment.Revoked.clone()
		if m.held != nil {
			kept := Work{without(m.held.Connectors, setOf(revoked.Connectors)), without(m.held.Tasks, setOf(revoked.Tasks))}
			assignment.Connectors = unique(append(assignment.Connectors, kept.Connectors...))
			assignment.Tasks = unique(append(assignment.Tasks, kept.Tasks...))
		}
	}
	if m.held = assignment; assignment.Failed() && m.rejoin == "" {
		m.cause = Configuration // of which the leader or this worker has not read all
	}
	event := Assigned{Assignment: assignment.clone(), New: fresh, Generation: a.generation, MemberID: a.id, Leader: m.isLeader(), Protocol: a.protocol}
	m.mu.Unlock()
	m.log.Info("Successfully synced group", "generation", a.generation, "connectors", len(event.Assignment.Connectors), "tasks", len(event.Assignment.Tasks),
		"revoked", len(revoked.Connectors)+len(revoked.Tasks), "delay", assignment.Delay)
	if !revoked.Empty() && !m.emit(Revoked{assignment.Leader, revoked}) {
		return nil
	}
	if !m.emit(event) {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lastCompleted == a.generation && a.protocol != Eager {
		if !revoked.Empty() {
			m.requestRejoin(WorkRevoked, "work was revoked")
		}
		if assignment.Delay > 0 {
			m.scheduled = now.Add(assignment.Delay)
		}
	}
	return nil
}
