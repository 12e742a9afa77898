package workerconfig

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/plugin"
)

// Plugins answers what validation has to know about classes: which names exist, which plugin a class is, and in what versions. It is immutable
// and may be used from any goroutine.
type Plugins struct {
	registry *plugin.Registry
	// nested are classes such as ...transforms.Cast, of which only the classes within them, Cast$Key and Cast$Value, can be used.
	nested map[string][]connect.Plugin
}

// NewPlugins returns the Plugins of a registry.
func NewPlugins(registry *plugin.Registry) *Plugins {
	p := &Plugins{registry: registry, nested: map[string][]connect.Plugin{}}
	for _, one := range registry.All() {
		if outer, _, ok := strings.Cut(one.Class, "$"); ok {
			p.nested[outer] = append(p.nested[outer], one)
		}
	}
	return p
}

// contract is how Java names what a plugin implements.
type contract struct{ class, simple, word string }

var contracts = map[connect.Kind]contract{
	connect.KindConverter:       {"org.apache.kafka.connect.storage.Converter", "Converter", "implement"},
	connect.KindHeaderConverter: {"org.apache.kafka.connect.storage.HeaderConverter", "HeaderConverter", "implement"},
	connect.KindTransformation:  {"org.apache.kafka.connect.transforms.Transformation", "Transformation", "implement"},
	connect.KindPredicate:       {"org.apache.kafka.connect.transforms.predicates.Predicate", "Predicate", "implement"},
}

// otherClasses exist in every Java worker and are sometimes written by mistake; the answer then says that they are no plugins rather than that
// they are missing.
var otherClasses = []string{"java.lang.Object", "java.lang.String", "java.lang.Integer", "java.lang.Long", "java.lang.Boolean",
	"java.util.ArrayList", "java.util.List", "java.util.Map", "java.util.HashMap"}

// Resolve is a config.ClassResolver: it knows plugins by class and alias, the classes around nested plugins and the contracts themselves.
func (p *Plugins) Resolve(name string) (config.ClassName, bool) {
	if one, ok := p.registry.Any(name); ok {
		return config.ClassName(one.Class), true
	}
	for _, c := range contracts {
		if c.class == name {
			return config.ClassName(name), true
		}
	}
	return config.ClassName(name), p.nested[name] != nil || slices.Contains(otherClasses, name)
}

// Option makes Parse and Validate resolve classes by p.
func (p *Plugins) Option() config.Option { return config.WithClasses(p.Resolve) }

// Find returns the plugin of a kind that a name stands for.
func (p *Plugins) Find(kind connect.Kind, name string) (*connect.Plugin, bool) {
	return p.registry.Find(kind, name)
}

// EnsureConcrete returns nil where the class is a usable plugin of the kind, else an error in the words of Utils.ensureConcreteSubclass.
func (p *Plugins) EnsureConcrete(kind connect.Kind, class config.ClassName) error {
	if _, ok := p.registry.Find(kind, string(class)); ok {
		return nil
	}
	c := contracts[kind]
	var inner []string
	for _, one := range p.nested[string(class)] {
		if one.Kind == kind {
			inner = append(inner, one.Class)
		}
	}
	switch {
	case len(inner) > 0:
		return config.Failed("This class is abstract and cannot be created. Did you mean " + strings.Join(inner, ", ") + "?")
	case string(class) == c.class:
		return config.Failed("This class is abstract and cannot be created.")
	}
	return config.Failed("Class " + class.String() + " does not " + c.word + " the " + c.simple + " interface")
}

// versions returns the versions of a class, once per kind it is a plugin of.
func (p *Plugins) versions(class string) []string {
	var all []string
	for _, one := range p.registry.All() {
		if one.Class == class {
			all = append(all, one.Version)
		}
	}
	return all
}

// CheckVersion returns an error where no version of the class matches the version or range given; an empty or nil request matches all. The
// text is that of VersionedPluginLoadingException.
func (p *Plugins) CheckVersion(class string, version *string) error {
	if version == nil || *version == "latest" {
		return nil
	}
	r, err := ParseVersionRange(*version)
	if err != nil {
		return err
	}
	all := p.versions(class)
	if slices.ContainsFunc(all, r.Contains) {
		return nil
	}
	return config.Failed("Plugin " + class + " not found that matches the version range " + r.String() + ", available versions: " + config.Text(all))
}

// concreteClass accepts null and classes of usable plugins of the kind.
type concreteClass struct {
	plugins *Plugins
	kind    connect.Kind
}

func (v concreteClass) EnsureValid(_ string, value any) error {
	class, ok := value.(config.ClassName)
	if !ok || v.plugins == nil {
		return nil
	}
	return v.plugins.EnsureConcrete(v.kind, class)
}

func (v concreteClass) String() string {
	return "A concrete subclass of " + contracts[v.kind].class + ", A class with a public, no-argument constructor"
}

// classRecommender proposes all plugins of a kind.
type classRecommender struct {
	plugins *Plugins
	kind    connect.Kind
}

func (r classRecommender) ValidValues(string, map[string]any) ([]any, error) {
	if r.plugins == nil {
		return nil, nil
	}
	var classes []any
	for _, one := range r.plugins.registry.All(r.kind) {
		classes = append(classes, config.ClassName(one.Class))
	}
	return classes, nil
}

func (r classRecommender) Visible(string, map[string]any) (bool, error) { return true, nil }

// versionRecommender proposes the versions of the plugin that another key names.
type versionRecommender struct {
	plugins *Plugins
	kind    connect.Kind
	key     string
}

func (r versionRecommender) ValidValues(_ string, parsed map[string]any) ([]any, error) {
	if r.plugins == nil {
		return nil, nil
	}
	kinds := []connect.Kind{r.kind}
	if r.kind == connect.KindSource {
		kinds = append(kinds, connect.KindSink)
	}
	for _, kind := range kinds {
		if one, ok := r.plugins.registry.Find(kind, className(parsed[r.key])); ok {
			return []any{one.Version}, nil
		}
	}
	return nil, nil
}

func (r versionRecommender) Visible(_ string, parsed map[string]any) (bool, error) {
	return parsed[r.key] != nil, nil
}

// chainedVersions is a versionRecommender for transformations and predicates, whose versions forms always show.
type chainedVersions struct{ versionRecommender }

func (chainedVersions) Visible(string, map[string]any) (bool, error) { return true, nil }

// className returns the name in a parsed value of type CLASS or STRING.
func className(value any) string {
	switch v := value.(type) {
	case config.ClassName:
		return string(v)
	case string:
		return v
	}
	return ""
}
