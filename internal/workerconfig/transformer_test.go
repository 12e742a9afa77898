package workerconfig

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/plugin"
)

// vault is a provider that knows what it is configured with and says for how long.
type vault struct {
	values map[string]string
	ttl    time.Duration
	asked  []string
	closed bool
	err    error
}

func (v *vault) Configure(props map[string]string) error {
	v.values = props
	return v.err
}

func (v *vault) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	v.asked = append(v.asked, path)
	data := connect.ConfigData{Values: map[string]string{}, TTL: v.ttl}
	for _, k := range keys {
		if value, ok := v.values[k]; ok {
			data.Values[k] = value
		}
	}
	return data, v.err
}

func (v *vault) Close() error {
	v.closed = true
	return nil
}

func TestTransformAsksEachPathOnce(t *testing.T) {
	t.Parallel()
	v := &vault{values: map[string]string{"a": "1", "b": "${v:p:a}"}, ttl: time.Minute}
	var observed []string
	props := config.PropsOf(map[string]string{"x": "${v:p:a}-${v:p:b}", "y": "${v:p:a} ${v:p:none} ${w:p:a}"})
	props["null"] = nil
	transformer := NewTransformer(map[string]connect.ConfigProvider{"v": v})
	transformer.Observe(func(props config.Props, values []string) {
		observed = append(slices.Sorted(slices.Values(values)), props.Text("x"))
	})
	r, err := transformer.Transform(t.Context(), props)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "1-${v:p:a}", "y": "1 ${v:p:none} ${w:p:a}"}, r.Props.Strings()); diff != "" {
		t.Error(diff)
	}
	if !r.Props.Has("null") || props.Text("x") != "${v:p:a}-${v:p:b}" {
		t.Error("a null was lost, or the input changed")
	}
	if diff := cmp.Diff(map[string]time.Duration{"p": time.Minute}, r.TTLs); diff != "" {
		t.Error(diff)
	}
	if len(v.asked) != 1 {
		t.Errorf("asked for %v", v.asked)
	}
	if diff := cmp.Diff([]string{"${v:p:a}", "1", "1-${v:p:a}"}, observed); diff != "" {
		t.Error(diff)
	}
}

func TestTransformConnectorSchedulesReloads(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]int{"restart": 2, " Restart ": 2, "none": 0, "": 2} {
		props := config.PropsOf(map[string]string{"x": "${v:p:a}", "y": "${v:q:a}"})
		if action != "" {
			props.Set("config.action.reload", action)
		}
		n := 0
		_, err := NewTransformer(map[string]connect.ConfigProvider{"v": &vault{ttl: time.Second}}).TransformConnector(t.Context(), props,
			func(_ string, after time.Duration) {
				if n++; after != time.Second {
					t.Errorf("after %s", after)
				}
			})
		if err != nil || n != want {
			t.Errorf("%q: %d reloads, %v", action, n, err)
		}
	}
}

func TestResolveWorker(t *testing.T) {
	t.Parallel()
	var made []*vault
	failing := errors.New("sealed")
	registry, err := plugin.New("1",
		connect.Plugin{Kind: connect.KindConfigProvider, Class: "p.Vault", NewConfigProvider: func() connect.ConfigProvider {
			made = append(made, &vault{})
			return made[len(made)-1]
		}},
		connect.Plugin{Kind: connect.KindConfigProvider, Class: "p.Sealed", NewConfigProvider: func() connect.ConfigProvider { return &vault{err: failing} }})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPlugins(registry)
	props := map[string]string{"config.providers": "v, missing", "config.providers.v.class": "p.Vault", "config.providers.v.param.key": "value", "x": "${v:key}"}
	r, err := p.ResolveWorker(t.Context(), config.PropsOf(props))
	if err != nil || r.Text("x") != "value" || !made[0].closed {
		t.Errorf("got %q, %v", r.Text("x"), err)
	}
	props["config.providers.missing.class"] = "p.Nope"
	const want = "Invalid value p.Nope for configuration config.providers.missing.class: Could not load config provider class or one of its dependencies"
	if _, err := p.ResolveWorker(t.Context(), config.PropsOf(props)); err == nil || err.Error() != want || !made[1].closed {
		t.Errorf("got %v", err)
	}
	props["config.providers.missing.class"] = "p.Sealed"
	if _, err := p.ResolveWorker(t.Context(), config.PropsOf(props)); !errors.Is(err, failing) || !made[2].closed {
		t.Errorf("got %v", err)
	}
}

func TestRestorePlaceholders(t *testing.T) {
	t.Parallel()
	raw := config.PropsOf(map[string]string{"password": "${v:p:a}", "url": "x${v:p:b}", "gone": "${v:p:c}"})
	raw["null"] = nil
	tasks := []map[string]string{{"password": "secret", "url": "xyz", "task": "0"}, {"task": "1"}}
	want := []map[string]string{{"password": "${v:p:a}", "url": "x${v:p:b}", "task": "0"}, {"task": "1"}}
	if diff := cmp.Diff(want, RestorePlaceholders(raw, tasks)); diff != "" {
		t.Error(diff)
	}
	if tasks[0]["password"] != "secret" {
		t.Error("the input changed")
	}
}
