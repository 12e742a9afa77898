package deadletter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
)

// Redrive sends letters as the request says. What it returns says what became of each. An error that comes up half way says how many letters
// were redriven before; their marks tell which.
func (s *Service) Redrive(ctx context.Context, connector string, request Request) (*Result, error) {
	if err := request.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.RedriveTime)
	defer cancel()
	q, err := s.queue(ctx, connector)
	if err != nil {
		return nil, err
	}
	if request.Topic == q.topic {
		return nil, herder.BadRequest("topic %s is the dead letter topic: a letter that is sent there is a letter again", request.Topic)
	}
	if q.isReserved(request.Topic) {
		return nil, herder.BadRequest(reservedReason, request.Topic)
	}
	r := &redrive{connectorQueue: q, request: request, topics: map[string]int{}, done: map[Coordinates]bool{}, wanted: map[Coordinates]bool{},
		result: &Result{Connector: connector, Topic: q.topic, Target: request.Target, DryRun: request.DryRun, Letters: []*Outcome{}}}
	for i, c := range request.Letters {
		if i == 0 || c.before(*r.first) {
			r.first = &c
		}
	}
	if at := request.After; at != nil {
		r.first = at.following()
	}
	if request.Target == ToConnector {
		if err := r.openConnector(ctx); err != nil {
			return nil, err
		}
		defer r.closeConnector()
	}
	if request.DryRun {
		err = r.rehearse(ctx)
	} else {
		err = r.carryOut(ctx)
	}
	if err != nil {
		return nil, r.after(ctx, err)
	}
	if request.Filter != nil {
		r.result.Next = r.next
	} else {
		r.missing()
	}
	return r.result, nil
}

// redrive is one request on its way.
type redrive struct {
	*connectorQueue
	request Request
	result  *Result
	wanted  map[Coordinates]bool // those named, which were not met yet
	first   *Coordinates         // where to begin, nil for everywhere
	done    map[Coordinates]bool // what the result says already
	topics  map[string]int       // partitions of topics that records go to, 0 for those that do not exist
	admins  *kafka.Admin
	sink    *sink        // of the target connector
	source  *source      // likewise
	chunk   []*chosen    // what is sent next
	size    int          // bytes of it
	next    *Coordinates // the last letter before the limit was reached, nil where it was not
}

// chosen is a letter that is to be redriven.
type chosen struct {
	letter Letter
	record *kgo.Record
	to     string
}

func (r *redrive) rehearse(ctx context.Context) error {
	admin, err := r.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	r.admins = admin
	b, err := r.measure(ctx, admin, false)
	if err != nil {
		return err
	}
	v, err := r.viewWithin(ctx, b, r.first)
	if err != nil {
		return err
	}
	return r.choose(ctx, v, func(c *chosen) error {
		o := &Outcome{Coordinates: c.letter.Coordinates, Fate: WouldBe, To: c.to}
		switch {
		case r.sink != nil:
			r.sink.rehearse(ctx, c, o)
		case r.source != nil:
			if _, err := r.source.reproduce(ctx, r, c, o); err != nil {
				return err
			}
		}
		if o.Fate == WasRedriven {
			o.Fate = WouldBe
		}
		r.settle(o)
		return nil
	}, func() error { return nil })
}

// mostSessions bounds how often in a row a redrive begins anew after a transaction whose outcome is not known, without settling any letter.
const mostSessions = 20

func (r *redrive) carryOut(ctx context.Context) error {
	end, err := r.s.begin(r.topic)
	if err != nil {
		return err
	}
	defer end()
	r.result.Redrive = newID()
	for left := mostSessions; left > 0; left-- {
		settled := len(r.result.Letters)
		var again *againError
		if err = r.session(ctx); !errors.As(err, &again) || ctx.Err() != nil {
			break
		}
		err = again.err
		if len(r.result.Letters) > settled {
			left = mostSessions
		}
	}
	for fate, n := range map[Fate]int{WasRedriven: r.result.Redriven, WasSkipped: r.result.Skipped, HasFailed: r.result.Failed, IsUncertain: r.result.Uncertain} {
		r.s.cfg.Settled(r.connector, fate, n)
	}
	if n := r.result.Redriven + r.result.Failed + r.result.Uncertain; n > 0 || err != nil {
		r.s.cfg.Logger.Info(fmt.Sprintf("Redrive %s of dead letter topic %s for connector %s to %s: %d letters redriven, %d skipped, %d failed, %d uncertain",
			r.result.Redrive, r.topic, r.connector, r.request.Target, r.result.Redriven, r.result.Skipped, r.result.Failed, r.result.Uncertain))
	}
	return err
}

