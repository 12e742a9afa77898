package herder

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/workerconfig"
)

// shortestReload keeps a time to live that someone wrote too short from having the worker ask a provider all the time.
const shortestReload = time.Second

// user is what runs with values of config providers: a connector, or one of its tasks.
type user struct {
	connector string
	task      int // isConnector for the connector itself
}

const isConnector = -1

// retryReload is when values are asked for again after a provider failed to give them.
const retryReload = 30 * time.Second

// reloads ask config providers again when the values that they gave run out, and have connectors and tasks restarted whose values changed. Java's
// WorkerConfigTransformer.scheduleReload restarts the connector alone, changed or not: its tasks go on with the old secret, since their stored
// configurations hold the placeholder and so stay the same.
type reloads struct {
	transformer func() *workerconfig.Transformer
	// due is called, on a goroutine of its own, when values of a user run out.
	due func(user)

	mu      sync.Mutex
	uses    map[user]*use
	stopped bool
}

// use is what a user was started with.
type use struct {
	timer *time.Timer
	print [sha256.Size]byte
}

func newReloads(transformer func() *workerconfig.Transformer, due func(user)) *reloads {
	return &reloads{transformer: transformer, due: due, uses: map[user]*use{}}
}

// resolved are configurations without placeholders, in the order they were given.
type resolved struct {
	props []config.Props
	// ttl is when the first value runs out, 0 for never.
	ttl time.Duration
	// print is their fingerprint.
	print [sha256.Size]byte
}

// resolve replaces the placeholders of the configurations that a user runs with: that of the connector, whose config.action.reload says whether
// anything is reloaded, and that of the task where the user is one.
func (r *reloads) resolve(ctx context.Context, connector config.Props, task ...config.Props) (resolved, error) {
	var out resolved
	first := func(_ string, after time.Duration) {
		if out.ttl == 0 || after < out.ttl {
			out.ttl = after
		}
	}
	props, err := r.transformer().TransformConnector(ctx, connector, first)
	if err != nil {
		return resolved{}, err
	}
	out.props = append(out.props, props)
	reload := !strings.EqualFold(strings.TrimSpace(props.Text("config.action.reload")), "none")
	for _, one := range task {
		done, err := r.transformer().Transform(ctx, one)
		if err != nil {
			return resolved{}, err
		}
		out.props = append(out.props, done.Props)
		for path, after := range done.TTLs {
			if reload {
				first(path, after)
			}
		}
	}
	out.print = fingerprint(out.props)
	return out, nil
}

// fingerprint tells configurations apart without keeping their secrets.
func fingerprint(all []config.Props) (sum [sha256.Size]byte) {
	h := sha256.New()
	text := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	for _, props := range all {
		for _, key := range slices.Sorted(maps.Keys(props)) {
			text(key)
			if value := props[key]; value != nil {
				text(*value)
			} else {
				text("\x00null")
			}
		}
		text("\x00end")
	}
	h.Sum(sum[:0])
	return sum
}

// watch has due called when values of a user run out; it replaces what was watched for that user. Without a time to live nothing is watched.
func (r *reloads) watch(u user, what resolved) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(u)
	if r.stopped || what.ttl <= 0 {
		return
	}
	r.uses[u] = &use{print: what.print, timer: time.AfterFunc(max(what.ttl, shortestReload), func() { r.due(u) })}
}

// changed asks the providers again and reports whether they give something else than what the user runs with. Where they do not, or fail, the
// user is watched further: values that ran out while their provider is away are better than a connector that stands still.
func (r *reloads) changed(ctx context.Context, u user, connector config.Props, task ...config.Props) (bool, error) {
	now, err := r.resolve(ctx, connector, task...)
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.uses[u]
	switch {
	case known == nil || r.stopped:
		return false, nil // it was stopped or started anew meanwhile
	case err != nil:
		known.timer.Reset(retryReload)
		return false, err
	case now.print != known.print:
		r.drop(u)
		return true, nil
	case now.ttl <= 0:
		r.drop(u)
	default:
		known.timer.Reset(max(now.ttl, shortestReload))
	}
	return false, nil
}

// drop forgets a user. r.mu is held.
func (r *reloads) drop(u user) {
	if known := r.uses[u]; known != nil {
		known.timer.Stop()
		delete(r.uses, u)
	}
}

// cancel drops what is watched for a connector itself; with tasks for its tasks as well.
func (r *reloads) cancel(connector string, tasks bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for u := range r.uses {
		if u.connector == connector && (tasks || u.task == isConnector) {
			r.drop(u)
		}
	}
}

// cancelTask drops what is watched for a task.
func (r *reloads) cancelTask(id TaskID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(user{id.Connector, id.Task})
}

// stop drops everything and watches nothing more.
func (r *reloads) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for u := range r.uses {
		r.drop(u)
	}
}

// String returns the name of a user for messages.
func (u user) String() string {
	if u.task == isConnector {
		return "connector " + u.connector
	}
	return "task " + TaskID{Connector: u.connector, Task: u.task}.String()
}
