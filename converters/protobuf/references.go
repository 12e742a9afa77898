package protobuf

import (
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
)

const (
	lookupOnlyKey = "reference.lookup.only"
	skipKnownKey  = "skip.known.types"
	referenceKey  = "reference.subject.name.strategy"
	indexesKey    = "use.message.indexes"

	defaultReferences   = "io.confluent.kafka.serializers.subject.DefaultReferenceSubjectNameStrategy"
	qualifiedReferences = "io.confluent.kafka.serializers.subject.QualifiedReferenceSubjectNameStrategy"
)

// imports says what becomes of the imports of a schema that is written.
type imports struct {
	lookupOnly, skipKnown, qualified bool
}

func importsOf(v *config.Values) imports {
	return imports{v.Bool(lookupOnlyKey), v.Bool(skipKnownKey), v.Class(referenceKey) == qualifiedReferences}
}

// subject names the subject of an import.
func (i imports) subject(name string) string {
	if !i.qualified {
		return name
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, ".proto"), "/", ".")
}

// references registers the imports of a schema, or looks them up, each after those it imports itself, and returns them as references.
func (c *Converter) references(topic string, f *File) ([]registry.Reference, error) {
	return c.referencesOf(topic, f, map[string]registry.Reference{})
}

func (c *Converter) referencesOf(topic string, f *File, done map[string]registry.Reference) ([]registry.Reference, error) {
	var out []registry.Reference
	for _, i := range f.Imports {
		if c.imports.skipKnown && isKnown(i.Name) {
			continue
		}
		r, ok := done[i.Name]
		if !ok {
			inner, err := c.referencesOf(topic, i, done)
			if err != nil {
				return nil, err
			}
			version, err := c.referenceVersion(i, inner)
			if err != nil {
				return nil, err
			}
			r = registry.Reference{Name: i.Name, Subject: c.imports.subject(i.Name), Version: version}
			done[i.Name] = r
		}
		out = append(out, r)
	}
	return out, nil
}

func (c *Converter) referenceVersion(f *File, references []registry.Reference) (int32, error) {
	s := &registry.Schema{Subject: c.imports.subject(f.Name), Type: protobufType, Text: protofile.Print(f.Proto), References: references}
	switch {
	case c.settings.AutoRegister && !c.imports.lookupOnly:
		if _, err := c.client.Register(s, c.settings.Normalize); err != nil {
			return 0, err
		}
	case c.settings.UseLatest && !c.imports.lookupOnly:
		found, err := c.client.Latest(s.Subject)
		if err != nil {
			return 0, err
		}
		if _, err := c.compatible(found, &Schema{File: f}, c.settings.LatestStrict, "latest.compatibility.strict"); err != nil {
			return 0, err
		}
		return found.Version, nil
	}
	found, err := c.client.Lookup(s, c.settings.Normalize, false)
	if err != nil {
		return 0, err
	}
	return found.Version, nil
}
