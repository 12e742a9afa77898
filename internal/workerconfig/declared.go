package workerconfig

import (
	"slices"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// DeclaredDef returns the declaration of a connector's configuration as EnrichedDef does, without what depends on the worker: it tells which keys
// there are and of what types. It may be shared: nothing is to be added to it.
func (p *Plugins) DeclaredDef(kind connect.Kind, props config.Props) *config.Def {
	d := declaredSource()
	if kind == connect.KindSink {
		d = declaredSink()
	}
	if !slices.ContainsFunc(chains, func(c chain) bool { return props.Has(c.list) }) {
		return d
	}
	d = d.Clone()
	// Without full no error can be returned but that of aliases that cannot be read, which validation reports.
	_ = p.enrich(d, props, false)
	return d
}

// declaredSource and declaredSink are shared by all connectors, which a worker asks for again with each start of a task.
var declaredSource, declaredSink = sync.OnceValue(SourceDef), sync.OnceValue(SinkDef)
