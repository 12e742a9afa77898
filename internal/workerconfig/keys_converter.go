package workerconfig

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// pluginKeys are the parts of a connector's declaration that depend on the plugins there are and on the worker; the zero value is the
// declaration as ConnectorConfig has it by itself.
type pluginKeys struct {
	// plugins are those that converters are chosen from, connectors those that the connector's version is chosen from.
	plugins, connectors *Plugins
	connectorVersion    any
	converters          map[string]converterDefaults
}

// converterDefaults are the class and version of a converter that a connector gets by not naming one.
type converterDefaults struct{ class, version any }

// converterKeys are the keys of a connector's converters, each with its version.
func converterKeys(p pluginKeys) []config.Key {
	var keys []config.Key
	order := 6
	for _, c := range []struct {
		name, what string
		kind       connect.Kind
	}{
		{"key.converter", "key", connect.KindConverter},
		{"value.converter", "value", connect.KindConverter},
		{"header.converter", "header", connect.KindHeaderConverter},
	} {
		defaults := p.converters[c.name]
		title := strings.ToUpper(c.what[:1]) + c.what[1:]
		keys = append(keys,
			config.Key{Name: c.name, Type: config.Class, Default: defaults.class, Validator: concreteClass{p.plugins, c.kind},
				Doc:   "Class that turns the record's " + c.what + "s into bytes and back; absent takes the worker's with the worker's options. Options are the keys below " + c.name + ".",
				Group: "Common", Order: order, Width: config.WidthShort, DisplayName: title + " converter class", Recommender: classRecommender{p.plugins, c.kind}},
			config.Key{Name: c.name + ".plugin.version", Default: defaults.version, Validator: versionRange{},
				Doc:   "Version of the " + c.what + " converter, a version or a range such as [1.0,2.0); absent takes the newest.",
				Group: "Common", Order: order + 1, Width: config.WidthShort, DisplayName: title + " converter version",
				Recommender: versionRecommender{p.plugins, c.kind, c.name}},
		)
		order += 2
	}
	return keys
}
