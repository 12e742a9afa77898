package json

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// modes are the configurations that reading and writing depend on.
func modes(t testing.TB) map[string]*Converter {
	return map[string]*Converter{
		"envelope": newConverter(t),
		"plain":    newConverter(t, "schemas.enable", "false"),
		"numeric":  newConverter(t, "decimal.format", "NUMERIC"),
		"no nulls": newConverter(t, "replace.null.with.default", "false"),
		"content":  newConverter(t, "schema.content", `{"type":"struct","fields":[{"field":"a","type":"int32","optional":true},{"field":"b","type":"double","default":2.5}]}`),
	}
}

// seeds are documents that take every way through the converter.
var seeds = []string{
	``, ` `, `null`, `1`, `-0`, `1.50`, `1e400`, `"a"`, `"\ud83d\ude00"`, `[]`, `[1,2.5,"x",null,true,{}]`, `{"a":1,"a":2}`, `{"b":1.5,"a":{"c":[{"d":1},{"d":2}]}}`,
	`{"a":1} x`, "\ufeff{}", "{\x00}\x00", "1\x00",
	`{"schema":null,"payload":{"a":1}}`,
	`{"schema":{"type":"int8","optional":false},"payload":300}`,
	`{"payload":"NaN","schema":{"type":"double","optional":false}}`,
	`{"schema":{"type":"bytes","optional":false},"payload":"AQI="}`,
	`{"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":"AQI="}`,
	`{"schema":{"type":"int32","optional":true,"name":"org.apache.kafka.connect.data.Date","version":1},"payload":12}`,
	`{"schema":{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"double","optional":true},"optional":false},"payload":{"b":1.5,"a":null}}`,
	`{"schema":{"type":"map","keys":{"type":"int32","optional":false},"values":{"type":"string","optional":true},"optional":false},"payload":[[1,"a"],[2,null]]}`,
	`{"schema":{"type":"array","items":{"type":"struct","fields":[{"type":"string","optional":true,"field":"s"}],"optional":false},"optional":false},"payload":[{"s":"é"},{}]}`,
	nestedSeed(`{"n":{"a":[1,2],"m":{"k":1.25},"d":"AQI=","f":-0.5,"t":"\u001F","y":"AA=="},"f":1.5,"g":0.25,"e":null}`),
	nestedSeed(`{"f":1.50,"g":1e3, "n":{"a":[1, 2],"m":{"k":1.25,"j":2},"d":12.50,"f":-0.0,"t":"\u001f","y":"AA=="},"e":"x","z":[1,{"y":null}]}`),
	nestedSeed(`{"n":{"a":[],"m":{},"d":"AAE=","f":-0.5,"t":"😀","y":""},"f":0.0,"g":9999999.5,"e":null}`),
}

func nestedSeed(payload string) string {
	return `{"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"array","items":{"type":"int32","optional":false},"optional":false,"field":"a"},` +
		`{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"double","optional":false},"optional":false,"field":"m"},` +
		`{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"field":"d"},` +
		`{"type":"float","optional":false,"field":"f"},{"type":"string","optional":true,"field":"t"},{"type":"bytes","optional":false,"field":"y"}],"optional":false,"field":"n"},` +
		`{"type":"double","optional":false,"field":"f"},{"type":"float","optional":false,"field":"g"},{"type":"string","optional":true,"default":"dd","field":"e"}],"optional":false},"payload":` + payload + `}`
}

