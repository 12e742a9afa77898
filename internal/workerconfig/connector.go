package workerconfig

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// ConnectorDef returns the declaration of the keys of every connector, without what depends on plugins and worker.
func ConnectorDef() *config.Def { return connectorDef(pluginKeys{}) }

// SourceDef returns the declaration of the keys of every source connector, without what depends on plugins and worker.
func SourceDef() *config.Def { return kindDef(connect.KindSource, pluginKeys{}) }

// SinkDef returns the declaration of the keys of every sink connector, without what depends on plugins and worker.
func SinkDef() *config.Def { return kindDef(connect.KindSink, pluginKeys{}) }

func connectorDef(p pluginKeys) *config.Def {
	return config.NewDef(slices.Concat(connectorKeys(p), converterKeys(p), connectorChainKeys())...)
}

func kindDef(kind connect.Kind, p pluginKeys) *config.Def {
	d := connectorDef(p)
	further := [][]config.Key{sourceKeys(), errorKeys(), sourceErrorKeys(), budgetKeys()}
	if kind == connect.KindSink {
		further = [][]config.Key{sinkKeys(), errorKeys(), sinkErrorKeys(), budgetKeys()}
	}
	for _, keys := range further {
		for _, k := range keys {
			d.Define(k)
		}
	}
	return d
}

// EnrichedDef returns the declaration of a connector's configuration as validation uses it: the common keys with the worker's converters as
// defaults, the proposals of plugins, and the keys of every transformation and predicate that props name. What is wrong with a transformation is
// left to the validators of its type; its own keys are missing then. kind is KindSource or KindSink; worker are the values of the worker's
// configuration.
func (p *Plugins) EnrichedDef(kind connect.Kind, props config.Props, worker *config.Values) *config.Def {
	d := kindDef(kind, p.keys(kind, props, worker)).For(props)
	// Without full no error can be returned.
	_ = p.enrich(d, props, false)
	return d
}

// ParseConnector reads a connector's configuration for running it. Unlike validation it stops at the first problem, transformations included.
func (p *Plugins) ParseConnector(kind connect.Kind, props config.Props, worker *config.Values) (*config.Values, error) {
	d := kindDef(kind, p.keys(kind, props, worker)).For(props)
	if err := p.enrich(d, props, true); err != nil {
		return nil, err
	}
	return d.Parse(props, p.Option())
}

// keys returns the defaults of a connector's plugins.
func (p *Plugins) keys(kind connect.Kind, props config.Props, worker *config.Values) pluginKeys {
	keys := pluginKeys{plugins: p, connectors: p, converters: map[string]converterDefaults{}}
	if one, ok := p.registry.Find(kind, props.Text("connector.class")); ok {
		keys.connectorVersion = one.Version
	}
	for _, name := range converterNames {
		kind := connect.KindConverter
		if name == "header.converter" {
			kind = connect.KindHeaderConverter
		}
		keys.converters[name] = p.converterDefaults(name, kind, props, worker)
	}
	return keys
}

// converterDefaults gives the worker's class, and as version that of the class in effect: of the connector's where it names one, else what the
// worker asks for.
func (p *Plugins) converterDefaults(name string, kind connect.Kind, props config.Props, worker *config.Values) converterDefaults {
	var d converterDefaults
	own := worker.Class(name)
	if own != "" {
		d.class = config.ClassName(own)
	}
	if props.Has(name) {
		own = props.Text(name)
	} else if version := worker.String(name + ".plugin.version"); version != "" {
		d.version = version
		return d
	}
	if one, ok := p.registry.Find(kind, own); ok {
		d.version = one.Version
	}
	return d
}
