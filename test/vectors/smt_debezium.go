package vectors

import (
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/transforms/debezium"
)

// debeziumFamily runs the folder debezium-smt: one transformation of Debezium's on one record.
func debeziumFamily() Family {
	f := Family{}
	for _, name := range []string{"ExtractNewRecordState", "EventRouter", "ByLogicalTableRouter", "HeaderToValue", "PartitionRouting", "TimezoneConverter",
		"SchemaChangeEventFilter", "ExtractChangedRecordState", "ExtractSchemaToNewRecord", "DecodeLogicalDecodingMessageContent", "GeometryFormatTransformer",
		"SwapGeometryCoordinates", "VectorToJsonConverter", "ExtractNewDocumentState", "MongoEventRouter",
		"Filter", "ContentBasedRouter"} {
		f["debezium-smt/"+name] = map[string]Func{"*": transformationsOf(debezium.PluginsAt(winter))}
	}
	return f
}

// winter is when the cases were recorded, as far as it matters.
func winter() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// transformationsOf applies the transformation of a case, which is one of the plugins.
func transformationsOf(plugins []connect.Plugin) Func {
	byClass := map[any]connect.Plugin{}
	for _, p := range plugins {
		byClass[p.Class] = p
	}
	return func(c *Case) (any, error) {
		p, ok := byClass[Member(c.Input, "class")]
		if !ok {
			return nil, NotUnderstood("class %v", Member(c.Input, "class"))
		}
		return applyPlugin(p, c)
	}
}
