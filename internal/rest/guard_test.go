package rest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
)

// guarded is a herder with one connector that repeats what it is given.
type guarded struct {
	herder.Herder
	stored config.Props
	given  config.Props
	err    error
}

func (h *guarded) Connector(context.Context, string) (*herder.ConnectorInfo, error) {
	return &herder.ConnectorInfo{Name: "c", Config: h.stored}, h.err
}

func (h *guarded) ConnectorConfig(context.Context, string) (config.Props, error) {
	return h.stored, h.err
}

func (h *guarded) TaskConfigs(context.Context, string) ([]herder.TaskInfo, error) {
	return []herder.TaskInfo{{Config: h.stored}}, h.err
}

func (h *guarded) PutConnector(_ context.Context, _ string, props config.Props, _ herder.TargetState, _ bool) (*herder.ConnectorInfo, bool, error) {
	h.given = props
	return &herder.ConnectorInfo{Name: "c", Config: props}, false, h.err
}

func (h *guarded) PatchConnector(_ context.Context, _ string, props config.Props) (*herder.ConnectorInfo, error) {
	h.given = props
	return &herder.ConnectorInfo{Name: "c", Config: props}, h.err
}

func (h *guarded) ValidateConfig(_ context.Context, props config.Props) (*config.Infos, error) {
	h.given = props
	if h.err != nil {
		return nil, h.err
	}
	value := func(name, text string, errs ...string) config.Info {
		return config.Info{Value: &config.ValueInfo{Name: name, Value: &text, Errors: errs}}
	}
	return &config.Infos{Configs: []config.Info{
		value("password", "[hidden]"), value("port", "resolved", "Invalid value resolved for configuration port: Not a number of type INT"),
		value("plain.password", props.Text("plain.password")), {Definition: &config.KeyInfo{}}, {Value: &config.ValueInfo{Name: "none"}},
	}}, nil
}

// passwords masks every key that ends in password.
type passwords struct{}

func (passwords) Mask(props config.Props) config.Props {
	masked := props.Clone()
	for k := range props {
		if strings.HasSuffix(k, "password") {
			masked.Set(k, config.Hidden)
		}
	}
	return masked
}

func (p passwords) MaskTask(task, connector config.Props) config.Props {
	masked := p.Mask(task)
	if connector.Has("password") {
		masked.Set("of.connector", "seen")
	}
	return masked
}

func (passwords) Unmask(given, stored config.Props) (config.Props, error) {
	out := given.Clone()
	for k, v := range given {
		if v != nil && *v == config.Hidden {
			if !stored.Has(k) {
				return nil, herder.BadRequest("no %s", k)
			}
			out.Set(k, stored.Text(k))
		}
	}
	return out, nil
}

func TestGuardMasksConfigurations(t *testing.T) {
	t.Parallel()
	h := &guarded{stored: config.PropsOf(map[string]string{"a": "1", "password": "stored"})}
	masked := config.PropsOf(map[string]string{"a": "1", "password": "[hidden]"})
	for _, mask := range []bool{true, false} {
		want, passed := h.stored, masked
		if mask {
			want, passed = masked, h.stored
		}
		g := Guard(h, logs.NewRedactor(), passwords{}, mask)
		info, _ := g.Connector(t.Context(), "c")
		props, _ := g.ConnectorConfig(t.Context(), "c")
		tasks, _ := g.TaskConfigs(t.Context(), "c")
		if seen := tasks[0].Config.Text("of.connector"); (seen == "seen") != mask {
			t.Errorf("masked %v: the connector's configuration was not taken for its tasks", mask)
		}
		delete(tasks[0].Config, "of.connector")
		for _, got := range []config.Props{info.Config, props, tasks[0].Config} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("masked %v: %s", mask, diff)
			}
		}
		put, _, err := g.PutConnector(t.Context(), "c", masked, "", true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(passed, h.given); diff != "" {
			t.Errorf("masked %v: %s", mask, diff)
		}
		patched, err := g.PatchConnector(t.Context(), "c", masked)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []config.Props{put.Config, patched.Config} {
			if diff := cmp.Diff(masked, got); diff != "" {
				t.Errorf("masked %v: %s", mask, diff)
			}
		}
		if _, _, err := g.PutConnector(t.Context(), "new", config.PropsOf(map[string]string{"other.password": "[hidden]"}), "", true); (err != nil) != mask {
			t.Errorf("masked %v: %v", mask, err)
		}
	}
	if h.stored.Text("password") != "stored" {
		t.Error("the stored configuration changed")
	}
}

