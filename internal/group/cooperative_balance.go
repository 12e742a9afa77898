package group

import (
	"cmp"
	"math"
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// balance takes work from members that have more than their share, unless a delay runs. Rounds that revoke one after the other get ever larger
// pauses: 40 ms, 1.6 s, 64 s, then the greatest delay.
func (p *planning) balance() {
	if p.delay != 0 {
		p.revoked = false
		return
	}
	excess := p.excess()
	switch {
	case len(excess) == 0 && p.revoked:
		p.revoked, p.successive = false, 0
	case len(excess) == 0:
	case p.revoked:
		p.successive++
		if p.delay = backoff(p.successive, p.round.MaxDelay.Milliseconds()); p.delay != 0 {
			p.scheduled = p.round.Now.UnixMilli() + p.delay
			return
		}
		take(excess)
	default:
		take(excess)
		p.revoked = true
	}
}

// backoff is Java's ExponentialBackoff of 1 ms, factor 40, without jitter.
func backoff(attempts int, most int64) int64 {
	switch {
	case most == 0:
		return 0
	case most == 1:
		return 1
	}
	exponent := min(float64(attempts), math.Log(float64(most))/math.Log(40))
	return min(int64(math.Pow(40, exponent)), most)
}

func take(excess map[*load]Work) {
	for l, w := range excess {
		l.revoke(w)
		l.remove(w)
	}
}

// excess finds what members hold beyond their share (performLoadBalancingRevocations).
func (p *planning) excess() map[*load]Work {
	if p.configured.Empty() || !slices.ContainsFunc(p.loads, func(l *load) bool { return !l.Empty() }) {
		return nil
	}
	out := map[*load]Work{}
	for l, connectors := range beyond(len(p.configured.Connectors), p.loads, func(l *load) []string { return l.Connectors }) {
		out[l] = Work{Connectors: connectors}
	}
	for l, tasks := range beyond(len(p.configured.Tasks), p.loads, func(l *load) []kafka.Task { return l.Tasks }) {
		out[l] = Work{out[l].Connectors, tasks}
	}
	return out
}

// beyond finds for one kind of work what is too much; total is how much there is to hold.
func beyond[T any](total int, loads []*load, held func(*load) []T) map[*load][]T {
	least, extra := total/len(loads), total%len(loads)
	withLeast, withMore := 0, 0
	for _, l := range loads {
		switch len(held(l)) {
		case least:
			withLeast++
		case least + 1:
			withMore++
		}
	}
	if withMore == extra && withLeast+withMore == len(loads) {
		return nil
	}
	out := map[*load][]T{}
	given := 0
	for _, l := range loads {
		all := held(l)
		if len(all) <= least {
			continue
		}
		share := least
		if given < extra {
			given++
			share++
		}
		if len(all) > share {
			out[l] = all[: len(all)-share : len(all)-share]
		}
	}
	return out
}

// placeConnectors gives connectors to the members that have fewest, in turn until all have as many, and so on.
func (p *planning) placeConnectors(connectors []string) {
	count := func(l *load) int { return len(l.Connectors) }
	place(p.loads, connectors, count, func(l *load, c string) { l.Connectors = append(l.Connectors, c) })
}

func (p *planning) placeTasks(tasks []kafka.Task) {
	count := func(l *load) int { return len(l.Tasks) }
	place(p.loads, tasks, count, func(l *load, t kafka.Task) { l.Tasks = append(l.Tasks, t) })
}

func place[T any](loads []*load, work []T, count func(*load) int, give func(*load, T)) {
	slices.SortStableFunc(loads, func(a, b *load) int {
		return cmp.Or(cmp.Compare(count(a), count(b)), javafmt.CompareStrings(a.id, b.id))
	})
	for len(work) > 0 {
		upTo := slices.IndexFunc(loads, func(l *load) bool { return count(l) > count(loads[0]) })
		if upTo < 0 {
			upTo = len(loads)
		}
		for _, l := range loads[:min(upTo, len(work))] {
			give(l, work[0])
			work = work[1:]
		}
	}
}
