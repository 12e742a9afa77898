package group

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
)

// Config says which group to join and how. All fields but Logger and PollTimedOut are needed.
type Config struct {
	// Client sends the requests. It must be this member's own, since a request to join may wait for as long as a rebalance takes; the caller closes
	// it after Stop.
	Client *kgo.Client
	// GroupID is group.id.
	GroupID string
	// URL is the worker's advertised REST URL, with a slash at its end.
	URL string
	// Protocol is connect.protocol, the highest protocol that the member offers.
	Protocol Protocol
	// SessionTimeout, RebalanceTimeout and HeartbeatInterval are session.timeout.ms, rebalance.timeout.ms and heartbeat.interval.ms.
	SessionTimeout, RebalanceTimeout, HeartbeatInterval time.Duration
	// RequestTimeout and RetryBackoff are request.timeout.ms and retry.backoff.ms.
	RequestTimeout, RetryBackoff time.Duration
	// MaxDelay is scheduled.rebalance.max.delay.ms.
	MaxDelay time.Duration
	// Configured returns what the worker read from the config topic so far. The member calls it on its own goroutine; it must not block.
	Configured func() Configured
	// PollTimedOut is called, on a goroutine of the member, when the worker did not call Poll for RebalanceTimeout and so leaves the group. It must not
	// block and must not call the member.
	PollTimedOut func()
	Logger       *slog.Logger
}

// Event is what a worker has to do for its group: one of Revoked, Assigned and Lost.
type Event interface{ groupEvent() }

// Revoked says that the worker must stop work and report it as unassigned. The member joins its group again only after the next Poll.
type Revoked struct {
	// Leader is the member id of the leader that revoked, or of the former leader where the protocol is Eager.
	Leader string
	Work
}

// Assigned says that a rebalance is complete.
type Assigned struct {
	// Assignment is all that the member holds now, with what was revoked from it in this round. It belongs to the receiver. Where it failed, or its
	// ConfigOffset is above what the worker has read, the worker reads the config topic to its end before it starts anything; the member joins again
	// after the next Poll where it failed.
	Assignment *Assignment
	// New is what was not held before.
	New Work
	// Generation and MemberID name the membership, Leader says whether this member leads, Protocol what the group speaks.
	Generation int32
	MemberID   string
	Leader     bool
	Protocol   Protocol
}

// Lost says that the group's coordinator cannot be reached, so the worker must stop all its work: others may run it soon. The member holds nothing
// any more and goes on trying to join.
type Lost struct {
	Work
	// Reason is for the log.
	Reason error
}

func (Revoked) groupEvent()  {}
func (Assigned) groupEvent() {}
func (Lost) groupEvent()     {}

// ErrStopped is returned by Poll after Stop.
var ErrStopped = errors.New("the group member was stopped")

// state is that of AbstractCoordinator.MemberState.
type state int

const (
	unjoined state = iota
	preparing
	completing
	stable
)

// Member is a worker's membership in its group (WorkerGroupMember, WorkerCoordinator). It joins, beats and joins again on goroutines of its own; the
// worker's tick loop learns by Poll what to do. All methods may be called from any goroutine, Poll from one at a time; only Poll and Stop block.
//
// Where the broker evicted the member because it was away too long (a stopped process, say), it joins again with the work it still holds, as Java's
// does; the leader then takes from everybody what two members hold.
type Member struct {
	cfg    Config
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	// kicked wakes the joining goroutine, beat the beating one, notify the worker in Poll.
	kicked, beat, notify chan struct{}
	// memory is the joining goroutine's.
	memory Cooperative

	mu         sync.Mutex
	state      state
	id         string
	generation int32
	// protocol is what the group speaks; before the first rebalance what the member offers first.
	protocol Protocol
	// rejoin is why the member has to join, "" where it has not to; requests counts the reasons given.
	rejoin   string
	cause    Cause // of rejoin
	requests int
	// members are the ids of the round before, where this member led it.
	members []string
	// coordinator is the node id, -1 where it is not known.
	coordinator   int32
	held          *Assignment
	lastCompleted int32
	leadership    *Leadership
	// leaving is why the worker wants to leave, "" where it does not.
	leaving string
	// scheduled is when everybody joins again, pausedUntil until when the worker does not want to.
	scheduled, pausedUntil time.Time
	lastBeat               time.Time
	interrupt              context.CancelFunc // of the request to join that is under way
	fatal                  error
	stats                  Stats
	polling
}

// Stats are figures for metrics (connect-coordinator-metrics).
type Stats struct {
	Heartbeats, Joins, Syncs, Rebalances, FailedRebalances int64
	// RebalanceTime is the time spent in successful rebalances, LongestRebalance in the longest one.
	RebalanceTime, LongestRebalance time.Duration
	// LastHeartbeat and LastRebalance are when the last of them succeeded, the zero time where none did.
	LastHeartbeat, LastRebalance time.Time
	// Connectors and Tasks are how many the member holds.
	Connectors, Tasks int
	// Causes counts the successful rebalances by why they were.
	Causes map[Cause]int64
}

