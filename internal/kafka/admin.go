package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Admin asks a cluster about itself and changes its topics and groups. Its methods block until a broker answers, their context
// ends or default.api.timeout.ms is over; several goroutines may call them.
type Admin struct {
	client  *kgo.Client
	admin   *kadm.Client
	servers string
}

func newAdmin(client *kgo.Client, servers string) *Admin {
	return &Admin{client, kadm.NewClient(client), servers}
}

// Close ends the connections.
func (a *Admin) Close() { a.client.Close() }

// Client returns the client below, for requests that Admin has no method for.
func (a *Admin) Client() *kgo.Client { return a.client }

// ClusterID returns the id of the cluster. The library asks for metadata with the client's patience, whatever ctx says: where a broker is silent, the
// request is left behind, and ends with the client.
func (a *Admin) ClusterID(ctx context.Context) (string, error) {
	var m kadm.Metadata
	answered := make(chan error, 1)
	go func() {
		answer, err := a.admin.BrokerMetadata(ctx)
		m = answer
		answered <- err
	}()
	var err error
	select {
	case err = <-answered:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.: %w", err)
	}
	return m.Cluster, nil
}

// NewTopic describes a topic to create. Minus one for Partitions or ReplicationFactor means the broker's default.
type NewTopic struct {
	Name              string
	Partitions        int32
	ReplicationFactor int16
	Configs           map[string]string
}

// TopicOutcome says what became of a topic that was to be created.
type TopicOutcome uint8

// The outcomes of EnsureTopic.
const (
	TopicCreated TopicOutcome = iota
	TopicExisted
	// TopicUnknown means that the principal may not create topics, or the cluster cannot: Connect then assumes that the topic
	// exists or comes about by itself.
	TopicUnknown
)

// EnsureTopic creates a topic unless it exists, as org.apache.kafka.connect.util.TopicAdmin does and with its messages.
func (a *Admin) EnsureTopic(ctx context.Context, topic NewTopic) (TopicOutcome, error) {
	configs := make(map[string]*string, len(topic.Configs))
	for name, value := range topic.Configs {
		configs[name] = &value
	}
	response, err := a.admin.CreateTopic(ctx, topic.Partitions, topic.ReplicationFactor, configs, topic.Name)
	switch {
	case err == nil:
		return TopicCreated, nil
	case errors.Is(err, kerr.TopicAlreadyExists):
		return TopicExisted, nil
	case errors.Is(err, kerr.UnsupportedVersion), authorizationFailed(err):
		return TopicUnknown, nil
	case errors.Is(err, kerr.InvalidConfig):
		text := response.ErrMessage
		if text == "" {
			text = err.Error()
		}
		return TopicUnknown, fmt.Errorf("Unable to create topic(s) '%s': %s: %w", topic.Name, text, err)
	case timedOut(err):
		return TopicUnknown, fmt.Errorf("Timed out while checking for or creating topic(s) '%s'. This could indicate a connectivity issue, unavailable topic partitions, or if this is your first use of the topic it may have taken too long to create.: %w", topic.Name, err)
	default:
		if response.ErrMessage != "" {
			err = fmt.Errorf("%s: %w", response.ErrMessage, err)
		}
		return TopicUnknown, fmt.Errorf("Error while attempting to create/find topic(s) '%s': %w", topic.Name, err)
	}
}

// TopicDescription is what a cluster says of a topic.
type TopicDescription struct {
	Name              string
	Internal          bool
	Partitions        []int32 // sorted
	ReplicationFactor int
}

// DescribeTopics returns the topics among names that exist. Not being allowed to describe one is an error, with Java's text.
func (a *Admin) DescribeTopics(ctx context.Context, names ...string) (map[string]TopicDescription, error) {
	if len(names) == 0 {
		return nil, nil
	}
	list := strings.Join(names, ",")
	details, err := a.admin.ListTopicsWithInternal(ctx, names...)
	if err != nil {
		switch {
		case timedOut(err):
			return nil, fmt.Errorf("Timed out while describing topics '%s': %w", list, err)
		case authorizationFailed(err):
			return nil, fmt.Errorf("Not authorized to describe topic(s) '%s' on the brokers %s: %w", list, a.servers, err)
		}
		return nil, fmt.Errorf("Error while attempting to describe topics '%s': %w", list, err)
	}
	found := map[string]TopicDescription{}
	for name, d := range details {
		switch {
		case d.Err == nil:
			t := TopicDescription{Name: name, Internal: d.IsInternal, ReplicationFactor: d.Partitions.NumReplicas()}
			for _, p := range d.Partitions.Sorted() {
				t.Partitions = append(t.Partitions, p.Partition)
			}
			found[name] = t
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
		case authorizationFailed(d.Err):
			return nil, fmt.Errorf("Not authorized to describe topic(s) '%s' on the brokers %s: %w", list, a.servers, d.Err)
		default:
			return nil, fmt.Errorf("Error while attempting to describe topics '%s': %w", list, d.Err)
		}
	}
	return found, nil
}

