package everit

import (
	"testing"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

func load(t *testing.T, text string) *Schema {
	t.Helper()
	n, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(n, nil, false)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestReads(t *testing.T) {
	t.Parallel()
	object := func(rest string) string { return `{"type":"object","properties":{"a":{"type":"string"}` + rest }
	for _, x := range []struct{ writer, reader, where string }{
		{`{"type":"string"}`, `{"type":"string"}`, ""},
		{`{"type":"string"}`, `{"type":"integer"}`, "#/: TYPE_CHANGED"},
		{`{"type":"integer"}`, `{"type":"number"}`, ""},
		{`{"type":"number"}`, `{"type":"integer"}`, "#/: TYPE_NARROWED"},
		{`{"type":"string"}`, `{}`, ""},
		{`{"type":"string","connect.type":"bytes"}`, `{"type":"number","connect.type":"bytes"}`, ""},
		{`{"type":"string"}`, `{"oneOf":[{"type":"null"},{"type":"string"}]}`, ""},
		{`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `{"type":"string"}`, "#/: TYPE_CHANGED"},
		{`{"oneOf":[{"type":"string"}]}`, `{"type":"string"}`, ""},
		{`{"allOf":[{"type":"string"},{"enum":["a"]}]}`, `{"type":"string"}`, ""},
		{`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `{"oneOf":[{"type":"integer"},{"type":"string"},{"type":"null"}]}`, ""},
		{`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `{"anyOf":[{"type":"null"},{"type":"string"}]}`, ""},
		{`{"anyOf":[{"type":"null"},{"type":"string"}]}`, `{"oneOf":[{"type":"null"},{"type":"string"}]}`, "#/: COMBINED_TYPE_CHANGED"},
		{`{"oneOf":[{"type":"null"},{"type":"string"},{"type":"boolean"}]}`, `{"oneOf":[{"type":"null"},{"type":"string"}]}`, "#/: SUM_TYPE_NARROWED"},
		{`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `{"oneOf":[{"type":"null"},{"type":"integer"}]}`, "#/: COMBINED_TYPE_SUBSCHEMAS_CHANGED"},
		{`{"type":"string","maxLength":3}`, `{"type":"string","maxLength":4}`, ""},
		{`{"type":"string","maxLength":3}`, `{"type":"string","maxLength":2}`, "#/: maxLength"},
		{`{"type":"string"}`, `{"type":"string","pattern":"a"}`, "#/: pattern"},
		{`{"type":"integer","minimum":3}`, `{"type":"integer","minimum":2}`, ""},
		{`{"type":"integer"}`, `{"type":"integer","minimum":2}`, "#/: minimum"},
		{`{"type":"integer","multipleOf":4}`, `{"type":"integer","multipleOf":2}`, ""},
		{`{"type":"integer","multipleOf":2}`, `{"type":"integer","multipleOf":4}`, "#/: multipleOf"},
		{`{"enum":["a"]}`, `{"enum":["b","a"]}`, ""},
		{`{"enum":["a","b"]}`, `{"enum":["a"]}`, "#/: enum"},
		{object(`}}`), object(`}}`), ""},
		{object(`,"b":{"type":"string"}}}`), object(`}}`), ""},
		{object(`}}`), object(`,"b":{"type":"string"}}}`), "#/b: PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"},
		{object(`}}`), object(`,"b":{}}}`), ""},
		{object(`},"additionalProperties":false}`), object(`,"b":{"type":"string"}},"additionalProperties":false}`), ""},
		{object(`},"additionalProperties":false}`), object(`,"b":{"type":"string"}},"required":["b"],"additionalProperties":false}`), "#/b: REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"},
		{object(`},"additionalProperties":false}`), object(`,"b":{"type":"string","default":"x"}},"required":["b"],"additionalProperties":false}`), ""},
		{object(`,"b":{"type":"string"}},"additionalProperties":false}`), object(`},"additionalProperties":false}`), "#/b: PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"},
		{object(`}}`), object(`},"additionalProperties":false}`), "#/additionalProperties: ADDITIONAL_PROPERTIES_REMOVED"},
		{object(`},"additionalProperties":false}`), object(`}}`), ""},
		{object(`}}`), object(`},"additionalProperties":{"type":"string"}}`), "#/additionalProperties: ADDITIONAL_PROPERTIES_NARROWED"},
		{object(`}}`), object(`},"required":["a"]}`), "#/a: REQUIRED_ATTRIBUTE_ADDED"},
		{object(`},"required":["a"]}`), object(`}}`), ""},
		{object(`,"b":{"type":"array","items":{"type":"string"}}}}`), object(`,"b":{"type":"array","items":{"type":"boolean"}}}}`), "#/b/items: TYPE_CHANGED"},
		{`{"type":"array","items":{"type":"string"}}`, `{"type":"array"}`, ""},
		{`{"type":"array"}`, `{"type":"array","items":{"type":"string"}}`, "#/items: SCHEMA_ADDED"},
		{`{"type":"array","items":{}}`, `{"type":"array","items":{},"uniqueItems":true}`, "#/: uniqueItems"},
		{`{"type":"object","properties":{"n":{"$ref":"#"}}}`, `{"type":"object","properties":{"n":{"$ref":"#"}}}`, ""},
	} {
		where, ok := Reads(load(t, x.reader), load(t, x.writer))
		if ok != (x.where == "") || where != x.where {
			t.Errorf("%s read by %s: %v at %q, want %q", x.writer, x.reader, ok, where, x.where)
		}
	}
}

func TestReferencesOfDocuments(t *testing.T) {
	t.Parallel()
	documents := map[string]*tree.Node{}
	for name, text := range map[string]string{
		"a.json": `{"definitions":{"X":{"type":"integer"},"Y":{"$ref":"#/definitions/X"},"Z":{"$ref":"b.json#/$defs/B"}}}`,
		"b.json": `{"definitions":{"B":{"type":"boolean"}}}`,
	} {
		n, err := tree.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		documents[name] = n
	}
	for _, head := range []string{`{`, `{"$schema":"https://json-schema.org/draft/2019-09/schema",`, `{"$id":"http://acme.org/schemas/root.json",`} {
		for ref, want := range map[string]Type{
			"a.json#/definitions/X": NumberSchema, "./a.json#/definitions/Y": NumberSchema, "a.json#/definitions/Z": BooleanSchema, "a.json": EmptySchema,
		} {
			root, err := tree.Parse([]byte(head + `"$ref":"` + ref + `"}`))
			if err != nil {
				t.Fatal(err)
			}
			s, err := Load(root, documents, false)
			for err == nil && s.Type == ReferenceSchema {
				s = s.Target
			}
			if err != nil || s.Type != want {
				t.Errorf("%s %s: %v, %v", head, ref, s, err)
			}
		}
	}
}
