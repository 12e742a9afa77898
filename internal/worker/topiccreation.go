package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// topicCreation makes the topics that a source task writes to, as the connector's topic.creation.* keys say (KIP-158).
type topicCreation struct {
	w      *Worker
	id     TaskID
	props  map[string]string
	logger *slog.Logger
	groups []topicGroup // in the order in which they are asked, the default group last; none where the brokers create topics
	known  map[string]bool
	last   string

	mu    sync.Mutex
	admin *kafka.Admin
}

// topicGroup is one of topic.creation.groups.
type topicGroup struct {
	name             string
	include, exclude []*regex
	topic            kafka.NewTopic
}

const topicCreationPrefix = "topic.creation."

func newTopicCreation(w *Worker, id TaskID, props map[string]string, logger *slog.Logger) (*topicCreation, error) {
	t := &topicCreation{w: w, id: id, props: props, logger: logger, known: map[string]bool{}}
	if len(below(props, topicCreationPrefix)) == 0 {
		return t, nil
	}
	if !w.settings.topicCreation {
		logger.Warn("Connector " + id.Connector + " configures topic.creation.* but topic creation is disabled by the worker's topic.creation.enable; its topics are left to the brokers.")
		return t, nil
	}
	r := propsReader{props: props}
	for _, key := range []string{topicCreationPrefix + "default.replication.factor", topicCreationPrefix + "default.partitions"} {
		if _, ok := props[key]; !ok {
			return nil, javafmt.NewException(javafmt.ConfigException, `Missing required configuration "`+key+`" which has no default value.`, nil)
		}
	}
	for _, name := range append(r.list(topicCreationPrefix+"groups"), "default") {
		g, err := readTopicGroup(&r, name)
		if err != nil {
			return nil, err
		}
		if name != "default" || len(t.groups) == 0 || t.groups[len(t.groups)-1].name != "default" {
			t.groups = append(t.groups, g)
		}
	}
	return t, r.err
}

func readTopicGroup(r *propsReader, name string) (g topicGroup, err error) {
	const byDefault = topicCreationPrefix + "default."
	prefix := topicCreationPrefix + name + "."
	g = topicGroup{name: name, topic: kafka.NewTopic{
		ReplicationFactor: int16(r.number(prefix+"replication.factor", r.number(byDefault+"replication.factor", -1, 16), 16)),
		Partitions:        int32(r.number(prefix+"partitions", r.number(byDefault+"partitions", -1, 32), 32)),
		Configs:           map[string]string{},
	}}
	for key, value := range below(r.props, prefix) {
		switch key {
		case "include", "exclude", "replication.factor", "partitions":
		default:
			g.topic.Configs[key] = value
		}
	}
	if g.include, err = compileAll(prefix+"include", r.list(prefix+"include")); err != nil {
		return g, err
	}
	g.exclude, err = compileAll(prefix+"exclude", r.list(prefix+"exclude"))
	return g, err
}

func compileAll(key string, patterns []string) (out []*regex, _ error) {
	for _, p := range patterns {
		x, err := compileRegex(p)
		if err != nil {
			return nil, javafmt.NewException(javafmt.ConfigException, fmt.Sprintf("Invalid value %s for configuration %s: %v", p, key, err), err)
		}
		out = append(out, x)
	}
	return out, nil
}

// matches reports whether the group takes the topic; the default group takes every topic that is left.
func (g *topicGroup) matches(topic string) bool {
	if g.name == "default" {
		return true
	}
	return anyMatches(g.include, topic) && !anyMatches(g.exclude, topic)
}

func anyMatches(list []*regex, topic string) bool {
	for _, x := range list {
		if x.matches(topic) {
			return true
		}
	}
	return false
}

const retryPause = 100 * time.Millisecond

// ensure makes sure that the topic exists before the first record is sent to it. It waits through retriable errors; errStopping means that
// ctx ended.
func (t *topicCreation) ensure(ctx context.Context, topic string) error {
	if len(t.groups) == 0 || topic == t.last {
		return nil
	}
	for !t.known[topic] {
		err := t.make(ctx, topic)
		if err == nil {
			t.known[topic] = true
			break
		}
		if ctx.Err() != nil {
			return errStopping
		}
		if !kerr.IsRetriable(err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		t.logger.Warn("Creating topic "+topic+" failed and is tried again.", "error", err)
		if !sleep(ctx, retryPause) {
			return errStopping
		}
	}
	t.last = topic
	return nil
}

func (t *topicCreation) make(ctx context.Context, topic string) error {
	admin, err := t.client(ctx)
	if err != nil {
		return err
	}
	described, err := admin.DescribeTopics(ctx, topic)
	if err != nil {
		return javafmt.NewException(javafmt.ConnectException, err.Error(), kafkaError(err))
	}
	if _, exists := described[topic]; exists {
		return nil
	}
	wanted := kafka.NewTopic{}
	for _, g := range t.groups {
		if g.matches(topic) {
			wanted = g.topic
			break
		}
	}
	wanted.Name = topic
	outcome, err := admin.EnsureTopic(ctx, wanted)
	switch {
	case err != nil:
		return creationError(topic, err)
	case outcome == kafka.TopicUnknown:
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Task failed to create new topic %s. Ensure that the task is authorized to "+
			"create topics or that the topic exists and restart the task", topic), nil)
	}
	t.logger.Info("Created or found topic "+topic, "partitions", wanted.Partitions, "replication.factor", wanted.ReplicationFactor)
	return nil
}

// creationError has the texts of org.apache.kafka.connect.util.TopicAdmin; retriable errors stay recognizable.
func creationError(topic string, err error) error {
	if kerr.IsRetriable(err) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cause := creationCause(topic, err)
	text := err.Error()
	if errors.Is(err, kerr.InvalidReplicationFactor) {
		text = "Unable to create topic(s) '" + topic + "': " + cause.Error()
	}
	return javafmt.NewException(javafmt.ConnectException, text, cause)
}

// creationCause is what the broker said, as the exception of Java's client.
func creationCause(topic string, err error) error {
	var k *kerr.Error
	if !errors.As(err, &k) {
		return err
	}
	said := strings.TrimPrefix(err.Error(), "Error while attempting to create/find topic(s) '"+topic+"': ")
	said = strings.TrimPrefix(said, "Unable to create topic(s) '"+topic+"': ")
	if text, ok := strings.CutSuffix(said, ": "+k.Error()); ok {
		return javafmt.NewException(kafkaClass(k), text, nil)
	}
	return kafkaError(k)
}

func (t *topicCreation) client(ctx context.Context) (*kafka.Admin, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.admin != nil {
		return t.admin, nil
	}
	settings := t.w.clients().TaskAdmin(t.id, t.props)
	admin, err := t.w.cfg.Kafka.NewAdmin(ctx, settings.Source, settings.Properties)
	t.admin = admin
	return admin, err
}

func (t *topicCreation) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.admin != nil {
		t.admin.Close()
		t.admin = nil
	}
}
