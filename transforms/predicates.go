package transforms

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"strings"
)

func predicate(name, doc string, keys *config.Def, make func() connect.Predicate) []connect.Plugin {
	return []connect.Plugin{{Kind: connect.KindPredicate, Class: classPrefix + "predicates." + name, Doc: doc, Config: keys, NewPredicate: make}}
}

// hasHeaderKey holds for records with a header of the name (HasHeaderKey).
type hasHeaderKey struct{ name string }

var hasHeaderKeyKeys = config.NewDef(
	config.Key{Name: "name", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.Medium,
		Doc: "Name of the header."},
)

func hasHeaderKeyPlugins() []connect.Plugin {
	return predicate("HasHeaderKey", "Holds for records with at least one header of the name.", hasHeaderKeyKeys,
		func() connect.Predicate { return new(hasHeaderKey) })
}

func (p *hasHeaderKey) Configure(props map[string]string) error {
	values, err := hasHeaderKeyKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	p.name = values.String("name")
	return nil
}

func (p *hasHeaderKey) Test(r *connect.Record) (bool, error) {
	_, ok := r.Headers.Last(p.name)
	return ok, nil
}

func (p *hasHeaderKey) Close() error { return nil }

// FieldBlind says that the answer is the same while fields of key and value change, see package fuse.
func (p *hasHeaderKey) FieldBlind() {}

// recordIsTombstone holds for records without value (RecordIsTombstone).
type recordIsTombstone struct{}

func recordIsTombstonePlugins() []connect.Plugin {
	return predicate("RecordIsTombstone", "Holds for records whose value is null.", config.NewDef(),
		func() connect.Predicate { return recordIsTombstone{} })
}

func (recordIsTombstone) Configure(map[string]string) error    { return nil }
func (recordIsTombstone) Test(r *connect.Record) (bool, error) { return r.Value().IsNull(), nil }
func (recordIsTombstone) Close() error                         { return nil }
func (recordIsTombstone) FieldBlind()                          {}

// topicNameMatches holds for records of topics that match a regular expression (TopicNameMatches).
type topicNameMatches struct {
	regex *javafmt.Regex
	// The topic seen last and the answer for it.
	last    string
	matches bool
}

var topicNameMatchesKeys = config.NewDef(
	config.Key{Name: "pattern", Type: config.String, Default: config.NoDefault, Validator: config.Composite(config.NonEmptyString(), config.ValidRegex()),
		Importance: config.Medium, Doc: "Java regular expression that the whole name of the topic must match."},
)

func topicNameMatchesPlugins() []connect.Plugin {
	return predicate("TopicNameMatches", "Holds for records whose topic matches a regular expression.", topicNameMatchesKeys,
		func() connect.Predicate { return new(topicNameMatches) })
}

func (p *topicNameMatches) Configure(props map[string]string) error {
	values, err := topicNameMatchesKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	p.regex, err = javafmt.Compile(values.String("pattern"), 0)
	return err
}

func (p *topicNameMatches) Test(r *connect.Record) (bool, error) {
	if r.Topic == "" {
		if _, _, ok := r.SinkOrigin(); !ok {
			return false, nil // the source leaves the topic to a transformation: null in Java
		}
	}
	if r.Topic != p.last || r.Topic == "" {
		matches, err := p.regex.Matches(r.Topic)
		if err != nil {
			return false, err
		}
		p.last, p.matches = strings.Clone(r.Topic), matches // its memory may be a record's, which is used again
	}
	return p.matches, nil
}

func (p *topicNameMatches) Close() error { return nil }

func (p *topicNameMatches) FieldBlind() {}
