package transforms

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

const classPrefix = "org.apache.kafka.connect.transforms."

// Plugins returns all transformations and predicates.
func Plugins() []connect.Plugin {
	return slices.Concat(castPlugins(), dropHeadersPlugins(), extractFieldPlugins(), filterPlugins(), flattenPlugins(), headerFromPlugins(), hoistFieldPlugins(), insertFieldPlugins(),
		insertHeaderPlugins(), maskFieldPlugins(), regexRouterPlugins(), replaceFieldPlugins(), setSchemaMetadataPlugins(),
		timestampConverterPlugins(), timestampRouterPlugins(), valueToKeyPlugins(),
		hasHeaderKeyPlugins(), recordIsTombstonePlugins(), topicNameMatchesPlugins())
}

// both describes a transformation that exists for keys and for values.
func both(name, doc string, keys *config.Def, make func(smt.Part) connect.Transformation) []connect.Plugin {
	return smt.Both(classPrefix+name, doc, keys, make)
}

// one describes a transformation of the whole record.
func one(name, doc string, keys *config.Def, make func() connect.Transformation) []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+name, doc, keys, make)}
}
