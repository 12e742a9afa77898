// Package secrets knows which parts of a configuration are secret: values of keys that are declared as passwords, values of keys with names such
// as ...password, passwords within URLs, HTTP headers and JAAS configurations. Logs and answers hide them (invariant I5).
package secrets

import (
	"regexp"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// Finder finds the secrets of configurations. It may be used from any goroutine.
type Finder struct {
	plugins  *workerconfig.Plugins
	registry *plugin.Registry
	clients  map[kafka.Client]*config.Def
}

// NewFinder returns a Finder that knows the declarations of the plugins and of the Kafka clients.
func NewFinder(plugins *workerconfig.Plugins, registry *plugin.Registry) *Finder {
	f := &Finder{plugins: plugins, registry: registry, clients: map[kafka.Client]*config.Def{}}
	for _, c := range []kafka.Client{kafka.Producer, kafka.Consumer, kafka.AdminClient} {
		f.clients[c] = kafka.Definition(c)
	}
	return f
}

// Connector returns the secrets of the configuration of a connector or of one of its tasks, placeholders resolved.
func (f *Finder) Connector(props config.Props) []string { return texts(props, f.connectorTypes(props)) }

// Worker returns the secrets of the properties of a worker, whether placeholders are resolved or not.
func (f *Finder) Worker(props config.Props) []string { return texts(props, f.workerTypes(props)) }

// number matches what is hardly a secret: ports, counts, sizes.
var number = regexp.MustCompile(`^[0-9]{1,6}$`)

// Resolved returns which of the values that config providers gave are to be treated as secrets: all but the words and numbers that are in every
// second line of a log.
func Resolved(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		switch strings.ToLower(v) {
		case "true", "false", "none", "null", "http", "https":
			return true
		}
		return number.MatchString(v)
	})
}

func texts(props config.Props, types declarations) []string {
	var all []string
	for _, key := range props.Keys() {
		text, _ := props.Get(key)
		for _, s := range partsOf(key, text, holdsSecret(key, types)) {
			if part := text[s.from:s.to]; !workerconfig.IsPlaceholder(part) {
				all = append(all, part)
			}
		}
	}
	return all
}

// holdsSecret reports whether the value of a key is a secret as a whole. Numbers, switches and classes are none, whatever their name.
func holdsSecret(key string, types declarations) bool {
	switch declared, ok := types.typeOf(key); {
	case ok && declared == config.Password:
		return true
	case ok && declared != config.String && declared != config.List:
		return false
	}
	if strings.HasSuffix(strings.ToLower(key), "jaas.config") {
		return true
	}
	return sensitiveName.MatchString(key) && !plainName.MatchString(key)
}

// connectorTypes returns what declares the keys of a connector's configuration.
func (f *Finder) connectorTypes(props config.Props) declarations {
	var types declarations
	kind := connect.KindSource
	if p, err := f.registry.Connector(props.Text("connector.class")); err == nil {
		kind = p.Kind
		types.add("", p.Config)
	}
	types.add("", f.plugins.DeclaredDef(kind, props))
	f.addConverters(&types, "", props)
	for client, d := range f.clients {
		types.add(kafka.OverridePrefix(client), d)
	}
	return types
}

// workerTypes returns what declares the keys of a worker's properties.
func (f *Finder) workerTypes(props config.Props) declarations {
	var types declarations
	types.add("", workerconfig.DistributedDef())
	types.add("", workerconfig.StandaloneDef())
	for client, d := range f.clients {
		types.add("", d)
		types.add(client.String()+".", d)
	}
	for _, prefix := range []string{"listeners.https.", "admin.listeners.https."} {
		types.add(prefix, f.clients[kafka.Producer])
	}
	f.addConverters(&types, "", props)
	return types
}

func (f *Finder) addConverters(types *declarations, prefix string, props config.Props) {
	for key, kind := range map[string]connect.Kind{"key.converter": connect.KindConverter, "value.converter": connect.KindConverter,
		"header.converter": connect.KindHeaderConverter} {
		if p, ok := f.plugins.Find(kind, strings.TrimSpace(props.Text(prefix+key))); ok {
			types.add(prefix+key+".", p.Config)
		}
	}
}

// declarations are those of which each holds for the keys behind its prefix. A configuration has few of the hundreds of keys that they declare.
type declarations []declaration

type declaration struct {
	prefix string
	def    *config.Def
}

func (d *declarations) add(prefix string, def *config.Def) {
	if def != nil {
		*d = append(*d, declaration{prefix, def})
	}
}

// typeOf returns the declared type of a key; where two declare it, one that calls it a password wins, else the last.
func (d declarations) typeOf(key string) (found config.Type, ok bool) {
	for _, one := range d {
		name, behind := strings.CutPrefix(key, one.prefix)
		if !behind {
			continue
		}
		if k := one.def.Lookup(name); k != nil && found != config.Password {
			found, ok = k.Type, true
		}
	}
	return found, ok
}

// Mask returns the configuration with [hidden] in place of every secret that is written out in it. Placeholders stay: they are how a
// configuration keeps its secrets elsewhere.
func (f *Finder) Mask(props config.Props) config.Props { return mask(props, f.connectorTypes(props)) }

// MaskWorker returns the properties of a worker as Mask does.
func (f *Finder) MaskWorker(props config.Props) config.Props {
	return mask(props, f.workerTypes(props))
}

// MaskTask returns the configuration of a task as Mask does. Tasks need not have the keys that say what is declared, such as connector.class, so
// that what the connector's configuration declares counts for its tasks too.
func (f *Finder) MaskTask(task, connector config.Props) config.Props {
	return mask(task, append(f.connectorTypes(task), f.connectorTypes(connector)...))
}

func mask(props config.Props, types declarations) config.Props {
	masked := props.Clone()
	for key, text := range masked {
		if text != nil {
			*text = maskText(key, *text, holdsSecret(key, types))
		}
	}
	return masked
}

func maskText(key, text string, whole bool) string {
	spans := partsOf(key, text, whole)
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, s := range spans {
		if s.to <= at || workerconfig.IsPlaceholder(text[max(s.from, at):s.to]) {
			continue
		}
		if s.from > at {
			b.WriteString(text[at:s.from])
		}
		b.WriteString(config.Hidden)
		at = s.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// Unmask returns a configuration that a client gives with the secrets that Mask hid from it: a value that is what Mask made of the stored one
// becomes the stored one again. A value that has a mask in it otherwise is refused, since nobody knows what it stands for.
func (f *Finder) Unmask(given, stored config.Props) (config.Props, error) {
	var masked config.Props
	out := given.Clone()
	for _, key := range given.Keys() {
		text, _ := given.Get(key)
		if !strings.Contains(text, config.Hidden) {
			continue
		}
		if masked == nil {
			masked = f.Mask(stored)
		}
		before, ok := stored.Get(key)
		if !ok || masked.Text(key) != text {
			return nil, herder.BadRequest("The value of %s holds %s, which this worker shows in place of a secret (moldau.rest.mask.secrets=true). "+
				"Send the value as it was shown to keep the stored secret, or write the secret itself", key, config.Hidden)
		}
		out.Set(key, before)
	}
	return out, nil
}
