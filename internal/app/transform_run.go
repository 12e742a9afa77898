package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/worker"
)

// transformRun runs the lines of an input through a connector's converters and transformations.
type transformRun struct {
	o      *transformOptions
	config *transformConfig
	dry    *worker.DryRun
	text   *dataText
	topic  string // of records that name none
	// offsets are those after the last record of each partition, for records that name none.
	offsets map[connect.TopicPartition]int64
	hint    io.Writer // for what may be a mistake, nil once it was looked for
	steps   []shownStep
	source  *connect.SourceBatch
}

func (p *program) newTransformRun(ctx context.Context, o *transformOptions) (*transformRun, error) {
	c, err := p.readTransform(ctx, o)
	if err != nil {
		return nil, err
	}
	t := &transformRun{o: o, config: c, offsets: map[connect.TopicPartition]int64{}, hint: p.errOut,
		source: connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1})}
	if err := t.prepare(p); err != nil {
		return nil, errors.Join(err, c.transformer.Close())
	}
	return t, nil
}

func (t *transformRun) prepare(p *program) (err error) {
	o, props := t.o, t.config.props
	if o.dlq && (t.config.kind != connect.KindSink || props["errors.deadletterqueue.topic.name"] == "") {
		return errors.New("--dlq: the connector has no dead letter queue; errors.deadletterqueue.topic.name of a sink names one")
	}
	if t.text, err = newDataText(t.config.registry, o.schemas == "none"); err != nil {
		return err
	}
	if o.data {
		t.dry, err = worker.NewDryRun(t.config.registry, props)
	} else {
		t.dry, err = worker.NewDryRunWithConverters(t.config.registry, t.config.worker.Originals().Strings(), props)
	}
	if err != nil {
		return p.refused(exitConnector, o.connector, err)
	}
	t.topic = o.topic
	if t.topic == "" && t.config.kind == connect.KindSink {
		first, _, _ := strings.Cut(props["topics"], ",")
		t.topic = strings.TrimSpace(first)
	} else if t.topic == "" {
		t.topic = strings.TrimSpace(props["topic"])
	}
	return nil
}

func (t *transformRun) close() error { return errors.Join(t.dry.Close(), t.config.transformer.Close()) }

// all prints a result for each line, until one fails or the input ends.
func (t *transformRun) all(ctx context.Context, in *lines, out io.Writer) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	failed, total := 0, 0
	for {
		if in.waits() {
			if err := buffered.Flush(); err != nil {
				return err
			}
		}
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return errors.Join(fmt.Errorf("%s: line %d: %w", t.o.inputCalled, in.number+1, err), buffered.Flush())
		}
		if err == nil && !t.o.text && len(strings.TrimSpace(string(text))) == 0 {
			continue
		}
		var r *result
		if err == nil {
			r, err = t.one(ctx, in.number, text)
		}
		if r == nil && err == nil {
			continue
		}
		total++
		problem := t.complete(&r, in.number, err)
		if err := encoder.Encode(r); err != nil {
			return err
		}
		if problem != nil {
			failed++
			if !t.o.keepGoing {
				return errors.Join(problem, buffered.Flush())
			}
		}
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d records failed or could not be read", failed, total)
	}
	return nil
}

// complete makes a result of a line that could not be read, and returns what ends the run.
func (t *transformRun) complete(r **result, number int, err error) error {
	at := fmt.Sprintf("%s: line %d", t.o.inputCalled, number)
	var place *malformed
	switch {
	case err == nil && (*r).Result != worker.Broken:
		return nil
	case err == nil:
		return fmt.Errorf("%s: %v", at, (*r).Error)
	case errors.As(err, &place) && place.column > 0:
		at += fmt.Sprintf(", column %d", place.column)
		*r = &result{Line: number, Result: unreadable, Error: &shownFailure{Column: place.column, Message: err.Error()}}
	default:
		*r = &result{Line: number, Result: unreadable, Error: &shownFailure{Message: err.Error()}}
	}
	return fmt.Errorf("%s: %w", at, err)
}

// one returns the result of a line, nil for one that holds no record; an error says that it cannot be read.
func (t *transformRun) one(ctx context.Context, number int, text []byte) (*result, error) {
	in, err := t.parse(text)
	if err != nil || in.passedOver {
		return nil, err
	}
	if in.topic == "" {
		in.topic = t.topic
	}
	if in.topic == "" {
		return nil, errors.New("the record has no topic and the configuration names none: give it in the record or with --topic")
	}
	t.steps = nil
	r := &result{Line: number}
	var trial worker.Trial
	switch {
	case t.config.kind == connect.KindSource:
		trial, err = t.produce(ctx, in, r)
	case t.o.data:
		trial, err = t.put(ctx, in, r)
	default:
		trial, err = t.consume(ctx, in, r)
	}
	if err != nil {
		return nil, err
	}
	r.Result, r.Steps = trial.Fate, t.steps
	if trial.Fate != worker.Kept {
		r.shownRecord = nil
	}
	switch {
	case trial.Failure != nil:
		r.Error = t.failure(&trial)
	case trial.Fate == worker.Dropped:
		r.By = t.link(trial.Link)
	}
	if t.o.dlq && trial.DeadLetter != nil {
		r.DLQ = showLetter(trial.DeadLetter)
	}
	return r, nil
}

// parse reads a line in the form that the flags say.
func (t *transformRun) parse(text []byte) (*inputRecord, error) {
	if t.o.text {
		return &inputRecord{value: line{whole: text, plain: true}}, nil
	}
	l, err := parseLine(text)
	if err != nil {
		return nil, err
	}
	if t.o.records {
		return parseRecord(l)
	}
	if t.hint != nil && l.looksLikeRecord() {
		fmt.Fprintln(t.hint, "Lines that look like records are values here; --records takes them for records.")
	}
	t.hint = nil
	return &inputRecord{value: l}, nil
}

