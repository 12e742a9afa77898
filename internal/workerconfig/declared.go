package workerconfig

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// DeclaredDef returns the declaration of a connector's configuration as EnrichedDef does, without what depends on the worker: it tells which keys
// there are and of what types.
func (p *Plugins) DeclaredDef(kind connect.Kind, props config.Props) *config.Def {
	d := kindDef(kind, pluginKeys{})
	// Without full no error can be returned but that of aliases that cannot be read, which validation reports.
	_ = p.enrich(d, props, false)
	return d
}