func TestGuardTakesSecretsOutOfOutcomes(t *testing.T) {
	t.Parallel()
	r := logs.NewRedactor()
	r.Add("resolved")
	given := map[string]string{"port": "${v:port}", "plain.password": "literal", "password": "x"}
	for _, mask := range []bool{true, false} {
		infos, err := Guard(&guarded{}, r, passwords{}, mask).ValidateConfig(t.Context(), config.PropsOf(given))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"password": "[hidden]", "port": "${v:port}", "plain.password": "literal"}
		if mask {
			want["plain.password"] = "[hidden]"
		}
		got := map[string]string{}
		for _, info := range infos.Configs {
			if info.Value != nil && info.Value.Value != nil {
				got[info.Value.Name] = *info.Value.Value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if text := infos.Configs[1].Value.Errors[0]; text != "Invalid value [hidden] for configuration port: Not a number of type INT" {
			t.Errorf("got %q", text)
		}
	}
}

// aliased is the outcome of a validation whose transformation got its name from a config provider.
type aliased struct {
	herder.Herder
	alias string
	group string
}

func (h *aliased) ValidateConfig(context.Context, config.Props) (*config.Infos, error) {
	name, text := "transforms."+h.alias+".type", "own,"+h.alias
	h.group = "Transforms: " + h.alias
	return &config.Infos{Name: h.alias + "-class", Groups: []string{"Common", "Transforms: own", h.group}, Configs: []config.Info{
		{Value: &config.ValueInfo{Name: "transforms", Value: &text}},
		{Definition: &config.KeyInfo{Name: "transforms.own.type", Group: new(string)}},
		{Definition: &config.KeyInfo{Name: name, Documentation: "Class of '" + h.alias + "'.", DisplayName: "Type for " + h.alias, Group: &h.group, DefaultValue: &h.alias,
			Dependents: []string{name}}, Value: &config.ValueInfo{Name: name, Value: &h.alias, RecommendedValues: []string{"x " + h.alias}, Errors: []string{"bad " + name}}},
	}}, nil
}

func TestGuardTakesResolvedNamesOutOfOutcomes(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"word", "pl4nt&-long/q"} {
		r := logs.NewRedactor()
		r.Add(secret)
		h := &aliased{alias: secret}
		infos, err := Guard(h, r, nil, false).ValidateConfig(t.Context(), config.PropsOf(map[string]string{"connector.class": "${v:x}", "transforms": "own,${v:x}", "transforms.own.type": "x"}))
		if err != nil {
			t.Fatal(err)
		}
		text := asText(infos)
		if strings.Contains(text, secret) || strings.Contains(text, "pl4nt") {
			t.Errorf("%s shows in %s", secret, text)
		}
		for _, want := range []string{`"name":"transforms.[hidden].type"`, `"Transforms: own","Transforms: [hidden]"`, `"value":"own,${v:x}"`, `"name":"transforms.own.type"`} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
		if h.group != "Transforms: "+secret {
			t.Error("the declaration changed")
		}
	}
}

func TestGuardTakesSecretsOutOfErrors(t *testing.T) {
	t.Parallel()
	r := logs.NewRedactor()
	r.Add("resolved")
	h := &guarded{err: herder.NotFound("no resolved here")}
	_, err := Guard(h, r, nil, false).ValidateConfig(t.Context(), nil)
	var refusal *herder.Error
	if err == nil || err.Error() != "no [hidden] here" || !errors.As(err, &refusal) || statusOf(err) != 404 {
		t.Errorf("got %v", err)
	}
	h.err = errors.New("plain")
	if _, err := Guard(h, r, nil, false).Connector(t.Context(), "c"); err != h.err {
		t.Errorf("got %v", err)
	}
}

func TestMasksSecrets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "true": true, " TRUE ": true, "false": false} {
		props := map[string]string{}
		if text != "" {
			props[maskKey] = text
		}
		values, err := config.NewDef().Parse(config.PropsOf(props))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := MasksSecrets(values); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	values, err := config.NewDef().Parse(config.PropsOf(map[string]string{maskKey: "maybe"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := MasksSecrets(values); err == nil || !strings.Contains(err.Error(), maskKey) {
		t.Errorf("got %v", err)
	}
}
