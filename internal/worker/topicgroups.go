package worker

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

const (
	topicCreationPrefix = "topic.creation."
	defaultGroup        = "default"
)

// topicGroup is one of topic.creation.groups, or the default group.
type topicGroup struct {
	name             string
	include, exclude *regex // of the whole list, as TopicCreationGroup joins it; nil in the default group, which takes every topic that is left
	patterns         [2]string
	topic            kafka.NewTopic
}

// usesTopicCreation is SourceConnectorConfig.usesTopicCreation.
func usesTopicCreation(props map[string]string) bool {
	for key := range props {
		if strings.HasPrefix(key, topicCreationPrefix) {
			return true
		}
	}
	return false
}

// topicGroups reads the groups as SourceConnectorConfig does, with its messages, in the order in which they are asked: the default group comes
// last. There is none without any topic.creation key; with one, the default group needs its two.
func topicGroups(props map[string]string, logger *slog.Logger) ([]topicGroup, error) {
	if !usesTopicCreation(props) {
		return nil, nil
	}
	otherwise, err := readTopicGroup(props, defaultGroup, nil)
	if err != nil {
		return nil, err
	}
	names := javaList(props[topicCreationPrefix+"groups"])
	if slices.Contains(names, defaultGroup) && logger != nil {
		logger.Warn("'" + defaultGroup + "' topic creation group always exists and does not need to be listed explicitly")
	}
	var groups []topicGroup
	for _, name := range names {
		if name == defaultGroup || slices.ContainsFunc(groups, func(g topicGroup) bool { return g.name == name }) {
			continue
		}
		g, err := readTopicGroup(props, name, &otherwise)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return append(groups, otherwise), nil
}

// readTopicGroup reads one group; otherwise is the default group, or nil to read that one.
func readTopicGroup(props map[string]string, name string, otherwise *topicGroup) (topicGroup, error) {
	prefix := topicCreationPrefix + name + "."
	g := topicGroup{name: name, patterns: [2]string{".*", ""}, topic: kafka.NewTopic{Configs: map[string]string{}}}
	if otherwise != nil {
		g.topic.Partitions, g.topic.ReplicationFactor = otherwise.topic.Partitions, otherwise.topic.ReplicationFactor
		var err error
		if g.include, g.patterns[0], err = joinedRegex(props, prefix+"include"); err != nil {
			return g, err
		}
		if g.exclude, g.patterns[1], err = joinedRegex(props, prefix+"exclude"); err != nil {
			return g, err
		}
	}
	count := func(key, kind string, bits int, why string, set func(int64)) error {
		text, given := props[key]
		if !given {
			if otherwise == nil {
				return configError(`Missing required configuration "` + key + `" which has no default value.`)
			}
			return nil
		}
		text = strings.TrimSpace(text)
		n, err := strconv.ParseInt(text, 10, bits)
		switch {
		case err != nil:
			return invalidValue(text, key, "Not a number of type "+kind)
		case n < 1 && n != -1:
			return invalidValue(text, key, why)
		}
		set(n)
		return nil
	}
	if err := count(prefix+"replication.factor", "SHORT", 16, "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default",
		func(n int64) { g.topic.ReplicationFactor = int16(n) }); err != nil {
		return g, err
	}
	if err := count(prefix+"partitions", "INT", 32, "Number of partitions must be positive, or -1 to use the broker's default",
		func(n int64) { g.topic.Partitions = int32(n) }); err != nil {
		return g, err
	}
	for key, value := range below(props, prefix) {
		if !slices.Contains([]string{"include", "exclude", "replication.factor", "partitions"}, key) {
			g.topic.Configs[key] = value
		}
	}
	return g, nil
}

func configError(text string) error { return javafmt.NewException(javafmt.ConfigException, text, nil) }

func invalidValue(value, key, why string) error {
	return configError("Invalid value " + value + " for configuration " + key + ": " + why)
}

// javaList is what ConfigDef makes of a LIST.
func javaList(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// joinedRegex checks each expression of a list and compiles all of them as one, as TopicCreationGroup does: flags within the first hold for the
// others too.
func joinedRegex(props map[string]string, key string) (*regex, string, error) {
	list := javaList(props[key])
	for _, pattern := range list {
		if _, err := compileRegex(pattern); err != nil {
			return nil, "", invalidValue("["+strings.Join(list, ", ")+"]", key, "Syntax error in regular expression: "+err.Error())
		}
	}
	joined := strings.Join(list, "|")
	x, err := compileRegex(joined)
	if err != nil {
		return nil, "", invalidValue("["+strings.Join(list, ", ")+"]", key, "Syntax error in regular expression: "+err.Error())
	}
	return x, joined, nil
}

// matches reports whether the group takes the topic.
func (g *topicGroup) matches(topic string) bool {
	return g.include == nil || g.include.matches(topic) && !g.exclude.matches(topic)
}

// String is TopicCreationGroup.toString.
func (g *topicGroup) String() string {
	return fmt.Sprintf("TopicCreationGroup{name='%s', inclusionPattern=%s, exclusionPattern=%s, numPartitions=%d, replicationFactor=%d, otherConfigs=%s}",
		g.name, g.patterns[0], g.patterns[1], g.topic.Partitions, g.topic.ReplicationFactor, hashMapText(g.topic.Configs))
}

// newTopicText is NewTopic.toString.
func newTopicText(t kafka.NewTopic) string {
	return fmt.Sprintf("(name=%s, numPartitions=%d, replicationFactor=%d, replicasAssignments=null, configs=%s)", t.Name, t.Partitions, t.ReplicationFactor, hashMapText(t.Configs))
}

// hashMapText is HashMap.toString.
func hashMapText(m map[string]string) string {
	names := slices.Sorted(maps.Keys(m))
	parts := make([]string, 0, len(names))
	for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
		parts = append(parts, names[i]+"="+m[names[i]])
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
