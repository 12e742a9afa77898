package devbroker

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// filterCreateTopics keeps topics that Kafka would refuse from kfake, adds the retention of compacted topics, and completes the
// answer with what Java's AdminClient insists on: configs that are not null, each with a source it knows (B1, B4, B19).
func filterCreateTopics(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.CreateTopicsRequest)
	refusals := make(map[string]*refused)
	configs := make(map[string]map[string]string)
	kept := req.Topics[:0:0]
	for _, t := range req.Topics {
		set, why := checkNewTopic(&t)
		if why != nil {
			refusals[t.Topic] = why
			continue
		}
		configs[t.Topic] = set
		kept = append(kept, t)
	}
	req.Topics = kept
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.CreateTopicsResponse)
		for i := range resp.Topics {
			t := &resp.Topics[i]
			if t.ErrorCode == 0 {
				t.Configs = b.createdConfigs(configs[t.Topic])
			} else {
				t.Configs = []kmsg.CreateTopicsResponseTopicConfig{}
				t.ErrorMessage = createMessage(t)
			}
		}
		for name, why := range refusals {
			t := kmsg.NewCreateTopicsResponseTopic()
			t.Topic, t.ErrorCode, t.ErrorMessage = name, why.code, &why.message
			t.Configs = []kmsg.CreateTopicsResponseTopicConfig{}
			resp.Topics = append(resp.Topics, t)
		}
	}
}

// checkNewTopic cleans the configs of a topic to create, and returns them.
func checkNewTopic(t *kmsg.CreateTopicsRequestTopic) (map[string]string, *refused) {
	if why := checkTopicName(t.Topic); why != nil {
		return nil, why
	}
	if len(t.ReplicaAssignment) == 0 {
		if why := checkCounts(t.NumPartitions, t.ReplicationFactor); why != nil {
			return nil, why
		}
	} else if why := checkAssignment(t.ReplicaAssignment); why != nil {
		return nil, why
	}
	set := make(map[string]string)
	for _, c := range t.Configs {
		if c.Value == nil {
			return nil, refuse(kerr.InvalidConfig, "Null value not supported for topic configs: %s", c.Name)
		}
		clean, why := checkTopicConfig(c.Name, *c.Value)
		if why != nil {
			return nil, why
		}
		set[c.Name] = clean
	}
	keepCompacted(set)
	t.Configs = t.Configs[:0:0]
	for name, value := range set {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = name, &value
		t.Configs = append(t.Configs, c)
	}
	return set, nil
}

func checkAssignment(assignment []kmsg.CreateTopicsRequestTopicReplicaAssignment) *refused {
	if len(assignment) > maxPartitions {
		return refuse(kerr.PolicyViolation, "Excessively large number of partitions per request.")
	}
	for _, a := range assignment {
		for _, node := range a.Replicas {
			if node != 0 {
				return refuse(kerr.InvalidReplicaAssignment, "The manual partition assignment includes broker %d, but no such broker is registered.", node)
			}
		}
		if len(a.Replicas) != 1 {
			return refuse(kerr.InvalidReplicaAssignment, "The manual partition assignment includes %d replicas of partition %d on a single node.", len(a.Replicas), a.Partition)
		}
	}
	return nil
}

// keepCompacted adds what stops kfake from deleting by time and size from a topic that is only compacted (B1). Values that
// the client set stay: kfake's retention does not run, and the broker's own leaves such topics alone.
func keepCompacted(set map[string]string) {
	if policy := policyOf(set); !policy.compact || policy.delete {
		return
	}
	for _, name := range []string{"retention.ms", "retention.bytes"} {
		if _, ok := set[name]; !ok {
			set[name] = "-1"
		}
	}
}

type cleanupPolicy struct{ compact, delete bool }

func policyOf(set map[string]string) cleanupPolicy {
	value, ok := set["cleanup.policy"]
	if !ok {
		return cleanupPolicy{delete: true}
	}
	list := listOf(value)
	return cleanupPolicy{compact: slices.Contains(list, "compact"), delete: slices.Contains(list, "delete")}
}

// Config sources of the protocol, as org.apache.kafka.clients.admin.ConfigEntry knows them.
const (
	sourceTopic   = int8(kmsg.ConfigSourceDynamicTopicConfig)
	sourceStatic  = int8(kmsg.ConfigSourceStaticBrokerConfig)
	sourceDefault = int8(kmsg.ConfigSourceDefaultConfig)
)

