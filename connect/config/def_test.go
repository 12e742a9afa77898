package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefineFillsWhatJavaFills(t *testing.T) {
	t.Parallel()
	d := NewDef(
		Key{Name: "plain", Default: NoDefault},
		Key{Name: "grouped", Type: Long, Default: 7, Group: "G", DisplayName: "Grouped"},
		Key{Name: "short", Type: Short, Default: 3},
		Key{Name: "double", Type: Double, Default: 1},
		Key{Name: "list", Type: List, Default: "a, b"},
	)
	plain, grouped := d.Lookup("plain"), d.Lookup("grouped")
	if plain.Order != -1 || plain.DisplayName != "plain" || !plain.Required() {
		t.Errorf("plain: %+v", plain)
	}
	if grouped.Order != 0 || grouped.DisplayName != "Grouped" || grouped.Default != int64(7) {
		t.Errorf("grouped: %+v", grouped)
	}
	if got := d.Lookup("short").Default; got != int16(3) {
		t.Errorf("short: %T", got)
	}
	if got := d.Lookup("double").Default; got != 1.0 {
		t.Errorf("double: %T", got)
	}
	if diff := cmp.Diff([]string{"a", "b"}, d.Lookup("list").Default); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"plain", "grouped", "short", "double", "list"}, d.Names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"G"}, d.Groups()); diff != "" {
		t.Error(diff)
	}
}

func TestDefinePanicsOnMistakes(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]Key{
		"Configuration a is defined twice.":                                                   {Name: "a"},
		"Invalid value x for configuration b: Not a number of type INT":                       {Name: "b", Type: Int, Default: "x"},
		"Invalid value -1 for configuration b: Value must be at least 0":                      {Name: "b", Type: Int, Default: -1, Validator: AtLeast(0)},
		"Invalid value null for configuration b: Value must be non-null":                      {Name: "b", Type: Int, Validator: AtLeast(0)},
		"Invalid value 3000000000 for configuration b: Expected value to be a 32-bit integer": {Name: "b", Type: Int, Default: 3000000000},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, name) {
					t.Errorf("got %q, want %q", got, name)
				}
			}()
			NewDef(Key{Name: "a"}).Define(k)
		}()
	}
}

