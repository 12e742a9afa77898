package workerconfig

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// elsewhere are recorded answers that depend on a transformation's own validator; test/rest replays them whole.
var elsewhere = map[string]bool{"transforms/8": true, "transforms/9": true, "transforms/14": true}

func TestValidationAgreesWithJava(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Cases []struct {
			ID    string
			Props config.Props
			Infos any
		}
		Defs map[string]any
	}
	readGzip(t, "validate.json.gz", &recorded)
	if len(recorded.Cases) < 50 {
		t.Fatalf("%d recorded answers only", len(recorded.Cases))
	}
	p := apachePlugins(t)
	worker, err := p.ParseStandalone(config.PropsOf(map[string]string{
		"bootstrap.servers": "127.0.0.1:9092", "offset.storage.file.filename": "o",
		"key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "JsonConverter",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range recorded.Cases {
		if elsewhere[c.ID] {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			want := expand(c.Infos, recorded.Defs)
			got := tree(t, answer(p, c.Props, worker))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v\n-Java +Go:\n%s", c.Props.Strings(), diff)
			}
		})
	}
}

// answer puts the parts together as a herder does.
func answer(p *Plugins, props config.Props, worker *config.Values) *config.Infos {
	class := props.Text("connector.class")
	kind := connect.KindSource
	one, ok := p.Find(kind, class)
	if !ok {
		kind = connect.KindSink
		one, _ = p.Find(kind, class)
	}
	if infos := p.VersionInfos(one, props); infos != nil {
		return infos
	}
	d, checked := p.CheckConnector(kind, props, worker)
	values := append(checked.Values(), one.Config.Validate(props)...)
	d = d.Override(one.Config)
	var converters []*config.Infos
	for _, key := range converterNames {
		converters = append(converters, p.ConverterInfos(key, props, checked))
	}
	infos := d.Infos(class, values, d.Groups())
	infos.Merge(converters...)
	return infos
}

// expand replaces references and placeholders of a recorded answer and drops the documentation, which is our own.
func expand(v any, defs map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return expand(defs[ref], defs)
		}
		object := map[string]any{}
		for k, e := range v {
			if k != "documentation" {
				object[k] = expand(e, defs)
			}
		}
		return object
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, expand(e, defs))
		}
		return list
	case string:
		return strings.NewReplacer("${VERSION}", testVersion, "${$}", "$").Replace(v)
	}
	return v
}

func tree(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return expand(out, nil)
}

func TestPluginKeysBeginWithThePluginsOwn(t *testing.T) {
	t.Parallel()
	p := apachePlugins(t)
	names := func(kind connect.Kind, name string) []string {
		one, ok := p.Find(kind, name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		var names []string
		for _, k := range PluginKeys(one) {
			names = append(names, k.Name)
		}
		return names
	}
	source := names(connect.KindSource, "FileStreamSource")
	if diff := cmp.Diff([]string{"file", "topic", "batch.size", "name"}, source[:4]); diff != "" || len(source) != 3+24 {
		t.Errorf("%d keys, %s", len(source), diff)
	}
	if diff := cmp.Diff([]string{"regex", "replacement"}, names(connect.KindTransformation, "RegexRouter")); diff != "" {
		t.Error(diff)
	}
	if got := names(connect.KindHeaderConverter, "SimpleHeaderConverter"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