// session is one life of the transactional producer. It makes the id its own before it reads the marks: whoever had it can commit nothing any
// more, so that what is read as open stays so until this session, or one that fences it, changes it.
func (r *redrive) session(ctx context.Context) error {
	t, err := r.transactions(ctx)
	if err != nil {
		return err
	}
	defer t.close()
	admin, err := r.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	r.admins = admin
	b, err := r.measure(ctx, admin, true)
	if err != nil {
		return err
	}
	v, err := r.viewWithin(ctx, b, r.first)
	if err != nil {
		return err
	}
	r.chunk, r.size = nil, 0
	flush := func() error {
		sending := r.chunk
		r.chunk, r.size = nil, 0
		switch {
		case len(sending) == 0:
			return nil
		case r.sink != nil:
			return r.sink.deliver(ctx, r, t, sending)
		case r.source != nil:
			return r.source.deliver(ctx, r, t, sending)
		}
		return r.resend(ctx, t, sending)
	}
	return r.choose(ctx, v, func(c *chosen) error {
		r.chunk = append(r.chunk, c)
		r.size += len(c.record.Key) + len(c.record.Value)
		if r.size >= chunkBytes || len(r.chunk) >= r.chunkLetters() {
			return flush()
		}
		return nil
	}, flush)
}

// chunkBytes and chunkLetters bound what is held in memory, and in one transaction.
const chunkBytes = 1 << 20

func (r *redrive) chunkLetters() int {
	if r.sink != nil {
		return 100
	}
	return 500
}

// choose goes through the letters, settles those that are not to be redriven and calls take for the others; flush ends it.
func (r *redrive) choose(ctx context.Context, v *view, take func(*chosen) error, flush func() error) error {
	for _, c := range r.request.Letters {
		if !r.done[c] {
			r.wanted[c] = true
		}
	}
	r.next = nil
	var last Coordinates
	err := v.letters(ctx, r.first, func(l *Letter, s *Status, record *kgo.Record) error {
		ours := s.redrive != "" && s.redrive == r.result.Redrive
		switch {
		case r.done[l.Coordinates]:
			last = l.Coordinates // settled by a session before
			return nil
		case r.request.Filter == nil && !r.wanted[l.Coordinates]:
			return nil
		case r.request.Filter != nil && !ours && !r.request.Filter.matches(l, s, r.connector):
			return nil
		case ours && s.State == Redriven:
			// A transaction whose commit was not confirmed did go through.
			last = l.Coordinates
			r.settle(&Outcome{Coordinates: l.Coordinates, Fate: WasRedriven, To: s.To})
			return r.enough()
		case ours:
			// Likewise that which begins a delivery, and then nothing was delivered.
			s.State = Open
		}
		if r.result.Redriven+r.result.Failed+r.result.Uncertain+len(r.chunk) >= r.request.Limit {
			r.next = &last
			return errEnough
		}
		last = l.Coordinates
		c, o, err := r.judge(ctx, l, s, record)
		if err != nil {
			return err
		}
		if o != nil {
			r.settle(o)
			return r.enough()
		}
		delete(r.wanted, l.Coordinates)
		if err := take(c); err != nil {
			return err
		}
		return r.enough()
	})
	if err != nil {
		return err
	}
	return flush()
}

// enough ends a reading once all letters that were named have been met.
func (r *redrive) enough() error {
	if r.request.Filter == nil && len(r.wanted) == 0 {
		return errEnough
	}
	return nil
}

// settle adds what became of a letter.
func (r *redrive) settle(o *Outcome) {
	if r.done[o.Coordinates] {
		return
	}
	r.done[o.Coordinates] = true
	delete(r.wanted, o.Coordinates)
	r.result.add(o)
}

