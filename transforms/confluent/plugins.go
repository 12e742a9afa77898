package confluent

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

const classPrefix = "io.confluent.connect.transforms."

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin {
	return slices.Concat(dropPlugins(), extractTopicPlugins(), filterPlugins(), messageTimestampRouterPlugins(), tombstoneHandlerPlugins())
}

// isText reports whether a value is text, or a number or boolean that has a text everybody expects.
func isText(v data.Value) bool {
	return v.Kind() >= data.BoolKind && v.Kind() <= data.StringKind
}
