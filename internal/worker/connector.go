package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/logs"
)

// connectorStopLimit is Worker.CONNECTOR_GRACEFUL_SHUTDOWN_TIMEOUT_MS of Java.
const connectorStopLimit = 5 * time.Second

// connectorRun is a connector on this worker. All calls of its plugin are made one after the other, in the order of the requests, by a
// goroutine that lives while there are any; who waits for a request may give up, and what does not return in time is abandoned.
type connectorRun struct {
	w      *Worker
	name   string
	props  map[string]string
	plugin *connect.Plugin
	logger *slog.Logger

	// instance is the started plugin, nil while paused, stopped or failed at start. Used by the goroutine only.
	instance connect.Connector
	// reported is the last state that was passed on, for metrics.
	reported atomic.Pointer[State]

	mu        sync.Mutex
	state     TargetState // "" before the first, and while failed
	failure   error
	abandoned bool // nothing is reported any more
	closed    bool // no more requests are taken
	jobs      []func()
	working   bool // a goroutine does the jobs
}

// StartConnector makes the connector and brings it to the target state; it returns when that is reached, with nil, or has failed. The
// state FAILED is reported before the error returns, and the connector stays until StopConnectors. ctx bounds the wait only: a Start that
// does not return within the limit for plugin calls is abandoned and the connector failed. props has its placeholders resolved.
func (w *Worker) StartConnector(ctx context.Context, name string, props map[string]string, target TargetState) error {
	plugin, err := w.cfg.Plugins.Connector(props["connector.class"])
	if err == nil && plugin.NewConnector == nil {
		err = fmt.Errorf("plugin %s has no connector to make", plugin.Class)
	}
	version := ""
	if err == nil {
		version = plugin.Version
		err = w.parse(plugin, props)
	}
	if err != nil {
		w.figures.Connectors.Started(time.Now(), err)
		w.figures.ConnectorFailed(time.Now(), name, err)
		w.cfg.Logger.Error("Failed to start connector "+name, "error", err)
		w.cfg.Statuses.OnConnector(name, w.status(Failed, version, err))
		return err
	}
	c := &connectorRun{w: w, name: name, props: maps.Clone(props), plugin: plugin,
		logger: w.cfg.Logger.With("connector", name)}
	w.mu.Lock()
	switch {
	case w.stopped:
		err = errors.New("the worker is stopping and starts nothing more")
	case w.connectors[name] != nil:
		// Worker.startConnector
		err = javafmt.NewException(javafmt.ConnectException, "Connector with name "+name+" already exists", nil)
	default:
		w.connectors[name] = c
	}
	w.mu.Unlock()
	if err != nil {
		return err
	}
	w.figures.ConnectorStarted(time.Now(), name)
	err = c.transition(ctx, target)
	w.figures.Connectors.Started(time.Now(), err)
	return err
}

// work does jobs until there are none left.
func (c *connectorRun) work() {
	for {
		c.mu.Lock()
		if len(c.jobs) == 0 {
			c.jobs, c.working = nil, false
			c.mu.Unlock()
			return
		}
		job := c.jobs[0]
		c.jobs = c.jobs[1:]
		c.mu.Unlock()
		job()
	}
}

// mostJobs is how many requests may wait for one that does not return.
const mostJobs = 16

// do has the connector's goroutine run f and waits until it did, at most for the limit, when f's context ends too.
func (c *connectorRun) do(ctx context.Context, call string, limit time.Duration, f func(context.Context) error) error {
	jobCtx, cancel := context.WithTimeout(logs.NewContext(context.WithoutCancel(ctx), c.name, -1), limit)
	result := make(chan error, 1)
	job := func() {
		defer cancel()
		if err := jobCtx.Err(); err != nil {
			result <- &stuckError{"connector " + c.name, "an earlier call, before " + call, limit}
			return
		}
		result <- guard(call, func() error { return f(jobCtx) })
	}
	if err := c.enqueue(job, call, limit); err != nil {
		cancel()
		return err
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-jobCtx.Done():
		select {
		case err := <-result:
			return err
		default:
			return &stuckError{"connector " + c.name, call, limit}
		}
	}
}

func (c *connectorRun) enqueue(job func(), call string, limit time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fmt.Errorf("connector %s does not run any more", c.name)
	}
	if len(c.jobs) == mostJobs {
		return &stuckError{"connector " + c.name, "earlier calls, before " + call, limit}
	}
	c.jobs = append(c.jobs, job)
	if !c.working {
		c.working = true
		go c.work()
	}
	return nil
}

func (c *connectorRun) isRunning() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == TargetStarted && !c.abandoned
}

// report passes a state on unless the connector was abandoned.
func (c *connectorRun) report(s State, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.abandoned {
		c.reported.Store(&s)
		if s == Failed {
			c.w.figures.ConnectorFailed(time.Now(), c.name, err)
		}
		c.w.cfg.Statuses.OnConnector(c.name, c.w.status(s, c.plugin.Version, err))
	}
}

func (c *connectorRun) set(state TargetState, failure error) {
	c.mu.Lock()
	c.state, c.failure = state, failure
	c.mu.Unlock()
}

