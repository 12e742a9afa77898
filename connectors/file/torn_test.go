package file_test

import (
	"path/filepath"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestSinkBeginsALineOfItsOwn(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{"": "x\n", "whole\n": "whole\nx\n", "whole\nhal": "whole\nhal\nx\n"} {
		path := filepath.Join(t.TempDir(), "out.txt")
		write(t, path, before)
		task := plugin(t, connect.KindSink).NewSinkTask()
		if err := task.Start(t.Context(), connecttest.SinkTaskContext(t), map[string]string{"file": path}); err != nil {
			t.Fatal(err)
		}
		b := connect.NewSinkBatch()
		if err := task.Put(t.Context(), b); err != nil { // without records nothing is written
			t.Fatal(err)
		}
		if got := read(t, path); got != before {
			t.Errorf("an empty put made %q of %q", got, before)
		}
		tp := connect.TopicPartition{Topic: "t"}
		records := make([]connect.Record, 1)
		records[0].InitSink(b.Arena(), &tp, 0, 0, connect.CreateTime)
		records[0].SetValue(nil, data.String("x"))
		b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
		if err := task.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if err := task.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != want {
			t.Errorf("%q became %q, want %q", before, got, want)
		}
	}
}
