package bench

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/plugins/standard"
)

const apache = "org.apache.kafka.connect.transforms."

// chains are the transformations of the benchmark by the kind of record they get.
var chains = map[string]map[string]string{
	"flat10":   insertMaskReplace("email", "note", "name:title"),
	"nested40": insertMaskReplace("number", "note", "channel:via"),
	"dbz":      withExtract(insertMaskReplace("op", "transaction", "ts_ms:at"), "after"),
}

func insertMaskReplace(mask, exclude, rename string) map[string]string {
	return map[string]string{"name": "c", "connector.class": "C", "transforms": "i,m,r",
		"transforms.i.type": apache + "InsertField$Value", "transforms.i.topic.field": "topic", "transforms.i.static.field": "where", "transforms.i.static.value": "here",
		"transforms.m.type": apache + "MaskField$Value", "transforms.m.fields": mask,
		"transforms.r.type": apache + "ReplaceField$Value", "transforms.r.exclude": exclude, "transforms.r.renames": rename}
}

func withExtract(props map[string]string, field string) map[string]string {
	props["transforms"] += ",e"
	props["transforms.e.type"], props["transforms.e.field"] = apache+"ExtractField$Value", field
	return props
}

// BenchmarkEnvelopeChain reads JSON with schemas, transforms it and writes it again, a batch of 500 records after the other.
func BenchmarkEnvelopeChain(b *testing.B) { benchChains(b, "true") }

// BenchmarkPlainChain is BenchmarkEnvelopeChain for the same records without schemas.
func BenchmarkPlainChain(b *testing.B) { benchChains(b, "false") }

func benchChains(b *testing.B, schemas string) {
	plugins, err := plugin.New("4.3.1", standard.Plugins()...)
	if err != nil {
		b.Fatal(err)
	}
	p, _ := plugins.Find(connect.KindConverter, "org.apache.kafka.connect.json.JsonConverter")
	for _, kind := range []string{"flat10", "nested40", "dbz"} {
		b.Run(kind, func(b *testing.B) {
			c := p.NewConverter()
			if err := c.Configure(map[string]string{"schemas.enable": schemas}, false); err != nil {
				b.Fatal(err)
			}
			docs, err := Documents(kind)
			if err != nil {
				b.Fatal(err)
			}
			if schemas == "false" {
				for i, doc := range docs {
					docs[i] = Payload(doc)
				}
			}
			chain, err := worker.NewDryRun(plugins, chains[kind])
			if err != nil {
				b.Fatal(err)
			}
			defer chain.Close()
			batch := connect.NewSourceBatch(connect.BatchLimits{Records: len(docs), Bytes: 64 << 20})
			dst := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%len(docs) == 0 {
					batch.Reset()
				}
				r := batch.Add("orders")
				s, v, err := c.ToConnect(r.Arena(), r.Topic, &r.Headers, docs[i%len(docs)])
				if err != nil {
					b.Fatal(err)
				}
				r.SetValue(s, v)
				if keep, skipped, err := chain.Apply(b.Context(), r); !keep || skipped != nil || err != nil {
					b.Fatal(keep, skipped, err)
				}
				if dst, _, err = c.FromConnect(dst[:0], r.Topic, &r.Headers, r.ValueSchema(), r.Value()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
