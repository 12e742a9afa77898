package group

import "slices"

// Cause is why a group met again, as far as this member knows: the leader sees who came and went, the others only that the broker calls.
type Cause string

// The causes, as metrics name them.
const (
	WorkerStarted   Cause = "worker_started"
	MemberJoined    Cause = "member_joined"
	MemberLeft      Cause = "member_left"
	AnotherMember   Cause = "another_member"
	Configuration   Cause = "configuration"
	WorkRevoked     Cause = "work_revoked"
	DelayOver       Cause = "delay_over"
	CoordinatorLost Cause = "coordinator_lost"
	SessionLost     Cause = "session_lost"
	WorkerStuck     Cause = "worker_stuck"
	WorkerLeft      Cause = "worker_left"
	JoinFailed      Cause = "join_failed"
)

// Causes lists all causes.
func Causes() []Cause {
	return []Cause{WorkerStarted, MemberJoined, MemberLeft, AnotherMember, Configuration, WorkRevoked, DelayOver, CoordinatorLost, SessionLost, WorkerStuck,
		WorkerLeft, JoinFailed}
}

// counted counts a rebalance by why it was; the caller holds the lock.
func (m *Member) counted(a *attempt) {
	if m.stats.Causes == nil {
		m.stats.Causes = map[Cause]int64{}
	}
	cause := a.cause
	follows := cause == AnotherMember || cause == WorkRevoked || cause == DelayOver
	if follows && a.leader && m.members != nil {
		switch {
		case slices.ContainsFunc(m.members, func(id string) bool { return !slices.Contains(a.members, id) }):
			cause = MemberLeft
		case slices.ContainsFunc(a.members, func(id string) bool { return !slices.Contains(m.members, id) }):
			cause = MemberJoined
		}
	}
	m.stats.Causes[cause]++
	m.members = a.members // nil where another one leads
}
