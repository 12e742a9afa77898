package file_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// alter asks the connector of a file to change offsets.
func alter(t *testing.T, path, connector string, offsets map[connect.TopicPartition]*int64) (bool, error) {
	t.Helper()
	props := map[string]string{"name": connector, "file": path, "exactly.once": "true"}
	return plugin(t, connect.KindSink).NewConnector().(connect.SinkOffsetAlterer).AlterOffsets(t.Context(), props, offsets)
}

// TestOffsetsOfAFile changes what a ledger says of two partitions, of which one has lines.
func TestOffsetsOfAFile(t *testing.T) {
	t.Parallel()
	other := connect.TopicPartition{Topic: "u", Partition: 0}
	for name, c := range map[string]struct {
		change map[connect.TopicPartition]*int64
		want   map[connect.TopicPartition]int64
	}{
		"further back":   {map[connect.TopicPartition]*int64{lines: new(int64(1))}, map[connect.TopicPartition]int64{lines: 1, other: 9}},
		"further ahead":  {map[connect.TopicPartition]*int64{lines: new(int64(70))}, map[connect.TopicPartition]int64{lines: 70, other: 9}},
		"forgotten":      {map[connect.TopicPartition]*int64{lines: nil}, map[connect.TopicPartition]int64{other: 9}},
		"new":            {map[connect.TopicPartition]*int64{{Topic: "v"}: new(int64(4))}, map[connect.TopicPartition]int64{lines: 3, other: 9, {Topic: "v"}: 4}},
		"one of each":    {map[connect.TopicPartition]*int64{lines: new(int64(0)), other: nil}, map[connect.TopicPartition]int64{lines: 0}},
		"nothing to do":  {map[connect.TopicPartition]*int64{{Topic: "v"}: nil}, map[connect.TopicPartition]int64{lines: 3, other: 9}},
		"all, by a nil":  {nil, map[connect.TopicPartition]int64{}},
		"all, by no one": {map[connect.TopicPartition]*int64{}, map[connect.TopicPartition]int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "out.txt")
			task := exactTask(t, path)
			putLines(t, task, 0, 3)
			if err := task.(connect.Flusher).Flush(t.Context(), map[connect.TopicPartition]int64{lines: 3, other: 9}); err != nil {
				t.Fatal(err)
			}
			stop(t, task)
			crashed(t, path)
			appendTo(t, path, "not durable\n")
			for range 2 { // the same again is no error
				if changed, err := alter(t, path, "suite", c.change); err != nil || !changed {
					t.Fatal(changed, err)
				}
			}
			task = exactTask(t, path)
			defer stop(t, task)
			got, err := task.(connect.OffsetKeeper).DurableOffsets(t.Context(), []connect.TopicPartition{lines, other, {Topic: "v"}})
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("it begins at %v, want %v (%v)", got, c.want, err)
			}
			from := c.want[lines]
			putLines(t, task, from, from+2)
			want := map[int64]string{0: "0\n1\n", 1: "1\n2\n", 3: "3\n4\n", 70: "70\n71\n"}[from]
			if text := read(t, path); text != "0\n1\n2\n"+want {
				t.Errorf("the file holds %q", text)
			}
		})
	}
}

// TestOffsetsOfAFileThatAreNotChanged wants a refusal, or an answer that nothing was there to change, to leave file and ledger as they were.
func TestOffsetsOfAFileThatAreNotChanged(t *testing.T) {
	t.Parallel()
	back := map[connect.TopicPartition]*int64{lines: new(int64(1))}
	for name, c := range map[string]struct {
		connector string
		change    map[connect.TopicPartition]*int64
		before    func(t *testing.T, path string)
		want      string // of the error
	}{
		"negative":                {"suite", map[connect.TopicPartition]*int64{lines: new(int64(1)), {Topic: "u", Partition: 2}: new(int64(-1))}, nil, "topic u, partition 2 cannot begin at offset -1"},
		"of another connector":    {"another", back, nil, ""},
		"another one's reset":     {"another", nil, nil, ""},
		"a ledger that is spoilt": {"suite", back, func(t *testing.T, path string) { write(t, path+".offsets", "{") }, "does not hold the offsets"},
		"a foreign ledger":        {"suite", nil, func(t *testing.T, path string) { write(t, path+".offsets", `{"version":7}`) }, "has version 7"},
		"a task still writes": {"suite", back, func(t *testing.T, path string) {
			task := exactTask(t, path)
			t.Cleanup(func() { stop(t, task) })
		}, "is still written to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "out.txt")
			task := exactTask(t, path)
			putLines(t, task, 0, 3)
			flush(t, task, 3)
			stop(t, task)
			if c.before != nil {
				c.before(t, path)
			}
			text, ledger := read(t, path), read(t, path+".offsets")
			changed, err := alter(t, path, c.connector, c.change)
			if changed || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("changed is %v, the error %v, want %q", changed, err, c.want)
			}
			if read(t, path) != text || read(t, path+".offsets") != ledger {
				t.Error("it was changed")
			}
		})
	}
}

// TestOffsetsOfAFileWithoutALedger wants the answer that there was nothing to change, and no files that were not there.
func TestOffsetsOfAFileWithoutALedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := filepath.Join(dir, "old.txt")
	write(t, old, "old\n")
	for _, path := range []string{old, filepath.Join(dir, "never.txt"), filepath.Join(dir, "no folder", "never.txt")} {
		for _, change := range []map[connect.TopicPartition]*int64{nil, {lines: new(int64(1))}, {lines: nil}} {
			if changed, err := alter(t, path, "suite", change); changed || err != nil {
				t.Error(path, changed, err)
			}
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(found) != 1 || read(t, old) != "old\n" {
		t.Error(found, err)
	}
}

// TestOffsetsOfAFileThatIsGone keeps the ledger, whose offsets count although the lines are gone.
func TestOffsetsOfAFileThatIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	task := exactTask(t, path)
	putLines(t, task, 0, 3)
	flush(t, task, 3)
	stop(t, task)
	remove(t, path)
	if changed, err := alter(t, path, "suite", map[connect.TopicPartition]*int64{lines: new(int64(1))}); !changed || err != nil {
		t.Fatal(changed, err)
	}
	task = exactTask(t, path)
	defer stop(t, task)
	if at := begins(t, task); at != 1 {
		t.Errorf("it begins at %d", at)
	}
}

// TestOffsetsOfASinkWithoutALedger is Java's connector: it accepts any change, and looks at no file.
func TestOffsetsOfASinkWithoutALedger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	write(t, path+".offsets", "{") // not ours
	connector := plugin(t, connect.KindSink).NewConnector().(connect.SinkOffsetAlterer)
	for _, props := range []map[string]string{{"name": "suite", "file": path}, {"name": "suite"}, {"name": "suite", "exactly.once": "false", "file": path}} {
		if changed, err := connector.AlterOffsets(t.Context(), props, map[connect.TopicPartition]*int64{lines: new(int64(1))}); !changed || err != nil {
			t.Error(props, changed, err)
		}
	}
	task := plugin(t, connect.KindSink).NewSinkTask()
	if err := task.Start(t.Context(), connecttest.SinkTaskContext(t), map[string]string{"file": path}); err != nil {
		t.Error(err)
	}
	stop(t, task)
}
