package variant

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 300 {
		many.WriteString(`,"k` + strings.Repeat("x", i) + `":[` + strings.Repeat("1,", i) + `0]`)
	}
	for _, text := range []string{
		`null`, `true`, `"é😀"`, `"` + strings.Repeat("long", 100) + `"`, `5`, `-5000000000`, `1.25`, `-0.000001`, `12345678901234567890`, `-12345678901234567890123456789.5`,
		`[]`, `{}`, `{"a":{"b":[1,{"a":null}]},"c":1.5}`, `{"a":1` + many.String() + `}`, `[` + strings.Repeat("1,", 70000) + `1]`,
	} {
		n, err := tree.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		metadata, value, err := Encode(n)
		if err != nil {
			t.Fatal(err)
		}
		out, err := AppendJSON(nil, metadata, value)
		if err != nil {
			t.Errorf("%.60s: %v", text, err)
			continue
		}
		// Members come back in the order of their names, as they stand in these texts.
		if back, err := tree.Parse(out); err != nil || back.String() != n.String() && len(text) < 1000 {
			t.Errorf("%.60s came back as %.60s, %v", text, out, err)
		}
		for i := range min(len(value), 200) {
			if out, err := AppendJSON(nil, metadata, value[:i]); err == nil && i == 0 {
				t.Errorf("%.60s cut at %d is %.60s", text, i, out)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	empty := "\x01\x00\x00"
	for value, want := range map[string]string{
		"\x0c\xff": "-1", "\x10\x00\x01": "256", "\x1c\x00\x00\x00\x00\x00\x00\xf8\x3f": "1.5", "\x38\x00\x00\x80\x7f": `"Infinity"`,
		"\x2c\x01\x00\x00\x00": `"1970-01-02"`, "\x30\x40\x42\x0f\x00\x00\x00\x00\x00": `"1970-01-01T00:00:01Z"`,
		"\x34\x01\x00\x00\x00\x00\x00\x00\x00": `"1970-01-01T00:00:00.000001"`, "\x44\xe8\x03\x00\x00\x00\x00\x00\x00": `"00:00:00.001"`,
		"\x48\xff\xff\xff\xff\xff\xff\xff\xff": `"1969-12-31T23:59:59.999999999Z"`, "\x3c\x01\x00\x00\x00\xff": `"/w=="`,
		"\x50\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f": `"00010203-0405-0607-0809-0a0b0c0d0e0f"`,
		"\x20\x02\x9c\xff\xff\xff": "-1.00",
	} {
		out, err := AppendJSON(nil, []byte(empty), []byte(value))
		if err != nil || string(out) != want {
			t.Errorf("%x: got %s, %v, want %s", value, out, err, want)
		}
	}
	for _, bad := range [][2]string{{"", "\x00"}, {"\x02\x00\x00", "\x00"}, {empty, ""}, {empty, "\x02\x01\x00\x00\x01\x00"}, {empty, "\x03\xff\x00"}, {empty, "\xfc"}, {empty, "\x40\xff\xff\xff\x7f"}} {
		if out, err := AppendJSON(nil, []byte(bad[0]), []byte(bad[1])); err == nil {
			t.Errorf("%x is %s", bad, out)
		}
	}
}