// missing settles letters that were named and were not met: those after the limit was reached, and those that are not there.
func (r *redrive) missing() {
	places := make([]Coordinates, 0, len(r.wanted))
	for c := range r.wanted {
		places = append(places, c)
	}
	slices.SortFunc(places, func(a, b Coordinates) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for _, c := range places {
		switch {
		case r.done[c]:
		case r.next != nil && r.next.before(c):
			r.settle(&Outcome{Coordinates: c, Fate: WasSkipped, Reason: fmt.Sprintf("the limit of %d letters was reached before it", r.request.Limit)})
		default:
			r.settle(&Outcome{Coordinates: c, Fate: HasFailed, Reason: "there is no letter at this place: it may have been deleted, or be a mark"})
		}
	}
}

// judge decides whether a letter may be redriven; where not, the outcome says why.
func (r *redrive) judge(ctx context.Context, l *Letter, s *Status, record *kgo.Record) (*chosen, *Outcome, error) {
	not := func(fate Fate, format string, args ...any) (*chosen, *Outcome, error) {
		return nil, &Outcome{Coordinates: l.Coordinates, Fate: fate, Reason: fmt.Sprintf(format, args...)}, nil
	}
	c := &chosen{letter: *l, record: record}
	switch n := redriveCount(record.Headers); {
	case s.State == Redriven && !r.request.Force:
		return not(WasSkipped, "was redriven to %s %s at %s; force redrives it again", s.Target, s.To, instant(s.At))
	case s.State == Uncertain && !r.request.Force:
		return not(WasSkipped, "was given to connector %s at %s and what became of it is not known, so it may have arrived; force redrives it again", s.To, instant(s.At))
	case r.request.Filter == nil && l.Connector != "" && l.Connector != r.connector:
		return not(HasFailed, "is a letter of connector %s: redrive it there, or choose it by a filter that names that connector", l.Connector)
	case r.request.maxRedrives() > 0 && n >= r.request.maxRedrives() && !r.request.Force:
		return not(WasSkipped, "was redriven %d times and always came back as a new letter: mend the cause, then force it or raise max_redrives", n)
	case r.request.Target == ToConnector && l.Original == nil && l.Source == nil:
		return not(HasFailed, "does not tell where its record was consumed%s: it can only be sent to a topic that you name", reason(l.Malformed))
	case r.request.Target == ToConnector && (r.source != nil) != (l.Source != nil):
		return not(HasFailed, "is of another kind of connector than %s is now", r.connector)
	case r.request.Target == ToConnector && l.Connector != r.connector:
		return not(HasFailed, "is a letter of connector %s, and only that connector may get it", l.Connector)
	case r.request.Target == ToConnector:
		c.to = r.connector
		return c, nil, nil
	case r.request.Topic != "":
		c.to = r.request.Topic
	case l.Source != nil:
		return not(HasFailed, "is a source's record from before its transformations: redrive it to the connector, or name a topic to send it to as it is")
	case l.Original == nil:
		return not(HasFailed, "does not tell where its record was consumed%s: name a topic to send it to", reason(l.Malformed))
	case l.Original.Topic == r.topic:
		return not(HasFailed, "was consumed from the dead letter topic itself: name another topic")
	default:
		c.to = l.Original.Topic
	}
	if r.isReserved(c.to) {
		return not(HasFailed, reservedReason, c.to)
	}
	partitions, err := r.partitionsOf(ctx, c.to)
	if err != nil {
		return nil, nil, err
	}
	if partitions == 0 {
		return not(HasFailed, "topic %s does not exist: create it, or name another", c.to)
	}
	return c, nil, nil
}

func reason(malformed string) string {
	if malformed == "" {
		return ""
	}
	return " (" + malformed + ")"
}

func (r *redrive) partitionsOf(ctx context.Context, topic string) (int, error) {
	if n, known := r.topics[topic]; known {
		return n, nil
	}
	described, err := r.admins.DescribeTopics(ctx, topic)
	if err != nil {
		return 0, r.explainTopic(err, "find", topic, "Describe", "admin.")
	}
	r.topics[topic] = len(described[topic].Partitions)
	return r.topics[topic], nil
}

// after says how far a redrive came that ended with an error.
func (r *redrive) after(ctx context.Context, err error) error {
	var e *herder.Error
	status, text := http.StatusInternalServerError, err.Error()
	switch {
	case isFenced(err):
		status = http.StatusConflict
		text = "Another redrive of dead letter topic " + r.topic + " began meanwhile: what was not redriven by then is left to it"
	case errors.As(err, &e) && ctx.Err() == nil:
		status = e.Status
	case ctx.Err() != nil:
		text = "There was not enough time for all letters: ask again, or for fewer at once"
	}
	if n := r.result.Redriven; n > 0 {
		text += fmt.Sprintf(". %d letters were redriven before that", n)
	}
	return &herder.Error{Status: status, Message: text, Cause: err}
}

// isFenced reports whether another producer has taken over the transactional id.
func isFenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
