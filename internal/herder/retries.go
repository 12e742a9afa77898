package herder

import (
	"context"
	"sync"
	"time"
)

const (
	firstRetry  = 250 * time.Millisecond
	longestWait = time.Minute
)

// retries asks again, in time, for the tasks of connectors that could not give them: one retry for each connector at most.
type retries struct {
	life  context.Context
	again func(connector string, wait time.Duration)
	group sync.WaitGroup
	due   sync.Map
}

func newRetries(life context.Context, again func(connector string, wait time.Duration)) *retries {
	return &retries{life: life, again: again}
}

// after calls again for the connector once the time is over, with the double of it for the retry after that.
func (r *retries) after(connector string, wait time.Duration) {
	if r.life.Err() != nil {
		return
	}
	// A connector may ask for new tasks over and over while it cannot give any: the retry that is due serves all of them.
	if _, due := r.due.LoadOrStore(connector, true); due {
		return
	}
	r.group.Go(func() {
		select {
		case <-r.life.Done():
		case <-time.After(wait):
			r.due.Delete(connector)
			r.again(connector, min(2*wait, longestWait))
		}
	})
}

func (r *retries) wait() { r.group.Wait() }
