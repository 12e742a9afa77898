package clock_test

import (
	"fmt"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/examples/clock"
)

func TestPlugin(t *testing.T) {
	for _, p := range clock.Plugins() {
		connecttest.Plugin(t, p)
	}
}

func TestTicksGoOnAfterTheCommittedOne(t *testing.T) {
	offsets := connecttest.NewOffsets()
	for want := range 3 {
		task := clock.Plugins()[0].NewSourceTask()
		if err := task.Start(t.Context(), connecttest.SourceTaskContext(t, offsets), map[string]string{"topic": "t", "interval.ms": "1"}); err != nil {
			t.Fatal(err)
		}
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
		if err := task.Poll(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		r := b.Records()[0]
		if got := fmt.Sprint(number(r.Value())); got != fmt.Sprint(want) {
			t.Errorf("tick %s, want %d", got, want)
		}
		offsets.Commit(b.Marks()[0].Partition, b.Marks()[0].Offset)
		if err := task.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func number(v data.Value) int64 {
	n, _ := v.Struct().Field("number").Int64()
	return n
}
