package app

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/plugins/standard"
)

func dataTexts(t *testing.T) (envelopes, payloads *dataText) {
	t.Helper()
	registry, err := plugin.New("1", standard.Plugins()...)
	if err == nil {
		envelopes, err = newDataText(registry, false)
	}
	if err == nil {
		payloads, err = newDataText(registry, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return envelopes, payloads
}

// TestDataComesBack prints what was read.
func TestDataComesBack(t *testing.T) {
	t.Parallel()
	envelopes, payloads := dataTexts(t)
	for text, payload := range map[string]string{
		`null`:                               `null`,
		`{"b":1,"a":[1.5,"x",null,true,{}]}`: ``,
		`{"schema":null,"payload":{"schema":1,"payload":2}}`:          `{"schema":1,"payload":2}`,
		`{"schema":{"type":"int8","optional":false},"payload":7}`:     `7`,
		`{"schema":{"type":"string","optional":true},"payload":null}`: `null`,
		`{"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":12345678.90}`:   `12345678.90`,
		`{"schema":{"type":"struct","fields":[{"type":"string","optional":true,"default":"d","field":"a"}],"optional":false},"payload":{"a":null}}`:                  `{"a":null}`,
		`{"schema":{"type":"map","keys":{"type":"int8","optional":false},"values":{"type":"string","optional":false},"optional":false},"payload":[[1,"a"],[2,"b"]]}`: `[[1,"a"],[2,"b"]]`,
	} {
		l, err := parseLine([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		schema, v, err := envelopes.read(data.NewArena(), l)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if payload == "" {
			payload = text
		}
		if got := string(envelopes.print(schema, v)); got != text && !(text[:4] == `{"b"` && len(got) == len(text)) {
			t.Errorf("%s is printed %s", text, got)
		}
		if got := string(payloads.print(schema, v)); got != payload && !(text[:4] == `{"b"` && len(got) == len(text)) {
			t.Errorf("the payload %s is printed %s", payload, got)
		}
	}
}

// TestDataWithoutSchemaThatJSONLacks prints what JsonConverter refuses.
func TestDataWithoutSchemaThatJSONLacks(t *testing.T) {
	t.Parallel()
	envelopes, _ := dataTexts(t)
	for _, c := range []struct {
		v    data.Value
		want string
	}{
		{data.TimestampMillis(1_700_000_000_123), `"2023-11-14T22:13:20.123Z"`},
		{data.DateMillis(86_400_000), `"1970-01-02"`},
		{data.TimeMillis(1), `"00:00:00.001"`},
		{data.DecimalOf(big.NewInt(-150), 2), `-1.50`},
		{data.MapOf(data.Int32(1), data.TimeMillis(0)), `[[1,"00:00:00.000"]]`},
		{data.ListOf(data.Float64(5), data.Float64(1e10), data.BytesOf([]byte{1})), `[5.0,1.0E10,"AQ=="]`},
		{data.ForeignOf(&data.Foreign{Class: "java.util.UUID", Text: `a"b`}), `"a\"b"`},
		{data.Float64(math.NaN()), `"NaN"`},
	} {
		if got := string(envelopes.print(nil, c.v)); got != c.want {
			t.Errorf("%s is printed %s, want %s", c.v, got, c.want)
		}
	}
	if got := string(envelopes.print(data.Int8Schema, data.String("x"))); got[:16] != `{"unprintable":"` {
		t.Errorf("data that does not fit its schema is printed %s", got)
	}
}

func TestEnvelopesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	envelopes, _ := dataTexts(t)
	of := func(kind string) string { return `{"type":"` + kind + `"}` }
	record := `{"type":"struct","fields":[{"field":"a","type":"string"},{"field":"b","type":"int8","optional":true}]}`
	for _, c := range []struct{ schema, payload, want string }{
		{of("strin"), `1`, "or the schema is none"},
		{record, `{}`, "Invalid null value for required STRING field"},
		{record, `{"a":"x","b":128}`, "128 is no INT8"},
		{record, `{"a":"x","c":1}`, `the schema has no field "c"`},
		{record, `[]`, ""},
		{of("string"), `null`, ""},
		{of("string"), `1`, "1 is no STRING"},
		{of("int64"), `"x"`, `"x" is no INT64`},
		{of("int64"), `1.5`, "1.5 is no INT64"},
		{of("int32"), `2147483648`, "is no INT32"},
		{of("double"), `"1"`, `"1" is no FLOAT64`},
		{of("boolean"), `1`, "1 is no BOOLEAN"},
		{of("bytes"), `"?"`, ""},
		{of("bytes"), `1`, ""},
		{`{"type":"array","items":{"type":"int8"}}`, `[1,true]`, "true is no INT8"},
		{`{"type":"array","items":{"type":"int8"}}`, `{}`, ""},
		{`{"type":"map","keys":{"type":"string"},"values":{"type":"int8"}}`, `{"a":"1"}`, `"1" is no INT8`},
		{`{"type":"map","keys":{"type":"string"},"values":{"type":"int8"}}`, `[]`, ""},
		{`{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}`, `[[1,2],["a",2]]`, `"a" is no INT8`},
		{`{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}`, `{"1":2}`, ""},
		{`{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}`, `[[1]]`, ""},
	} {
		l, err := parseLine([]byte(`{"schema":` + c.schema + `,"payload":` + c.payload + `}`))
		if err != nil {
			t.Fatal(err)
		}
		_, v, err := envelopes.read(data.NewArena(), l)
		var place *malformed
		if !errors.As(err, &place) || place.column < len(c.schema) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %s was read as %s, %v, want %s", c.schema, c.payload, v, err, c.want)
		}
	}
}
