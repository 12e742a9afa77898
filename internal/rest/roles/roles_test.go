package roles

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/herder"
)

const example = `
roles:
  reader:
    - {connectors: ["*"], verbs: [view]}
  orders:
    - connectors: ["orders-*", "invoice?"]
      verbs: [operate, edit]
    - connectors: ["orders-*"]
      verbs: [offsets]
  operator:
    - {connectors: ["*"], verbs: [operate]}
    - {verbs: [admin]}
  nothing: []
bindings:
  - {role: reader, groups: [staff], users: [ann]}
  - {role: orders, groups: ["team-orders*"], certificates: ["CN=ci-*,O=Example"]}
  - {role: operator, tokens: ["8a7f"]}
  - {role: nothing, anyone: true}
`

func TestRoles(t *testing.T) {
	t.Parallel()
	r, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	ann := Principal{Kind: Basic, Name: "ann"}
	orders := Principal{Kind: Bearer, Name: "x", Groups: []string{"other", "team-orders-eu"}}
	ci := Principal{Kind: Certificate, Name: "CN=ci-7,O=Example"}
	operator := Principal{Kind: Bearer, Name: "8a7f"}
	for _, c := range []struct {
		p         Principal
		connector string
		may       []Verb
	}{
		{ann, "orders-a", []Verb{Known, Open, View, Overview}},
		{ann, "", []Verb{Known, Open, View, Overview}},
		{Principal{Kind: Bearer, Name: "ann"}, "orders-a", []Verb{Known, Open}}, // another ann
		{Principal{Kind: Certificate, Name: "ann"}, "", []Verb{Known, Open}},
		{Principal{Kind: Bearer, Name: "y", Groups: []string{"staff"}}, "z", []Verb{Known, Open, View, Overview}},
		{orders, "orders-a", []Verb{Known, Open, View, Operate, Edit, Offsets}},
		{orders, "orders-", []Verb{Known, Open, View, Operate, Edit, Offsets}},
		{orders, "invoice1", []Verb{Known, Open, View, Operate, Edit}},
		{orders, "invoice", []Verb{Known, Open}},
		{orders, "invoice12", []Verb{Known, Open}},
		{orders, "Orders-a", []Verb{Known, Open}},
		{orders, "x-orders-a", []Verb{Known, Open}},
		{orders, "*", []Verb{Known, Open}},
		{orders, "", []Verb{Known, Open, View, Operate, Edit, Offsets}},
		{ci, "orders-a", []Verb{Known, Open, View, Operate, Edit, Offsets}},
		{Principal{Kind: Certificate, Name: "CN=ci-7,O=Example,C=DE"}, "orders-a", []Verb{Known, Open}},
		{operator, "orders-a", []Verb{Known, Open, View, Overview, Operate, Admin}},
		{operator, "", []Verb{Known, Open, View, Overview, Operate, Admin}},
		{Principal{}, "orders-a", []Verb{Known, Open}},
	} {
		for v := None; v <= Admin; v++ {
			want := slices.Contains(c.may, v)
			a := &Access{Principal: c.p, Roles: r}
			if got := a.May(v, c.connector); got != want {
				t.Errorf("%v, %s, %q: got %v", c.p, v, c.connector, got)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	ann := &Access{Principal: Principal{Kind: Basic, Name: "ann"}, Roles: r}
	ctx := With(context.Background(), ann)
	for want, c := range map[string]struct {
		verb      Verb
		connector string
	}{
		`ann lacks the verb edit for the connector "orders-a"`: {Edit, "orders-a"},
		`ann lacks the verb edit for the connector "a\nb\"c"`:  {Edit, "a\nb\"c"},
		`ann lacks the verb offsets for any connector`:         {Offsets, ""},
		`ann lacks the verb admin`:                             {Admin, ""},
	} {
		err := From(ctx).Check(c.verb, c.connector)
		var e *herder.Error
		if !errors.As(err, &e) || e.Status != 403 || e.Message != want || ann.Verb != c.verb || ann.Refusal != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := From(ctx).Check(View, "orders-a"); err != nil {
		t.Error(err)
	}
	if err := From(context.Background()).Check(Admin, ""); err != nil {
		t.Error("without roles: ", err)
	}
	if err := (&Access{Roles: r}).Check(View, "x"); err == nil || err.Error() != `anonymous lacks the verb view for the connector "x"` {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "it is empty",
		"# nothing":                  "it is empty",
		"roles: [":                   "yaml",
		"- a":                        "cannot unmarshal",
		"roles: {}\nrolls: {}":       "field rolls not found",
		"roles: {a: [{verb: view}]}": "field verb not found",
		"roles: {a: [{connectors: [x], verbs: [write]}]}":    `there is no verb "write"`,
		"roles: {a: [{connectors: [x], verbs: [none]}]}":     `there is no verb "none"`,
		"roles: {a: [{connectors: [x], verbs: [workers]}]}":  `there is no verb "workers"`,
		"roles: {a: [{connectors: [x]}]}":                    "it has no verbs",
		"roles: {a: [{verbs: [view, admin]}]}":               "it names no connectors",
		"roles: {a: [{connectors: ['', x], verbs: [view]}]}": "an empty pattern",
		"roles: {a: []}": "it has no bindings",
		"roles: {a: []}\nbindings: [{role: b, users: [x]}]":                  `there is no role "b"`,
		"roles: {a: []}\nbindings: [{role: a}]":                              "given to nobody",
		"roles: {a: []}\nbindings: [{role: a, users: ['']}]":                 "an empty name",
		"roles: {a: []}\nbindings: [{role: a, groups: ['']}]":                "an empty name",
		"roles: {a: []}\nbindings: [{role: a, users: [x]}]\n---\nroles: {}":  "something follows",
		`{"roles": {"a": []}, "roles": {"b": []}, "bindings": []}`:           "already defined",
		"roles: {a: []}\nbindings: [{role: a, users: [x], everybody: true}]": "field everybody not found",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := Parse([]byte(`{"roles": {"a": [{"connectors": ["*"], "verbs": ["view"]}]}, "bindings": [{"role": "a", "anyone": true}]}`)); err != nil {
		t.Errorf("JSON: %v", err)
	}
}