// ListTopics returns the names of all topics that the principal may see, internal ones included.
func (a *Admin) ListTopics(ctx context.Context) ([]string, error) {
	details, err := a.admin.ListTopicsWithInternal(ctx)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	return details.Names(), nil
}

// TopicConfigs returns the configuration of a topic, defaults included; a sensitive value is "". The second result is false where
// the topic does not exist, or the principal or the cluster does not allow the question.
func (a *Admin) TopicConfigs(ctx context.Context, topic string) (map[string]string, bool, error) {
	resources, err := a.admin.DescribeTopicConfigs(ctx, topic)
	if err == nil {
		var resource kadm.ResourceConfig
		if resource, err = resources.On(topic, nil); err == nil {
			err = resource.Err
		}
		if err == nil {
			configs := map[string]string{}
			for _, c := range resource.Configs {
				configs[c.Key] = c.MaybeValue()
			}
			return configs, true, nil
		}
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnsupportedVersion), authorizationFailed(err):
		return nil, false, nil
	case timedOut(err):
		return nil, false, fmt.Errorf("Timed out while waiting to describe topic config for topic '%s' on brokers at %s: %w", topic, a.servers, err)
	}
	return nil, false, fmt.Errorf("Error while attempting to describe topic config for topic '%s' on brokers at %s: %w", topic, a.servers, err)
}

// RequireCompacted fails unless the cleanup policy of a topic is exactly compact, naming the worker's property for the topic and
// what is at stake ("connector configurations"). It passes where the policy cannot be learned; checked is false then.
func (a *Admin) RequireCompacted(ctx context.Context, topic, property, purpose string) (checked bool, err error) {
	configs, known, err := a.TopicConfigs(ctx, topic)
	if err != nil || !known {
		return false, err
	}
	policy, known := configs["cleanup.policy"]
	if !known || policy == "" {
		return false, nil
	}
	if policy == "compact" {
		return true, nil
	}
	const name, wanted = "cleanup.policy", "compact"
	return true, &ConfigError{property, fmt.Sprintf("Topic '%s' supplied via the '%s' property is required to have '%s=%s' to guarantee consistency and durability of %s, but found the topic currently has '%s=%s'. Continuing would likely result in eventually losing %s and problems restarting this Connect cluster in the future. Change the '%s' property in the Connect worker configurations to use a topic with '%s=%s'.",
		topic, property, name, wanted, purpose, name, policy, purpose, property, name, wanted)}
}

// EndOffsets returns the end of each partition of a topic: the high watermark, or with committed the last stable offset, which
// readers of committed records see as the end.
func (a *Admin) EndOffsets(ctx context.Context, topic string, committed bool) (map[int32]int64, error) {
	list := a.admin.ListEndOffsets
	if committed {
		list = a.admin.ListCommittedOffsets
	}
	listed, err := list(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	switch {
	case err == nil:
	case authorizationFailed(err):
		return nil, fmt.Errorf("Not authorized to get the end offsets for topic '%s' on brokers at %s: %w", topic, a.servers, err)
	case timedOut(err):
		return nil, fmt.Errorf("Timed out while waiting to get end offsets for topic '%s' on brokers at %s: %w", topic, a.servers, err)
	default:
		return nil, fmt.Errorf("Error while getting end offsets for topic '%s' on brokers at %s: %w", topic, a.servers, err)
	}
	ends := map[int32]int64{}
	listed.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	return ends, nil
}

func authorizationFailed(err error) bool {
	return errors.Is(err, kerr.ClusterAuthorizationFailed) || errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.GroupAuthorizationFailed)
}

func timedOut(err error) bool {
	return errors.Is(err, kerr.RequestTimedOut) || errors.Is(err, context.DeadlineExceeded)
}
