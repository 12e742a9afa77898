package group

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// request asks the coordinator. An error without an answer makes the coordinator unknown, and is one to retry after, unless credentials are refused.
func (m *Member) request(ctx context.Context, r kmsg.Request) (kmsg.Response, error) {
	m.mu.Lock()
	node := m.coordinator
	m.mu.Unlock()
	if node == noCoordinator {
		return nil, &retryError{kerr.CoordinatorNotAvailable, false}
	}
	answer, err := m.cfg.Client.Broker(int(node)).Request(ctx, r)
	if err == nil {
		return answer, nil
	}
	if refused(err) {
		return nil, fmt.Errorf("group %s: %w", m.cfg.GroupID, err)
	}
	m.mu.Lock()
	if m.coordinator == node {
		m.log.Info("Group coordinator is unavailable or invalid. Rediscovery will be attempted.", "node", node, "error", err)
		m.coordinator = noCoordinator
	}
	m.mu.Unlock()
	signal(m.kicked)
	return nil, &retryError{err, false}
}

// refused reports whether a broker refused the credentials, which no retry mends.
func refused(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.GroupAuthorizationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism)
}

// ensureCoordinator finds the group's coordinator. Where that takes longer than a heartbeat interval the worker is told to stop its work, since the
// broker may soon give it to others (WorkerCoordinator.poll). It returns false where the member was stopped or failed.
func (m *Member) ensureCoordinator() bool {
	m.mu.Lock()
	known := m.coordinator != noCoordinator
	m.mu.Unlock()
	if known {
		return true
	}
	began, told := time.Now(), false
	for m.ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(m.ctx, m.cfg.HeartbeatInterval)
		node, err := m.findCoordinator(ctx)
		cancel()
		if err == nil {
			m.mu.Lock()
			m.coordinator, m.lastBeat = node, time.Now()
			m.mu.Unlock()
			m.log.Info("Discovered group coordinator", "node", node)
			signal(m.beat)
			return true
		}
		if m.ctx.Err() != nil {
			return false
		}
		if refused(err) {
			if errors.Is(err, kerr.GroupAuthorizationFailed) {
				err = notAuthorized(m.cfg.GroupID, err)
			}
			m.fail(err)
			return false
		}
		if !told && time.Since(began) >= m.cfg.HeartbeatInterval {
			told = true
			if !m.loseWork(err) {
				return false
			}
		}
		m.backoff()
	}
	return false
}

// loseWork tells the worker to stop all its work.
func (m *Member) loseWork(reason error) bool {
	m.mu.Lock()
	held := m.held.clone()
	m.held, m.leadership = nil, nil
	if held != nil {
		m.cause = CoordinatorLost
	}
	m.mu.Unlock()
	if held == nil || held.Failed() && held.Empty() {
		return true
	}
	m.log.Info("Broker coordinator was unreachable. Revoking previous assignment to avoid running tasks while not being a member the group",
		"for", m.cfg.HeartbeatInterval, "connectors", len(held.Connectors), "tasks", len(held.Tasks))
	return m.emit(Lost{held.Work, fmt.Errorf("the coordinator of group %s was unreachable for %v: %w", m.cfg.GroupID, m.cfg.HeartbeatInterval, reason)})
}

func (m *Member) findCoordinator(ctx context.Context) (int32, error) {
	request := kmsg.NewPtrFindCoordinatorRequest()
	request.CoordinatorKey, request.CoordinatorKeys = m.cfg.GroupID, []string{m.cfg.GroupID}
	answer, err := m.cfg.Client.Request(ctx, request)
	if err != nil {
		return 0, err
	}
	response := answer.(*kmsg.FindCoordinatorResponse)
	node, code := response.NodeID, response.ErrorCode
	if len(response.Coordinators) > 0 {
		node, code = response.Coordinators[0].NodeID, response.Coordinators[0].ErrorCode
	}
	return node, kerr.ErrorForCode(code)
}

// leave tells the broker that the member goes, so that the others need not wait for its session to end. A failure is only logged: the session ends
// anyway.
func (m *Member) leave(ctx context.Context, cause Cause, reason string) {
	m.mu.Lock()
	node, id := m.coordinator, m.id
	m.reset(cause, reason, true)
	m.mu.Unlock()
	if id == "" || node == noCoordinator {
		return
	}
	m.log.Info("Member sending LeaveGroup request", "memberID", id, "reason", reason)
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group, request.MemberID = m.cfg.GroupID, id
	member := kmsg.NewLeaveGroupRequestMember()
	member.MemberID, member.Reason = id, &reason
	request.Members = append(request.Members, member)
	answer, err := m.cfg.Client.Broker(int(node)).Request(ctx, request)
	if err == nil {
		response := answer.(*kmsg.LeaveGroupResponse)
		if err = kerr.ErrorForCode(response.ErrorCode); err == nil && len(response.Members) > 0 {
			err = kerr.ErrorForCode(response.Members[0].ErrorCode)
		}
	}
	if err != nil {
		m.log.Info("LeaveGroup request failed; the broker waits for the session to end", "memberID", id, "error", err)
	}
}
