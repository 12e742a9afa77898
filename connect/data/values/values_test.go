package values

import (
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, schema, value string }{
		{"", "Schema{STRING}", ""},
		{"null", "null", "null"},
		{"007", "Schema{INT8}", "7"},
		{"1e3", "Schema{INT16}", "1000"},
		{"1e39", "Schema{FLOAT64}", "1.0E39"},
		{"1e2147483647", "Schema{org.apache.kafka.connect.data.Decimal:BYTES}", "1E+2147483647"},
		{"true}", "Schema{STRING}", "true}"},
		{" true ", "Schema{BOOLEAN}", "true"},
		{"[1]x", "Schema{ARRAY}", "[1]"},
		{`{"a":1 "b":2}`, "Schema{MAP}", "{a=1, b=2}"},
		{"[1, 2.5]", "Schema{ARRAY}", "[1.0, 2.5]"},
		{"[1, word]", "Schema{STRING}", "[1, word]"},
		{"[[[]],", "Schema{STRING}", "[[[]],"},
		{`"text"`, "Schema{STRING}", `"text"`},
	} {
		s, v := Parse(c.text)
		if s.String() != c.schema || v.String() != c.value {
			t.Errorf("%q: %v %v, want %s %s", c.text, s, v, c.schema, c.value)
		}
	}
}

// A text of brackets only must neither end the process nor take long.
func TestParseDeepText(t *testing.T) {
	for _, c := range []string{"[", "{", "[{", `["`, "[null,"} {
		text := strings.Repeat(c, 1<<20)
		if s, v := Parse(text); s != data.StringSchema || v.String() != text {
			t.Errorf("%q: %v", c, s)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		v    data.Value
		want string
	}{
		{data.Null, "null"},
		{data.String(`a"b`), `a"b`},
		{data.ListOf(data.String(`a"b\c`), data.Null, data.Int8(1)), `["a\"b\\c",null,1]`},
		{data.MapOf(data.Int8(1), data.BytesOf([]byte("hi"))), `{1:"aGk="}`},
		{data.Float64(1), "1.0"},
	} {
		got, err := Append(nil, c.v)
		if err != nil || string(got) != c.want {
			t.Errorf("%v: %s %v, want %s", c.v, got, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "null", "[1,2]", `{"a":[true,2020-01-01T00:00:00.000Z]}`, "12:34:56.789Z", `[ "x\"y" , {"k": null}]`, "-1e400", "٣", "[\\:]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, v := Parse(text)
		if s == nil {
			if !v.IsNull() {
				t.Fatalf("%q: %v without schema", text, v)
			}
			return
		}
		if k := s.ValueKind(); k != v.Kind() {
			t.Fatalf("%q: a value of kind %v with schema %v", text, v.Kind(), s)
		}
		// What is not text prints as something that is again of its kind.
		out, err := Append(nil, v)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if k := v.Kind(); k == data.BoolKind || k == data.Int8Kind || k == data.Int64Kind {
			if _, again := Parse(string(out)); !again.Equal(v) {
				t.Fatalf("%q: %v, printed %q, parsed as %v", text, v, out, again)
			}
		}
	})
}

// A header of digits only must not hold up a task for long.
func TestParseLongNumbers(t *testing.T) {
	digits := strings.Repeat("7", 200_000)
	for _, text := range []string{digits, "0." + digits, "-" + digits + "e-100000", digits + "x"} {
		start := time.Now()
		Parse(text)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%.10s... of %d characters took %v", text, len(text), d)
		} else {
			t.Log(d)
		}
	}
}