// consume is the way of a sink: bytes, converters, transformations.
func (t *transformRun) consume(ctx context.Context, in *inputRecord, out *result) (worker.Trial, error) {
	raw := &kgo.Record{Topic: in.topic, Timestamp: time.UnixMilli(t.timestamp(in, -1))}
	var err error
	if raw.Key, err = in.key.raw(); err != nil {
		return worker.Trial{}, err
	}
	if raw.Value, err = in.value.raw(); err != nil {
		return worker.Trial{}, err
	}
	for _, h := range in.headers {
		if h.schema.json != nil {
			return worker.Trial{}, h.schema.bad("headers: a schema belongs to data; in Kafka a header is bytes")
		}
		value, err := h.value.raw()
		if err != nil {
			return worker.Trial{}, err
		}
		raw.Headers = append(raw.Headers, kgo.RecordHeader{Key: h.key, Value: value})
	}
	raw.Partition, raw.Offset = t.place(in)
	r := &connect.Record{}
	trial := t.dry.Consume(ctx, data.NewArena(), raw, r, t.before(r), t.watch())
	out.shownRecord = t.showIfKept(trial, r)
	return trial, nil
}

// put is the way of a sink without its converters.
func (t *transformRun) put(ctx context.Context, in *inputRecord, out *result) (worker.Trial, error) {
	partition, offset := t.place(in)
	r := &connect.Record{}
	r.InitSink(data.NewArena(), &connect.TopicPartition{Topic: in.topic, Partition: partition}, offset, t.timestamp(in, connect.NoTimestamp), connect.CreateTime)
	if err := t.fill(in, r); err != nil {
		return worker.Trial{}, err
	}
	trial := t.dry.Transform(ctx, r, t.watch())
	out.shownRecord = t.showIfKept(trial, r)
	return trial, nil
}

// produce is the way of a source: data, transformations, converters.
func (t *transformRun) produce(ctx context.Context, in *inputRecord, out *result) (worker.Trial, error) {
	t.source.Reset()
	r := t.source.Add(in.topic)
	if in.partition != nil {
		r.Partition = *in.partition
	}
	r.Timestamp = t.timestamp(in, connect.NoTimestamp)
	if err := t.fill(in, r); err != nil {
		return worker.Trial{}, err
	}
	if t.o.data {
		trial := t.dry.Transform(ctx, r, t.watch())
		out.shownRecord = t.showIfKept(trial, r)
		return trial, nil
	}
	raw := &kgo.Record{}
	trial := t.dry.Produce(ctx, r, raw, t.watch())
	if trial.Fate != worker.Kept {
		return trial, nil
	}
	var key, value bool
	if out.shownRecord, key, value = showRaw(raw); key || value {
		out.Decoded = &decoded{}
		if key {
			out.Decoded.Key = t.readBack(raw, true)
		}
		if value {
			out.Decoded.Value = t.readBack(raw, false)
		}
	}
	return trial, nil
}

// readBack prints what a consumer with the same converter reads.
func (t *transformRun) readBack(raw *kgo.Record, key bool) json.RawMessage {
	schema, v, err := t.dry.ReadBack(data.NewArena(), raw, key)
	if err != nil {
		// It is part of the answer: a consumer fails likewise.
		text, _ := json.Marshal(map[string]string{"unreadable": reasons(err)})
		return text
	}
	return t.text.print(schema, v)
}

// fill gives a record its data.
func (t *transformRun) fill(in *inputRecord, r *connect.Record) error {
	schema, v, err := t.text.read(r.Arena(), in.key)
	if err != nil {
		return err
	}
	r.SetKey(schema, v)
	if schema, v, err = t.text.read(r.Arena(), in.value); err != nil {
		return err
	}
	r.SetValue(schema, v)
	for _, h := range in.headers {
		if schema, v, err = t.text.readHeader(r.Arena(), h); err != nil {
			return err
		}
		r.Headers.Add(h.key, schema, v)
	}
	return nil
}

func (t *transformRun) timestamp(in *inputRecord, none int64) int64 {
	switch {
	case in.timestamp != nil:
		return *in.timestamp
	case t.o.defaultTime != connect.NoTimestamp:
		return t.o.defaultTime
	}
	return none
}

// place returns partition and offset of a record to consume: what it says, else partition 0 and the offset after the last one.
func (t *transformRun) place(in *inputRecord) (partition int32, offset int64) {
	if in.partition != nil {
		partition = *in.partition
	}
	tp := connect.TopicPartition{Topic: in.topic, Partition: partition}
	offset = t.offsets[tp]
	if in.offset != nil {
		offset = *in.offset
	}
	t.offsets[tp] = offset + 1
	return partition, offset
}

func (t *transformRun) showIfKept(trial worker.Trial, r *connect.Record) *shownRecord {
	if trial.Fate != worker.Kept {
		return nil
	}
	return t.showData(r)
}

// before returns what notes the record between converters and transformations.
func (t *transformRun) before(r *connect.Record) func() {
	if !t.o.steps {
		return nil
	}
	return func() { t.steps = append(t.steps, shownStep{After: "converters", shownRecord: t.showData(r)}) }
}

// watch returns what notes the record after each transformation.
func (t *transformRun) watch() worker.Watch {
	if !t.o.steps {
		return nil
	}
	return func(i int, applied, keep bool, r *connect.Record) {
		l := t.link(i)
		s := shownStep{After: l.Alias, Index: &l.Index, Class: l.Class, Applied: &applied, Dropped: !keep}
		if applied && keep {
			s.shownRecord = t.showData(r)
		}
		t.steps = append(t.steps, s)
	}
}