const noCoordinator = -1

// Start makes a member, which joins at the first Poll. The caller must Stop it.
func Start(cfg Config) *Member {
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	m := &Member{
		cfg: cfg, log: log.With("group", cfg.GroupID), memory: NewCooperative(),
		kicked: make(chan struct{}, 1), beat: make(chan struct{}, 1), notify: make(chan struct{}, 1),
		generation: -1, lastCompleted: -1, coordinator: noCoordinator, protocol: cfg.Protocol, rejoin: "the worker starts", cause: WorkerStarted,
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.ack = make(chan struct{}) // the first Poll closes it
	m.tasks.Go(m.join)
	m.tasks.Go(m.heartbeats)
	return m
}

// Stop leaves the group and ends the goroutines. It waits for the broker's answer until ctx ends, then stops without it: the broker evicts the member
// after its session timeout. Poll returns ErrStopped afterwards.
func (m *Member) Stop(ctx context.Context) {
	m.cancel()
	m.tasks.Wait()
	m.leave(ctx, WorkerLeft, "the worker is being stopped")
	m.mu.Lock()
	m.fatal, m.leadership, m.held = ErrStopped, nil, nil
	m.mu.Unlock()
	signal(m.notify)
}

// signal wakes whoever waits on the channel, or will.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// RequestRejoin makes the member join again because configurations changed; the reason is for logs and for the broker's.
func (m *Member) RequestRejoin(reason string) {
	m.mu.Lock()
	m.requestRejoin(Configuration, reason)
	m.mu.Unlock()
}

func (m *Member) requestRejoin(cause Cause, reason string) {
	if m.rejoin = reason; m.held != nil || cause != SessionLost && cause != JoinFailed { // else they follow from the cause that is known
		m.cause = cause
	}
	m.requests++
	signal(m.kicked)
}

// Leave makes the member leave its group and stay out for a while, after which it joins again with the work it holds. It does not wait for the
// broker, and takes effect with the next Poll where the worker has an event in hand. What an event that is still to come would make it begin, it does not.
func (m *Member) Leave(reason string, pause time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leaving, m.pausedUntil = reason, time.Now().Add(pause)
	m.withdraw()
	if m.interrupt != nil {
		m.interrupt()
	}
	signal(m.kicked)
}

// Forget makes the member hold nothing, after the worker stopped all its work of its own accord. An event that waits for the worker, or is still to
// come of a round that is over, gives it nothing either: the member may have left its group since, and others may run that work.
func (m *Member) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held != nil {
		m.held.Work = Work{}
	}
	if e, ok := m.pending.(Assigned); ok {
		m.pending = m.current(e)
	}
}

// ID returns the member id, "" while the member is not in a stable group.
func (m *Member) ID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != stable {
		return ""
	}
	return m.id
}

// Generation returns the generation of the last rebalance that this member saw complete, -1 before the first.
func (m *Member) Generation() int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lastCompleted
}

// Protocol returns what the group speaks; before the first rebalance what the member offers first.
func (m *Member) Protocol() Protocol {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.protocol
}

// Rebalancing reports whether the member is not in a stable group or has to join again.
func (m *Member) Rebalancing() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.joinNeeded() || m.state != stable
}

// Leader returns the REST URL of the group's leader and whether that is this member. The URL is "" where no leader is known.
func (m *Member) Leader() (url string, self bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		return "", false
	}
	return m.held.LeaderURL, m.isLeader()
}

func (m *Member) isLeader() bool { return m.state == stable && m.held != nil && m.held.Leader == m.id }

// ConnectorURL returns the REST URL of the worker that owns a connector. Only the leader of a stable group knows it; elsewhere it is "".
func (m *Member) ConnectorURL(connector string) string { return m.owners().ConnectorURL(connector) }

// TaskURL returns the REST URL of the worker that owns a task. Only the leader of a stable group knows it; elsewhere it is "".
func (m *Member) TaskURL(task kafka.Task) string { return m.owners().TaskURL(task) }

func (m *Member) owners() *Leadership {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.joinNeeded() || !m.isLeader() {
		return nil
	}
	return m.leadership
}

// Stats returns figures for metrics.
func (m *Member) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	s.Causes = maps.Clone(s.Causes)
	if m.held != nil {
		s.Connectors, s.Tasks = len(m.held.Connectors), len(m.held.Tasks)
	}
	return s
}

// joinNeeded reports whether the member has to join; the caller holds the lock.
func (m *Member) joinNeeded() bool { return m.rejoin != "" || m.held == nil || m.held.Failed() }

// reset forgets the generation, and the member id where the broker does not know it any more; the caller holds the lock.
func (m *Member) reset(cause Cause, reason string, andID bool) {
	m.log.Info("Resetting generation", "memberID", andID, "reason", reason)
	m.withdraw()
	m.state, m.generation, m.leadership = unjoined, -1, nil
	if andID {
		m.id = ""
	}
	m.requestRejoin(cause, reason)
}
