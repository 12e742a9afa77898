package validation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
	"github.com/moldau/moldau/plugins/standard"
)

// picky is a connector that checks more than its declaration does.
type picky struct{ connect.Connector }

func (picky) Validate(_ context.Context, props map[string]string) ([]config.Value, error) {
	switch props["host"] {
	case "gone":
		return nil, errors.New("no route to host")
	case "wrong":
		return []config.Value{{Name: "host", Errors: []string{"the host has no such database"}, RecommendedValues: []any{"right"}}}, nil
	}
	return nil, nil
}

// vault is a config provider that knows every key.
type vault struct{ connect.ConfigProvider }

func (vault) Get(_ context.Context, _ string, keys []string) (connect.ConfigData, error) {
	d := connect.ConfigData{Values: map[string]string{}}
	for _, k := range keys {
		d.Values[k] = "hunter2"
	}
	return d, nil
}

func newValidator(t *testing.T, worker map[string]string) (*Validator, error) {
	t.Helper()
	registry, err := plugin.New("4.3.1", append(standard.Plugins(), connect.Plugin{Kind: connect.KindSource, Class: "org.example.PickySource",
		Config:       config.NewDef(config.Key{Name: "host", Type: config.String, Default: config.NoDefault, Importance: config.High}),
		NewConnector: func() connect.Connector { return picky{} }})...)
	if err != nil {
		t.Fatal(err)
	}
	props := config.PropsOf(map[string]string{"bootstrap.servers": "127.0.0.1:9092", "offset.storage.file.filename": "o",
		"key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "JsonConverter"})
	for k, v := range worker {
		props.Set(k, v)
	}
	plugins := workerconfig.NewPlugins(registry)
	values, err := plugins.ParseStandalone(props)
	if err != nil {
		t.Fatal(err)
	}
	return New(plugins, registry, values, workerconfig.NewTransformer(map[string]connect.ConfigProvider{"vault": vault{}}))
}

func source(pairs ...string) config.Props {
	return with(map[string]string{"name": "v", "connector.class": "FileStreamSource", "topic": "t"}, pairs)
}

func sink(pairs ...string) config.Props {
	return with(map[string]string{"name": "v", "connector.class": "FileStreamSink", "topics": "t"}, pairs)
}

func example(pairs ...string) config.Props {
	return with(map[string]string{"name": "v", "connector.class": "PickySource"}, pairs)
}

func with(m map[string]string, pairs []string) config.Props {
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return config.PropsOf(m)
}

// messages lists the errors of an answer as "key: message", in its order.
func messages(infos *config.Infos) []string {
	var list []string
	for _, info := range infos.Configs {
		if info.Value == nil {
			continue
		}
		for _, e := range info.Value.Errors {
			list = append(list, info.Value.Name+": "+e)
		}
	}
	return list
}

func refused(policy, key string) string {
	return "The '" + policy + "' policy does not allow '" + key + "' to be overridden in the connector configuration."
}

// TestMessages holds what Java 4.3.1 says; test/rest compares whole answers.
func TestMessages(t *testing.T) {
	t.Parallel()
	policy := func(name string, more ...string) map[string]string {
		m := map[string]string{"connector.client.config.override.policy": name}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	security := []string{"producer.override.security.protocol", "SSL", "producer.override.linger.ms", "5"}
	for name, c := range map[string]struct {
		worker map[string]string
		props  config.Props
		want   []string
	}{
		"right":                    {nil, source(), nil},
		"missing topic":            {nil, with(map[string]string{"name": "v", "connector.class": "FileStreamSource"}, nil), []string{`topic: Missing required configuration "topic" which has no default value.`}},
		"no number":                {nil, source("tasks.max", "many"), []string{"tasks.max: Invalid value many for configuration tasks.max: Not a number of type INT", "tasks.max: Invalid value null for configuration tasks.max: Value must be non-null"}},
		"All allows all":           {nil, source(security...), nil},
		"None":                     {policy("None"), source("producer.override.linger.ms", "5"), []string{"producer.override.linger.ms: " + refused("None", "linger.ms")}},
		"by full name":             {policy("org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy"), source("producer.override.acks", "1"), []string{"producer.override.acks: " + refused("None", "acks")}},
		"Principal":                {policy("Principal"), source(security...), []string{"producer.override.linger.ms: " + refused("Principal", "linger.ms")}},
		"Allowlist":                {policy("Allowlist", "connector.client.config.override.allowlist", "linger.ms,acks"), source(security...), []string{"producer.override.security.protocol: " + refused("Allowlist", "security.protocol")}},
		"clients not in use":       {policy("None"), source("consumer.override.x", "y", "admin.override.z", "1"), nil},
		"a sink reads":             {policy("None"), sink("consumer.override.max.poll.records", "1", "producer.override.acks", "all"), []string{"consumer.override.max.poll.records: " + refused("None", "max.poll.records")}},
		"a sink with dead letters": {policy("None"), sink("producer.override.acks", "all", "admin.override.x", "1", "errors.deadletterqueue.topic.name", "d"), []string{"producer.override.acks: " + refused("None", "acks"), "admin.override.x: " + refused("None", "x")}},
		"a type of a client":       {nil, source("producer.override.linger.ms", "soon"), []string{"producer.override.linger.ms: Invalid value soon for configuration linger.ms: Not a number of type LONG"}},
		"topics twice":             {nil, sink("topics.regex", "t.*"), []string{"topics: topics and topics.regex are mutually exclusive options, but both are set.", "topics.regex: topics and topics.regex are mutually exclusive options, but both are set."}},
		"dead letters of its own":  {nil, sink("errors.deadletterqueue.topic.name", "t"), []string{"topics: The DLQ topic 't' may not be included in the list of topics ('topics=[t]') consumed by the connector"}},
		"a missing version":        {nil, source("connector.plugin.version", "9.9"), []string{"connector.class: Plugin org.apache.kafka.connect.file.FileStreamSourceConnector not found that matches the version range [9.9,9.9], available versions: [4.3.1]", "connector.plugin.version: Plugin org.apache.kafka.connect.file.FileStreamSourceConnector not found that matches the version range [9.9,9.9], available versions: [4.3.1]"}},
		"the connector objects":    {nil, example("host", "wrong"), []string{"host: the host has no such database"}},
		"the connector agrees":     {nil, example("host", "right"), nil},
		"resolved":                 {nil, source("tasks.max", "${vault:k}"), []string{"tasks.max: Invalid value hunter2 for configuration tasks.max: Not a number of type INT", "tasks.max: Invalid value null for configuration tasks.max: Value must be non-null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := newValidator(t, c.worker)
			if err != nil {
				t.Fatal(err)
			}
			var stages []string
			infos, err := v.Validate(t.Context(), c.props, herder.ToAnswer, func(s string) { stages = append(stages, s) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, messages(infos)); diff != "" || infos.ErrorCount != len(c.want) {
				t.Errorf("%d errors: %s", infos.ErrorCount, diff)
			}
			if len(stages) == 0 || stages[0] != "resolving transformed configuration properties for the connector" {
				t.Errorf("stages %q", stages)
			}
		})
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	v, err := newValidator(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	if _, err := v.Validate(t.Context(), sink("errors.deadletterqueue.topic.name", "d"), herder.ToAnswer, func(s string) { stages = append(stages, s) }); err != nil {
		t.Fatal(err)
	}
	want := []string{"resolving transformed configuration properties for the connector", "validating sink connector-specific properties for the connector",
		"retrieving the configuration definition from the connector", "performing multi-property validation for the connector",
		"validating producer config overrides for the connector", "validating admin config overrides for the connector",
		"validating consumer config overrides for the connector", "performing config validation for the connector's header converter",
		"performing config validation for the connector's key converter", "performing config validation for the connector's value converter"}
	if diff := cmp.Diff(want, stages); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeChecked(t *testing.T) {
	t.Parallel()
	v, err := newValidator(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(string) {}
	// The text repeats the configuration, so it shows placeholders as given and is kept out of logs.
	_, err = v.Validate(t.Context(), config.PropsOf(map[string]string{"name": "v", "password": "${vault:k}"}), herder.ToAnswer, quiet)
	var e *herder.Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest || !e.Private || e.Message != "Connector config {name=v, password=${vault:k}} contains no connector type" {
		t.Errorf("got %+v", err)
	}
	_, err = v.Validate(t.Context(), source("connector.class", "FileStreamSorce"), herder.ToAnswer, quiet)
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest || !strings.HasPrefix(e.Message, "Failed to find any class that implements Connector and which name matches FileStreamSorce, ") {
		t.Errorf("got %+v", err)
	}
	if _, err = v.Validate(t.Context(), example("host", "gone"), herder.ToAnswer, quiet); err == nil || err.Error() != "validating the configuration of org.example.PickySource: no route to host" {
		t.Errorf("got %v", err)
	}
	if _, err := newValidator(t, map[string]string{"connector.client.config.override.policy": "nope"}); err == nil || !strings.HasSuffix(err.Error(), "and which name matches nope") {
		t.Errorf("got %v", err)
	}
}

// TestPluginConfig has the statuses and texts recorded from GET /connector-plugins/{class}/config.
func TestPluginConfig(t *testing.T) {
	t.Parallel()
	v, err := newValidator(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	const kinds = ". Valid types are sink, source, converter, header_converter, transformation, predicate."
	const file = "Plugin org.apache.kafka.connect.file.FileStreamSourceConnector not found that matches the version range "
	for _, c := range []struct {
		class   string
		version *string
		status  int
		message string
	}{
		{"nope", nil, 404, "Unknown plugin nope."},
		{"nope", text("4.3.1"), 404, "Unknown plugin nope."},
		{"Value", nil, 404, "Unknown plugin Value."},
		{"Cast", nil, 404, "Unknown plugin Cast."},
		{"filestreamsource", nil, 404, "Unknown plugin filestreamsource."},
		{"FileConfigProvider", nil, 400, "Invalid plugin class FileConfigProvider" + kinds},
		{"AllConnectorClientConfigOverridePolicy", nil, 400, "Invalid plugin class AllConnectorClientConfigOverridePolicy" + kinds},
		{"FileStreamSource", text("[1.0,2.0)"), 400, file + "[1.0,2.0), available versions: [4.3.1]"},
		{"FileStreamSource", text("9.9"), 400, file + "[9.9,9.9], available versions: [4.3.1]"},
		{"FileStreamSource", text(""), 400, file + "[,], available versions: [4.3.1]"},
	} {
		_, err := v.PluginConfig(t.Context(), c.class, c.version)
		var e *herder.Error
		if !errors.As(err, &e) || e.Status != c.status || e.Message != c.message {
			t.Errorf("%s: got %v, want %d %s", c.class, err, c.status, c.message)
		}
	}
	names := func(class string, version *string) []string {
		keys, err := v.PluginConfig(t.Context(), class, version)
		if err != nil {
			t.Errorf("%s: %v", class, err)
		}
		var list []string
		for _, k := range keys {
			list = append(list, k.Name)
		}
		return list
	}
	if got := names("org.apache.kafka.connect.file.FileStreamSourceConnector", text("[4.0,)")); !slices.Equal(got[:6], []string{"file", "topic", "batch.size", "name", "connector.class", "connector.plugin.version"}) {
		t.Errorf("got %q", got)
	}
	if got := names("RegexRouter", nil); !slices.Equal(got, []string{"regex", "replacement"}) {
		t.Errorf("got %q", got)
	}
	if got := names("Filter", nil); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
