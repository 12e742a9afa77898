package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/bench"
	"github.com/moldau/moldau/bench/measured"
)

const (
	apache = "org.apache.kafka.connect."
	// lastName is the name in the last record: once it stands in the output all have arrived.
	lastName = "the last of all"
)

// dataFlow is a topic of JSON and what a file sink does to it.
type dataFlow struct {
	title, topic string
	schemas      string
	props        map[string]string
}

var dataFlows = []dataFlow{
	{"JSON with schema → three transformations → file", "envelopes", "true", map[string]string{"transforms": "i,m,r",
		"transforms.i.type": apache + "transforms.InsertField$Value", "transforms.i.topic.field": "topic", "transforms.i.static.field": "where", "transforms.i.static.value": "here",
		"transforms.m.type": apache + "transforms.MaskField$Value", "transforms.m.fields": "email",
		"transforms.r.type": apache + "transforms.ReplaceField$Value", "transforms.r.exclude": "note", "transforms.r.renames": "name:title"}},
	{"JSON without schema → two transformations → file", "plain", "false", map[string]string{"transforms": "i,r",
		"transforms.i.type": apache + "transforms.InsertField$Value", "transforms.i.topic.field": "topic", "transforms.i.static.field": "where", "transforms.i.static.value": "here",
		"transforms.r.type": apache + "transforms.ReplaceField$Value", "transforms.r.exclude": "note", "transforms.r.renames": "name:title"}},
}

// measureData prints the figures of topics of JSON through converters and transformations to a file.
func measureData(o options, b *measured.Broker) error {
	docs, err := bench.Documents("flat10")
	if err != nil {
		return err
	}
	n := o.records / 4 // they are several times larger than lines
	for _, flow := range dataFlows {
		err := b.Fill(flow.topic, 1, n, func(i int) (key, value []byte) {
			doc := docs[i%len(docs)]
			if i == n-1 {
				doc = named(docs[0], lastName)
			}
			if flow.schemas == "false" {
				doc = bench.Payload(doc)
			}
			return nil, doc
		})
		if err != nil {
			return err
		}
		rows := make([]figures, len(contenders))
		for round := range o.rounds {
			for i, c := range contenders {
				if !strings.Contains(c.name, o.only) {
					continue
				}
				dir := filepath.Join(o.dir, fmt.Sprintf("%s%d-%d", flow.topic, round, i))
				if err := o.runData(c, b, dir, flow, n, &rows[i]); err != nil {
					return err
				}
				fmt.Fprintf(os.Stderr, "round %d %-20s %s %.2f µs %.0f k/s\n", round+1, c.name, flow.topic, last(rows[i].cpu), last(rows[i].rate))
			}
		}
		printTable(flow.title, rows)
	}
	return nil
}

// named returns a document with another name in its payload.
func named(doc []byte, name string) []byte {
	key := []byte(`"name":"`)
	i := bytes.LastIndex(doc, key) + len(key)
	end := i + bytes.IndexByte(doc[i:], '"')
	return bytes.Join([][]byte{doc[:i], []byte(name), doc[end:]}, nil)
}

func (o options) runData(c contender, b *measured.Broker, dir string, flow dataFlow, n int, f *figures) error {
	output := filepath.Join(dir, "output.txt")
	config := map[string]string{"connector.class": "FileStreamSink", "file": output, "topics": flow.topic,
		"value.converter": apache + "json.JsonConverter", "value.converter.schemas.enable": flow.schemas}
	for k, v := range flow.props {
		config[k] = v
	}
	defer os.Remove(output)
	return o.measure(c, b, dir, config, n, f, func() bool { return endsWith(output, lastName) })
}

// endsWith reports whether the last line of a file holds the text.
func endsWith(file, text string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	const tail = 1000
	if info, err := f.Stat(); err != nil || info.Size() < tail {
		return false
	} else if _, err := f.Seek(-tail, io.SeekEnd); err != nil {
		return false
	}
	end, err := io.ReadAll(f)
	return err == nil && bytes.HasSuffix(end, []byte("\n")) && bytes.Contains(end, []byte(text))
}
