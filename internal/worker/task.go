package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/metrics"
)

// taskRun is a task on this worker: the part that is the same for sources and sinks. Its goroutine makes all calls of the plugin.
type taskRun struct {
	w        *Worker
	id       TaskID
	plugin   *connect.Plugin
	props    map[string]string // the connector's
	config   map[string]string // the task's
	settings connectorSettings
	logger   *slog.Logger
	op       *operator
	topics   topicTracker
	figures  *metrics.Task
	body     taskBody
	share    *budget.Share // of the worker's memory, nil before start
	turns    *budget.Turns // to convert and transform

	// stopping ends when the task shall stop, killed when its time to do so is over.
	stopping, killed context.Context
	stop, kill       context.CancelFunc
	done             chan struct{}

	mu        sync.Mutex
	target    TargetState
	changed   chan struct{} // closed and replaced when target changes
	stopBy    time.Time     // end of the grace time, once stopping
	cancelled bool          // nothing is reported any more
	doing     string        // the plugin call under way, "" for none
	since     time.Time
}

// taskBody is the kind of task.
type taskBody interface {
	// start makes clients and starts the plugin.
	start() error
	// execute runs until the task shall stop.
	execute() error
	// settle commits what can be committed after execute or start ended with err.
	settle(err error)
	// close stops the plugin and closes everything.
	close()
	// retarget hears that the target state changed, on any goroutine.
	retarget()
	// held returns how many bytes of records the task holds, on any goroutine; it does not block.
	held() int64
	// sever closes clients, on any goroutine, so that an abandoned task can do no more harm.
	sever()
}

// StartTask makes a task and starts it in the background. A failure to make it, also one that is not made within the limit for plugin calls, is reported
// as FAILED and returned; what goes wrong later is only reported. connProps is the connector's configuration, taskProps one of those that ConnectorTaskConfigs returned, both with
// placeholders resolved; they belong to the task from then on.
func (w *Worker) StartTask(id TaskID, connProps, taskProps map[string]string, target TargetState) error {
	t, err := w.makeTask(id, connProps, taskProps, target)
	w.figures.TaskStarted(time.Now(), id.Connector, id.Task)
	if err == nil {
		err = w.addTask(t)
		if err != nil {
			t.body.close()
			return err
		}
	}
	w.figures.Tasks.Started(time.Now(), err)
	if err != nil {
		w.figures.TaskFailed(time.Now(), id.Connector, id.Task, err)
		reportTaskFailure(w.cfg.Logger.With(logs.ConnectorKey, id.Connector, logs.TaskKey, id.Task), "Failed to start task "+id.String(), id, err)
		w.cfg.Statuses.OnTask(id, w.status(Failed, "", err))
		return err
	}
	go t.run()
	return nil
}

func (w *Worker) addTask(t *taskRun) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return errors.New("the worker is stopping and starts nothing more")
	}
	if w.tasks[t.id] != nil {
		// Worker.startTask
		return javafmt.NewException(javafmt.ConnectException, "Task already exists in this worker: "+t.id.String(), nil)
	}
	w.tasks[t.id] = t
	return nil
}

func (w *Worker) newTask(id TaskID, connProps, taskProps map[string]string, target TargetState) (*taskRun, error) {
	plugin, err := w.cfg.Plugins.Connector(connProps["connector.class"])
	if err != nil {
		return nil, err
	}
	if err := w.parse(plugin, connProps); err != nil {
		return nil, err
	}
	settings, err := parseConnectorSettings(connProps)
	if err != nil {
		return nil, err
	}
	t := &taskRun{w: w, id: id, plugin: plugin, props: connProps, config: taskProps, settings: settings,
		logger: w.cfg.Logger.With("connector", id.Connector, "task", id.Task), done: make(chan struct{}), target: target, changed: make(chan struct{})}
	t.killed, t.kill = context.WithCancel(logs.NewContext(context.Background(), id.Connector, id.Task))
	t.stopping, t.stop = context.WithCancel(t.killed)
	t.turns = w.cpu.Turns(id.Connector, settings.cpuShare)
	t.topics = topicTracker{w: w, id: id, epoch: w.epochOf(id.Connector)}
	t.op = &operator{settings: settings, stopping: t.stopping, turns: t.turns}
	if settings.logErrors {
		t.op.reporters = append(t.op.reporters, &logReporter{id: id, messages: settings.logMessages, logger: t.logger})
	}
	conv, err := w.newConverters(connProps)
	if err != nil {
		return nil, err
	}
	transformations, err := newChain(w.cfg.Plugins, connProps)
	if err != nil {
		return nil, err
	}
	t.figures = w.taskFigures(t, conv)
	switch {
	case plugin.Kind == connect.KindSource && plugin.NewSourceTask != nil:
		t.body, err = newSourceTask(t, conv, transformations)
	case plugin.Kind == connect.KindSink && plugin.NewSinkTask != nil:
		t.body, err = newSinkTask(t, conv, transformations)
	default:
		err = fmt.Errorf("the tasks of %s are neither sources nor sinks", plugin.Class)
	}
	if err != nil {
		return nil, transformations.abandon(err)
	}
	return t, nil
}

// run is the life of a task (WorkerTask.run).
func (t *taskRun) run() {
	defer close(t.done)
	defer t.kill()
	err := t.live()
	t.logEnd(err)
	t.body.settle(err)
	if err != nil {
		t.stop()
		t.report(Failed, err)
	}
	t.body.close()
	if t.share != nil {
		t.share.Leave()
	}
	t.turns.Leave()
	if err == nil {
		t.report(Unassigned, nil)
	}
}

