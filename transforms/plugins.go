package transforms

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
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
func both(name, doc string, keys *config.Def, make func(part) connect.Transformation) []connect.Plugin {
	of := func(suffix, on string, p part) connect.Plugin {
		return connect.Plugin{Kind: connect.KindTransformation, Class: classPrefix + name + suffix, Doc: doc + " Works on the " + on + " of the record.",
			Config: keys, NewTransformation: func() connect.Transformation { return make(p) }}
	}
	return []connect.Plugin{of("$Key", "key", keyPart), of("$Value", "value", valuePart)}
}

// one describes a transformation of the whole record.
func one(name, doc string, keys *config.Def, make func() connect.Transformation) []connect.Plugin {
	return []connect.Plugin{{Kind: connect.KindTransformation, Class: classPrefix + name, Doc: doc, Config: keys, NewTransformation: make}}
}
