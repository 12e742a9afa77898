package worker

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/fuse"
)

// mostPrograms bounds how many layouts of records a chain remembers programs for, at each of its links.
const mostPrograms = 256

// programs are what the links of a chain from one on can be compiled to, by the layout of the part they work on and by which of them the
// predicates let through. Both rarely change from one record to the next.
type programs struct {
	steps []fuse.Step // of this link and those after it that work on the same part; fewer than two are not compiled
	part  connect.Part

	last   programKey
	latest *fuse.Program
	all    map[programKey]*fuse.Program // nil: there is none for the layout
}

type programKey struct {
	layout fuse.Layout
	active uint32 // bit i: the predicate of link i lets the record through
}

// compilable finds the runs of links that programs can stand for.
func (c *chain) compilable() {
	for i := range c.links {
		p := &c.links[i].programs
		for _, l := range c.links[i:min(i+32, len(c.links))] {
			step, ok := l.transformation.(fuse.Step)
			if _, prepares := l.transformation.(connect.BatchPreparer); prepares {
				break
			}
			if ok && l.predicate != nil {
				_, ok = l.predicate.(fuse.FieldBlind)
			}
			if !ok || len(p.steps) > 0 && step.Part() != p.part {
				break
			}
			p.steps, p.part = append(p.steps, step), step.Part()
		}
	}
}

// applyFused runs the program of the links from i on, if there is one. It returns how many links it stands for, 0 where they are to be applied
// one by one: the record is as it was then.
func (c *chain) applyFused(i int, r *connect.Record) int {
	p := &c.links[i].programs
	if len(p.steps) < 2 {
		return 0
	}
	schema, v := p.part.Of(r)
	layout, ok := fuse.LayoutOf(schema, v)
	if !ok {
		return 0
	}
	key := programKey{layout: layout}
	links := c.links[i : i+len(p.steps)]
	for j := range links {
		passes, err := links[j].passes(r)
		if err != nil {
			return 0
		}
		if passes {
			key.active |= 1 << j
		}
	}
	if key != p.last || p.all == nil {
		p.latest = p.find(key, links, r)
		p.last = key
	}
	if p.latest == nil || !p.latest.Run(r, p.part) {
		return 0
	}
	return spanned(key.active, p.latest.Steps)
}

// spanned returns how many links there are up to the last of the first steps that are active. What follows is asked for its predicate anew: the
// program may have made the part null.
func spanned(active uint32, steps int) int {
	n := 0
	for ; steps > 0; n++ {
		steps -= int(active >> n & 1)
	}
	return n
}

func (p *programs) find(key programKey, links []link, r *connect.Record) *fuse.Program {
	if x, ok := p.all[key]; ok {
		return x
	}
	var steps []fuse.Step
	for j := range links {
		if key.active>>j&1 == 1 {
			steps = append(steps, p.steps[j])
		}
	}
	schema, v := p.part.Of(r)
	x := fuse.Compile(steps, schema, v, r.Arena().Shapes())
	if p.all == nil || len(p.all) >= mostPrograms {
		p.all = map[programKey]*fuse.Program{}
	}
	p.all[key] = x
	return x
}
