package group

import (
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
)

// handleLost decides whether work that nobody holds any more waits for its member to come back (handleLostAssignments).
func (p *planning) handleLost() {
	if p.lost.Empty() && !p.revoked {
		p.resetDelay()
		return
	}
	now, most := p.round.Now.UnixMilli(), p.round.MaxDelay.Milliseconds()
	switch {
	case p.scheduled <= 0 && p.nobodyLeft():
		// The members did not get the assignment of the last round.
		p.reassigned = p.lost
	case most == 0:
		p.reassigned = p.lost
	case p.scheduled > 0 && now >= p.scheduled:
		p.giveLost()
		p.resetDelay()
		p.revoked = false
	default:
		p.addCandidates()
		p.delay = most
		if now < p.scheduled {
			p.delay = min(p.scheduled-now, most)
		}
		p.scheduled = now + p.delay
	}
}

func (p *planning) resetDelay() { p.candidates, p.scheduled, p.delay = nil, 0, 0 }

// nobodyLeft reports whether all members of the last round are there.
func (p *planning) nobodyLeft() bool {
	there := 0
	for _, l := range p.loads {
		if p.members[l.id] {
			there++
		}
	}
	return there == len(p.members)
}

// addCandidates remembers members without work. The slice is not appended to in place: the memory of the last round shares it.
func (p *planning) addCandidates() {
	var empty []string
	for _, l := range p.loads {
		if l.Empty() {
			empty = append(empty, l.id)
		}
	}
	inOrder := make([]string, 0, len(empty))
	for _, i := range javafmt.HashOrder(empty, javafmt.DefaultCapacity) {
		inOrder = append(inOrder, empty[i])
	}
	p.candidates = unique(slices.Concat(p.candidates, inOrder))
}

// giveLost gives lost work to the candidates in turn, or treats it as new where there are none.
func (p *planning) giveLost() {
	var to []*load
	for _, id := range p.candidates {
		if i := slices.IndexFunc(p.loads, func(l *load) bool { return l.id == id }); i >= 0 {
			to = append(to, p.loads[i])
		}
	}
	if len(to) == 0 {
		p.reassigned = p.lost
		return
	}
	for i, c := range p.lost.Connectors {
		l := to[i%len(to)]
		l.Connectors = append(l.Connectors, c)
	}
	for i, t := range p.lost.Tasks {
		l := to[i%len(to)]
		l.Tasks = append(l.Tasks, t)
	}
}