// checkAgainstTree compares the fast way of reading with the slow one, and what both results are written as.
func checkAgainstTree(t testing.TB, all map[string]*Converter, mode string, doc []byte) {
	c := all[mode]
	wantSchema, want, wantErr := c.readTree(data.NewArena(), doc)
	schema, got, err := c.ToConnect(data.NewArena(), "t", &connect.Headers{}, doc)
	switch {
	case (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error():
		t.Fatalf("%s %q: error %v, want %v", mode, doc, err, wantErr)
	case err != nil:
		return
	case schema != wantSchema:
		t.Fatalf("%s %q: schema %v, want %v", mode, doc, schema, wantSchema)
	}
	for name, w := range all {
		wantOut, wantNull, wantErr := w.FromConnect(nil, "t", &connect.Headers{}, schema, want)
		out, null, err := w.FromConnect(nil, "t", &connect.Headers{}, schema, got)
		switch {
		case (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error():
			t.Fatalf("%s %q, written %s: error %v, want %v", mode, doc, name, err, wantErr)
		case null != wantNull || !bytes.Equal(out, wantOut):
			t.Fatalf("%s %q, written %s: %s, want %s", mode, doc, name, out, wantOut)
		}
		if err == nil && !null && name == mode && mode != "content" {
			checkFixpoint(t, c, mode, out)
		}
	}
	if !got.Equal(want) {
		t.Fatalf("%s %q: %v, want %v", mode, doc, got, want)
	}
}

// checkFixpoint reads what was written and writes it again.
func checkFixpoint(t testing.TB, c *Converter, mode string, out []byte) {
	s, v, err := c.ToConnect(data.NewArena(), "t", &connect.Headers{}, out)
	if err != nil {
		// What is written need not be readable: a decimal may lack its scale, bytes may have become null.
		return
	}
	again, null, err := c.FromConnect(nil, "t", &connect.Headers{}, s, v)
	if err != nil || null || !bytes.Equal(again, out) && !bytes.Contains(out, []byte(`"NaN"`)) && !bytes.Contains(out, []byte(`Infinity"`)) {
		t.Fatalf("%s: %s becomes %s, %v", mode, out, again, err)
	}
}

func TestFastAndTreeAgree(t *testing.T) {
	t.Parallel()
	all := modes(t)
	rng := rand.New(rand.NewPCG(3, 4))
	var docs []string
	docs = append(docs, seeds...)
	for _, k := range recordKinds {
		for _, c := range []string{"envelope", "plain"} {
			for _, doc := range documents(t, k.name, all[c])[:40] {
				docs = append(docs, string(doc))
				if c == "plain" {
					// Once more in Java's order.
					again, err := rewrite(all[c], doc)
					if err != nil {
						t.Fatal(err)
					}
					docs = append(docs, string(again), string(again))
				}
			}
		}
	}
	for _, doc := range docs {
		for mode := range all {
			checkAgainstTree(t, all, mode, []byte(doc))
			for range 5 {
				checkAgainstTree(t, all, mode, mutate(rng, []byte(doc)))
			}
		}
	}
}

func rewrite(c *Converter, doc []byte) ([]byte, error) {
	s, v, err := c.ToConnect(data.NewArena(), "t", nil, doc)
	if err != nil {
		return nil, err
	}
	out, _, err := c.FromConnect(nil, "t", nil, s, v)
	return out, err
}

// mutate changes a document in one place or a few.
func mutate(rng *rand.Rand, doc []byte) []byte {
	if len(doc) == 0 {
		return doc
	}
	doc = bytes.Clone(doc)
	pick := func(all ...string) string { return all[rng.IntN(len(all))] }
	for range 1 + rng.IntN(3) {
		i := rng.IntN(len(doc))
		if at := bytes.LastIndex(doc, []byte(`"payload":`)); at > 0 && rng.IntN(4) > 0 {
			i = at + rng.IntN(len(doc)-at)
		}
		switch rng.IntN(6) {
		case 0:
			doc = doc[:i+1]
		case 1:
			doc[i] = pick(`"`, `,`, `:`, `{`, `}`, `[`, `]`, `0`, `x`, ` `, `\`, `-`, `.`, "\xff", "\xc3")[0]
		case 2:
			doc = append(doc[:i:i], append([]byte(pick(" ", "\n", "0", "9", "00", ".5", "e3", `\n`, `\u001F`, "é", "😀", "null", "1.5", `"x"`, `,"a":1`)), doc[i:]...)...)
		case 3:
			doc = append(doc[:i:i], doc[min(len(doc), i+1+rng.IntN(8)):]...)
		case 4:
			j := rng.IntN(len(doc))
			doc = append(append(doc[:i:i], doc[min(i, j):max(i, j)]...), doc[i:]...)
		case 5:
			colons := strings.Split(string(doc), ":")
			k := rng.IntN(len(colons))
			colons[k] += pick("null,", "1,", " ", "1.5,", `"a",`, "[],", "{},")
			doc = []byte(strings.Join(colons, ":"))
		}
		if len(doc) == 0 {
			return doc
		}
	}
	return doc
}

func FuzzConverter(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	all := modes(f)
	for _, k := range recordKinds {
		f.Add(documents(f, k.name, all["envelope"])[0])
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for mode := range all {
			checkAgainstTree(t, all, mode, doc)
		}
	})
}

// TestSchemaCache reads more schemas than are kept, in changing order.
func TestSchemaCache(t *testing.T) {
	t.Parallel()
	const schemas = 50
	for _, size := range []string{"-1", "0", "1", "7", "1000"} {
		c := newConverter(t, "schemas.cache.size", size)
		rng := rand.New(rand.NewPCG(7, 8))
		for range 2000 {
			n := rng.IntN(schemas)
			// Half of the texts are longer than what is hashed of them; some of those begin alike.
			pad := strings.Repeat("x", n/10*60)
			doc := fmt.Sprintf(`{"schema":{"type":"int32","optional":false,"doc":"%s","name":"n%d"},"payload":%d}`, pad, n, n)
			s, v, err := c.ToConnect(data.NewArena(), "t", nil, []byte(doc))
			if x, _ := v.Int64(); err != nil || x != int64(n) || s.Name() != fmt.Sprintf("n%d", n) {
				t.Fatalf("size %s: %s: %v %v %v", size, doc, s, v, err)
			}
			e := &c.reader.envelopes
			count, bytes := 0, 0
			for x := e.last; ; x = x.older {
				count, bytes = count+1, bytes+len(x.open)
				if x.newer.older != x || x.older.newer != x {
					t.Fatal("the ring is broken")
				}
				if x.older == e.last {
					break
				}
			}
			if count != len(e.byText) || count > max(c.cacheSize, 1) || bytes != e.bytes || len(e.byHead) > count {
				t.Fatalf("size %s: %d in the ring, %d by text, %d by head, %d bytes of %d", size, count, len(e.byText), len(e.byHead), bytes, e.bytes)
			}
		}
	}
}
