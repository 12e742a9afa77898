package app

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMalformedLinesNameTheirColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{`{"value": 1`, 12, "does not end on this line"},
		{`{"value": tru}`, 14, "invalid character '}'"},
		{`{"ä": x}`, 7, "invalid character 'x'"},
		{`{"value": 1} 2`, 14, "after top-level value"},
		{"{\"value\": \"\xff\"}", 12, "not UTF-8"},
		{`17`, 1, "a record is an object"},
		{`  []`, 3, "a record is an object"},
		{`{"topic": "a"}`, 1, "no value"},
		{`{"value": 1, "topic": ""}`, 23, "topic: a text is needed"},
		{`{"value": 1, "topic": 7}`, 23, "topic: a text is needed, not 7"},
		{`{"value": "ä", "vaule": 7}`, 16, `"vaule" is no part of a record`},
		{`{"value": 1, "value": 2}`, 23, "a second value"},
		{`{"value": 1, "partition": -1}`, 27, "partition: an integer from 0 to 2147483647 is needed, not -1"},
		{`{"value": 1, "offset": 1.5}`, 24, "offset: an integer from 0"},
		{`{"value": 1, "timestamp": "soon"}`, 27, "timestamp: milliseconds since 1970"},
		{`{"value": 1, "headers": 7}`, 25, "headers: a list"},
		{`{"value": 1, "headers": [7]}`, 26, `headers: {"key", "value"} is needed, not 7`},
		{`{"value": 1, "headers": [{"key": 7}]}`, 34, "the key is a text"},
		{`{"value": 1, "headers": [{"key": "a"}]}`, 26, "a header has a key and a value"},
		{`{"value": 1, "headers": [{"key": "a", "valu": 1}]}`, 39, `"valu" is no part of a header`},
	} {
		l, err := parseLine([]byte(c.text))
		if err == nil {
			_, err = parseRecord(l)
		}
		var place *malformed
		if !errors.As(err, &place) || place.column != c.column || !strings.Contains(place.text, c.want) {
			t.Errorf("%s: %+v, want column %d and %s", c.text, err, c.column, c.want)
		}
	}
}

func TestRecordsAreReadWhole(t *testing.T) {
	t.Parallel()
	l, err := parseLine([]byte(` {"key" : null, "topic":"a\u0062", "partition":null,"offset":3 ,"timestamp":"1970-01-01T00:00:01Z",` +
		`"headers":[{"key":"x","schema":{"type":"int8"},"value":1},{"value":null,"key":"x"}],"value": {"a": [1, 2]}, "line": 7, "result": "kept"} `))
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseRecord(l)
	if err != nil {
		t.Fatal(err)
	}
	if r.topic != "ab" || r.partition != nil || *r.offset != 3 || *r.timestamp != 1000 || r.passedOver {
		t.Errorf("%+v", r)
	}
	if string(r.value.json) != `{"a": [1, 2]}` || len(r.headers) != 2 || string(r.headers[0].schema.json) != `{"type":"int8"}` || r.headers[1].key != "x" {
		t.Errorf("value %s, headers %+v", r.value.json, r.headers)
	}
	if l, err = parseLine([]byte(`{"line":1,"result":"dropped","by":{}}`)); err == nil {
		r, err = parseRecord(l)
	}
	if err != nil || !r.passedOver {
		t.Errorf("a result without record is passed over, not %+v, %v", r, err)
	}
}

// TestBytesComeBack writes bytes as results show them and reads them as records have them.
func TestBytesComeBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                      `""`,
		`text`:                  `"text"`,
		`17`:                    `"17"`,
		`null`:                  `"null"`,
		`{"a":1}`:               `{"a":1}`,
		`[1,{"<":"&"}]`:         `[1,{"<":"&"}]`,
		`{"a": 1}`:              `"{\"a\": 1}"`,
		`{"a":1}{}`:             `"{\"a\":1}{}"`,
		`{"base64":"AAA="}`:     `"{\"base64\":\"AAA=\"}"`,
		"\x00\x01":              `{"base64":"AAE="}`,
		"\xff":                  `{"base64":"/w=="}`,
		"tab\tand\nline":        `"tab\tand\nline"`,
		"{\"a\":\"\u2028\"}":    "{\"a\":\"\u2028\"}",
		`{"a":1,"a":2,"b":1e5}`: `{"a":1,"a":2,"b":1e5}`,
	} {
		shown, _ := printRaw([]byte(text))
		if string(shown) != want {
			t.Errorf("%q is shown as %s, want %s", text, shown, want)
		}
		var through strings.Builder
		encoder := json.NewEncoder(&through)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(shown); err != nil {
			t.Fatal(err)
		}
		l, err := parseLine([]byte(through.String()))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := l.raw(); err != nil || string(back) != text || back == nil {
			t.Errorf("%q comes back as %q, %v", text, back, err)
		}
	}
	if shown, _ := printRaw(nil); string(shown) != "null" {
		t.Errorf("no bytes are shown as %s", shown)
	}
}

func TestLinesAreReadOneByOne(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longestLine)
	in := newLines(strings.NewReader("\ufeffone\r\n\n" + long + "\n" + long + "y\n" + long + "yz\r\nlast"))
	var got []string
	for {
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case errors.Is(err, errLongLine):
			got = append(got, "too long")
		case err != nil:
			t.Fatal(err)
		case len(text) == longestLine:
			got = append(got, "longest")
		default:
			got = append(got, string(text))
		}
	}
	if diff := cmp.Diff([]string{"one", "", "longest", "too long", "too long", "last"}, got); diff != "" || in.number != 6 {
		t.Errorf("line %d: %s", in.number, diff)
	}
}
