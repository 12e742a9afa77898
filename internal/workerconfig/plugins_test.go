package workerconfig

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/plugin"
)

const testVersion = "4.3.1"

func readGzip(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// apachePlugins declares the connectors, converters, transformations and predicates of the recorded worker, with the keys recorded from them.
func apachePlugins(t *testing.T) *Plugins {
	t.Helper()
	var recorded map[string][]recordedKey
	readGzip(t, "plugins.json.gz", &recorded)
	const base = "org.apache.kafka.connect."
	var all []connect.Plugin
	add := func(kind connect.Kind, declaredBy string, classes ...string) {
		keys, ok := recorded[base+declaredBy]
		if !ok && declaredBy != "" {
			t.Fatalf("no recorded keys of %s", declaredBy)
		}
		d := config.NewDef()
		for _, k := range keys {
			d.Define(declaredKey(t, k))
		}
		for _, class := range classes {
			all = append(all, connect.Plugin{Kind: kind, Class: base + class, Config: d})
		}
	}
	add(connect.KindSource, "file.FileStreamSourceConnector", "file.FileStreamSourceConnector")
	add(connect.KindSink, "file.FileStreamSinkConnector", "file.FileStreamSinkConnector")
	for _, kind := range []connect.Kind{connect.KindConverter, connect.KindHeaderConverter} {
		add(kind, "json.JsonConverter", "json.JsonConverter")
		add(kind, "storage.StringConverter", "storage.StringConverter")
		for _, name := range []string{"Boolean", "Double", "Float", "Integer", "Long", "Short"} {
			add(kind, "converters.IntegerConverter", "converters."+name+"Converter")
		}
		add(kind, "converters.ByteArrayConverter", "converters.ByteArrayConverter")
	}
	add(connect.KindHeaderConverter, "storage.SimpleHeaderConverter", "storage.SimpleHeaderConverter")
	for _, name := range []string{"DropHeaders", "Filter", "InsertHeader", "RegexRouter", "TimestampRouter", "ValueToKey"} {
		add(connect.KindTransformation, "transforms."+name, "transforms."+name)
	}
	for _, name := range []string{"Cast", "ExtractField", "Flatten", "HeaderFrom", "HoistField", "InsertField", "MaskField", "ReplaceField",
		"SetSchemaMetadata", "TimestampConverter"} {
		add(connect.KindTransformation, "transforms."+name, "transforms."+name+"$Key", "transforms."+name+"$Value")
	}
	for _, name := range []string{"HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"} {
		add(connect.KindPredicate, "transforms.predicates."+name, "transforms.predicates."+name)
	}
	registry, err := plugin.New(testVersion, all...)
	if err != nil {
		t.Fatal(err)
	}
	return NewPlugins(registry)
}

// declaredKey turns a recorded key back into a declaration; validators written in Java alone are left out.
func declaredKey(t *testing.T, r recordedKey) config.Key {
	k := config.Key{Name: r.Name, Order: r.Order, DisplayName: r.DisplayName}
	for k.Type = config.String; k.Type.String() != r.Type; k.Type++ {
		if k.Type > config.Password {
			t.Fatalf("%s: type %s", r.Name, r.Type)
		}
	}
	for k.Importance = config.Low; k.Importance.String() != r.Importance; k.Importance++ {
		if k.Importance > config.High {
			t.Fatalf("%s: importance %s", r.Name, r.Importance)
		}
	}
	for k.Width.String() != r.Width {
		k.Width++
	}
	if r.Group != nil {
		k.Group = *r.Group
	}
	switch v := r.Default.(type) {
	case float64:
		k.Default = int(v)
	case string:
		k.Default = v
		if v == "<required>" {
			k.Default = config.NoDefault
		} else if k.Type == config.List {
			k.Default = strings.Trim(v, "[]")
		}
	default:
		k.Default = v
	}
	if r.Validator != nil {
		k.Validator = declaredValidator(k.Type, *r.Validator)
	}
	return k
}

var (
	insensitive = regexp.MustCompile(`^\(case insensitive\) \[(.*)\]$`)
	oneOf       = regexp.MustCompile(`^\[([^.]*)\]$`)
)

func declaredValidator(t config.Type, text string) config.Validator {
	switch {
	case text == "" && t == config.List:
		return config.AnyNonDuplicateValues(true, false)
	case text == "non-empty string":
		return config.NonEmptyString()
	case text == "valid regex":
		return config.ValidRegex()
	case text == "non-empty string, valid regex":
		return config.Composite(config.NonEmptyString(), config.ValidRegex())
	}
	if m := insensitive.FindStringSubmatch(text); m != nil {
		return config.CaseInsensitiveValidString(strings.Split(m[1], ", ")...)
	}
	if m := oneOf.FindStringSubmatch(text); m != nil && t == config.String {
		return config.ValidString(strings.Split(m[1], ", ")...)
	}
	return nil
}
