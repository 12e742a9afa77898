package workerconfig

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// converterNames are the keys that name a connector's converters.
var converterNames = []string{"key.converter", "value.converter", "header.converter"}

// converterTypes are the values of converter.type, which a converter gets besides its own keys.
var converterTypes = map[string]string{"key.converter": "key", "value.converter": "value", "header.converter": "header"}

// CheckConnector validates what every connector of a kind has: the common keys, those of its transformations and predicates, the versions of its
// converters and, for a sink, its topics. It returns the declaration it used, which the connector's own keys Override, and the outcomes. worker
// are the values of the worker's configuration.
func (p *Plugins) CheckConnector(kind connect.Kind, props config.Props, worker *config.Values) (*config.Def, *config.Checked) {
	d := p.EnrichedDef(kind, props, worker)
	checked := d.ValidateAll(props, p.Option())
	if kind == connect.KindSink {
		CheckSink(props, checked)
	}
	p.CheckVersions(props, checked)
	checked.AddNullErrors(props)
	return d, checked
}

// VersionInfos is the whole answer to a validation where the connector does not exist in the version asked for, nil where it does: only the keys
// of every connector are looked at then, and class and version both say what is wrong (AbstractHerder.validateConnectorConfig).
func (p *Plugins) VersionInfos(one *connect.Plugin, props config.Props) *config.Infos {
	const classKey, versionKey = "connector.class", "connector.plugin.version"
	problem := p.CheckVersion(one.Class, props[versionKey])
	if problem == nil {
		return nil
	}
	d := connectorDef(pluginKeys{connectors: p, connectorVersion: one.Version})
	checked := d.ValidateAll(props, p.Option())
	for _, key := range []string{classKey, versionKey} {
		checked.Value(key).AddError(problem.Error())
	}
	return d.Infos(props.Text(classKey), checked.Values(), d.Groups())
}

// ConverterInfos checks the options of a converter that a connector names itself: key is key.converter, value.converter or header.converter. It
// returns nil where the connector uses the worker's, where the class or its version already has a message in checked, and where the converter
// declares no keys.
func (p *Plugins) ConverterInfos(key string, props config.Props, checked *config.Checked) *config.Infos {
	class, ok := props.Get(key)
	value, version := checked.Lookup(key), checked.Lookup(key+".plugin.version")
	if !ok || value == nil || len(value.Errors) > 0 || version != nil && len(version.Errors) > 0 {
		return nil
	}
	kind := connect.KindConverter
	if key == "header.converter" {
		kind = connect.KindHeaderConverter
	}
	one, ok := p.registry.Find(kind, class)
	if !ok || one.Config == nil {
		return nil
	}
	own := props.WithPrefix(key + ".")
	if !own.Has("converter.type") {
		own.Set("converter.type", converterTypes[key])
	}
	return one.Config.PrefixedInfos(key+".", one.Config.Validate(own, p.Option()))
}

// CheckVersions adds to a validation the versions asked for that do not exist, each at the class and at the version, for the connector's
// converters (VersionedPluginLoadingException).
func (p *Plugins) CheckVersions(props config.Props, checked *config.Checked) {
	for _, key := range converterNames {
		class, _ := checked.Value(key).Value.(config.ClassName)
		if class == "" || props[key+".plugin.version"] == nil || len(p.versions(string(class))) == 0 {
			continue
		}
		if err := p.CheckVersion(string(class), props[key+".plugin.version"]); err != nil {
			checked.Value(key).AddError(err.Error())
			checked.Value(key + ".plugin.version").AddError(err.Error())
		}
	}
}

// PluginKeys returns the declarations that GET /connector-plugins/{class}/config shows: a plugin's own keys, and for connectors the common ones
// that it does not declare itself.
func PluginKeys(one *connect.Plugin) []*config.KeyInfo {
	keys := []*config.KeyInfo{}
	own := one.Config
	if own == nil {
		own = config.NewDef()
	}
	own = own.For(nil)
	keys = append(keys, own.KeyInfos()...)
	var common *config.Def
	switch one.Kind {
	case connect.KindSource, connect.KindSink:
		common = kindDef(one.Kind, pluginKeys{connectorVersion: one.Version}).For(nil)
	default:
		return keys
	}
	for _, k := range common.Keys() {
		if own.Lookup(k.Name) == nil {
			keys = append(keys, k.Info(""))
		}
	}
	return keys
}
