package secrets

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

func finder(t *testing.T) *Finder {
	t.Helper()
	password := func(name string) *config.Def {
		return config.NewDef(config.Key{Name: name, Type: config.Password, Default: nil}, config.Key{Name: "token.count", Type: config.Int, Default: 1},
			config.Key{Name: "max.token", Type: config.Int, Default: 1})
	}
	registry, err := plugin.New("1",
		connect.Plugin{Kind: connect.KindSink, Class: "x.Sink", Config: password("pin"), NewConnector: func() connect.Connector { return nil }},
		connect.Plugin{Kind: connect.KindTransformation, Class: "x.Encrypt", Config: password("material"), NewTransformation: func() connect.Transformation { return nil }},
		connect.Plugin{Kind: connect.KindConverter, Class: "x.Converter", Config: password("phrase"), NewConverter: func() connect.Converter { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return NewFinder(workerconfig.NewPlugins(registry), registry)
}

const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="jaas-pw" ;`

func connector() map[string]string {
	return map[string]string{
		"name": "c", "connector.class": "x.Sink", "tasks.max": "1", "topics": "secret",
		"pin":                                     "declared",
		"max.token":                               "12345",
		"unknown.password":                        "by-name",
		"aws.secret.access.key":                   "by-key",
		"aws.access.key.id":                       "shown-id",
		"connection.url":                          "jdbc:postgresql://u:in-url@host/db?user=x&password=in-query&ssl=true",
		"hosts":                                   "https://a:first-pw@one,https://b:second-pw@two",
		"oracle":                                  "jdbc:oracle:thin:scott/tiger-pw@//host:1521/x",
		"mssql":                                   "jdbc:sqlserver://host:1433;databaseName=x;password=mssql-pw;encrypt=true",
		"transforms":                              "e",
		"transforms.e.type":                       "x.Encrypt",
		"transforms.e.material":                   "of-transformation",
		"value.converter":                         "x.Converter",
		"value.converter.phrase":                  "of-converter",
		"value.converter.basic.auth.user.info":    "me:user-info-pw",
		"value.converter.schema.registry.url":     "http://r:registry-pw@reg",
		"consumer.override.sasl.jaas.config":      jaas,
		"consumer.override.ssl.key.password":      "key-pw",
		"consumer.override.ssl.keystore.location": "/path/keystore.jks",
		"headers":                                 "X-Tenant:acme,Authorization:Bearer bearer-token,X-Api-Key:api-key-value",
		"placeholder.password":                    "${vault:path:key}",
		"mixed.url":                               "http://u:${vault:path:key}@host",
		"admin.override.sasl.jaas.config":         `x required username="u" password="${vault:path:key}";`,
		"value.converter.basic.auth.credentials.source": "USER_INFO",
		"primary.key": "id",
		"key.ignore":  "true",
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	f := finder(t)
	props := config.PropsOf(connector())
	want := connector()
	for key, text := range map[string]string{
		"pin": "[hidden]", "unknown.password": "[hidden]", "aws.secret.access.key": "[hidden]", "transforms.e.material": "[hidden]",
		"value.converter.phrase": "[hidden]", "consumer.override.ssl.key.password": "[hidden]",
		"connection.url":                       "jdbc:postgresql://u:[hidden]@host/db?user=x&password=[hidden]&ssl=true",
		"hosts":                                "https://a:[hidden]@one,https://b:[hidden]@two",
		"oracle":                               "jdbc:oracle:thin:scott/[hidden]@//host:1521/x",
		"mssql":                                "jdbc:sqlserver://host:1433;databaseName=x;password=[hidden];encrypt=true",
		"value.converter.basic.auth.user.info": "me:[hidden]",
		"value.converter.schema.registry.url":  "http://r:[hidden]@reg",
		"consumer.override.sasl.jaas.config":   `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="[hidden]" ;`,
		"headers":                              "X-Tenant:acme,Authorization:Bearer [hidden],X-Api-Key:[hidden]",
	} {
		want[key] = text
	}
	masked := f.Mask(props)
	if diff := cmp.Diff(want, masked.Strings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(connector(), props.Strings()); diff != "" {
		t.Errorf("the input changed: %s", diff)
	}
	if f.Mask(nil) != nil {
		t.Error("nothing became something")
	}
	back, err := f.Unmask(masked, props)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(connector(), back.Strings()); diff != "" {
		t.Errorf("unmasked: %s", diff)
	}
}

func TestMaskTask(t *testing.T) {
	t.Parallel()
	f := finder(t)
	task := map[string]string{"pin": "declared", "transforms.e.material": "of-transformation", "value.converter.phrase": "of-converter", "task.id": "0", "some.password": "by-name"}
	want := map[string]string{"pin": "[hidden]", "transforms.e.material": "[hidden]", "value.converter.phrase": "[hidden]", "task.id": "0", "some.password": "[hidden]"}
	if diff := cmp.Diff(want, f.MaskTask(config.PropsOf(task), config.PropsOf(connector())).Strings()); diff != "" {
		t.Error(diff)
	}
	alone := f.MaskTask(config.PropsOf(map[string]string{"connector.class": "x.Sink", "pin": "declared"}), nil)
	if alone.Text("pin") != "[hidden]" || f.MaskTask(nil, nil) != nil {
		t.Errorf("got %v", alone.Strings())
	}
}

func TestMasksThatStandForNothingAreRefused(t *testing.T) {
	t.Parallel()
	f := finder(t)
	stored := config.PropsOf(connector())
	for name, given := range map[string]map[string]string{
		"unknown key":     {"connector.class": "x.Sink", "new.password": "[hidden]"},
		"changed beside":  {"connector.class": "x.Sink", "hosts": "https://a:[hidden]@elsewhere"},
		"part of a value": {"connector.class": "x.Sink", "pin": "x[hidden]"},
	} {
		_, err := f.Unmask(config.PropsOf(given), stored)
		var refusal *herder.Error
		if !errors.As(err, &refusal) || refusal.Status != http.StatusBadRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := f.Unmask(config.Props{"pin": nil, "topics": new(string)}, nil); err != nil {
		t.Error(err)
	}
}

func TestSecretsOfConnectors(t *testing.T) {
	t.Parallel()
	got := finder(t).Connector(config.PropsOf(connector()))
	slices.Sort(got)
	want := []string{"api-key-value", "bearer-token", "by-key", "by-name", "declared", "first-pw", "in-query", "in-url", "jaas-pw", "key-pw", "mssql-pw",
		"of-converter", "of-transformation", "registry-pw", "second-pw", "tiger-pw", "user-info-pw"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsOfWorkers(t *testing.T) {
	t.Parallel()
	got := finder(t).Worker(config.PropsOf(map[string]string{
		"bootstrap.servers": "b:9092", "ssl.keystore.password": "w1", "listeners.https.ssl.key.password": "w2", "producer.sasl.jaas.config": jaas,
		"consumer.ssl.keystore.key": "w3", "value.converter": "x.Converter", "value.converter.phrase": "w4",
		"config.providers": "v", "config.providers.v.class": "x", "config.providers.v.param.vault.token": "w5", "inter.worker.key.size": "1",
		"config.providers.v.param.app.role.secret.id": "w6", "config.providers.v.param.kubernetes.token.path": "/shown", "offset.storage.topic": "t",
		"config.providers.v.param.credential.inline": "w7", "config.providers.v.param.aws.secret.key": "w8", "key.converter": "missing",
	}))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"jaas-pw", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestResolvedValuesThatAreNoSecrets(t *testing.T) {
	t.Parallel()
	got := Resolved([]string{"true", "FALSE", "8083", "none", "1234567", "word"})
	if diff := cmp.Diff([]string{"1234567", "word"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pw one", "two"}, JAAS("KafkaClient {\n x required user=\"u\" password=\"pw one\"\n clientSecret=two;\n};")); diff != "" {
		t.Error(diff)
	}
}
