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

func newTopicCreation(w *Worker, id TaskID, props map[string]string, logger *slog.Logger) (*topicCreation, error) {
	t := &topicCreation{w: w, id: id, props: props, logger: logger, known: map[string]bool{}}
	if !w.settings.topicCreation {
		if usesTopicCreation(props) {
			logger.Warn("Connector " + id.Connector + " configures topic.creation.* but topic creation is disabled by the worker's topic.creation.enable; its topics are left to the brokers.")
		}
		return t, nil
	}
	var err error
	t.groups, err = topicGroups(props, logger)
	return t, err
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

// make is AbstractWorkerSourceTask.maybeCreateTopic, with its messages.
func (t *topicCreation) make(ctx context.Context, topic string) error {
	admin, err := t.client(ctx)
	if err != nil {
		return err
	}
	t.logger.Info("The task will send records to topic '" + topic + "' for the first time. Checking whether topic exists")
	described, err := admin.DescribeTopics(ctx, topic)
	if err != nil {
		return t.describeError(topic, err)
	}
	if _, exists := described[topic]; exists {
		t.logger.Info("Topic '" + topic + "' already exists.")
		return nil
	}
	t.logger.Info("Creating topic '" + topic + "'")
	group := &t.groups[0]
	for i := range t.groups {
		if group = &t.groups[i]; group.matches(topic) {
			break
		}
	}
	t.logger.Debug("Topic '" + topic + "' matched topic creation group: " + group.String())
	wanted := group.topic
	wanted.Name = topic
	outcome, err := admin.EnsureTopic(ctx, wanted)
	switch {
	case err != nil:
		return creationError(topic, err)
	case outcome == kafka.TopicCreated:
		t.logger.Info("Created topic '" + newTopicText(wanted) + "' using creation group " + group.String())
	case outcome == kafka.TopicExisted: // since it was looked for
		t.logger.Info("Found existing topic '" + newTopicText(wanted) + "'")
	default:
		t.logger.Warn("Request to create new topic '" + topic + "' failed")
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Task failed to create new topic %s. Ensure that the task is authorized to "+
			"create topics or that the topic exists and restart the task (the %s needs the ACL operation Create on the topic %q or on the cluster)",
			newTopicText(wanted), t.w.clients().TaskAdmin(t.id, t.props).Source, topic), nil)
	}
	return nil
}

// describeError has the texts of TopicAdmin.describeTopics; retriable errors stay recognizable.
func (t *topicCreation) describeError(topic string, err error) error {
	if kerr.IsRetriable(err) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cause := kafka.Denied(err, kafka.Resource{Topic: topic, Client: kafka.AdminClient, Source: t.w.clients().TaskAdmin(t.id, t.props).Source})
	if cause == err {
		return javafmt.NewException(javafmt.ConnectException, err.Error(), kafkaError(err))
	}
	text, _, _ := strings.Cut(err.Error(), ": "+kerr.TopicAuthorizationFailed.Message)
	return javafmt.NewException(javafmt.ConnectException, text, cause)
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
