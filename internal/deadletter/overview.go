package deadletter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Counts are numbers of letters.
type Counts struct {
	Total     int64 `json:"total"`
	Open      int64 `json:"open"`
	Redriven  int64 `json:"redriven"`
	Uncertain int64 `json:"uncertain"`
}

func (c *Counts) add(s State) {
	c.Total++
	switch s {
	case Redriven:
		c.Redriven++
	case Uncertain:
		c.Uncertain++
	default:
		c.Open++
	}
}

// Cause counts the letters of a connector with the same stage and exception.
type Cause struct {
	// Connector is that of the letters, "" for letters without context, whose causes are not known.
	Connector string `json:"connector"`
	Stage     string `json:"stage"`
	Exception string `json:"exception"`
	Counts
	// First and Last are the least and the greatest timestamp.
	First int64 `json:"first_timestamp"`
	Last  int64 `json:"last_timestamp"`
}

// Queue is a dead letter topic as GET /api/dlq shows it.
type Queue struct {
	Topic string `json:"topic"`
	// Connectors are those whose configurations name the topic.
	Connectors []string `json:"connectors"`
	Counts
	Causes []*Cause `json:"causes"`
	// Error says why the topic could not be read.
	Error string `json:"error,omitempty"`
}

// Overview is the answer of GET /api/dlq.
type Overview struct {
	Queues []*Queue `json:"queues"`
}

// topicsAtOnce bounds how many topics are read at the same time.
const topicsAtOnce = 4

// Overview counts the letters of all dead letter topics that connectors have. A topic that cannot be read says why.
func (s *Service) Overview(ctx context.Context) (*Overview, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ReadTime)
	defer cancel()
	names, err := s.cfg.Connectors.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	byTopic := map[string]*Queue{}
	readers := map[*Queue]*connectorQueue{}
	out := &Overview{Queues: []*Queue{}}
	for _, name := range names {
		if s.cfg.Visible != nil && !s.cfg.Visible(ctx, name) {
			continue
		}
		q, err := s.maybeQueue(ctx, name)
		if isMissing(err) || err == nil && q == nil {
			continue
		}
		if err != nil {
			out.Queues = append(out.Queues, &Queue{Connectors: []string{name}, Causes: []*Cause{}, Error: s.cfg.Redact(err.Error())})
			continue
		}
		q.may = s.cfg.Visible
		entry := byTopic[q.topic]
		if entry == nil {
			entry = &Queue{Topic: q.topic, Causes: []*Cause{}}
			byTopic[q.topic], readers[entry] = entry, q
			out.Queues = append(out.Queues, entry)
		}
		entry.Connectors = append(entry.Connectors, name)
	}
	slots := make(chan struct{}, topicsAtOnce)
	var wg sync.WaitGroup
	for entry, q := range readers {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := q.count(ctx, entry); err != nil {
				entry.Error = s.cfg.Redact(err.Error())
			}
		})
	}
	wg.Wait()
	slices.SortFunc(out.Queues, func(a, b *Queue) int { return strings.Compare(a.Topic, b.Topic) })
	return out, nil
}

// mostCauses bounds the causes that are told apart.
const mostCauses = 1000

// count reads the topic twice, marks first, for they come after their letters.
func (q *connectorQueue) count(ctx context.Context, out *Queue) error {
	v, err := q.view(ctx, nil)
	if err != nil {
		return err
	}
	type key struct{ connector, stage, exception string }
	causes := map[key]*Cause{}
	err = v.letters(ctx, nil, func(l *Letter, s *Status, _ *kgo.Record) error {
		k := key{l.Connector, l.Stage, l.Exception}
		c := causes[k]
		if c == nil && len(causes) >= mostCauses {
			k = key{connector: l.Connector, exception: "(others)"}
			c = causes[k]
		}
		if c == nil {
			c = &Cause{Connector: k.connector, Stage: k.stage, Exception: k.exception, First: l.Timestamp, Last: l.Timestamp}
			causes[k] = c
			out.Causes = append(out.Causes, c)
		}
		c.First, c.Last = min(c.First, l.Timestamp), max(c.Last, l.Timestamp)
		c.add(s.State)
		out.add(s.State)
		return nil
	})
	slices.SortFunc(out.Causes, func(a, b *Cause) int {
		return cmp.Or(strings.Compare(a.Connector, b.Connector), cmp.Compare(b.Total, a.Total), strings.Compare(a.Stage, b.Stage), strings.Compare(a.Exception, b.Exception))
	})
	return err
}
