package deadletter

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/worker"
)

// Detail is the answer of GET /api/dlq/{connector}/{partition}/{offset}.
type Detail struct {
	// Queue is the dead letter topic.
	Queue string `json:"dead_letter_topic"`
	Letter
	Status
	Key     Content  `json:"key"`
	Value   Content  `json:"value"`
	Headers []Header `json:"headers"`
	// RedriveCount is how often the record was redriven before it became this letter.
	RedriveCount int    `json:"redrive_count,omitempty"`
	StackTrace   string `json:"stack_trace,omitempty"`
}

// Content is a key or a value. Text is there where the bytes are text, Hex where they are not; both begin with the first byte and may be cut.
type Content struct {
	// Bytes is the size, -1 for null.
	Bytes int     `json:"bytes"`
	Text  *string `json:"text,omitempty"`
	Hex   *string `json:"hex,omitempty"`
	Cut   bool    `json:"cut,omitempty"`
	// Data is what the connector's converter makes of the bytes, as JSON; DecodeError says why it makes nothing of them.
	Data        json.RawMessage `json:"data,omitempty"`
	DecodeError string          `json:"decode_error,omitempty"`
}

// Header is a header of a letter; null has neither Text nor Hex.
type Header struct {
	Key  string  `json:"key"`
	Text *string `json:"text,omitempty"`
	Hex  *string `json:"hex,omitempty"`
	Cut  bool    `json:"cut,omitempty"`
}

const (
	defaultContent = 64 << 10
	mostContent    = 16 << 20
	mostHeader     = 16 << 10
	mostHeaders    = 1000
)

// Show returns one letter. most bounds the bytes of its key and of its value that are shown; 0 means 64 KiB.
func (s *Service) Show(ctx context.Context, connector string, at Coordinates, most int) (*Detail, error) {
	if most == 0 {
		most = defaultContent
	}
	if most < 1 || most > mostContent {
		return nil, herder.BadRequest("bytes %d: 1 to %d are possible", most, mostContent)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ReadTime)
	defer cancel()
	q, err := s.queue(ctx, connector)
	if err != nil {
		return nil, err
	}
	v, err := q.viewOf(ctx, at)
	if err != nil {
		return nil, err
	}
	var out *Detail
	err = v.letters(ctx, &at, func(l *Letter, s *Status, r *kgo.Record) error {
		if l.Coordinates == at {
			out = q.detail(l, s, r, most)
		}
		return errEnough
	})
	if err == nil && out == nil {
		err = herder.NotFound("There is no letter %s in dead letter topic %s: it may have been deleted, or be a mark of a redrive", at, q.topic)
	}
	return out, err
}

// viewOf reads the marks of one letter's partition.
func (q *connectorQueue) viewOf(ctx context.Context, at Coordinates) (*view, error) {
	admin, err := q.admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	b, err := q.measure(ctx, admin, false)
	if err != nil {
		return nil, err
	}
	end, there := b.ends[at.Partition]
	if !there {
		return nil, herder.NotFound("Dead letter topic %s has no partition %d", q.topic, at.Partition)
	}
	b.ends = map[int32]int64{at.Partition: end}
	b.starts = map[int32]int64{at.Partition: b.starts[at.Partition]}
	return q.viewWithin(ctx, b, &at)
}

func (q *connectorQueue) detail(l *Letter, s *Status, r *kgo.Record, most int) *Detail {
	out := &Detail{Queue: q.topic, Letter: *l, Status: *s, StackTrace: l.trace, Key: content(r.Key, most), Value: content(r.Value, most),
		Headers: []Header{}, RedriveCount: redriveCount(r.Headers)}
	for _, h := range r.Headers[:min(len(r.Headers), mostHeaders)] {
		c := content(h.Value, mostHeader)
		out.Headers = append(out.Headers, Header{Key: h.Key, Text: c.Text, Hex: c.Hex, Cut: c.Cut})
	}
	q.decode(out, r, most)
	return out
}

func content(b []byte, most int) Content {
	c := Content{Bytes: size(b), Cut: len(b) > most}
	if b == nil {
		return c
	}
	part := b[:min(len(b), most)]
	if !isText(part, c.Cut) {
		text := hex.EncodeToString(part)
		c.Hex = &text
		return c
	}
	text := string(part)
	if c.Cut {
		text = string(bytes.ToValidUTF8(part, nil))
	}
	c.Text = &text
	return c
}

// jsonConverter prints data.
const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// decode shows what the connector's converters make of key and value, as they are configured now.
func (q *connectorQueue) decode(out *Detail, r *kgo.Record, most int) {
	fail := func(err error) {
		text := q.s.cfg.Redact(err.Error())
		out.Key.DecodeError, out.Value.DecodeError = text, text
	}
	dry, err := worker.NewDryRunWithConverters(q.s.cfg.Worker.Plugins, q.s.cfg.Worker.Props, q.props)
	if err != nil {
		fail(fmt.Errorf("the connector's converters and transformations cannot be made: %w", err))
		return
	}
	defer func() {
		if err := dry.Close(); err != nil {
			q.s.cfg.Logger.Warn("Could not close the transformations of a connector", "connector", q.connector, "error", err)
		}
	}()
	plugin, ok := q.s.cfg.Worker.Plugins.Find(connect.KindConverter, jsonConverter)
	if !ok {
		fail(fmt.Errorf("this build has no %s, in whose form data is shown", jsonConverter))
		return
	}
	printer := plugin.NewConverter()
	if err := printer.Configure(map[string]string{"schemas.enable": "false", "decimal.format": "NUMERIC", "converter.type": "value"}, false); err != nil {
		fail(err)
		return
	}
	in := &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value, Headers: consumedHeaders(r.Headers)}
	if out.Original != nil {
		in.Topic = out.Original.Topic
	}
	for _, part := range []struct {
		content *Content
		key     bool
	}{{&out.Key, true}, {&out.Value, false}} {
		schema, v, err := dry.ReadBack(data.NewArena(), in, part.key)
		if err == nil {
			part.content.Data, err = printed(printer, schema, v)
		}
		switch {
		case err != nil:
			part.content.DecodeError = clip(q.s.cfg.Redact(reasons(err)), messageSize)
		case len(part.content.Data) > 4*most:
			part.content.Data = nil
			part.content.DecodeError = "the data is too large to be shown: ask for more bytes"
		}
	}
}

func printed(printer connect.Converter, schema *data.Schema, v data.Value) (json.RawMessage, error) {
	if v.IsNull() {
		return json.RawMessage("null"), nil
	}
	out, null, err := printer.FromConnect(nil, "", &connect.Headers{}, schema, v)
	if err != nil {
		return nil, err
	}
	if null {
		return json.RawMessage("null"), nil
	}
	if !json.Valid(out) {
		// JsonConverter writes NaN and Infinity as they are.
		return json.Marshal(v.String())
	}
	return out, nil
}
