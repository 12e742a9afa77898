package devbroker

import (
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicDefault is what a topic has that does not set a config itself.
func (b *Broker) topicDefault(t *topicConfig) (value string, source int8) {
	if t.name == "retention.bytes" {
		return strconv.FormatInt(b.cfg.RetentionBytes, 10), sourceStatic
	}
	return t.value, sourceDefault
}

// filterDescribeConfigs completes kfake's ten topic configs to Kafka's (B18).
func filterDescribeConfigs(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.DescribeConfigsRequest)
	asked := make(map[string][]string) // nil asks for all
	for i := range req.Resources {
		if res := &req.Resources[i]; res.ResourceType == kmsg.ConfigResourceTypeTopic {
			asked[res.ResourceName] = res.ConfigNames
			res.ConfigNames = nil // kfake files some under their broker names, so it must not choose
		}
	}
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.DescribeConfigsResponse)
		for i := range resp.Resources {
			res := &resp.Resources[i]
			if res.ResourceType == kmsg.ConfigResourceTypeTopic && res.ErrorCode == 0 {
				res.Configs = b.describeTopic(res.Configs, asked[res.ResourceName])
			}
		}
	}
}

func (b *Broker) describeTopic(have []kmsg.DescribeConfigsResponseResourceConfig, asked []string) []kmsg.DescribeConfigsResponseResourceConfig {
	set := make(map[string]string)    // by the topic
	broker := make(map[string]string) // dynamically, for all topics, by broker name
	for _, c := range have {
		if c.Value == nil {
			continue
		}
		switch c.Source {
		case kmsg.ConfigSourceDynamicTopicConfig:
			set[c.Name] = *c.Value
		case kmsg.ConfigSourceDynamicBrokerConfig:
			broker[c.Name] = *c.Value
		}
	}
	out := make([]kmsg.DescribeConfigsResponseResourceConfig, 0, len(topicConfigs))
	for i := range topicConfigs {
		d := &topicConfigs[i]
		if asked != nil && !slices.Contains(asked, d.name) {
			continue
		}
		c := kmsg.NewDescribeConfigsResponseResourceConfig()
		c.Name, c.ConfigType = d.name, d.typ
		synonym := func(name, value string, source kmsg.ConfigSource) {
			s := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
			s.Name, s.Value, s.Source = name, &value, source
			c.ConfigSynonyms = append(c.ConfigSynonyms, s)
		}
		if v, ok := set[d.name]; ok {
			synonym(d.name, v, kmsg.ConfigSourceDynamicTopicConfig)
		} else if d.internal {
			continue
		}
		if v, ok := broker[d.synonym]; ok && !slices.Contains(fixedBrokerConfigs, d.synonym) {
			synonym(d.synonym, v, kmsg.ConfigSourceDynamicBrokerConfig)
		}
		value, source := b.topicDefault(d)
		if d.synonym != "" {
			synonym(d.synonym, value, kmsg.ConfigSource(source))
		}
		c.Value, c.Source = &value, kmsg.ConfigSource(source)
		if len(c.ConfigSynonyms) > 0 {
			c.Value, c.Source = c.ConfigSynonyms[0].Value, c.ConfigSynonyms[0].Source
		}
		c.IsDefault = c.Source == kmsg.ConfigSourceDefaultConfig
		out = append(out, c)
	}
	return out
}

// filterDescribePartitions replaces null lists, which end a Java client's describeTopics with a NullPointerException.
func filterDescribePartitions(*Broker, kmsg.Request) (bool, func(kmsg.Response)) {
	return false, func(r kmsg.Response) {
		resp := r.(*kmsg.DescribeTopicPartitionsResponse)
		for i := range resp.Topics {
			for j := range resp.Topics[i].Partitions {
				p := &resp.Topics[i].Partitions[j]
				p.EligibleLeaderReplicas = append([]int32{}, p.EligibleLeaderReplicas...)
				p.LastKnownELR = append([]int32{}, p.LastKnownELR...)
			}
		}
	}
}
