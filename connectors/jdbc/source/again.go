package source

import (
	"encoding/binary"
	"hash/maphash"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// again remembers the rows of the last moldau.late.rows.overlap.ms, which every query reads anew: a row that was given an older timestamp than others that
// were read is found among them. What a row was is kept as a sum of all its values; a row that is changed is another one. After a restart nothing is
// remembered, and the rows of that time come again.
type again struct {
	seed [2]maphash.Seed
	rows map[[2]uint64]int64 // milliseconds of their timestamp
}

// first notes the row under the cursor, and reports whether it was not there before.
func (a *again) first(r *reader, at position) bool {
	if a.rows == nil {
		a.rows, a.seed = map[[2]uint64]int64{}, [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	}
	var sum [2]uint64
	for i, seed := range a.seed {
		var h maphash.Hash
		h.SetSeed(seed)
		for n := range r.shape.made {
			add(&h, r.rows.Cell(n))
		}
		sum[i] = h.Sum64()
	}
	if _, there := a.rows[sum]; there {
		return false
	}
	a.rows[sum] = at.millis
	return true
}

// add adds a value with its length, so that what belongs to one value cannot be taken for another's.
func add(h *maphash.Hash, c *dialect.Cell) {
	var head [10]byte
	head[0] = byte(c.Form)
	text := c.Text
	if c.Null {
		head[0] = 255
	} else if c.Value != nil {
		text = []byte(c.String())
	}
	n := uint64(len(text))
	if c.Form != dialect.NoNumber && c.Form != dialect.Raw {
		n, text = uint64(c.Num), nil
	}
	binary.LittleEndian.PutUint64(head[2:], n)
	_, _ = h.Write(head[:]) // never fails
	_, _ = h.Write(text)
}

// forget drops rows that no query reads any more.
func (a *again) forget(at position, overlap time.Duration) {
	least := at.millis - overlap.Milliseconds()
	for sum, ms := range a.rows {
		if ms <= least {
			delete(a.rows, sum)
		}
	}
}

// back is where a query begins that reads the last rows again.
func (p position) back(by time.Duration) position {
	if by <= 0 || !p.hasTime || p.millis <= dialect.InfinitePast+by.Milliseconds() {
		return p
	}
	p.millis -= by.Milliseconds()
	p.nanos = nanosOf(p.millis)
	return p
}
