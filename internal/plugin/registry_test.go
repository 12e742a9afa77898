package plugin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
)

const apache = "org.apache.kafka.connect."

func recordedPlugins() []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindSource, Class: apache + "file.FileStreamSourceConnector", Aliases: []string{"com.example.FileSource"}},
		{Kind: connect.KindSink, Class: apache + "file.FileStreamSinkConnector"},
		{Kind: connect.KindConverter, Class: apache + "json.JsonConverter"},
		{Kind: connect.KindHeaderConverter, Class: apache + "json.JsonConverter"},
		{Kind: connect.KindConverter, Class: apache + "storage.StringConverter", Version: "9"},
		{Kind: connect.KindTransformation, Class: apache + "transforms.RegexRouter"},
		{Kind: connect.KindTransformation, Class: apache + "transforms.Cast$Key"},
		{Kind: connect.KindTransformation, Class: apache + "transforms.Cast$Value"},
		{Kind: connect.KindTransformation, Class: apache + "transforms.Flatten$Value"},
		{Kind: connect.KindPredicate, Class: apache + "transforms.predicates.HasHeaderKey"},
		{Kind: connect.KindConfigProvider, Class: "org.apache.kafka.common.config.provider.FileConfigProvider"},
		{Kind: connect.KindSink, Class: "org.example.Connector"},
	}
}

func newRegistry(t *testing.T) *Registry {
	t.Helper()
	r, err := New("4.3.1", recordedPlugins()...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNames holds the names that Java Connect knows these classes by, as recorded from GET /connector-plugins/{name}/config.
func TestNames(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	for name, want := range map[string]string{
		apache + "file.FileStreamSourceConnector": "file.FileStreamSourceConnector",
		"com.example.FileSource":                  "file.FileStreamSourceConnector",
		"FileStreamSourceConnector":               "file.FileStreamSourceConnector",
		"FileStreamSource":                        "file.FileStreamSourceConnector",
		"FileStreamSink":                          "file.FileStreamSinkConnector",
		"JsonConverter":                           "json.JsonConverter",
		"Json":                                    "json.JsonConverter",
		"RegexRouter":                             "transforms.RegexRouter",
		"HasHeaderKey":                            "transforms.predicates.HasHeaderKey",
		apache + "transforms.Cast$Value":          "transforms.Cast$Value",
		// Names are exact, a short name that two classes claim is nobody's, and the class around nested ones is no plugin.
		"filestreamsource":                      "",
		"FileStream":                            "",
		"Value":                                 "",
		"Cast":                                  "",
		apache + "transforms.Cast":              "",
		apache + "file.FileStreamSourceTask":    "",
		"":                                      "",
		" FileStreamSource":                     "",
		"org.apache.kafka.connect.Nope":         "",
		"file.FileStreamSourceConnector":        "",
		apache + "file.FileStreamSource":        "",
		"com.example.FileSourceConnector":       "",
		"org.apache.kafka.connect.json.Json":    "",
		"org.apache.kafka.connect.json.*":       "",
		apache + "transforms.predicates.HasKey": "",
	} {
		got := ""
		if p, ok := r.Any(name); ok {
			got = strings.TrimPrefix(p.Class, apache)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if _, ok := r.Find(connect.KindTransformation, "JsonConverter"); ok {
		t.Error("a converter found as a transformation")
	}
	if p, ok := r.Find(connect.KindHeaderConverter, "Json"); ok && p.Kind != connect.KindHeaderConverter {
		t.Errorf("got a %s", p.Kind)
	}
}

func TestClaimedShortNames(t *testing.T) {
	t.Parallel()
	r, err := New("4.3.1",
		connect.Plugin{Kind: connect.KindTransformation, Class: apache + "transforms.RegexRouter"},
		connect.Plugin{Kind: connect.KindTransformation, Class: "org.example.RegexRouter"},
		connect.Plugin{Kind: connect.KindTransformation, Class: "org.example.Route"},
		connect.Plugin{Kind: connect.KindTransformation, Class: "com.example.Route"})
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := r.Find(connect.KindTransformation, "RegexRouter"); !ok || p.Class != apache+"transforms.RegexRouter" {
		t.Errorf("the short name of a class of Java Connect finds %v", p)
	}
	if p, ok := r.Find(connect.KindTransformation, "Route"); ok {
		t.Errorf("a short name of two classes finds %v", p)
	}
}

func TestOrderAndVersions(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	var got []string
	for _, p := range r.All() {
		got = append(got, string(p.Kind)+" "+SimpleName(p.Class)+" "+p.Version)
	}
	want := []string{"sink FileStreamSinkConnector 4.3.1", "sink Connector 4.3.1", "source FileStreamSourceConnector 4.3.1", "converter JsonConverter 4.3.1",
		"converter StringConverter 9", "header_converter JsonConverter 4.3.1", "transformation Key 4.3.1", "transformation Value 4.3.1",
		"transformation Value 4.3.1", "transformation RegexRouter 4.3.1", "predicate HasHeaderKey 4.3.1", "config_provider FileConfigProvider 4.3.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(r.All(connect.KindConverter)); n != 2 || r.Version() != "4.3.1" {
		t.Errorf("%d converters of version %s", n, r.Version())
	}
}

func TestTwoPluginsWithOneName(t *testing.T) {
	t.Parallel()
	for _, second := range []connect.Plugin{
		{Kind: connect.KindSource, Class: apache + "file.FileStreamSourceConnector", Doc: "mine"},
		{Kind: connect.KindSource, Class: "com.example.FileSource", Doc: "mine"},
		{Kind: connect.KindSource, Class: "c", Aliases: []string{"com.example.FileSource"}, Doc: "mine"},
	} {
		if _, err := New("1", append(recordedPlugins(), second)...); err == nil || !strings.Contains(err.Error(), `claimed by two source plugins`) || !strings.Contains(err.Error(), `"mine"`) {
			t.Errorf("%+v: got %v", second, err)
		}
	}
}

func TestUnknownConnector(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	const begin = "Failed to find any class that implements Connector and which name matches "
	const list = ", available connectors are: PluginDesc{klass=class org.apache.kafka.connect.file.FileStreamSinkConnector, " +
		"name='org.apache.kafka.connect.file.FileStreamSinkConnector', version='4.3.1', encodedVersion=4.3.1, type=sink, typeName='sink', location='classpath'}, "
	for name, hint := range map[string]string{
		"nope": "", "x": "", "": "", "JsonConverter": "", "io.confluent.connect.jdbc.JdbcSinkConnector": "",
		"filestreamsource":                       apache + "file.FileStreamSourceConnector",
		"org.acme.FileStreamSinkConnector":       apache + "file.FileStreamSinkConnector",
		apache + "file.FileStreamSorceConnector": apache + "file.FileStreamSourceConnector",
	} {
		_, err := r.Connector(name)
		if err == nil || !strings.HasPrefix(err.Error(), begin+name+list) {
			t.Errorf("%q: got %v", name, err)
			continue
		}
		_, got, _ := strings.Cut(err.Error(), ". Did you mean ")
		if got = strings.TrimSuffix(got, "?"); got != hint {
			t.Errorf("%q: hint %q, want %q", name, got, hint)
		}
	}
}
