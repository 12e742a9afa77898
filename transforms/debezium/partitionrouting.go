package debezium

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// partitionRouting chooses the partition of change events by fields of them (PartitionRouting).
type partitionRouting struct {
	paths      [][]string
	partitions int32
	hash       func(data.Value) int32
}

var partitionRoutingKeys = declare(
	option{Key: config.Key{Name: "partition.payload.fields", Type: config.List, Default: nil, Importance: config.High, Group: "partitions",
		Doc: "Fields of the event that decide on the partition, with dots into structs, such as after.name or source.table. change stands for before at deletes " +
			"and for after otherwise. Fields that an event lacks do not count. Required."}, checks: []check{checkRequired, checkNoEmptyElements}},
	option{Key: config.Key{Name: "partition.topic.num", Type: config.Int, Default: nil, Importance: config.High, Group: "partitions",
		Doc: "How many partitions the topic has. Use the predicate TopicNameMatches where topics differ. Required."}, checks: []check{checkRequired, checkPositive}},
	option{unchecked: true, Key: config.Key{Name: "partition.hash.function", Type: config.String, Default: "java", Importance: config.Low, Group: "partitions",
		Doc: "How the values are hashed: java as hashCode does, murmur with MurmurHash3, which spreads better."}},
)

func partitionRoutingPlugin() connect.Plugin {
	return smt.One(classPrefix+"partitions.PartitionRouting", "Sends change events to the partition that chosen fields of them hash to.", partitionRoutingKeys.def,
		func() connect.Transformation { return new(partitionRouting) })
}

func (x *partitionRouting) Configure(props map[string]string) error {
	o := partitionRoutingKeys.read(props)
	if err := o.validate(); err != nil {
		return err
	}
	for _, path := range o.list("partition.payload.fields") {
		steps := split(path, ".")
		for i := range steps {
			steps[i] = javafmt.Trim(steps[i])
		}
		x.paths = append(x.paths, steps)
	}
	n, err := javafmt.ParseInt(o.text("partition.topic.num"))
	x.partitions, x.hash = n, data.Value.JavaHash
	if o.word("partition.hash.function") == "murmur" {
		x.hash = murmurHash
	}
	return err
}

func (x *partitionRouting) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() || !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	event, err := castStruct(r.Value())
	if err != nil {
		return false, err
	}
	partition, ok, err := x.partition(r, event)
	if err != nil {
		return false, debeziumError("Unprocessable message "+event.String(), err)
	}
	if ok {
		r.Partition = partition
	}
	return true, nil
}

// partition returns where an event goes; ok is false where that is not for this transformation to say.
func (x *partitionRouting) partition(r *connect.Record, event *data.Struct) (partition int32, ok bool, err error) {
	if _, _, sink := r.SinkOrigin(); sink {
		return 0, false, javafmt.NewException(javafmt.ClassCastException,
			"class org.apache.kafka.connect.sink.SinkRecord cannot be cast to class org.apache.kafka.connect.source.SourceRecord", nil)
	}
	var op string
	if f, has := event.Schema().Field(opField); has {
		if op, _, err = textOf(event, f.Name); err != nil {
			return 0, false, err
		}
	}
	if isOperation(op, opTruncate) || isOperation(op, opMessage) {
		return 0, false, nil
	}
	var sum int32
	for _, path := range x.paths {
		v, err := x.value(event, path, op)
		if err != nil {
			return 0, false, err
		}
		if !v.IsNull() {
			sum += x.hash(v)
			ok = true
		}
	}
	sum &= math.MaxInt32
	if sum == math.MaxInt32 {
		sum = 0
	}
	return sum % x.partitions, ok, nil
}

// isOperation reports whether a code stands for an operation.
func isOperation(code, operation string) bool { return strings.EqualFold(code, operation) }

// value returns the value at a path, null where there is none.
func (x *partitionRouting) value(event *data.Struct, path []string, op string) (data.Value, error) {
	if len(path) == 0 {
		return data.Null, javafmt.NewException(javafmt.IndexOutOfBounds, "Index -1 out of bounds for length 0", nil)
	}
	s := event
	for _, step := range path[:len(path)-1] {
		if step == "change" {
			if _, ok := event.Schema().Field(opField); !ok {
				return data.Null, nil
			}
			step = afterField
			if isOperation(op, opDelete) {
				step = beforeField
			}
		}
		if s == nil {
			return data.Null, smt.NullPointer("There is no struct to look into for " + step)
		}
		v, err := s.LookupAs(step, data.StructKind)
		if err != nil {
			return data.Null, notData(err)
		}
		s = v.Struct()
	}
	if s == nil {
		return data.Null, smt.NullPointer("There is no struct to look into for " + path[len(path)-1])
	}
	v, err := s.Lookup(path[len(path)-1])
	return v, notData(err)
}

// notData passes over a field that a struct does not have, and lets other errors pass.
func notData(err error) error {
	var x *javafmt.Exception
	if errors.As(err, &x) && x.Class == javafmt.DataException {
		return nil
	}
	return err
}

func (x *partitionRouting) Close() error { return nil }
