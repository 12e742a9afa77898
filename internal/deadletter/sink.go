package deadletter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/worker"
)

// sink is a connector that gets its letters again.
type sink struct {
	*connectorQueue
	tasks []map[string]string // configurations of its tasks, resolved
	dry   *worker.DryRun      // of a dry run
	marks *kgo.Client         // writes what became of letters, nil until it is needed
}

// openConnector makes ready what the target connector needs.
func (r *redrive) openConnector(ctx context.Context) error {
	plugin, err := r.s.cfg.Worker.Plugins.Connector(r.props["connector.class"])
	if err != nil {
		return err
	}
	if plugin.Kind == connect.KindSink {
		r.sink, err = r.openSink(ctx)
		return err
	}
	r.source = &source{connectorQueue: r.connectorQueue}
	return nil
}

func (r *redrive) closeConnector() {
	if r.sink != nil {
		r.sink.close()
	}
	if r.source != nil {
		r.closeDry(r.source.dry)
	}
}

// tolerantDry makes the converters and transformations of the connector, for which a failure is an answer.
func (q *connectorQueue) tolerantDry() (*worker.DryRun, error) {
	props := maps.Clone(q.props)
	props["errors.tolerance"] = "all"
	delete(props, topicKey) // nobody asks for the letter that it would be
	return worker.NewDryRunWithConverters(q.s.cfg.Worker.Plugins, q.s.cfg.Worker.Props, props)
}

func (q *connectorQueue) closeDry(dry *worker.DryRun) {
	if dry == nil {
		return
	}
	if err := dry.Close(); err != nil {
		q.s.cfg.Logger.Warn("Could not close the transformations of a connector", "connector", q.connector, "error", err)
	}
}

// openSink finds what a task of the connector is made of.
func (q *connectorQueue) openSink(ctx context.Context) (*sink, error) {
	configs, err := q.s.cfg.Connectors.TaskConfigs(ctx, q.connector)
	if err != nil {
		return nil, err
	}
	if len(configs) == 0 {
		return nil, &herder.Error{Status: http.StatusConflict, Message: fmt.Sprintf("Connector %s has no tasks, whose configurations are needed to give letters to it: "+
			"if it is stopped, resume it, or pause it so that it takes nothing else meanwhile", q.connector)}
	}
	s := &sink{connectorQueue: q}
	for _, config := range configs {
		props, err := q.s.cfg.Resolve(ctx, config.Config)
		if err != nil {
			return nil, fmt.Errorf("the configuration of task %s cannot be resolved: %w", config.ID, err)
		}
		s.tasks = append(s.tasks, props)
	}
	return s, nil
}

func (s *sink) close() {
	if s.marks != nil {
		s.marks.Close()
	}
	s.closeDry(s.dry)
}

// original returns the record as it was consumed, with its coordinates.
func (c *chosen) original() *kgo.Record {
	in := c.consumed()
	in.Topic, in.Partition, in.Offset = c.letter.Original.Topic, c.letter.Original.Partition, c.letter.Original.Offset
	return in
}

// rehearse tries the converters and transformations.
func (s *sink) rehearse(ctx context.Context, c *chosen, o *Outcome) {
	if s.dry == nil {
		dry, err := s.tolerantDry()
		if err != nil {
			o.Fate, o.Failure = HasFailed, s.failureOf("", "", err)
			o.Reason = o.Failure.Message
			return
		}
		s.dry = dry
	}
	var r connect.Record
	trial := s.dry.Consume(ctx, data.NewArena(), c.original(), &r, nil, nil)
	s.describe(o, trial.Fate, trial.Failure)
}

// describe says what became of a record in the connector.
func (q *connectorQueue) describe(o *Outcome, fate worker.Fate, failure *worker.SkippedRecord) {
	switch fate {
	case worker.Kept:
		o.Fate = WasRedriven
	case worker.Dropped:
		o.Fate, o.Reason = WasRedriven, "a transformation of the connector leaves the record out"
	case worker.Unconfirmed:
		o.Fate = IsUncertain
	default:
		o.Fate = HasFailed
	}
	if failure != nil && o.Fate != WasRedriven {
		o.Failure = q.failureOf(string(failure.Stage), failure.Class, failure.Err)
		o.Reason = o.Failure.Message
	}
}

func (q *connectorQueue) failureOf(stage, class string, err error) *Failure {
	f := &Failure{Stage: stage, Class: class}
	if err != nil {
		f.Exception, f.Message = javafmt.ClassOf(err), clip(q.s.cfg.Redact(reasons(err)), messageSize)
	}
	return f
}

// reasons joins the texts of an error and its causes, which in Java's exceptions do not repeat each other.
func reasons(err error) string {
	text := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		if m := cause.Error(); m != "" && len(text) < messageSize && !strings.Contains(text, m) {
			text += ": " + m
		}
	}
	return text
}

