package verifiable

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

const (
	keyMessages   = "num.messages"
	keyTwoSchemas = "multiple.schema"
	keyPartitions = "partition.count"
)

// The two versions of the schema differ by a field.
var (
	firstVersion  = recordSchema(1)
	secondVersion = recordSchema(2, data.Field{Name: "string", Schema: data.NewSchema(data.StringKind).Default(data.String("abc")).MustBuild()})
)

func recordSchema(version int32, more ...data.Field) *data.Schema {
	b := data.NewStructSchema("record").Version(version).
		Field("boolean", data.BoolSchema).
		Field("int", data.Int32Schema).
		Field("long", data.Int64Schema).
		Field("float", data.Float32Schema).
		Field("double", data.Float64Schema).
		Field("partitioning", data.Int32Schema)
	for _, f := range more {
		b.Field(f.Name, f.Schema)
	}
	return b.Field("id", data.Int32Schema).Field(fieldSeqno, data.Int64Schema).MustBuild()
}

// schemaTask is SchemaSourceTask.
type schemaTask struct {
	out        io.Writer
	id         int64
	topic      string
	most       int64
	both       bool
	partitions int64
	throttle   throttle
	position   *position
}

// Start reads the configuration and the committed number.
func (t *schemaTask) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	n := numbers{task: "SchemaSourceTask", props: props}
	t.topic = props[keyTopic]
	t.id, t.most = n.get(keyID, 32), n.get(keyMessages, 64)
	t.both = strings.EqualFold(props[keyTwoSchemas], "true")
	t.partitions = 1
	if props[keyPartitions] != "" {
		t.partitions = n.get(keyPartitions, 32)
	}
	t.throttle = throttle{n.get(keyThroughput, 64), time.Now()}
	if n.err != nil {
		return n.err
	}
	if t.partitions == 0 {
		return connect.NewBadConfig(keyPartitions, fmt.Errorf("%s must not be 0", keyPartitions))
	}
	var err error
	if t.position, err = positionOf(ctx, tc, t.id); err != nil {
		return err
	}
	tc.Logger().Info(fmt.Sprintf("Started SchemaSourceTask %s-%d producing to topic %s resuming from seqno %d", props[keyName], t.id, t.topic, t.position.next))
	return nil
}

// Poll waits until a record is due, without end after the last.
func (t *schemaTask) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if !sleep(ctx, t.pause()) {
		return nil
	}
	for {
		if err := t.add(b); err != nil {
			return err
		}
		if b.Full() || ctx.Err() != nil || t.pause() > 0 {
			return nil
		}
	}
}

func (t *schemaTask) pause() time.Duration {
	if t.position.done() >= t.most {
		return math.MaxInt64
	}
	return t.throttle.pause(t.position.done(), time.Now())
}

func (t *schemaTask) add(b *connect.SourceBatch) error {
	schema := firstVersion
	if t.both && t.position.done()%2 == 1 {
		schema = secondVersion
	}
	row := b.Arena().Struct(schema)
	fields := row.Put("boolean", data.Bool(true)).Put("int", data.Int32(12)).Put("long", data.Int64(12)).Put("float", data.Float32(12.2)).
		Put("double", data.Float64(12.2)).Put("partitioning", data.Int32(int32(t.position.next%t.partitions))).Put("id", data.Int32(int32(t.id))).
		Put(fieldSeqno, data.Int64(t.position.next))
	if schema == secondVersion {
		fields.Put("string", data.String("def"))
	}
	value, err := fields.Build()
	if err != nil {
		return err
	}
	if err := write(t.out, fmt.Appendf(nil, "{\"task\": %d, \"seqno\": %d}\n", t.id, t.position.next)); err != nil {
		return err
	}
	r := b.Add(t.topic)
	r.Partition = int32(t.id)
	r.SetKey(data.StringSchema, data.String("key"))
	r.SetValue(schema, value.Value())
	b.AddBytes(64)
	t.position.next++
	t.position.mark(b)
	return nil
}

// Stop has nothing to release.
func (t *schemaTask) Stop(context.Context) error { return nil }

var _ connect.SourceTask = (*schemaTask)(nil)
