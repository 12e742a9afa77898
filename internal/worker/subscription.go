package worker

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
)

// subscription is what a sink task consumes: a list of topics, or those that match a Java regular expression. The client knows only Go's
// regular expressions, which have no look-around, so names are matched here.
type subscription struct {
	w      *Worker
	id     TaskID
	props  map[string]string
	topics []string
	regex  *regex
	logger *slog.Logger

	admin *kadm.Client
	known bool // the names were looked up once
	stop  context.CancelFunc
	done  chan struct{}
}

func newSubscription(w *Worker, id TaskID, props map[string]string, logger *slog.Logger) (*subscription, error) {
	r := propsReader{props: props}
	s := &subscription{w: w, id: id, props: props, logger: logger}
	for _, topic := range r.list("topics") {
		if topic != "" {
			s.topics = append(s.topics, topic)
		}
	}
	pattern := r.text("topics.regex", "")
	switch {
	case len(s.topics) > 0 && pattern != "":
		return nil, javafmt.NewException(javafmt.ConfigException, "topics and topics.regex are mutually exclusive options, but both are set.", nil)
	case len(s.topics) > 0:
		return s, nil
	case pattern == "":
		return nil, javafmt.NewException(javafmt.ConfigException, "Must configure one of topics or topics.regex", nil)
	}
	x, err := compileRegex(pattern)
	if err != nil {
		return nil, javafmt.NewException(javafmt.ConfigException, "Invalid value "+pattern+" for configuration topics.regex: Invalid regular expression", err)
	}
	s.regex = x
	return s, nil
}

// first returns the topics to begin with, maybe none.
func (s *subscription) first(ctx context.Context) ([]string, error) {
	if s.regex == nil {
		return s.topics, nil
	}
	// Names are looked up with the rights of the consumer.
	settings := s.w.clients().SinkConsumer(s.id, s.props)
	delete(settings.Properties, "group.id")
	client, err := s.w.cfg.Kafka.NewConsumer(ctx, settings.Source, settings.Properties)
	if err != nil {
		return nil, err
	}
	s.admin = kadm.NewClient(client)
	// A cluster that does not answer must not hold up the start: begin goes on looking.
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	found, err := s.match(ctx)
	if s.known = err == nil; !s.known {
		s.logger.Warn("Looking for topics that match topics.regex failed and is tried again", "error", err)
	}
	return found, nil
}

const firstLook = 5 * time.Second

func (s *subscription) match(ctx context.Context) ([]string, error) {
	topics, err := s.admin.ListTopics(ctx) // without internal ones, as exclude.internal.topics has it
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(topics.Names(), func(name string) bool { return !s.regex.matches(name) }), nil
}

// begin looks for new topics in the rhythm of metadata.max.age.ms, until end or the end of ctx.
func (s *subscription) begin(ctx context.Context, client *kgo.Client) {
	if s.regex == nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s.stop, s.done = cancel, make(chan struct{})
	every := s.w.settings.metadataMaxAge
	r := propsReader{props: s.w.clients().SinkConsumer(s.id, s.props).Properties}
	if d := r.millis("metadata.max.age.ms", every.Milliseconds()); r.err == nil && d > 0 {
		every = d
	}
	go func() {
		defer close(s.done)
		for {
			pause := every
			if !s.known {
				pause = min(every, time.Second)
			}
			if !sleep(ctx, pause) {
				return
			}
			found, err := s.match(ctx)
			if s.known = s.known || err == nil; err != nil {
				s.logger.Warn("Looking for topics that match topics.regex failed and is tried again", "error", err)
				continue
			}
			client.AddConsumeTopics(found...)
		}
	}()
}

// end stops looking.
func (s *subscription) end() {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
}

func (s *subscription) close() {
	if s.admin != nil {
		s.admin.Close()
	}
}
