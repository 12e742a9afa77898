// Package full is the list of the standard build and of plugins that bring large libraries with them: database drivers.
package full

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/plugins/standard"
)

// Plugins returns the plugins of the full build.
func Plugins() []connect.Plugin {
	return slices.Concat(standard.Plugins(), jdbc.Plugins())
}
