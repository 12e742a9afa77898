package tracing

import (
	"math"
	"math/rand/v2"
)

// Picker chooses the records of one task that begin a trace. It draws how many are passed over before the next one, so that those cost a
// comparison each. It belongs to one goroutine.
type Picker struct {
	ratio float64
	left  int64 // records before the next one that is chosen
}

// Picker returns a picker for a task.
func (t *Tracer) Picker() *Picker {
	p := &Picker{ratio: t.cfg.Ratio}
	p.draw()
	return p
}

// draw makes left one of a geometric distribution: each record is chosen with the same chance, whatever came before.
func (p *Picker) draw() {
	switch {
	case p.ratio >= 1:
		p.left = 0
	case p.ratio <= 0:
		p.left = math.MaxInt64
	default:
		p.left = int64(min(math.Log(1-rand.Float64())/math.Log1p(-p.ratio), math.MaxInt64/2))
	}
}

// Pick reports whether the next record begins a trace.
func (p *Picker) Pick() bool {
	if p.left > 0 {
		p.left--
		return false
	}
	p.draw()
	return true
}
