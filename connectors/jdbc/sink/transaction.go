package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// carefulPuts is how many puts set savepoints after one that needed them: bad rows seldom come alone.
const carefulPuts = 16

// errCommit is an error of a COMMIT.
type errCommit struct{ error }

func (e errCommit) Error() string { return "committing: " + e.error.Error() }
func (e errCommit) Unwrap() error { return e.error }

// errAgain ends an attempt without savepoints whose rows have to be written in another way.
type errAgain struct{ error }

func (e errAgain) Unwrap() error { return e.error }

// transact writes a lane. The first attempt sets no savepoints; where rows are refused, the transaction is repeated with them. A COMMIT that is refused
// because of constraints that are only checked then is repeated with all constraints checked at once. It runs on a goroutine of its own and touches
// nothing of the task that changes meanwhile.
func (t *Task) transact(ctx context.Context, l *lane, lastTry, careful bool, reporter connect.ErrantRecordReporter) error {
	if len(l.work) == 0 && t.keeper == nil {
		return nil
	}
	x := &transaction{settings: t.s, log: t.tc.Logger(), reporter: reporter, letters: &t.letters, lastTry: lastTry, careful: careful}
	x.lasting = slices.ContainsFunc(l.work, func(w *tableWork) bool { return w.table.described != nil && w.table.described.Lasting })
	for atOnce := false; ; {
		err := t.attempt(ctx, x, l)
		if err == nil || !l.c.Alive() || ctx.Err() != nil || errors.As(err, new(errOrder)) {
			return err
		}
		committing, isCommit := err.(errCommit)
		_, deferring := t.s.Dialect.(dialect.Deferrer)
		switch {
		case isCommit && deferring && !atOnce && x.refused(committing.error):
			atOnce, x.careful, x.atOnce = true, true, true
		case !isCommit && !x.careful && x.repeats(err):
			x.careful = true
		default:
			return err
		}
		l.careful = true
	}
}

// attempt is one transaction, which is over in any case when it returns.
func (t *Task) attempt(ctx context.Context, x *transaction, l *lane) error {
	err := t.begin(ctx, l)
	x.c, x.aside = l.c, nil
	if err != nil {
		return err
	}
	err = t.run(ctx, x, l)
	if err == nil {
		if _, err = l.c.Exec(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = errCommit{err}
	}
	if rollback(ctx, l.c) != nil && l.c.Alive() {
		_ = l.c.Close() // it has no other use
	}
	return err
}

// begin starts a transaction, over a new connection where there is none or the old one died while it was idle.
func (t *Task) begin(ctx context.Context, l *lane) error {
	if l.c != nil && l.c.Alive() {
		_, err := l.c.Exec(ctx, t.s.Dialect.BeginWrite())
		if err == nil || t.s.Dialect.Classify(err) != dialect.Network {
			return err
		}
		_ = l.c.Close() // it is dead
	}
	c, err := t.s.Open(ctx, t.tc.Logger())
	if err != nil {
		if l.c == nil {
			l.c = closed{}
		}
		return err
	}
	l.c = c
	_, err = l.c.Exec(ctx, t.s.Dialect.BeginWrite())
	return err
}

// rollbackPatience bounds the end of a transaction that failed, also when the task is being stopped.
const rollbackPatience = 10 * time.Second

// rollback ends a transaction that failed, also where what it was for has been given up; where that fails too, it closes the connection, which then
// is not alive.
func rollback(ctx context.Context, c dialect.Conn) error {
	if !c.Alive() {
		return c.Close()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackPatience)
	defer cancel()
	_, err := c.Exec(ctx, "ROLLBACK")
	if err != nil {
		err = errors.Join(err, c.Close())
	}
	return err
}

// closed stands for a connection that could not be made.
type closed struct{ dialect.Conn }

func (closed) Alive() bool  { return false }
func (closed) Close() error { return nil }

func (t *Task) run(ctx context.Context, x *transaction, l *lane) error {
	if x.atOnce {
		if err := x.steps(ctx, t.s.Dialect.(dialect.Deferrer).CheckAtOnce()); err != nil {
			return err
		}
	}
	for _, w := range l.work {
		x.overtaken, x.reordered = w.overtaken, w.reordered()
		if w.truncate {
			if err := x.empty(ctx, w.table); err != nil {
				return fmt.Errorf("emptying table %s: %w", w.table.name, err)
			}
		}
		for _, g := range w.deletes {
			g.compact()
			if err := x.write(ctx, g); err != nil {
				return fmt.Errorf("deleting from table %s: %w", w.table.name, err)
			}
		}
		for _, g := range w.groups {
			g.compact()
			if err := x.write(ctx, g); err != nil {
				return fmt.Errorf("writing to table %s: %w", w.table.name, err)
			}
		}
	}
	if err := x.settle(ctx); err != nil {
		return err
	}
	if t.keeper == nil {
		return nil
	}
	next := map[connect.TopicPartition]int64{}
	for tp, at := range l.next {
		if stored, ok := t.keeper.stored[tp]; !ok || at > stored {
			next[tp] = at
		}
	}
	return t.keeper.advance(ctx, l.c, next)
}
