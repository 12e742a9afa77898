package group

import (
	"slices"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// Holder is a member with the work it holds.
type Holder struct {
	ID string
	Work
}

// Round is what the leader knows when it assigns.
type Round struct {
	// Now is the leader's clock.
	Now time.Time
	// MaxDelay is scheduled.rebalance.max.delay.ms: how long lost work waits for the member that held it.
	MaxDelay time.Duration
	// LastCompleted is the generation of the last round that this member saw to its end, -1 for none; Generation is that of this round.
	LastCompleted, Generation int32
	Configured                Configured
	// Members are all members of the group, in any order.
	Members []Holder
}

// Change is what a round means to a member.
type Change struct {
	ID string
	// Assigned is new to the member.
	Assigned Work
	// Revoked is what it must stop.
	Revoked Work
	// Held is all that it will hold.
	Held Work
}

// Plan is the result of a round: the changes of all members, in the order of Round.Members, and after what time everybody joins again.
type Plan struct {
	Delay   time.Duration
	Changes []Change
}

// Cooperative is what a leader remembers between rounds of the incremental cooperative assignor (KIP-415, IncrementalCooperativeAssignor). A
// value is never changed; the zero value is not ready: see NewCooperative.
type Cooperative struct {
	assignment Work // what the last round left assigned, and what was lost and waits
	revocation Work // what the last round revoked
	// revoked says that the last round revoked for the sake of balance, successive how many rounds in sequence wanted to.
	revoked    bool
	successive int
	// candidates are members that had nothing while lost work waited, so probably those that lost it.
	candidates []string
	scheduled  int64 // when lost work stops waiting, in milliseconds, 0 for never
	delay      int64 // milliseconds
	generation int32
	members    map[string]bool
}

// NewCooperative returns the memory of a leader that did not lead before.
func NewCooperative() Cooperative { return Cooperative{generation: -1} }

// Scheduled returns when lost work stops waiting for its member, the zero time where none waits.
func (s Cooperative) Scheduled() time.Time {
	if s.scheduled <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(s.scheduled)
}

// ScheduledMillis returns what Scheduled returns in milliseconds since 1970, 0 where none waits.
func (s Cooperative) ScheduledMillis() int64 { return s.scheduled }

// Assign computes a round and what to remember after it.
func (s Cooperative) Assign(r Round) (Plan, Cooperative) {
	if len(r.Members) == 0 {
		return Plan{}, s
	}
	p := &planning{Cooperative: s, round: r}
	if s.generation != r.LastCompleted {
		// The leader failed to send the assignment of its last round, so what it remembers was never true.
		p.assignment = Work{}
	}
	p.compare()
	p.handleLost()
	p.balance()
	toAssign := Work{append(slices.Clone(p.created.Connectors), p.reassigned.Connectors...), append(slices.Clone(p.created.Tasks), p.reassigned.Tasks...)}
	p.placeConnectors(toAssign.Connectors)
	p.placeTasks(toAssign.Tasks)
	return p.finish()
}

// load is a member while a round is computed.
type load struct {
	id string
	Work
	before  Work // what it held, without what is deleted
	revoked Work
}

func (l *load) revoke(w Work) {
	l.revoked.Connectors = unique(append(l.revoked.Connectors, w.Connectors...))
	l.revoked.Tasks = unique(append(l.revoked.Tasks, w.Tasks...))
}

func (l *load) remove(w Work) {
	l.Connectors = without(l.Connectors, setOf(w.Connectors))
	l.Tasks = without(l.Tasks, setOf(w.Tasks))
}

// planning is a round under way. The embedded memory becomes that of the next round.
type planning struct {
	Cooperative
	round Round
	// loads are in the order of the round's members until work is placed.
	loads      []*load
	configured Work
	created    Work
	lost       Work
	// reassigned is lost work that goes to whoever has least.
	reassigned Work
}

// compare finds out what was created, deleted, lost and held twice, and takes from the members what is deleted or held twice. What was held
// twice is created anew in the next round.
func (p *planning) compare() {
	p.configured = p.round.Configured.work()
	var active Work
	counts, taskCounts := map[string]int{}, map[kafka.Task]int{}
	for _, m := range p.round.Members {
		held := Work{unique(m.Connectors), unique(m.Tasks)}
		p.loads = append(p.loads, &load{id: m.ID, Work: held})
		for _, c := range held.Connectors {
			counts[c]++
		}
		for _, t := range held.Tasks {
			taskCounts[t]++
		}
		active.Connectors = append(active.Connectors, held.Connectors...)
		active.Tasks = append(active.Tasks, held.Tasks...)
	}
	activeC, activeT := setOf(active.Connectors), setOf(active.Tasks)
	if slices.ContainsFunc(p.revocation.Connectors, func(c string) bool { return activeC[c] }) ||
		slices.ContainsFunc(p.revocation.Tasks, func(t kafka.Task) bool { return activeT[t] }) {
		// The last revocation did not reach its member.
		p.assignment = active
	}
	p.revocation = Work{}

	configuredC, configuredT := setOf(p.configured.Connectors), setOf(p.configured.Tasks)
	previousC, previousT := setOf(p.assignment.Connectors), setOf(p.assignment.Tasks)
	p.created = Work{without(p.configured.Connectors, previousC, activeC), without(p.configured.Tasks, previousT, activeT)}
	deletedC := setOf(without(p.assignment.Connectors, configuredC))
	deletedT := setOf(without(p.assignment.Tasks, configuredT))
	p.lost = Work{sorted(previousC, javafmt.CompareStrings), sorted(previousT, compareTasks)}
	p.lost = Work{without(p.lost.Connectors, activeC, deletedC), without(p.lost.Tasks, activeT, deletedT)}

	twiceC, twiceT := more(counts), more(taskCounts)
	for _, l := range p.loads {
		l.before = Work{without(l.Connectors, deletedC), without(l.Tasks, deletedT)}
		deleted := Work{inHashSet(l.Connectors, deletedC, connectorKeys()), inHashSet(l.Tasks, deletedT, taskKeys())}
		twice := Work{inHashSet(l.Connectors, twiceC, connectorKeys()), inHashSet(l.Tasks, twiceT, taskKeys())}
		l.revoke(deleted)
		l.revoke(twice)
		l.remove(l.revoked)
	}
}

// more returns what was counted more than once.
func more[T comparable](counts map[T]int) map[T]bool {
	set := map[T]bool{}
	for e, n := range counts {
		if n > 1 {
			set[e] = true
		}
	}
	return set
}

// finish makes the plan and what to remember of it.
func (p *planning) finish() (Plan, Cooperative) {
	next := p.Cooperative
	next.generation = p.round.Generation
	next.assignment, next.revocation = Work{}, Work{}
	next.members = make(map[string]bool, len(p.loads))
	byID := make(map[string]*load, len(p.loads))
	for _, l := range p.loads {
		byID[l.id] = l
		next.members[l.id] = true
		next.revocation.Connectors = append(next.revocation.Connectors, l.revoked.Connectors...)
		next.revocation.Tasks = append(next.revocation.Tasks, l.revoked.Tasks...)
	}
	revokedC, revokedT := setOf(next.revocation.Connectors), setOf(next.revocation.Tasks)
	for _, l := range p.loads {
		next.assignment.Connectors = append(next.assignment.Connectors, without(l.Connectors, revokedC)...)
		next.assignment.Tasks = append(next.assignment.Tasks, without(l.Tasks, revokedT)...)
	}
	// Lost work stays known until it is placed; work that was placed just now is there already.
	next.assignment.Connectors = unique(append(next.assignment.Connectors, p.lost.Connectors...))
	next.assignment.Tasks = unique(append(next.assignment.Tasks, p.lost.Tasks...))

	plan := Plan{Delay: time.Duration(next.delay) * time.Millisecond}
	for _, m := range p.round.Members {
		l := byID[m.ID]
		plan.Changes = append(plan.Changes, Change{
			ID:       l.id,
			Assigned: Work{without(l.Connectors, setOf(l.before.Connectors)), without(l.Tasks, setOf(l.before.Tasks))},
			Revoked:  l.revoked,
			Held:     Work{without(l.Connectors, setOf(l.revoked.Connectors)), without(l.Tasks, setOf(l.revoked.Tasks))},
		})
	}
	return plan, next
}
