package jackson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func stringMap(text string) (Map, error) {
	r := NewReader([]byte(text))
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	m, err := r.StringMap()
	if err != nil {
		return nil, err
	}
	return m, r.Finish(StringMap)
}

func TestStringMap(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]any{
		`{}`:                             {},
		"\ufeff {\"a\" : \"b\"} \n":      {"a": "b"},
		`{"a":1.50,"b":-0,"c":1e400}`:    {"a": "1.50", "b": "-0", "c": "1e400"},
		`{"a":true,"b":false,"c":null}`:  {"a": "true", "b": "false", "c": nil},
		`{"a":"1","b":"2","a":"3"}`:      {"a": "3", "b": "2"},
		`{"\"\\\/\b\f\n\r\té":"😀"}`:      {"\"\\/\b\f\n\r\té": "😀"},
		`{"a":"\ud83d x"}`:               {"a": "\ufffd x"},
		`{"a":"\ud83d\u0041"}`:           {"a": "\ufffdA"},
		`{"":"` + "é" + `"}`:             {"": "é"},
		`{"a":"x\u0041\\u0041","b":"c"}`: {"a": `xA\u0041`, "b": "c"},
	} {
		m, err := stringMap(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := map[string]any{}
		for _, e := range m {
			got[e.Key] = nil
			if e.Value != nil {
				got[e.Key] = *e.Value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	m, _ := stringMap(`{"b":"1","a":"2","b":"3"}`)
	if len(m) != 2 || m[0].Key != "b" || *m[0].Value != "3" {
		t.Errorf("the order is lost: %v", m)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const value = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	for text, want := range map[string]string{
		`{`:               "Unexpected end-of-input: expected close marker for Object (start marker at [Source",
		`{"a"`:            "Unexpected end-of-input within/between Object entries\n at [Source",
		`{"a":`:           "Unexpected end-of-input within/between Object entries",
		`{"a":"b",`:       "Unexpected end-of-input within/between Object entries",
		`{"a":"b"`:        "Unexpected end-of-input: expected close marker for Object",
		`{"a":"b`:         "Unexpected end-of-input in VALUE_STRING",
		`{"a`:             "Unexpected end-of-input in field name",
		`{"a":"\`:         "Unexpected end-of-input in character escape sequence",
		`{"a":"\u12`:      "Unexpected end-of-input in character escape sequence",
		`{"a":"\u12zz"}`:  "Unexpected character",
		`{"a":"\x"}`:      "Unrecognized character escape 'x' (code 120)",
		"{\"a\":\"\n\"}":  "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
		`{a:1}`:           "Unexpected character ('a' (code 97)): was expecting double-quote to start field name",
		`{"a" 1}`:         "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
		`{"a":1 "b":2}`:   "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
		`{"a":}`:          "Unexpected character ('}' (code 125)): expected a valid value " + value,
		`{"a":1,}`:        "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
		`{"a":nul}`:       "Unrecognized token 'nul': was expecting " + value,
		`{"a":01}`:        "Invalid numeric value: Leading zeroes not allowed",
		`{"a":1.}`:        "Unexpected character ('}' (code 125)): Decimal point not followed by a digit",
		`{"a":1e}`:        "Unexpected character ('}' (code 125)): Exponent indicator not followed by a digit",
		`{"a":-}`:         "Unexpected character ('}' (code 125)): expected digit (0-9) to follow minus sign, for valid numeric value",
		"{\x01":           "Illegal character ((CTRL-CHAR, code 1))",
		`]`:               "Unexpected close marker ']': no open Array to close",
		`{]`:              "Unexpected close marker ']': expected '}' (for Object starting at [Source",
		`{}}`:             "Unexpected close marker '}': no open Object to close",
		`{} {}`:           "Trailing token (`JsonToken.START_OBJECT`) found after value",
		`[]`:              "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Array value (token `JsonToken.START_ARRAY`)",
		`12`:              "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.String,java.lang.String>` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)",
		`"x"`:             "Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')",
		`{"a":{}}`:        "Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)",
		`{"a":[[[[[[[[[`:  "Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)",
		"{\n \"a\": ü}":   "Unrecognized token 'ü': was expecting " + value,
		"{\n\"a\":\n'b'}": "Unexpected character (''' (code 39)): expected a valid value " + value + "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 3, column: 1]",
	} {
		_, err := stringMap(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestObjectMapAndDepth(t *testing.T) {
	t.Parallel()
	read := func(text string) (map[string]any, error) {
		r := NewReader([]byte(text))
		if _, err := r.Next(); err != nil {
			return nil, err
		}
		return r.ObjectMap()
	}
	got, err := read(`{"a":[1,2.5,"x",null,true,{"b":[]}],"c":{}}`)
	want := map[string]any{"a": []any{json.Number("1"), json.Number("2.5"), "x", nil, true, map[string]any{"b": []any{}}}, "c": map[string]any{}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := read(`{"a":` + strings.Repeat("[", 100000)); err == nil || !strings.Contains(err.Error(), "exceeds the maximum allowed (1000") {
		t.Errorf("got %v", err)
	}
}

func FuzzStringMap(f *testing.F) {
	for _, s := range []string{`{"a":"b","c":1.5e3}`, `{"a":"é`, `[]`, "\ufeff{}", `{"a":null}}`, `{"a":"\ud800"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := stringMap(text)
		var std map[string]any
		if err == nil && m != nil && json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &std) != nil {
			t.Errorf("%q is no JSON", text)
		}
	})
}
