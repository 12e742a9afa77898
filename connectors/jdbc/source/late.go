package source

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// guard keeps a table from being read past rows that are not committed yet. Numbers and timestamps are given to rows before they are committed, so a row
// can become visible behind rows that were read already; Java's source never reads it. The guard lets a value be read once every transaction that ran
// when it was first seen has ended. What is read is thereby complete, the offsets stay Java's, and nothing is read twice.
type guard struct {
	safe    int64
	any     bool // there is a safe value
	pending []horizon
	blind   bool // the database does not tell what runs: time alone decides
}

// horizon is a value that was there at a time.
type horizon struct {
	value   int64
	seen    time.Time
	running []string // then
}

// mostHorizons bounds what is remembered; a value that finds no place is looked at in a later turn.
const mostHorizons = 16

// lookAgain is the longest wait before rows that are held back are looked at again.
const lookAgain = 50 * time.Millisecond

// see takes a value that is there now, and what runs now, asked for after it.
func (g *guard) see(value int64, running []string, now time.Time, window time.Duration) {
	if len(g.pending) < mostHorizons && (!g.any || value > g.safe) && (len(g.pending) == 0 || value > g.pending[len(g.pending)-1].value) {
		g.pending = append(g.pending, horizon{value, now, running})
	}
	kept := g.pending[:0]
	for _, h := range g.pending {
		over := told(h.running) && told(running) && !slices.ContainsFunc(running, func(x string) bool {
			return slices.Contains(h.running, x) || len(h.running) > 0 && strings.HasPrefix(x, dialect.PreparedName)
		})
		if over || now.Sub(h.seen) >= window {
			g.pass(h.value)
			continue
		}
		kept = append(kept, h)
	}
	g.pending = kept
}

func (g *guard) pass(value int64) {
	if !g.any || value > g.safe {
		g.safe, g.any = value, true
	}
}

// waits reports whether values are held back.
func (g *guard) waits() bool { return len(g.pending) > 0 }

// unknown stands for transactions where nobody tells of any; they end by the clock.
var unknown = []string{"unknown"}

func told(running []string) bool { return len(running) == 0 || &running[0] != &unknown[0] }

// running asks the database which transactions may yet commit rows.
func (r *reader) running(ctx context.Context, c dialect.Conn) ([]string, error) {
	g, ok := r.settings.Dialect.(dialect.LateGuard)
	if !ok || r.guard.blind {
		return unknown, nil
	}
	names, err := g.Running(ctx, c, r.table, r.settings.timestamped)
	if err == nil {
		return names, nil
	}
	if fault := r.settings.Dialect.Classify(err); ctx.Err() != nil || !c.Alive() || fault == dialect.Network || fault == dialect.Busy || fault == dialect.Login {
		return nil, fmt.Errorf("asking which transactions run: %w", err)
	}
	r.guard.blind = true
	r.log.Warn("The database does not tell which transactions run: rows behind a gap, or with a new timestamp, wait for "+keyLate, "table", r.name(), "error", err)
	return unknown, nil
}

// settled returns the greatest value of the incrementing column up to which rows can be read; ok is false where there is nothing to read yet.
func (r *reader) settled(ctx context.Context, c dialect.Conn, from int64) (most int64, ok bool, err error) {
	s := r.settings
	inc := s.name(r.inc)
	last, found, err := r.number(ctx, c, "SELECT MAX("+inc+") FROM "+r.from()+" WHERE "+inc+" > "+s.Dialect.Placeholder(1), from)
	if err != nil || !found {
		r.guard.pending = nil // what was there is gone
		return 0, false, err
	}
	running, err := r.running(ctx, c)
	if err != nil {
		return 0, false, err
	}
	r.guard.see(last, running, time.Now(), s.late)
	r.last = last
	if r.guard.any && r.guard.safe > from {
		return r.guard.safe, true, nil
	}
	// Numbers without a gap have no place for a late row.
	const mostCounted = 100_000
	if last-from > mostCounted || from < 0 || last <= from {
		return 0, false, nil
	}
	count, _, err := r.number(ctx, c, "SELECT COUNT(*) FROM "+r.from()+" WHERE "+inc+" > "+s.Dialect.Placeholder(1)+" AND "+inc+" <= "+s.Dialect.Placeholder(2), from, last)
	if err != nil || count != last-from {
		return 0, false, err
	}
	r.guard.pass(last)
	return last, true, nil
}

// closed returns the time up to which rows can be read by timestamp: every transaction that could write an earlier one has ended, and no row can come any
// more whose timestamp, cut to the digits of its column, is one that was read.
func (r *reader) closed(ctx context.Context, c dialect.Conn, now int64) (int64, error) {
	running, err := r.running(ctx, c)
	if err != nil {
		return 0, err
	}
	r.guard.see(now, running, time.Now(), r.settings.late)
	if !r.guard.any {
		return now - r.settings.late.Milliseconds(), nil
	}
	return r.guard.safe, nil
}

// unit is the distance of two timestamps that a column tells apart.
func (r *reader) unit() time.Duration {
	c := r.stampColumn
	switch {
	case c == nil:
		return time.Millisecond
	case c.JDBC == dialect.Date:
		return 24 * time.Hour
	case c.Type == "SMALLDATETIME": // of SQL Server
		return time.Minute
	case c.Type == "DATE": // of Oracle, which has a time of day
		return time.Second
	case r.settings.Dialect.Name() == "SqliteDatabaseDialect": // CURRENT_TIMESTAMP has seconds
		return time.Second
	case c.Scale >= 0 && c.Scale < 3:
		return []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond}[c.Scale]
	}
	return time.Millisecond
}

// number runs a query of one number.
func (r *reader) number(ctx context.Context, c dialect.Conn, sql string, args ...any) (n int64, found bool, err error) {
	rows, err := dialect.Read(ctx, c, sql, args...)
	if err != nil {
		return 0, false, fmt.Errorf("reading %s: %w", r.name(), err)
	}
	if len(rows) != 1 || rows[0][0] == "" {
		return 0, false, nil
	}
	if n, err = strconv.ParseInt(rows[0][0], 10, 64); err != nil {
		cell := dialect.Cell{Text: []byte(rows[0][0])}
		if n, err = integer(&cell); err != nil {
			return 0, false, fmt.Errorf("reading %s: %w", r.name(), err)
		}
	}
	return n, true, nil
}
