package json

import (
	stdjson "encoding/json"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// forEach runs f once for each of b.N documents, with a new arena for each batch of documents.
func forEach(b *testing.B, docs [][]byte, f func(a *data.Arena, doc []byte)) {
	b.ReportAllocs()
	b.ResetTimer()
	var a *data.Arena
	for n := 0; n < b.N; n++ {
		i := n % len(docs)
		if i == 0 {
			a = data.NewArena()
		}
		f(a, docs[i])
	}
}

func benchKinds(b *testing.B, schemas string, f func(b *testing.B, docs [][]byte)) {
	for _, k := range recordKinds {
		b.Run(k.name, func(b *testing.B) { f(b, documents(b, k.name, newConverter(b, "schemas.enable", schemas))) })
	}
}

// BenchmarkCalibrate checks and copies the documents: the measure for the other benchmarks on machines of any speed.
func BenchmarkCalibrate(b *testing.B) {
	for _, schemas := range []string{"true", "false"} {
		b.Run("envelope="+schemas, func(b *testing.B) {
			benchKinds(b, schemas, func(b *testing.B, docs [][]byte) {
				dst := make([]byte, 0, 1<<16)
				forEach(b, docs, func(_ *data.Arena, doc []byte) {
					if jsonscan.Skip(doc, 0, 0) < 0 {
						b.Fatal("not valid")
					}
					dst = append(dst[:0], doc...)
				})
			})
		})
	}
}

func benchDecode(schemas string) func(b *testing.B, docs [][]byte) {
	return func(b *testing.B, docs [][]byte) {
		c := newConverter(b, "schemas.enable", schemas)
		forEach(b, docs, func(a *data.Arena, doc []byte) {
			if _, _, err := c.ToConnect(a, "t", nil, doc); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkEnvelopeDecode(b *testing.B) { benchKinds(b, "true", benchDecode("true")) }

func BenchmarkPlainDecode(b *testing.B) { benchKinds(b, "false", benchDecode("false")) }

func benchRoundTrip(schemas string) func(b *testing.B, docs [][]byte) {
	return func(b *testing.B, docs [][]byte) {
		c := newConverter(b, "schemas.enable", schemas)
		dst := make([]byte, 0, 1<<16)
		forEach(b, docs, func(a *data.Arena, doc []byte) {
			s, v, err := c.ToConnect(a, "t", nil, doc)
			if err != nil {
				b.Fatal(err)
			}
			if dst, _, err = c.FromConnect(dst[:0], "t", nil, s, v); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkEnvelopeToEnvelope(b *testing.B) { benchKinds(b, "true", benchRoundTrip("true")) }

func BenchmarkPlainToPlain(b *testing.B) { benchKinds(b, "false", benchRoundTrip("false")) }

// BenchmarkPlainInJavaOrder is BenchmarkPlainToPlain with objects whose names are in the order of Java's hash maps.
func BenchmarkPlainInJavaOrder(b *testing.B) {
	benchKinds(b, "false", func(b *testing.B, docs [][]byte) {
		c := newConverter(b, "schemas.enable", "false")
		for i := range docs {
			var err error
			if docs[i], err = rewrite(c, docs[i]); err != nil {
				b.Fatal(err)
			}
		}
		benchRoundTrip("false")(b, docs)
	})
}

// BenchmarkReadSpan reads the fields of a struct inside a change event.
func BenchmarkReadSpan(b *testing.B) {
	c := newConverter(b)
	forEach(b, documents(b, "dbz", c), func(a *data.Arena, doc []byte) {
		_, v, err := c.ToConnect(a, "t", nil, doc)
		if err != nil {
			b.Fatal(err)
		}
		after := v.Struct().Field("after").Struct()
		for i := range after.Len() {
			if after.Get(i).Kind() == data.ForeignKind {
				b.Fatal("cannot be")
			}
		}
	})
}

// BenchmarkEnvelopeEncode writes values whose every part was built.
func BenchmarkEnvelopeEncode(b *testing.B) {
	benchKinds(b, "true", func(b *testing.B, docs [][]byte) {
		c := newConverter(b)
		values := make([]data.Value, len(docs))
		var s *data.Schema
		for i, doc := range docs {
			var err error
			if s, values[i], err = c.readTree(data.NewArena(), doc); err != nil {
				b.Fatal(err)
			}
		}
		dst := make([]byte, 0, 1<<16)
		b.ResetTimer()
		b.ReportAllocs()
		for n := 0; n < b.N; n++ {
			var err error
			if dst, _, err = c.FromConnect(dst[:0], "t", nil, s, values[n%len(values)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSchemaSwitch reads documents of three schemas in turn.
func BenchmarkSchemaSwitch(b *testing.B) {
	c := newConverter(b)
	var all [3][][]byte
	for i, k := range recordKinds {
		all[i] = documents(b, k.name, c)
	}
	var docs [][]byte
	for i := range recordCount {
		docs = append(docs, all[0][i], all[1][i], all[2][i])
	}
	b.ResetTimer()
	benchRoundTrip("true")(b, docs)
}

// BenchmarkOddForms reads envelopes that no converter wrote: with white space and the names sorted, so that the payload stands first; indented too;
// without the members that are null.
func BenchmarkOddForms(b *testing.B) {
	forms := map[string]func(v any) any{
		"indented": func(v any) any { return v },
		"sorted":   func(v any) any { return v },
		"no nulls": dropNulls,
	}
	for name, form := range forms {
		b.Run(name, func(b *testing.B) {
			benchKinds(b, "true", func(b *testing.B, docs [][]byte) {
				for i, doc := range docs {
					var v any
					if err := stdjson.Unmarshal(doc, &v); err != nil {
						b.Fatal(err)
					}
					indent := ""
					if name == "indented" {
						indent = "  "
					}
					docs[i], _ = stdjson.MarshalIndent(form(v), "", indent)
				}
				benchDecode("true")(b, docs)
			})
		})
	}
}

func dropNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
			} else {
				dropNulls(e)
			}
		}
	case []any:
		for _, e := range v {
			dropNulls(e)
		}
	}
	return v
}
