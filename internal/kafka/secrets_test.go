package kafka

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Whatever is printed or logged by mistake must not show a password.
func TestNothingPrintsPasswords(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	props := map[string]string{"bootstrap.servers": "b:1", "sasl.jaas.config": jaas("plain.PlainLoginModule", "u", secret), "ssl.keystore.password": secret}
	config, err := ParseConfig(AdminClient, props)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := ParseJAASConfig(props["sasl.jaas.config"])
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{config, modules[0], modules, Settings{Source: "s", Properties: props}, Login{Module: modules[0]}, config.sslSettings()} {
		var text, json bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", value)
		if _, isLogin := value.(Login); !isLogin { // holds a function, which JSON cannot
			if _, isList := value.([]LoginModule); !isList {
				slog.New(slog.NewJSONHandler(&json, nil)).Info("m", "v", value)
			}
		}
		for _, shown := range []string{fmt.Sprint(value), fmt.Sprintf("%+v", value), fmt.Sprintf("%#v", value), text.String(), json.String()} {
			if strings.Contains(shown, secret) {
				t.Errorf("%T: %s", value, shown)
			}
		}
	}
}

func TestMaxPollRecords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 500, "7": 7} {
		props := map[string]string{"bootstrap.servers": "b:1"}
		if text != "" {
			props["max.poll.records"] = text
		}
		if got, err := MaxPollRecords(props); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if _, err := MaxPollRecords(map[string]string{"bootstrap.servers": "b:1", "max.poll.records": "0"}); err == nil {
		t.Error("0 passed")
	}
}
