package jdbc_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/json"
)

// writing is a sink task that a test drives, as the runtime does: a put that may be tried again is, and records that are refused are kept.
type writing struct {
	t    *testing.T
	task connect.SinkTask
	tp   connect.TopicPartition
	next int64
	// retried counts puts that were tried again; the last reason is kept.
	retried int
	reason  error
	// most is how many tries a put has.
	most    int
	letters *letters
}

// letters are the dead letters of a sink.
type letters struct {
	connect.SinkTaskContext
	mu      sync.Mutex
	offsets []int64
	errs    []string
}

func (l *letters) Errors() connect.ErrantRecordReporter { return l }

func (l *letters) Report(r *connect.Record, cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, offset, _ := r.SinkOrigin()
	l.offsets, l.errs = append(l.offsets, offset), append(l.errs, cause.Error())
	return nil
}

// write starts a sink task for a topic; tolerant ones have a dead letter queue.
func write(t *testing.T, topic string, tolerant bool, props map[string]string) *writing {
	t.Helper()
	w := &writing{t: t, task: plugin(connect.KindSink).NewSinkTask(), tp: connect.TopicPartition{Topic: topic}, most: 10000, letters: &letters{}}
	tc := connecttest.SinkTaskContext(t, w.tp)
	if tolerant {
		w.letters.SinkTaskContext = tc
		tc = w.letters
	}
	if err := w.task.Start(t.Context(), tc, props); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.task.Stop(context.Background()) })
	return w
}

// message is a record of a test.
type message struct {
	key         data.Value
	keySchema   *data.Schema
	value       data.Value
	valueSchema *data.Schema
}

// of is a message with a value only.
func of(s *data.Schema, values ...data.Value) message {
	return message{value: data.MustStruct(s, values...).Value(), valueSchema: s}
}

// under is a message of a value under a key.
func (m message) under(s *data.Schema, key data.Value) message {
	m.key, m.keySchema = key, s
	return m
}

// put writes messages as one batch, as often as it may be tried, and returns the error that ends the task.
func (w *writing) put(messages ...message) error {
	b := connect.NewSinkBatch()
	records := make([]connect.Record, len(messages))
	for i, m := range messages {
		r := &records[i]
		r.InitSink(b.Arena(), &w.tp, w.next+int64(i), 0, connect.CreateTime)
		if m.keySchema != nil {
			r.SetKey(m.keySchema, m.key)
		}
		if m.valueSchema != nil || !m.value.IsNull() {
			r.SetValue(m.valueSchema, m.value)
		}
	}
	b.Append(connect.SinkSlice{TopicPartition: w.tp, Records: records})
	for tries := 1; ; tries++ {
		err := w.task.Put(w.t.Context(), b)
		if err == nil {
			w.next += int64(len(messages))
			return nil
		}
		if connect.ClassOf(err) != connect.Retriable || tries >= w.most {
			return err
		}
		w.retried++
		w.reason = err
	}
}

// must is put without error.
func (w *writing) must(messages ...message) {
	w.t.Helper()
	if err := w.put(messages...); err != nil {
		w.t.Fatal(err)
	}
}

// throughTopic turns what a source read into what a sink gets: the bytes of JSON with schemas, and back.
func throughTopic(t *testing.T, records []connect.Record) []message {
	t.Helper()
	c := converter(t)
	all := make([]message, len(records))
	for i := range records {
		r := &records[i]
		raw, null, err := c.FromConnect(nil, r.Topic, nil, r.ValueSchema(), r.Value())
		if err != nil || null {
			t.Fatalf("record %d: null %t, %v", i, null, err)
		}
		if all[i].valueSchema, all[i].value, err = c.ToConnect(data.NewArena(), r.Topic, nil, raw); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return all
}

func converter(t *testing.T) connect.Converter {
	t.Helper()
	for _, p := range json.Plugins() {
		if p.NewConverter != nil {
			c := p.NewConverter()
			if err := c.Configure(map[string]string{"converter.type": "value", "schemas.enable": "true"}, false); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatal("no JSON converter")
	return nil
}

// messages reads n records of a source and sends them through a topic.
func (p *polling) messages(n int) []message {
	p.t.Helper()
	var all []message
	for len(all) < n {
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 26})
		if err := p.task.Poll(p.t.Context(), b); err != nil {
			p.t.Fatalf("poll after %d of %d rows: %v", len(all), n, err)
		}
		all = append(all, throughTopic(p.t, b.Records())...)
		p.commit(b)
	}
	return all
}

// dump is the content of a table as the database itself writes it, in order of its first column.
func (db *database) dump(t *testing.T, table string, columns ...string) string {
	t.Helper()
	for i, c := range columns {
		columns[i] = "~" + strings.ReplaceAll(c, "~", "~~") + "~"
	}
	return db.text(t, fmt.Sprintf("SELECT %s FROM ~%s~ ORDER BY ~id~", strings.Join(columns, ", "), table))
}