// deliver gives letters to the connector: they are marked as begun, put, and marked with what became of them.
func (s *sink) deliver(ctx context.Context, r *redrive, t *transactions, letters []*chosen) error {
	if err := s.claim(ctx, r, t, letters); err != nil {
		return err
	}
	byTask := map[int][]*chosen{}
	var order []int
	for _, c := range letters {
		task := 0
		if n := c.letter.Task; n != nil && *n < len(s.tasks) {
			task = *n
		}
		if byTask[task] == nil {
			order = append(order, task)
		}
		byTask[task] = append(byTask[task], c)
	}
	var failure error
	for _, task := range order {
		outcomes, err := s.put(ctx, task, byTask[task])
		if err != nil && failure == nil {
			failure = err
		}
		s.conclude(ctx, r, byTask[task], outcomes)
	}
	return failure
}

// claim marks letters as begun. A redrive that has fenced this one makes it fail, before the connector got anything.
func (s *sink) claim(ctx context.Context, r *redrive, t *transactions, letters []*chosen) error {
	records := make([]*kgo.Record, len(letters))
	for i, c := range letters {
		var err error
		if records[i], err = r.mark(markBegun, c, nil); err != nil {
			return err
		}
	}
	err := t.commit(ctx, records)
	var refused *refusedError
	switch {
	case err == nil || isFenced(err):
		return err
	case errors.As(err, &refused):
		return r.explain(refused.err, "write marks to", "Write", "producer.")
	}
	return &againError{r.explain(err, "write marks to", "Write", "producer.")}
}

// put gives letters to a task. The error is for a task that could not be made, for which no other letter will fare better.
func (s *sink) put(ctx context.Context, task int, letters []*chosen) ([]*Outcome, error) {
	records := make([]*kgo.Record, len(letters))
	outcomes := make([]*Outcome, len(letters))
	for i, c := range letters {
		records[i] = c.original()
		outcomes[i] = &Outcome{Coordinates: c.letter.Coordinates, To: s.connector}
	}
	id := worker.TaskID{Connector: s.connector, Task: task}
	redeliveries, err := worker.Redeliver(ctx, s.s.cfg.Worker, id, s.props, s.tasks[task], records)
	for i, o := range outcomes {
		if err != nil {
			s.describe(o, worker.Broken, &worker.SkippedRecord{Err: err})
		} else {
			s.describe(o, redeliveries[i].Fate, redeliveries[i].Failure)
		}
	}
	switch {
	case errors.Is(err, worker.ErrKeepsOffsets):
		err = &herder.Error{Status: http.StatusConflict, Cause: err, Message: fmt.Sprintf("Letters cannot be given to connector %s: %v. Redrive them to the topic, "+
			"from which it consumes them at new offsets", s.connector, err)}
	case err != nil:
		err = herder.Internal(err, "No task of connector %s could be started for the letters, which are as open as before: %s", s.connector, s.s.cfg.Redact(reasons(err)))
	}
	return outcomes, err
}

// markTime is how long the marks of letters that a connector got may take to be written, whatever time the request had.
const markTime = 20 * time.Second

// conclude marks what became of letters. These marks need no transaction: nobody else touches letters that are marked as begun.
func (s *sink) conclude(ctx context.Context, r *redrive, letters []*chosen, outcomes []*Outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	for i, err := range s.writeMarks(ctx, r, letters, outcomes) {
		o := outcomes[i]
		if err != nil {
			s.s.cfg.Logger.Error("What became of a redriven letter could not be written", "topic", s.topic, "letter", o.Coordinates.String(), "outcome", o.Fate, "error", err)
			o.Reason = fmt.Sprintf("it was %s, but that could not be written to the dead letter topic: %s", o.Fate, s.s.cfg.Redact(err.Error()))
			o.Fate = IsUncertain
		}
		r.settle(o)
	}
}

// writeMarks returns an error for each letter whose mark could not be written.
func (s *sink) writeMarks(ctx context.Context, r *redrive, letters []*chosen, outcomes []*Outcome) []error {
	errs := make([]error, len(letters))
	all := func(err error) []error {
		for i, o := range outcomes {
			if o.Fate != IsUncertain {
				errs[i] = err
			}
		}
		return errs
	}
	if s.marks == nil {
		settings := s.producerSettings()
		settings.Properties["client.id"] = "connector-dlq-marks-" + s.connector
		client, err := s.s.cfg.Worker.Kafka.NewProducer(ctx, settings.Source, settings.Properties)
		if err != nil {
			return all(err)
		}
		s.marks = client
	}
	stop := context.AfterFunc(ctx, s.marks.Close)
	defer stop()
	places := map[*kgo.Record]int{}
	var records []*kgo.Record
	for i, o := range outcomes {
		kind := markRedriven
		switch o.Fate {
		case IsUncertain:
			continue // as the mark says that it was begun
		case HasFailed:
			kind = markFailed
		}
		record, err := r.mark(kind, letters[i], o.Failure)
		if err != nil {
			errs[i] = err
			continue
		}
		places[record] = i
		records = append(records, record)
	}
	for _, result := range s.marks.ProduceSync(ctx, records...) {
		errs[places[result.Record]] = result.Err
	}
	return errs
}
