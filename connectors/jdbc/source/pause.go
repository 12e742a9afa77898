package source

import (
	"sync"
	"time"
)

// mostPause is how long a task that is paused keeps a result or a snapshot open: a database cannot clean up behind one. Reading goes on behind the last
// row or block that was delivered then, but a table that is read in one piece, which has no place to go on from, is read again.
const mostPause = 30 * time.Second

// pause is the time between two polls, of which the task does not know how long it will be.
type pause struct {
	mu    sync.Mutex // held while the task is at work
	polls int
	timer *time.Timer // nil where nothing is kept open
}

// end begins work: mu is held until it is done.
func (p *pause) end() {
	p.mu.Lock()
	p.polls++
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

// Paused implements connect.PauseHearer.
func (t *Task) Paused() {
	p := &t.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.open == nil && !t.snapshot {
		return
	}
	if p.timer != nil { // it was paused and resumed without a poll
		p.timer.Stop()
	}
	polls := p.polls
	p.timer = time.AfterFunc(mostPause, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.polls == polls {
			t.tc.Logger().Info("The task is paused; the connection is given back to the database, which could not clean up behind it")
			t.disconnect()
		}
	})
}
