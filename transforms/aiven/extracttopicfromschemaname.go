package aiven

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractTopicFromSchemaName makes the name of the value's schema the topic (ExtractTopicFromSchemaName). Aiven has it for values only.
type extractTopicFromSchemaName struct {
	topics map[string]string
	regex  *javafmt.Regex
	known  smt.BySchema[string]
}

const (
	topicMapKey  = "schema.name.topic-map"
	nameRegexKey = "schema.name.regex"
)

var extractTopicFromSchemaNameKeys = config.NewDef(
	config.Key{Name: topicMapKey, Type: config.String, Default: nil, Importance: config.Low,
		Doc: "Topics for names of schemas, as in com.acme.Order:orders,com.acme.Customer:customers. Not together with schema.name.regex."},
	config.Key{Name: nameRegexKey, Type: config.String, Default: nil, Importance: config.Low,
		Doc: "Java regular expression to look for in the name of the schema; its one group is the topic. (?:[.]|^)([^.]*)$ takes what follows the last dot. Where it is not found the whole name is the topic."},
)

func extractTopicFromSchemaNamePlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"ExtractTopicFromSchemaName$Value", "Makes the name of the value's schema, or a topic made from it, the topic of the record.",
		extractTopicFromSchemaNameKeys, func() connect.Transformation { return new(extractTopicFromSchemaName) })}
}

func (x *extractTopicFromSchemaName) Configure(props map[string]string) error {
	values, err := extractTopicFromSchemaNameKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	_, hasMap := props[topicMapKey]
	_, hasRegex := props[nameRegexKey]
	if hasMap && hasRegex {
		return config.Failed(topicMapKey + " and " + nameRegexKey + " should not be defined together.")
	}
	if hasRegex {
		regex, err := javafmt.Compile(props[nameRegexKey], 0)
		if err != nil {
			return config.Failed(props[nameRegexKey] + " set as " + nameRegexKey + " is not valid regex.")
		}
		if values.String(nameRegexKey) != "" {
			x.regex = regex
		}
	}
	if !hasMap {
		return nil
	}
	if !strings.Contains(props[topicMapKey], ":") {
		return config.Failed(topicMapKey + ` is not valid. Format should be: "SchemaValue1:NewValue1,SchemaValue2:NewValue2"`)
	}
	x.topics, err = parseTopics(values.String(topicMapKey))
	return err
}

func parseTopics(text string) (map[string]string, error) {
	topics := map[string]string{}
	for _, entry := range splitText(text, ",") {
		parts := splitText(entry, ":")
		if len(parts) < 2 {
			return nil, config.Failed(topicMapKey + ` is not valid. Format should be: "SchemaValue1:NewValue1,SchemaValue2:NewValue2"`)
		}
		if old, ok := topics[parts[0]]; ok {
			return nil, javafmt.NewException(javafmt.IllegalState, "Duplicate key "+parts[0]+" (attempted merging values "+old+" and "+parts[1]+")", nil)
		}
		topics[parts[0]] = parts[1]
	}
	return topics, nil
}

// splitText is String.split in Java: empty parts at the end are left out.
func splitText(s, separator string) []string {
	parts := strings.Split(s, separator)
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

func (x *extractTopicFromSchemaName) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema := r.ValueSchema()
	if schema == nil || !schema.HasName() {
		return false, recordError(" value schema name can't be null", r)
	}
	topic, err := x.known.Get(schema, x.topic)
	if err != nil {
		return false, err
	}
	r.Topic = topic
	return true, nil
}

func (x *extractTopicFromSchemaName) topic(schema *data.Schema) (string, error) {
	name := schema.Name()
	if topic, ok := x.topics[name]; ok {
		return topic, nil
	}
	if x.regex == nil {
		return name, nil
	}
	m, err := x.regex.Find(name)
	if err != nil || m == nil || x.regex.GroupCount() != 1 {
		return name, err
	}
	topic, ok := m.Group(1)
	if !ok {
		return "", smt.NullPointer("the group of " + nameRegexKey + " is not part of the match in " + name)
	}
	return topic, nil
}

func (x *extractTopicFromSchemaName) Close() error { return nil }
