package vectors

import (
	"context"
	"fmt"
	"strconv"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms"
)

// smtFamily runs the folder smt: one transformation or predicate on one record.
func smtFamily() Family {
	f := Family{"smt/predicates": {"*": testPredicate}, "smt/chains": {"*": chainFunc()}}
	for _, name := range []string{"Cast", "DropHeaders", "ExtractField", "Filter", "Flatten", "HeaderFrom", "HoistField", "InsertField", "InsertHeader",
		"MaskField", "RegexRouter", "ReplaceField", "SetSchemaMetadata", "TimestampConverter", "TimestampRouter", "ValueToKey"} {
		f["smt/"+name] = map[string]Func{"*": applyTransformation}
	}
	return f
}

func pluginOf(class any, kind connect.Kind) (connect.Plugin, error) {
	for _, p := range transforms.Plugins() {
		if p.Class == class && p.Kind == kind {
			return p, nil
		}
	}
	return connect.Plugin{}, NotUnderstood("class %v", class)
}

// stringProps reads a recorded configuration.
func stringProps(config any) (map[string]string, error) {
	props := map[string]string{}
	members, _ := config.(map[string]any)
	for k, v := range members {
		text, err := Text(v)
		if err != nil {
			text = fmt.Sprint(v)
		}
		props[k] = text
	}
	return props, nil
}

func applyTransformation(c *Case) (any, error) {
	p, err := pluginOf(Member(c.Input, "class"), connect.KindTransformation)
	if err != nil {
		return nil, err
	}
	return applyPlugin(p, c)
}

func applyPlugin(p connect.Plugin, c *Case) (any, error) {
	props, err := stringProps(c.Config)
	if err != nil {
		return nil, err
	}
	x := p.NewTransformation()
	if err := x.Configure(props); err != nil {
		return nil, inPhase(err, "configure")
	}
	recorded := Member(c.Input, "record")
	r, in, err := connectRecord(recorded)
	if err != nil {
		return nil, err
	}
	kept, err := x.Apply(context.Background(), r)
	if err != nil {
		return nil, inPhase(err, "apply")
	}
	if err := x.Close(); err != nil {
		return nil, err
	}
	if !kept {
		return nil, nil
	}
	return EncodeChanges(EncodeRecord(in), EncodeRecord(recordOf(in, r)))
}

func testPredicate(c *Case) (any, error) {
	p, err := pluginOf(Member(c.Input, "class"), connect.KindPredicate)
	if err != nil {
		return nil, err
	}
	props, err := stringProps(c.Config)
	if err != nil {
		return nil, err
	}
	x := p.NewPredicate()
	if err := x.Configure(props); err != nil {
		return nil, inPhase(err, "configure")
	}
	r, _, err := connectRecord(Member(c.Input, "record"))
	if err != nil {
		return nil, err
	}
	holds, err := x.Test(r)
	if err != nil {
		return nil, inPhase(err, "apply")
	}
	return holds, nil
}

func inPhase(err error, phase string) error {
	failure := FailureOf(err)
	if f, ok := failure.(*Failure); ok {
		f.Phase = phase
	}
	return failure
}

// connectRecord makes the record that a transformation gets of a recorded one, and returns that too.
func connectRecord(recorded any) (*connect.Record, *Record, error) {
	in, err := DecodeRecord(recorded)
	if err != nil {
		return nil, nil, err
	}
	topic, _ := in.Topic.(string)
	timestamp := connect.NoTimestamp
	if in.Timestamp != nil {
		timestamp = *in.Timestamp
	}
	partition := connect.NoPartition
	if in.Partition != nil {
		n, err := strconv.ParseInt(fmt.Sprint(in.Partition), 10, 32)
		if err != nil {
			return nil, nil, err
		}
		partition = int32(n)
	}
	var r *connect.Record
	if in.Kind == "sink" {
		r = new(connect.Record)
		offset, err := strconv.ParseInt(fmt.Sprint(in.Offset), 10, 64)
		if err != nil {
			return nil, nil, err
		}
		t := map[any]connect.TimestampType{"CREATE_TIME": connect.CreateTime, "LOG_APPEND_TIME": connect.LogAppendTime}[in.TimestampType]
		r.InitSink(data.NewArena(), &connect.TopicPartition{Topic: topic, Partition: partition}, offset, timestamp, t)
	} else {
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1})
		r = b.Add(topic)
		from, _ := in.SourcePartition.Any().(map[string]any)
		at, _ := in.SourceOffset.Any().(map[string]any)
		b.Mark(connect.NewSourcePartition(from), connect.OffsetFields(at))
		r.Timestamp, r.Partition = timestamp, partition
	}
	r.SetKey(in.KeySchema, in.Key)
	r.SetValue(in.ValueSchema, in.Value)
	for _, h := range in.Headers {
		r.Headers.Add(h.Key, h.Schema, h.Value)
	}
	return r, in, nil
}

// recordOf returns r in the recorded form; what a connect.Record does not carry is that of in.
func recordOf(in *Record, r *connect.Record) *Record {
	out := *in
	if in.Topic != nil || r.Topic != "" {
		out.Topic = r.Topic
	}
	if tp, _, ok := r.SinkOrigin(); ok && tp.Topic != r.Topic {
		out.OriginalTopic = tp.Topic
	}
	out.KeySchema, out.Key, out.ValueSchema, out.Value = r.KeySchema(), r.Key(), r.ValueSchema(), r.Value()
	out.Timestamp = nil
	if r.Timestamp != connect.NoTimestamp {
		out.Timestamp = &r.Timestamp
	}
	out.Partition = nil
	if r.Partition != connect.NoPartition {
		out.Partition = r.Partition
	}
	out.Headers = nil
	for _, h := range r.Headers.All() {
		out.Headers = append(out.Headers, RecordHeader{h.Key, h.Schema, h.Value})
	}
	return &out
}
