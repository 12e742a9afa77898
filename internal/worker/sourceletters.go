package worker

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/store"
)

// sourceLetters makes dead letters of a source's records that transformations or converters refuse, where errors.deadletterqueue.topic.name names
// a topic; Java has dead letters of sinks only. They are sent within the flight of their poll, in place of their record: no offset at or past the
// record is committed before the letter is durable (I1), and in exactly-once mode both are of one transaction.
type sourceLetters struct {
	s *sourceTask
	// json converts what the connector's converters refuse; nil where there is no such converter.
	json connect.Converter

	pending []sourceLetter // of the dispatch under way
}

// sourceLetter is the dead letter of a polled record.
type sourceLetter struct {
	polled *connect.Record
	out    kgo.Record
}

// What headers say of the form that keys and values of dead letters have.
const (
	asConverted = "converter" // by the connector's converter
	asJSON      = "json"      // by JsonConverter, with schemas
	asText      = "text"
)

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// newSourceLetters returns nil where no topic is named.
func newSourceLetters(s *sourceTask) (*sourceLetters, error) {
	if s.settings.dlqTopic == "" {
		return nil, nil
	}
	l := &sourceLetters{s: s}
	if plugin, ok := s.w.cfg.Plugins.Find(connect.KindConverter, jsonConverter); ok && plugin.NewConverter != nil {
		l.json = plugin.NewConverter()
		if err := configured(func() error {
			return l.json.Configure(map[string]string{"converter.type": "value", "schemas.enable": "true"}, false)
		}); err != nil {
			return nil, err
		}
	}
	s.original = true
	s.op.reporters = append(s.op.reporters, l)
	return l, nil
}

// begin makes sure that the topic is there. A failure fails the task.
func (l *sourceLetters) begin() error {
	if l == nil {
		return nil
	}
	if topic := l.s.settings.dlqTopic; l.s.txn != nil && topic == l.s.txn.topic {
		// As with records: the next read of offsets would wait for the transaction that only ends when the task goes on.
		return javafmt.NewException(javafmt.ConfigException, "Invalid value "+topic+" for configuration errors.deadletterqueue.topic.name: it is the topic of the connector's offsets", nil)
	}
	return l.s.ensureDeadLetterTopic()
}

// report makes a dead letter of the polled record. It is called on the task's goroutine while a poll is dispatched; failures that come up
// elsewhere have no polled record.
func (l *sourceLetters) report(p *processing) <-chan error {
	r := p.source
	if r == nil {
		return nil
	}
	topic := l.s.settings.dlqTopic
	letter := sourceLetter{polled: r, out: kgo.Record{Topic: topic, Partition: connect.NoPartition, Timestamp: l.s.now}}
	if r.Timestamp != connect.NoTimestamp && r.Timestamp >= 0 {
		letter.out.Timestamp = time.UnixMilli(r.Timestamp)
	}
	for _, h := range r.Headers.All() {
		letter.out.Headers = append(letter.out.Headers, kgo.RecordHeader{Key: h.Key, Value: l.header(h)})
	}
	var headers connect.Headers // what converters add would mix with what the record had
	var keyForm, valueForm string
	letter.out.Key, keyForm = l.convert(l.s.conv.key, &headers, r.KeySchema(), r.Key())
	letter.out.Value, valueForm = l.convert(l.s.conv.value, &headers, r.ValueSchema(), r.Value())
	letter.out.Headers = appendRaw(letter.out.Headers, headers.All())
	if l.s.settings.dlqHeaders {
		letter.out.Headers = append(letter.out.Headers, l.context(p, keyForm, valueForm)...)
	}
	l.pending = append(l.pending, letter)
	return nil
}

// convert gives a key or value the form in which its dead letter can be read: that of the connector where its converter takes it as it was
// polled, else JSON with schema, else text.
func (l *sourceLetters) convert(c connect.Converter, headers *connect.Headers, schema *data.Schema, v data.Value) (out []byte, form string) {
	for _, try := range []struct {
		converter connect.Converter
		form      string
	}{{c, asConverted}, {l.json, asJSON}} {
		if try.converter == nil {
			continue
		}
		null := false
		err := guard("a converter", func() (err error) {
			out, null, err = try.converter.FromConnect(nil, l.s.settings.dlqTopic, headers, schema, v)
			return err
		})
		switch {
		case err != nil:
		case null:
			return nil, try.form
		default:
			return notNil(out), try.form
		}
	}
	if v.IsNull() {
		return nil, asText
	}
	return v.AppendString([]byte{}), asText
}

func (l *sourceLetters) header(h connect.Header) (out []byte) {
	null := false
	err := guard("a header converter", func() (err error) {
		out, null, err = l.s.conv.header.FromConnectHeader(nil, l.s.settings.dlqTopic, h.Key, h.Schema, h.Value)
		return err
	})
	switch {
	case err != nil && !h.Value.IsNull():
		return h.Value.AppendString([]byte{})
	case err != nil || null:
		return nil
	}
	return notNil(out)
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// context are the headers that tell what happened: those of sinks without an offset, which the record has none of, and where it came from.
func (l *sourceLetters) context(p *processing, keyForm, valueForm string) []kgo.RecordHeader {
	headers := []kgo.RecordHeader{errorHeader("topic", p.source.Topic)}
	if p.source.Partition != connect.NoPartition {
		headers = append(headers, errorHeader("partition", strconv.Itoa(int(p.source.Partition))))
	}
	headers = append(headers, failureHeaders(l.s.id, p, l.s.w.redact)...)
	if partition, offset, ok := p.source.Source(); ok {
		if key, err := store.OffsetKey("", partition); err == nil {
			fields := bytes.TrimSuffix(bytes.TrimPrefix(key, []byte(`["",`)), []byte("]"))
			headers = append(headers, errorHeader("source.partition", string(fields)))
		}
		if value, err := store.OffsetValue(offset); err == nil && value != nil {
			headers = append(headers, errorHeader("source.offset", string(value)))
		}
	}
	return append(headers, errorHeader("key.format", keyForm), errorHeader("value.format", valueForm))
}

// post adds the dead letters of a polled record to the flight that would have carried it.
func (l *sourceLetters) post(f *flight, polled *connect.Record) {
	if l == nil || len(l.pending) == 0 {
		return
	}
	l.pending = slices.DeleteFunc(l.pending, func(letter sourceLetter) bool {
		if letter.polled != polled {
			return false
		}
		l.s.op.counts.letters.Add(1)
		f.records = append(f.records, letter.out)
		f.bytes.outgrown += int64(len(letter.out.Key) + len(letter.out.Value) + 1)
		for _, h := range letter.out.Headers {
			f.bytes.outgrown += int64(len(h.Key) + len(h.Value))
		}
		return true
	})
}

// forget drops the dead letters of a poll that is not sent.
func (l *sourceLetters) forget() {
	if l != nil {
		l.pending = nil
	}
}

// lost says what the task fails with where the record that Kafka refused is a dead letter: it must not be tolerated away.
func (l *sourceLetters) lost(r *kgo.Record, err error) error {
	if l == nil || r.Topic != l.s.settings.dlqTopic {
		return nil
	}
	l.s.op.counts.letterFailures.Add(1)
	record := "record"
	for _, h := range r.Headers {
		if h.Key == errorPrefix+"source.offset" {
			record = "record with the source offset " + string(h.Value)
		}
	}
	return undelivered(r.Topic, record, err)
}
