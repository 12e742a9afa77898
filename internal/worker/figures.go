package worker

import (
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// Figures returns the worker's metrics.
func (w *Worker) Figures() *metrics.Worker { return w.figures }

// running lists what a scrape of the metrics shows.
func (w *Worker) running() ([]metrics.Connector, []*metrics.Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	connectors := make([]metrics.Connector, 0, len(w.connectors))
	for name, c := range w.connectors {
		connectors = append(connectors, metrics.Connector{Name: name, State: c.lastState(), Kind: kindName(c.plugin), Plugin: metrics.Plugin{Class: c.plugin.Class, Version: c.plugin.Version}})
	}
	tasks := make([]*metrics.Task, 0, len(w.tasks))
	for _, t := range w.tasks {
		tasks = append(tasks, t.figures)
	}
	return connectors, tasks
}

func kindName(p *connect.Plugin) string {
	if p.Kind == connect.KindSink {
		return "sink"
	}
	return "source"
}

func (c *connectorRun) lastState() string {
	state := Unassigned
	if s := c.reported.Load(); s != nil {
		state = *s
	}
	return strings.ToLower(string(state))
}

func (t *taskRun) noteState(s State, err error) {
	now := time.Now()
	t.figures.State(now, strings.ToLower(string(s)))
	if s == Failed {
		t.w.figures.TaskFailed(now, t.id.Connector, t.id.Task, err)
	}
}

// underWay tells which call of the plugin is being made.
func (t *taskRun) underWay() (call string, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doing, t.since
}

// taskFigures makes the metrics of a task.
func (w *Worker) taskFigures(t *taskRun, conv *converters) *metrics.Task {
	id, plugin, props := t.id, t.plugin, t.props
	find := func(kind connect.Kind, class string) metrics.Plugin {
		p := metrics.Plugin{Class: class}
		if found, ok := w.cfg.Plugins.Find(kind, class); ok {
			p.Class, p.Version = found.Class, found.Version
		}
		return p
	}
	own := metrics.Plugin{Class: plugin.Class, Version: plugin.Version}
	info := metrics.TaskInfo{
		Connector: id.Connector, Task: id.Task, Sink: plugin.Kind == connect.KindSink, Window: w.figures.Window(), Errors: t.op.counts.read,
		Kinds: &t.op.counts.kinds, Held: func() int64 { return t.body.held() }, Doing: t.underWay, Waited: t.turnsWaited(),
		ConnectorPlugin: own, TaskPlugin: taskPlugin(own),
		Key: find(connect.KindConverter, conv.keyClass), Value: find(connect.KindConverter, conv.valueClass), Header: find(connect.KindHeaderConverter, conv.headerClass),
	}
	r := propsReader{props: props}
	for _, alias := range r.list("transforms") {
		info.Transforms = append(info.Transforms, metrics.Step{Alias: alias, Plugin: find(connect.KindTransformation, props["transforms."+alias+".type"])})
	}
	for _, alias := range r.list("predicates") {
		info.Predicates = append(info.Predicates, metrics.Step{Alias: alias, Plugin: find(connect.KindPredicate, props["predicates."+alias+".type"])})
	}
	return metrics.NewTask(info, time.Now())
}

// taskPlugin is the class that Java's connectors give their tasks by convention: FileStreamSinkConnector has FileStreamSinkTask.
func taskPlugin(connector metrics.Plugin) metrics.Plugin {
	if stem, ok := strings.CutSuffix(connector.Class, "Connector"); ok {
		connector.Class = stem + "Task"
	}
	return connector
}

// notePut counts a call of Put, and how long the records that it took were under way.
func (s *sinkTask) notePut(began time.Time, err error) {
	if err != nil {
		return
	}
	now, n := time.Now(), 0
	milli, newest := now.UnixMilli(), int64(0)
	for _, slice := range s.batch.Slices() {
		n += len(slice.Records)
		for i := range slice.Records {
			if t := slice.Records[i].Timestamp; t >= 0 {
				s.waited.Add(time.Duration(milli-t) * time.Millisecond)
				newest = max(newest, t)
			}
		}
	}
	if n > 0 {
		s.figures.Put(now, n, now.Sub(began), &s.waited)
		if newest > 0 {
			s.figures.Reached(newest)
		}
	}
}

// asked and answered count a request to commit and what became of it.
func (c *sinkCommits) asked(now time.Time) {
	c.number++
	c.began, c.covering = now, c.open
	if c.s.spans != nil {
		c.s.spans.commitAsked()
	}
}

func (c *sinkCommits) answered(err error) {
	now := time.Now()
	c.s.figures.Committed(now, now.Sub(c.began), err)
	if c.s.spans != nil {
		c.s.spans.commitAnswered(c.began, err)
	}
	if err != nil {
		return
	}
	c.s.figures.OffsetsCommitted(now, c.number)
	c.s.figures.Settled(now, c.covering)
	c.open -= c.covering
}

// turnsWaited tells how long the task waited for processors, nil for one that never does.
func (t *taskRun) turnsWaited() func() time.Duration {
	if t.settings.cpuShare <= 0 {
		return nil
	}
	return t.turns.Waited
}
