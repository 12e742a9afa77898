package jcustenborder

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

const classPrefix = "com.github.jcustenborder.kafka.connect.transform.common."

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin {
	return slices.Concat(bytesToStringPlugins(), changeCasePlugins(), changeTopicCasePlugins(), extractNestedFieldPlugins(), extractTimestampPlugins(),
		patternRenamePlugins(), toJSONPlugins())
}

// both describes a transformation that exists for keys and for values.
func both(name, doc string, keys *config.Def, make func(part) connect.Transformation) []connect.Plugin {
	return slices.Concat(
		one(name+"$Key", doc+" Works on the key of the record.", keys, func() connect.Transformation { return make(keyPart) }),
		one(name+"$Value", doc+" Works on the value of the record.", keys, func() connect.Transformation { return make(valuePart) }))
}

func one(name, doc string, keys *config.Def, make func() connect.Transformation) []connect.Plugin {
	return []connect.Plugin{{Kind: connect.KindTransformation, Class: classPrefix + name, Doc: doc, Config: keys, NewTransformation: make}}
}