func TestNullIsNotAbsent(t *testing.T) {
	t.Parallel()
	var props Props
	if err := json.Unmarshal([]byte(`{"a":null,"b":"x"}`), &props); err != nil {
		t.Fatal(err)
	}
	d := NewDef(Key{Name: "a", Default: "default"}, Key{Name: "b"}, Key{Name: "c", Default: "default"})
	v, err := d.Parse(props)
	if err != nil {
		t.Fatal(err)
	}
	if v.IsSet("a") || v.String("a") != "" || v.String("b") != "x" || v.String("c") != "default" {
		t.Errorf("got %v", v.All())
	}
	text, err := json.Marshal(v.Originals())
	if err != nil || string(text) != `{"a":null,"b":"x"}` {
		t.Errorf("got %s, %v", text, err)
	}
	if !props.Equal(props.Clone()) || props.Equal(PropsOf(props.Strings())) {
		t.Error("Equal does not tell null from absent")
	}
	checked := d.ValidateAll(props)
	checked.AddNullErrors(props)
	if diff := cmp.Diff([]string{"Null value can not be supplied as the configuration value."}, checked.Lookup("a").Errors); diff != "" {
		t.Error(diff)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	d := NewDef(Key{Name: "ms", Type: Long}, Key{Name: "n", Type: Int}, Key{Name: "h", Type: Short}, Key{Name: "on", Type: Boolean},
		Key{Name: "f", Type: Double}, Key{Name: "l", Type: List}, Key{Name: "c", Type: Class}, Key{Name: "p", Type: Password}, Key{Name: "s"})
	v := d.MustParse(PropsOf(map[string]string{"ms": " 1500", "n": "+7", "h": "-3", "on": "TRUE", "f": "1e3", "l": "a , b,", "c": "a.B", "p": "secret",
		"s": " text ", "x.y": "1", "x.z": "2", "unknown": "3"}))
	if v.Duration("ms") != 1500*time.Millisecond || v.Int("n") != 7 || v.Int64("h") != -3 || !v.Bool("on") || v.Float("f") != 1000 ||
		v.Class("c") != "a.B" || v.Password("p").Reveal() != "secret" || v.String("s") != "text" {
		t.Errorf("got %v", v.All())
	}
	if diff := cmp.Diff([]string{"a", "b", ""}, v.List("l")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"y": "1", "z": "2"}, v.OriginalsWithPrefix("x.").Strings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"unknown"}, v.Unknown()); diff != "" {
		t.Error(diff)
	}
	if _, err := v.Get("nope"); err == nil || err.Error() != "Unknown configuration 'nope'" {
		t.Errorf("got %v", err)
	}
	far := d.MustParse(PropsOf(map[string]string{"ms": "9223372036854775807"}))
	if far.Duration("ms") != time.Duration(1<<63-1) {
		t.Errorf("got %v", far.Duration("ms"))
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	s := NewSecret("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "error", Invalid("k", s, "m"))
	text, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %q %d %x", s, s, s, s, s, s, s) + string(text) + log.String() + Text([]any{s})
	if strings.Contains(all, "hunter2") || strings.Contains(all, fmt.Sprintf("%x", "hunter2")) {
		t.Error(all)
	}
}

// above recommends numbers above the value of another key and hides itself when that is 0.
type above struct{ key string }

func (r above) ValidValues(_ string, parsed map[string]any) ([]any, error) {
	n, ok := parsed[r.key].(int32)
	if !ok {
		return nil, Failed("no " + r.key)
	}
	return []any{n + 1, n + 2}, nil
}

func (r above) Visible(_ string, parsed map[string]any) (bool, error) {
	return parsed[r.key] != int32(0), nil
}

func TestDependentsAndRecommenders(t *testing.T) {
	t.Parallel()
	d := NewDef(
		Key{Name: "child", Type: Int, Default: 1, Recommender: above{"parent"}},
		Key{Name: "parent", Type: Int, Default: 5, Dependents: []string{"child", "ghost"}},
	)
	for _, c := range []struct {
		parent      string
		recommended []any
		visible     bool
		errors      []string
	}{
		{"5", []any{int32(6), int32(7)}, true, nil},
		{"0", []any{int32(1), int32(2)}, false, nil},
		{"x", nil, true, []string{"no parent"}},
	} {
		checked := d.ValidateAll(PropsOf(map[string]string{"parent": c.parent}))
		child, ghost := checked.Lookup("child"), checked.Lookup("ghost")
		if diff := cmp.Diff(c.recommended, child.RecommendedValues); diff != "" || child.Visible != c.visible {
			t.Errorf("parent=%s: visible %v, %s", c.parent, child.Visible, diff)
		}
		if diff := cmp.Diff(c.errors, child.Errors); diff != "" {
			t.Errorf("parent=%s: %s", c.parent, diff)
		}
		if ghost == nil || ghost.Visible || ghost.Errors[0] != "ghost is referred in the dependents, but not defined." {
			t.Errorf("ghost: %+v", ghost)
		}
	}
	if _, err := d.Parse(nil); err == nil || err.Error() != "Some configurations in are referred in the dependents, but not defined: ghost" {
		t.Errorf("got %v", err)
	}
}

func TestDependentsInACircleEnd(t *testing.T) {
	t.Parallel()
	d := NewDef(Key{Name: "root", Dependents: []string{"a"}}, Key{Name: "a", Dependents: []string{"b"}}, Key{Name: "b", Dependents: []string{"a"}})
	if n := len(d.Validate(nil)); n != 3 {
		t.Errorf("%d values", n)
	}
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	child := NewDef(
		Key{Name: "z", Type: Int, Default: 1, Validator: AtLeast(1), Importance: High, Dependents: []string{"a"}},
		Key{Name: "g", Default: "", Group: "Own", Order: 0},
		Key{Name: "a", Type: Int, Default: NoDefault, Recommender: above{"z"}},
	)
	d := NewDef()
	if err := d.Embed("p.", "Group", 2, child); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range d.Keys() {
		got = append(got, fmt.Sprint(k.Name, " ", k.Group, " ", k.Order))
	}
	if diff := cmp.Diff([]string{"p.a Group 2", "p.z Group 3", "p.g Group: Own 4"}, got); diff != "" {
		t.Error(diff)
	}
	checked := d.ValidateAll(PropsOf(map[string]string{"p.z": "0", "p.a": "1"}))
	if diff := cmp.Diff([]string{"Invalid value 0 for configuration z: Value must be at least 1"}, checked.Lookup("p.z").Errors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{int32(1), int32(2)}, checked.Lookup("p.a").RecommendedValues); diff != "" {
		t.Error(diff)
	}
	if err := d.Embed("p.", "Group", 2, child); err == nil {
		t.Error("embedded twice")
	}
}

func TestInfos(t *testing.T) {
	t.Parallel()
	common := NewDef(Key{Name: "a", Type: List, Default: []string{"x", "y"}, Group: "Common"}, Key{Name: "b", Type: Password, Default: NoDefault})
	own := NewDef(Key{Name: "b", Type: Int, Default: NoDefault, Group: "Own"}, Key{Name: "c", Type: Class})
	props := PropsOf(map[string]string{"b": "x", "c": "p.Q"})
	values := append(common.Validate(props), own.Validate(props)...)
	values = append(values, &Value{Name: "ghost", Value: int32(3), Errors: []string{"e"}, Visible: true})
	d := common.Override(own)
	infos := d.Infos("Some", values, d.Groups())
	infos.Merge(nil, own.PrefixedInfos("p.", own.Validate(props)))
	text, err := json.Marshal(infos)
	if err != nil {
		t.Fatal(err)
	}
	const wrong = `"errors":["Invalid value x for configuration b: Not a number of type INT"]`
	for _, part := range []string{
		`{"name":"Some","error_count":3,"groups":["Common","Own"],"configs":[{"definition":null,"value":{"name":"ghost","value":"3",`,
		`{"definition":{"name":"a","type":"LIST","required":false,"default_value":"x,y","importance":"LOW","documentation":"","group":"Common",` +
			`"width":"NONE","display_name":"a","dependents":[],"order_in_group":0},"value":{"name":"a","value":"x,y","recommended_values":[],"errors":[],"visible":true}}`,
		`"value":{"name":"b","value":null,"recommended_values":[],` + wrong,
		`"value":{"name":"c","value":"p.Q",`,
		`"value":{"name":"p.b","value":null,"recommended_values":[],` + wrong,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("lacks %s in\n%s", part, text)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	got := NewDef(
		Key{Name: "b", Type: Int, Default: 1, Validator: AtLeast(0), Doc: "Number | of\nthings.", Group: "Things"},
		Key{Name: "a", Default: NoDefault, Importance: High, Doc: "Name.", Deprecated: "use b."},
		Key{Name: "hidden", Internal: true},
	).Markdown()
	want := "| Key | Type | Default | Valid values | Importance | Meaning |\n|---|---|---|---|---|---|\n" +
		"| `a` | string | required |  | high | **Deprecated**: use b. Name. |\n" +
		"\n### Things\n\n| Key | Type | Default | Valid values | Importance | Meaning |\n|---|---|---|---|---|---|\n" +
		"| `b` | int | `1` | [0,...] | low | Number \\| of things. |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
