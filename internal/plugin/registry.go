// Package plugin finds plugins by the names that configurations use: full class names, their aliases, and Java's short names.
package plugin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
)

// Registry is the set of plugins of a process; it is immutable and may be used from any goroutine.
type Registry struct {
	version string
	plugins []connect.Plugin
	byName  map[connect.Kind]map[string]*connect.Plugin
}

// New returns a registry of the plugins. version stands for plugins that state none. Two plugins of one kind with the same class or
// alias are a mistake of the program that lists them, reported with both descriptions.
func New(version string, plugins ...connect.Plugin) (*Registry, error) {
	r := &Registry{version: version, plugins: slices.Clone(plugins), byName: map[connect.Kind]map[string]*connect.Plugin{}}
	order := map[connect.Kind]int{connect.KindSink: 0, connect.KindSource: 1, connect.KindConverter: 2, connect.KindHeaderConverter: 3,
		connect.KindTransformation: 4, connect.KindPredicate: 5, connect.KindConfigProvider: 6}
	slices.SortStableFunc(r.plugins, func(a, b connect.Plugin) int {
		return cmp.Or(cmp.Compare(order[a.Kind], order[b.Kind]), cmp.Compare(a.Class, b.Class))
	})
	for i := range r.plugins {
		p := &r.plugins[i]
		if p.Version == "" {
			p.Version = version
		}
		names := r.byName[p.Kind]
		if names == nil {
			names = map[string]*connect.Plugin{}
			r.byName[p.Kind] = names
		}
		for _, name := range append([]string{p.Class}, p.Aliases...) {
			if other := names[name]; other != nil {
				return nil, fmt.Errorf("plugin class %s is claimed by two %s plugins: %q and %q", name, p.Kind, other.Doc, p.Doc)
			}
			names[name] = p
		}
	}
	for kind := range r.byName {
		r.addShortNames(kind)
	}
	return r, nil
}

// addShortNames adds Java's aliases: the simple class name, and that name without the word of its kind. A short name that two classes
// claim belongs to neither, and nested classes ($Key, $Value) have none (org.apache.kafka.connect.runtime.isolation.PluginUtils). What Java
// Connect brings itself keeps its short names all the same: on a Java worker only plugins that somebody installed take them away.
func (r *Registry) addShortNames(kind connect.Kind) {
	names := r.byName[kind]
	claims := map[string][]*connect.Plugin{}
	for i := range r.plugins {
		p := &r.plugins[i]
		if p.Kind != kind {
			continue
		}
		simple := SimpleName(p.Class)
		pruned := prune(simple, kind)
		claims[simple] = append(claims[simple], p)
		if pruned != simple {
			claims[pruned] = append(claims[pruned], p)
		}
	}
	for name, ps := range claims {
		if len(ps) > 1 {
			ps = slices.DeleteFunc(ps, func(p *connect.Plugin) bool { return !strings.HasPrefix(p.Class, "org.apache.kafka.") })
		}
		if len(ps) == 1 && names[name] == nil {
			names[name] = ps[0]
		}
	}
}

// SimpleName returns what Java's Class.getSimpleName gives for a full class name.
func SimpleName(class string) string {
	if i := strings.LastIndexAny(class, ".$"); i >= 0 {
		return class[i+1:]
	}
	return class
}

func prune(simple string, kind connect.Kind) string {
	word := map[connect.Kind]string{connect.KindSink: "Connector", connect.KindSource: "Connector", connect.KindConverter: "Converter",
		connect.KindHeaderConverter: "HeaderConverter", connect.KindTransformation: "Transformation", connect.KindPredicate: "Predicate",
		connect.KindConfigProvider: "ConfigProvider"}[kind]
	if i := strings.LastIndex(simple, word); i > 0 {
		return simple[:i]
	}
	return simple
}

// Version returns the Kafka version whose behaviour is matched.
func (r *Registry) Version() string { return r.version }

// All returns the plugins of the kinds, all of them when none is named: sinks, sources, converters, header converters,
// transformations, predicates, config providers, each in the order of their classes. The slice must not be changed.
func (r *Registry) All(kinds ...connect.Kind) []connect.Plugin {
	if len(kinds) == 0 {
		return r.plugins
	}
	var out []connect.Plugin
	for _, p := range r.plugins {
		if slices.Contains(kinds, p.Kind) {
			out = append(out, p)
		}
	}
	return out
}

// Find returns the plugin of the kind that a class name, an alias or a short name stands for.
func (r *Registry) Find(kind connect.Kind, name string) (*connect.Plugin, bool) {
	p, ok := r.byName[kind][name]
	return p, ok
}

// Connector returns the source or sink connector that a connector.class stands for. The error is Java's text for an unknown class
// with, where a plugin's name is near, a hint.
func (r *Registry) Connector(name string) (*connect.Plugin, error) {
	for _, kind := range []connect.Kind{connect.KindSink, connect.KindSource} {
		if p, ok := r.Find(kind, name); ok {
			return p, nil
		}
	}
	return nil, r.unknownConnector(name)
}

// Any returns the plugin of any kind with the name, connectors first.
func (r *Registry) Any(name string) (*connect.Plugin, bool) {
	for _, kind := range []connect.Kind{connect.KindSink, connect.KindSource, connect.KindConverter, connect.KindHeaderConverter,
		connect.KindTransformation, connect.KindPredicate, connect.KindConfigProvider} {
		if p, ok := r.Find(kind, name); ok {
			return p, true
		}
	}
	return nil, false
}
