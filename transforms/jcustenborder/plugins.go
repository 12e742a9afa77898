package jcustenborder

import (
	"slices"

	"github.com/moldau/moldau/connect"
)

const classPrefix = "com.github.jcustenborder.kafka.connect.transform.common."

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin {
	return slices.Concat(bytesToStringPlugins(), changeCasePlugins(), changeTopicCasePlugins(), extractNestedFieldPlugins(), extractTimestampPlugins(),
		patternRenamePlugins(), toJSONPlugins())
}
