package metrics

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Plugin names a class in use and its version.
type Plugin struct{ Class, Version string }

// Step is a transformation or predicate of a task, with its alias.
type Step struct {
	Alias string
	Plugin
}

// TaskInfo says what a task is made of.
type TaskInfo struct {
	Connector string
	Task      int
	// Sink says which of the two kinds it is.
	Sink                   bool
	ConnectorPlugin        Plugin
	TaskPlugin             Plugin
	Key, Value, Header     Plugin
	Transforms, Predicates []Step
	// Errors tells what error handling did. It must not block.
	Errors func() Errors
	// Kinds counts the errors of records by stage and class; nil for none.
	Kinds *Tally
	// Held tells how many bytes of records the task holds: fetched and not put, or polled and not acknowledged. Doing tells which call of the plugin is
	// under way, "" for none, and since when. They must not block and may be nil.
	Held func() int64
	// Waited tells how long the task waited for its share of processors, nil for one that has none.
	Waited func() time.Duration
	Doing  func() (call string, since time.Time)
	// Window is that of the worker.
	Window Window
}

// Task holds the figures of one running task. Its loop records, once a batch; they vanish with the task, and a task that starts again starts from zero.
type Task struct {
	info TaskInfo
	// Bytes counts those of keys and values that were read (sink) or written (source).
	Bytes atomic.Int64

	batch, commits, commitFailures Sensor
	commitTime                     Histogram
	states                         states
	source                         *sourceFigures
	sink                           *sinkFigures
	// commitFailed counts failed commits by reason, retried what was tried again by operation.
	commitFailed, retried Tally
	// processing is the time that converters and transformations took for a batch.
	processing lazyHistogram
	progress   atomic.Int64 // in milliseconds since 1970, 0 for none
}

// lazyHistogram is made by the first who counts: a task that does nothing needs none.
type lazyHistogram struct{ atomic.Pointer[Histogram] }

func (l *lazyHistogram) made() *Histogram {
	if h := l.Load(); h != nil {
		return h
	}
	l.CompareAndSwap(nil, &Histogram{})
	return l.Load()
}

// Processed notes how long converters and transformations took for a batch.
func (t *Task) Processed(took time.Duration) { t.processing.made().Observe(took) }

// Retried notes that an operation is tried again: put or poll. Those on single records are in Errors.
func (t *Task) Retried(operation string) { t.retried.Add(operation) }

// progressed notes that records got where they shall.
func (t *Task) progressed(now time.Time) { t.progress.Store(now.UnixMilli()) }

// NewTask makes the figures of a task that starts now.
func NewTask(info TaskInfo, now time.Time) *Task {
	w := info.Window.orDefault()
	t := &Task{info: info, batch: newSensor(w), commits: newSensor(w), commitFailures: newSensor(w)}
	t.states = newStates(now)
	if info.Sink {
		t.sink = newSinkFigures(w)
	} else {
		t.source = newSourceFigures(w)
	}
	return t
}

// State notes that the task is in a state now: running, paused, failed, ... as Java names them in lower case.
func (t *Task) State(now time.Time, state string) { t.states.enter(now, state) }

// Committed notes that offsets were committed, or could not be, after a time.
func (t *Task) Committed(now time.Time, took time.Duration, err error) {
	t.commitTime.Observe(took)
	failed := 0.0
	if err != nil {
		failed = 1
		t.commitFailed.Add(Reason(err))
	} else {
		t.commits.Record(now, millis(took))
	}
	t.commitFailures.Record(now, failed)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (t *Task) tags() []Tag {
	return []Tag{{"connector", t.info.Connector}, {"task", strconv.Itoa(t.info.Task)}}
}

// Beans gives what Java registers for a task.
func (t *Task) Beans(give func(Bean)) {
	now := time.Now()
	give(t.taskBean(now))
	if t.sink != nil {
		give(t.sink.bean(now, t.tags()))
	} else {
		give(t.source.bean(now, t.tags()))
	}
	give(t.info.Errors().bean(t.tags()))
	for _, s := range t.info.Transforms {
		give(stepBean("transform", s, t.tags()))
	}
	for _, s := range t.info.Predicates {
		give(stepBean("predicate", s, t.tags()))
	}
}

func stepBean(kind string, s Step, tags []Tag) Bean {
	b := Bean{Domain: connectDomain, Type: "connector-" + kind + "-metrics", Tags: append(tags, Tag{kind, s.Alias})}
	b.text(kind+"-class", s.Class)
	b.text(kind+"-version", s.Version)
	return b
}

const connectDomain = "kafka.connect"

func (t *Task) taskBean(now time.Time) Bean {
	b := Bean{Domain: connectDomain, Type: "connector-task-metrics", Tags: t.tags()}
	state, ratios := t.states.ratios(now)
	b.text("status", state)
	b.number("running-ratio", ratios["running"])
	b.number("pause-ratio", ratios["paused"])
	commits, failures, batch := t.commits.Stats(now), t.commitFailures.Stats(now), t.batch.Stats(now)
	b.number("offset-commit-max-time-ms", commits.Max)
	b.number("offset-commit-avg-time-ms", commits.Average)
	b.number("offset-commit-failure-percentage", zeroIfNone(failures.Average))
	b.number("offset-commit-success-percentage", successShare(failures.Average))
	b.number("batch-size-max", batch.Max)
	b.number("batch-size-avg", batch.Average)
	kind := "source"
	if t.info.Sink {
		kind = "sink"
	}
	b.text("connector-type", kind)
	for _, p := range []struct {
		name string
		Plugin
	}{{"connector", t.info.ConnectorPlugin}, {"task", t.info.TaskPlugin}, {"key-converter", t.info.Key}, {"value-converter", t.info.Value}, {"header-converter", t.info.Header}} {
		b.text(p.name+"-class", p.Class)
		b.text(p.name+"-version", p.Version)
	}
	return b
}

// zeroIfNone and successShare are of Frequencies, which shows 0 before the first event.
func zeroIfNone(share float64) float64 {
	if share != share {
		return 0
	}
	return share
}

func successShare(failures float64) float64 {
	if failures != failures {
		return 0
	}
	return 1 - failures
}

// states knows how long a task was in which state (StateTracker).
type states struct {
	mu    sync.Mutex
	state string
	since time.Time
	spent map[string]time.Duration
}

func newStates(now time.Time) states {
	return states{state: "unassigned", since: now, spent: map[string]time.Duration{}}
}

func (s *states) enter(now time.Time, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent[s.state] += now.Sub(s.since)
	s.state, s.since = state, now
}

func (s *states) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *states) ratios(now time.Time) (state string, shares map[string]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := now.Sub(s.since)
	for _, d := range s.spent {
		total += d
	}
	shares = map[string]float64{}
	if total <= 0 {
		return s.state, shares
	}
	for name, d := range s.spent {
		shares[name] = float64(d) / float64(total)
	}
	shares[s.state] += float64(now.Sub(s.since)) / float64(total)
	return s.state, shares
}