func (b *Broker) createdConfigs(set map[string]string) []kmsg.CreateTopicsResponseTopicConfig {
	out := make([]kmsg.CreateTopicsResponseTopicConfig, 0, len(topicConfigs))
	for i := range topicConfigs {
		d := &topicConfigs[i]
		value, source := b.topicDefault(d)
		if v, ok := set[d.name]; ok {
			value, source = v, sourceTopic
		} else if d.internal {
			continue
		}
		c := kmsg.NewCreateTopicsResponseTopicConfig()
		c.Name, c.Value, c.Source = d.name, &value, source
		out = append(out, c)
	}
	return out
}

// createMessage is Kafka's text for the refusals that are left to kfake.
func createMessage(t *kmsg.CreateTopicsResponseTopic) *string {
	if t.ErrorMessage != nil {
		return t.ErrorMessage
	}
	var text string
	switch t.ErrorCode {
	case kerr.TopicAlreadyExists.Code:
		text = "Topic '" + t.Topic + "' already exists."
	case kerr.InvalidTopicException.Code:
		text = "Topic '" + t.Topic + "' collides with a topic whose name differs from it only in '.' and '_'."
	default:
		text = kerr.TypedErrorForCode(t.ErrorCode).Description
	}
	return &text
}

// filterCreatePartitions bounds the partitions of a topic, and refuses the count it has already, as Kafka does.
func filterCreatePartitions(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.CreatePartitionsRequest)
	refusals := make(map[string]*refused)
	kept := req.Topics[:0:0]
	for _, t := range req.Topics {
		var have int
		b.admin(func(c *kfake.Cluster) { have = len(c.PartitionInfos(t.Topic)) })
		switch {
		case t.Count > maxPartitions:
			refusals[t.Topic] = refuse(kerr.PolicyViolation, "Excessively large number of partitions per request.")
		case have > 0 && int(t.Count) == have:
			refusals[t.Topic] = refuse(kerr.InvalidPartitions, "Topic already has %d partition(s).", have)
		case have > 0 && int(t.Count) < have:
			refusals[t.Topic] = refuse(kerr.InvalidPartitions, "The topic %s currently has %d partition(s); %d would not be an increase.", t.Topic, have, t.Count)
		default:
			kept = append(kept, t)
		}
	}
	if len(refusals) == 0 {
		return false, nil
	}
	req.Topics = kept
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.CreatePartitionsResponse)
		for name, why := range refusals {
			t := kmsg.NewCreatePartitionsResponseTopic()
			t.Topic, t.ErrorCode, t.ErrorMessage = name, why.code, &why.message
			resp.Topics = append(resp.Topics, t)
		}
	}
}

// filterMetadata creates the topics that a client asks metadata for and allows to be created. kfake can do that too, but does not
// write the new topic down: after a kill -9 all its records were gone.
func filterMetadata(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.MetadataRequest)
	if !req.AllowAutoTopicCreation && req.Version >= 4 || len(req.Topics) == 0 {
		return false, nil
	}
	return false, func(r kmsg.Response) {
		resp := r.(*kmsg.MetadataResponse)
		for i := range resp.Topics {
			t := &resp.Topics[i]
			if t.ErrorCode != kerr.UnknownTopicOrPartition.Code || t.Topic == nil {
				continue
			}
			if checkTopicName(*t.Topic) != nil {
				t.ErrorCode = kerr.InvalidTopicException.Code
				continue
			}
			b.admin(func(c *kfake.Cluster) { autoCreate(c, t) })
		}
	}
}

func autoCreate(c *kfake.Cluster, t *kmsg.MetadataResponseTopic) {
	if err := c.CreateTopic(*t.Topic, 0, nil); err != nil {
		// Another client may have been faster; anything else goes to the client.
		if e, ok := err.(*kerr.Error); ok && e != kerr.TopicAlreadyExists {
			t.ErrorCode = e.Code
			return
		}
	}
	info := c.TopicInfo(*t.Topic)
	if info == nil {
		return
	}
	t.ErrorCode, t.TopicID = 0, info.TopicID
	for _, p := range c.PartitionInfos(*t.Topic) {
		mp := kmsg.NewMetadataResponseTopicPartition()
		mp.Partition, mp.Leader, mp.LeaderEpoch = p.Partition, p.Leader, p.Epoch
		mp.Replicas, mp.ISR = []int32{p.Leader}, []int32{p.Leader}
		t.Partitions = append(t.Partitions, mp)
	}
}
