package devbroker

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type resource struct {
	typ  kmsg.ConfigResourceType
	name string
}

// topicSet is what a topic has set, or nil where there is no such topic.
func (b *Broker) topicSet(topic string) map[string]string {
	var set map[string]string
	b.admin(func(c *kfake.Cluster) {
		info := c.TopicInfo(topic)
		if info == nil {
			return
		}
		set = make(map[string]string, len(info.Configs))
		for name, value := range info.Configs {
			if value != nil {
				set[name] = *value
			}
		}
	})
	return set
}

// filterAlterConfigs checks the values of the older, replacing request (B4).
func filterAlterConfigs(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.AlterConfigsRequest)
	refusals := make(map[resource]*refused)
	kept := req.Resources[:0:0]
	for _, res := range req.Resources {
		if why := b.checkReplace(&res); why != nil {
			refusals[resource{res.ResourceType, res.ResourceName}] = why
			continue
		}
		kept = append(kept, res)
	}
	req.Resources = kept
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.AlterConfigsResponse)
		for id, why := range refusals {
			a := kmsg.NewAlterConfigsResponseResource()
			a.ResourceType, a.ResourceName, a.ErrorCode, a.ErrorMessage = id.typ, id.name, why.code, &why.message
			resp.Resources = append(resp.Resources, a)
		}
	}
}

func (b *Broker) checkReplace(res *kmsg.AlterConfigsRequestResource) *refused {
	set := make(map[string]string)
	for _, c := range res.Configs {
		if c.Value == nil {
			return refuse(kerr.InvalidRequest, "Null value not supported for : %s", c.Name)
		}
		clean := *c.Value
		var why *refused
		switch res.ResourceType {
		case kmsg.ConfigResourceTypeTopic:
			clean, why = checkTopicConfig(c.Name, *c.Value)
		case kmsg.ConfigResourceTypeBroker:
			clean, why = checkBrokerConfig(c.Name, *c.Value)
		}
		if why != nil {
			return why
		}
		set[c.Name] = clean
	}
	switch res.ResourceType {
	case kmsg.ConfigResourceTypeTopic:
		keepCompacted(set)
	case kmsg.ConfigResourceTypeBroker:
		for name, value := range b.brokerConfigs() { // the request replaces all, but not these
			set[name] = value
		}
	}
	res.Configs = res.Configs[:0:0]
	for name, value := range set {
		c := kmsg.NewAlterConfigsRequestResourceConfig()
		c.Name, c.Value = name, &value
		res.Configs = append(res.Configs, c)
	}
	return nil
}

// filterIncrementalAlterConfigs checks names and values (B4), and turns APPEND and SUBTRACT into SET: kfake starts them from
// nothing where Kafka starts from the default, so that appending compact to a topic that deletes would make it a compacted one.
func filterIncrementalAlterConfigs(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.IncrementalAlterConfigsRequest)
	refusals := make(map[resource]*refused)
	kept := req.Resources[:0:0]
	for _, res := range req.Resources {
		var why *refused
		switch res.ResourceType {
		case kmsg.ConfigResourceTypeTopic:
			why = b.checkTopicOps(&res)
		case kmsg.ConfigResourceTypeBroker:
			why = checkBrokerOps(&res)
		}
		if why != nil {
			refusals[resource{res.ResourceType, res.ResourceName}] = why
			continue
		}
		kept = append(kept, res)
	}
	req.Resources = kept
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.IncrementalAlterConfigsResponse)
		for id, why := range refusals {
			a := kmsg.NewIncrementalAlterConfigsResponseResource()
			a.ResourceType, a.ResourceName, a.ErrorCode, a.ErrorMessage = id.typ, id.name, why.code, &why.message
			resp.Resources = append(resp.Resources, a)
		}
	}
}

func (b *Broker) checkTopicOps(res *kmsg.IncrementalAlterConfigsRequestResource) *refused {
	if res.ResourceName == "" {
		return refuse(kerr.InvalidRequest, "Default topic resources are not allowed.")
	}
	set := b.topicSet(res.ResourceName)
	exists := set != nil
	if !exists {
		set = make(map[string]string)
	}
	before := len(res.Configs)
	for i := range before {
		c := &res.Configs[i]
		if c.Op == kmsg.IncrementalAlterConfigOpDelete {
			delete(set, c.Name)
			continue
		}
		value, why := topicOp(c, set)
		if why != nil {
			return why
		}
		set[c.Name] = value
		c.Op, c.Value = kmsg.IncrementalAlterConfigOpSet, &value
	}
	if !exists {
		return refuse(kerr.UnknownTopicOrPartition, "The topic '%s' does not exist.", res.ResourceName)
	}
	// Also after a DELETE: a compacted topic does not lose what keeps its records.
	had := make(map[string]bool, len(set))
	for name := range set {
		had[name] = true
	}
	keepCompacted(set)
	for name, value := range set {
		if had[name] {
			continue
		}
		res.Configs = slices.DeleteFunc(res.Configs, func(c kmsg.IncrementalAlterConfigsRequestResourceConfig) bool { return c.Name == name })
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op, c.Value = name, kmsg.IncrementalAlterConfigOpSet, &value
		res.Configs = append(res.Configs, c)
	}
	return nil
}

// topicOp is the value that a SET, APPEND or SUBTRACT leads to.
func topicOp(c *kmsg.IncrementalAlterConfigsRequestResourceConfig, set map[string]string) (string, *refused) {
	if c.Value == nil {
		return "", refuse(kerr.InvalidRequest, "Null value not supported for : %s", c.Name)
	}
	if c.Op == kmsg.IncrementalAlterConfigOpSet {
		return checkTopicConfig(c.Name, *c.Value)
	}
	t := topicConfigOf(c.Name)
	switch {
	case c.Op != kmsg.IncrementalAlterConfigOpAppend && c.Op != kmsg.IncrementalAlterConfigOpSubtract:
		return "", refuse(kerr.InvalidRequest, "Unknown operation %d on configuration %s", c.Op, c.Name)
	case t == nil:
		return "", refuse(kerr.InvalidConfig, "Unknown topic config name: %s", c.Name)
	case t.typ != typeList:
		return "", refuse(kerr.InvalidConfig, "Can't %s to key %s because its type is not LIST.", c.Op, c.Name)
	}
	now, ok := set[c.Name]
	if !ok {
		now = t.value
	}
	list := listOf(now)
	for _, v := range listOf(*c.Value) {
		if c.Op == kmsg.IncrementalAlterConfigOpAppend {
			list = append(list, v)
		} else {
			list = slices.DeleteFunc(list, func(have string) bool { return have == v })
		}
	}
	return checkTopicConfig(c.Name, strings.Join(list, ","))
}
