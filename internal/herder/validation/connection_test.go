package validation

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
	"github.com/moldau/moldau/plugins/standard"
)

// reacher is a connector that connects as its key host says.
type reacher struct{ connect.Connector }

func (reacher) TestConnection(ctx context.Context, props map[string]string) error {
	switch props["host"] {
	case "refuses":
		return connect.NewBadConfig("password", errors.New("the password is wrong"))
	case "down":
		return &connect.Error{Class: connect.Retriable, Key: "host", Err: errors.New("connection refused")}
	case "odd":
		return errors.New("something else")
	case "silent":
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func TestConnections(t *testing.T) {
	t.Parallel()
	const class = "org.example.ReachingSink"
	for _, c := range []struct {
		host    string
		purpose herder.Purpose
		more    []string
		want    []string
	}{
		{"up", herder.ToAnswer, nil, nil},
		{"refuses", herder.ToAnswer, nil, []string{"password: the password is wrong"}},
		{"refuses", herder.ToStore, nil, []string{"password: the password is wrong"}},
		{"refuses", herder.Alone, nil, nil},
		{"down", herder.ToAnswer, nil, []string{"host: connection refused"}},
		{"down", herder.ToStore, nil, nil},
		{"odd", herder.ToAnswer, nil, []string{"connector.class: something else"}},
		{"odd", herder.ToStore, nil, nil},
		{"silent", herder.ToAnswer, nil, []string{"connector.class: context deadline exceeded"}},
		{"silent", herder.ToStore, nil, nil},
		{"down", herder.ToAnswer, []string{"port", "x"}, []string{"port: Invalid value x for configuration port: Not a number of type INT"}},
	} {
		t.Run(c.host, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				infos, err := reaching(t, class).Validate(t.Context(), sink(append(c.more, "connector.class", class, "host", c.host)...), c.purpose, func(string) {})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, messages(infos)); diff != "" {
					t.Error(diff)
				}
				if took := time.Since(began); took > connectTime {
					t.Errorf("it took %v", took)
				}
				for _, info := range infos.Configs {
					if info.Value != nil && info.Value.Name == "connector.class" && (info.Value.Value == nil || *info.Value.Value != class) {
						t.Errorf("connector.class is shown as %v", info.Value.Value)
					}
				}
			})
		})
	}
}

func reaching(t *testing.T, class string) *Validator {
	t.Helper()
	registry, err := plugin.New("4.3.1", append(standard.Plugins(), connect.Plugin{Kind: connect.KindSink, Class: class, Config: config.NewDef(
		config.Key{Name: "host", Type: config.String, Default: config.NoDefault, Importance: config.High},
		config.Key{Name: "password", Type: config.Password, Default: nil, Importance: config.High},
		config.Key{Name: "port", Type: config.Int, Default: 1, Importance: config.High}),
		NewConnector: func() connect.Connector { return reacher{} }})...)
	if err != nil {
		t.Fatal(err)
	}
	all := workerconfig.NewPlugins(registry)
	values, err := all.ParseStandalone(config.PropsOf(map[string]string{"bootstrap.servers": "127.0.0.1:9092", "offset.storage.file.filename": "o",
		"key.converter": "JsonConverter", "value.converter": "JsonConverter"}))
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(all, registry, values, workerconfig.NewTransformer(nil))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
