// Package full is the list of the standard build and of the plugins beside it: transformations of other vendors and the Avro converter. A main
// program with this list serves them all; see examples/.
package full

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/converters/avro"
	"github.com/moldau/moldau/plugins/standard"
	"github.com/moldau/moldau/transforms/debezium"
	"github.com/moldau/moldau/transforms/jcustenborder"
)

// Plugins returns the plugins of the full build.
func Plugins() []connect.Plugin {
	return slices.Concat(standard.Plugins(), avro.Plugins(), debezium.Plugins(), jcustenborder.Plugins())
}