// fail puts the connector into FAILED.
func (c *connectorRun) fail(err error) {
	c.set("", err)
	reportConnectorFailure(c.logger, c.name, err)
	c.report(Failed, err)
}

// transition brings the connector to the target state.
func (c *connectorRun) transition(ctx context.Context, target TargetState) error {
	err := c.do(ctx, "Start", pluginLimit, func(ctx context.Context) error { return c.doTransition(ctx, target) })
	var stuck *stuckError
	if errors.As(err, &stuck) {
		c.fail(stuck)
	}
	if err != nil {
		// WorkerConnector.transitionTo reports this to the herder.
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Failed to transition connector %s to state %s", c.name, target), err)
	}
	return nil
}

// doTransition follows WorkerConnector.doTransitionTo; it runs on the connector's goroutine.
func (c *connectorRun) doTransition(ctx context.Context, target TargetState) error {
	c.mu.Lock()
	from, failure := c.state, c.failure
	c.mu.Unlock()
	if failure != nil && target != TargetStopped {
		return javafmt.NewException(javafmt.ConnectException,
			fmt.Sprintf("WorkerConnector{id=%s} Cannot transition connector to %s since it has failed", c.name, target), failure)
	}
	if from == target {
		return nil
	}
	if target == TargetStarted {
		if err := c.start(ctx); err != nil {
			c.fail(err)
			return err
		}
		if err := ctx.Err(); err != nil { // abandoned while it started: whoever waited reported that
			c.close()
			return err
		}
		c.set(TargetStarted, nil)
		c.report(Running, nil)
		return nil
	}
	err := c.close()
	if err != nil && target == TargetPaused {
		c.fail(err)
		return err
	}
	if err != nil {
		c.logger.Warn("The connector was stopped with an error.", "error", err)
	}
	c.set(target, nil)
	c.report(map[TargetState]State{TargetPaused: Paused, TargetStopped: Stopped}[target], nil)
	return nil
}

// start makes a new instance: the contract stops an instance once, so a resumed connector is another one.
func (c *connectorRun) start(ctx context.Context) error {
	instance := c.plugin.NewConnector()
	err := guard("Start", func() error { return instance.Start(ctx, &connectorContext{run: c}, maps.Clone(c.props)) })
	if err != nil {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectorStopLimit)
		defer cancel()
		if stopErr := guard("Stop", func() error { return instance.Stop(stopCtx) }); stopErr != nil {
			c.logger.Warn("The connector that failed to start did not stop cleanly.", "error", stopErr)
		}
		return err
	}
	c.instance = instance
	return nil
}

// close stops the instance, if there is one.
func (c *connectorRun) close() error {
	if c.instance == nil {
		return nil
	}
	instance := c.instance
	c.instance = nil
	ctx, cancel := context.WithTimeout(context.Background(), connectorStopLimit)
	defer cancel()
	return guard("Stop", func() error { return instance.Stop(ctx) })
}

// SetTargetState brings a connector, if it runs here, and its tasks that run here to the target state and returns when the connector has
// reached it; tasks follow on their own. A failed connector refuses to be paused or resumed; the error says so. Tasks of a connector
// that shall be STOPPED must be stopped by the caller.
func (w *Worker) SetTargetState(ctx context.Context, name string, target TargetState) error {
	w.mu.Lock()
	c := w.connectors[name]
	var tasks []*taskRun
	for id, t := range w.tasks {
		if id.Connector == name {
			tasks = append(tasks, t)
		}
	}
	w.mu.Unlock()
	for _, t := range tasks {
		t.setTarget(target)
	}
	if c == nil {
		return nil
	}
	return c.transition(ctx, target)
}

// StopConnectors stops connectors, all at once, and waits for each at most 5 seconds as Java does; what did not stop by then is abandoned,
// its later states are not reported, and the error names it. Names that do not run are skipped.
func (w *Worker) StopConnectors(ctx context.Context, names ...string) error {
	var stopping []*connectorRun
	w.mu.Lock()
	for _, name := range names {
		if c := w.connectors[name]; c != nil {
			stopping = append(stopping, c)
			delete(w.connectors, name)
		}
	}
	w.mu.Unlock()
	results := make([]error, len(stopping))
	var wg sync.WaitGroup
	for i, c := range stopping {
		wg.Go(func() { results[i] = c.shutDown(ctx) })
	}
	wg.Wait()
	return errors.Join(results...)
}

func (c *connectorRun) shutDown(ctx context.Context) error {
	err := c.do(ctx, "Stop", connectorStopLimit, func(context.Context) error {
		err := c.close()
		c.set("", nil)
		if err != nil {
			c.fail(err)
			return nil
		}
		c.report(Unassigned, nil)
		return nil
	})
	c.mu.Lock()
	c.abandoned = true
	c.closed = true
	c.mu.Unlock()
	if err != nil {
		c.logger.Error("The connector did not stop in time and was abandoned.", "error", err)
	}
	return err
}

// status completes a report.
func (w *Worker) status(s State, version string, err error) Status {
	out := Status{State: s, WorkerID: w.cfg.WorkerID, Version: version}
	if w.cfg.Generation != nil {
		out.Generation = w.cfg.Generation()
	}
	if err != nil {
		out.Trace = trace(err)
	}
	return out
}