// logEnd is not part of run so that the stack of a task that waits, of which there may be thousands, stays below what Go shrinks to 4 kB.
//
//go:noinline
func (t *taskRun) logEnd(err error) {
	if err != nil && t.isStopping() {
		t.logger.Error("The task failed while it was stopping.", logs.ErrorKey, err, logs.DistinctKey, true)
	} else if err != nil {
		reportTaskFailure(t.logger, "Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted", t.id, err)
	}
}

func (t *taskRun) live() error {
	if t.isPaused() {
		t.report(Paused, nil)
		if !t.awaitResume() {
			return nil
		}
	}
	if t.isStopping() {
		return nil
	}
	return guard("the task", func() error {
		if err := t.body.start(); err != nil {
			if t.isStopping() && (errors.Is(err, errStopping) || errors.Is(err, context.Canceled)) {
				return nil
			}
			return err
		}
		t.report(Running, nil)
		return t.body.execute()
	})
}

// report passes a state on unless the task was cancelled.
func (t *taskRun) report(s State, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.cancelled {
		t.noteState(s, err)
		t.w.cfg.Statuses.OnTask(t.id, t.w.status(s, t.plugin.Version, err))
	}
}

func (t *taskRun) isStopping() bool { return t.stopping.Err() != nil }

func (t *taskRun) isPaused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.target != TargetStarted
}

// setTarget is called by the worker; the task follows on its own goroutine.
func (t *taskRun) setTarget(target TargetState) {
	t.mu.Lock()
	changed := t.target != target
	if changed {
		t.target = target
		close(t.changed)
		t.changed = make(chan struct{})
	}
	t.mu.Unlock()
	if changed {
		t.body.retarget()
	}
}

// awaitResume waits until the task shall run; false means that it shall stop.
func (t *taskRun) awaitResume() bool {
	for {
		t.mu.Lock()
		target, changed := t.target, t.changed
		t.mu.Unlock()
		if t.isStopping() {
			return false
		}
		if target == TargetStarted {
			return true
		}
		select {
		case <-changed:
		case <-t.stopping.Done():
		}
	}
}

// slowCall is how long a call may last before the log says so. Polls are not meant: they wait for data.
const slowCall = time.Minute

// call makes a call of the plugin; while it lasts, the worker can tell what the task is stuck in.
func (t *taskRun) call(name string, f func() error) error {
	t.mu.Lock()
	t.doing, t.since = name, time.Now()
	t.mu.Unlock()
	if name != "Poll" {
		warning := time.AfterFunc(slowCall, func() {
			t.logger.Warn("The task has not returned from a call for a long time; it holds up nothing but itself", "call", name, "for", slowCall)
		})
		defer warning.Stop()
	}
	err := guard(name, f)
	t.mu.Lock()
	t.doing = ""
	t.mu.Unlock()
	return err
}

// grace returns how long the task may still take to stop, at most limit.
func (t *taskRun) grace(limit time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopBy.IsZero() {
		return limit
	}
	return max(min(limit, time.Until(t.stopBy)), 0)
}

// StopTasks stops tasks, all at once, and waits for all of them together at most task.shutdown.graceful.timeout.ms. What did not stop by
// then is cancelled: it commits nothing more, its clients are closed and its later states are not reported; the error names it. Ids that do
// not run are skipped.
func (w *Worker) StopTasks(ctx context.Context, ids ...TaskID) error {
	var tasks []*taskRun
	w.mu.Lock()
	for _, id := range ids {
		if t := w.tasks[id]; t != nil {
			tasks = append(tasks, t)
		}
	}
	w.mu.Unlock()
	deadline := time.Now().Add(w.settings.gracefulTimeout)
	for _, t := range tasks {
		t.requestStop(deadline)
	}
	timer := time.NewTimer(w.settings.gracefulTimeout)
	defer timer.Stop()
	var stuck []string
	for _, t := range tasks {
		select {
		case <-t.done:
		case <-timer.C:
			timer.Reset(0)
			stuck = t.cancelUnlessDone(stuck)
		case <-ctx.Done():
			stuck = t.cancelUnlessDone(stuck)
		}
	}
	w.mu.Lock()
	for _, t := range tasks {
		if w.tasks[t.id] == t {
			delete(w.tasks, t.id)
		}
	}
	w.mu.Unlock()
	if len(stuck) > 0 {
		return fmt.Errorf("%d tasks did not stop within task.shutdown.graceful.timeout.ms and were abandoned: %s", len(stuck), strings.Join(stuck, ", "))
	}
	return nil
}

func (t *taskRun) requestStop(deadline time.Time) {
	t.mu.Lock()
	t.stopBy = deadline
	t.mu.Unlock()
	t.stop()
	t.body.retarget()
}

// cancelUnlessDone abandons the task (WorkerTask.cancel) and adds a description of it.
func (t *taskRun) cancelUnlessDone(stuck []string) []string {
	select {
	case <-t.done:
		return stuck
	default:
	}
	t.mu.Lock()
	t.cancelled = true
	what := "task " + t.id.String()
	if t.doing != "" {
		what += fmt.Sprintf(" (in %s for %s)", t.doing, time.Since(t.since).Round(time.Millisecond))
	}
	t.mu.Unlock()
	t.kill()
	t.body.sever()
	t.logger.Error("Graceful stop of task failed; it is abandoned.", "stuck", what)
	return append(stuck, what)
}

func (t *taskRun) isCancelled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cancelled
}
