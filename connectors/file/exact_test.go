package file_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestExactSinkContract(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.txt")
	connecttest.Sink(t, connecttest.SinkCase{
		Plugin:   plugin(t, connect.KindSink),
		Props:    map[string]string{"name": "k", "file": path, "exactly.once": "true"},
		Contents: func(t *testing.T) []string { return strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n") },
		FailCommit: func(t *testing.T) func() {
			if err := os.Mkdir(path+".offsets.next", 0o755); err != nil { // where the next ledger is written
				t.Fatal(err)
			}
			return func() { remove(t, path+".offsets.next") }
		},
	})
}

var lines = connect.TopicPartition{Topic: "t", Partition: 3}

// exactTask starts a task on the file.
func exactTask(t *testing.T, path string) connect.SinkTask {
	t.Helper()
	task := plugin(t, connect.KindSink).NewSinkTask()
	if err := task.Start(t.Context(), connecttest.SinkTaskContext(t, lines), map[string]string{"file": path, "exactly.once": "true"}); err != nil {
		t.Fatal(err)
	}
	return task
}

// putLines puts the records at offsets from to below to, each with its offset as value.
func putLines(t *testing.T, task connect.SinkTask, from, to int64) {
	t.Helper()
	b := connect.NewSinkBatch()
	records := make([]connect.Record, to-from)
	for i := range records {
		records[i].InitSink(b.Arena(), &lines, from+int64(i), 0, connect.CreateTime)
		records[i].SetValue(nil, data.String(fmt.Sprint(from+int64(i))))
	}
	b.Append(connect.SinkSlice{TopicPartition: lines, Records: records})
	if err := task.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// begins returns the offset that a task says is durable, -1 where it knows none.
func begins(t *testing.T, task connect.SinkTask) int64 {
	t.Helper()
	offsets, err := task.(connect.OffsetKeeper).DurableOffsets(t.Context(), []connect.TopicPartition{lines})
	if err != nil || offsets == nil {
		t.Fatal(offsets, err)
	}
	if at, there := offsets[lines]; there {
		return at
	}
	return -1
}

func stop(t *testing.T, task connect.SinkTask) {
	t.Helper()
	if err := task.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func flush(t *testing.T, task connect.SinkTask, delivered int64) {
	t.Helper()
	if err := task.(connect.Flusher).Flush(t.Context(), map[connect.TopicPartition]int64{lines: delivered}); err != nil {
		t.Fatal(err)
	}
}

// crashed makes the ledger of a task that was stopped that of one that crashed at its last commit.
func crashed(t *testing.T, path string) {
	t.Helper()
	text := read(t, path+".offsets")
	open := strings.Replace(text, `,"closed":true`, "", 1)
	if open == text {
		t.Fatalf("the ledger of a task that was stopped is %s", text)
	}
	write(t, path+".offsets", open)
}

// TestExactSinkAfterACrash ends tasks in every state of file and ledger that a crash can leave.
func TestExactSinkAfterACrash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		crash func(t *testing.T, path string)
		from  int64 // where the next task begins
		want  string
	}{
		"nothing more":            {func(*testing.T, string) {}, 3, "old\n0\n1\n2\n"},
		"a put without a flush":   {func(t *testing.T, path string) { crashed(t, path); appendTo(t, path, "3\n4\n") }, 3, "old\n0\n1\n2\n"},
		"half a line":             {func(t *testing.T, path string) { crashed(t, path); appendTo(t, path, "3\n4") }, 3, "old\n0\n1\n2\n"},
		"a ledger that was begun": {func(t *testing.T, path string) { write(t, path+".offsets.next", `{"version":1,`) }, 3, "old\n0\n1\n2\n"},
		"lines that are gone":     {func(t *testing.T, path string) { write(t, path, "old\n0\n") }, 3, "old\n0\n"},
		"the file is gone":        {func(t *testing.T, path string) { remove(t, path) }, 3, ""},
		"the ledger is gone":      {func(t *testing.T, path string) { remove(t, path+".offsets") }, -1, "old\n0\n1\n2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "out.txt")
			write(t, path, "old\n")
			task := exactTask(t, path)
			if at := begins(t, task); at != -1 {
				t.Errorf("a new file begins at %d", at)
			}
			putLines(t, task, 0, 2)
			putLines(t, task, 2, 3)
			flush(t, task, 3)
			stop(t, task)
			c.crash(t, path)
			task = exactTask(t, path)
			if at := begins(t, task); at != c.from {
				t.Errorf("it begins at %d, want %d", at, c.from)
			}
			if got := read(t, path); got != c.want {
				t.Errorf("the file holds %q, want %q", got, c.want)
			}
			putLines(t, task, 3, 4)
			if got := read(t, path); got != c.want+"3\n" {
				t.Errorf("the file holds %q, want %q", got, c.want+"3\n")
			}
			stop(t, task) // without a flush
			task = exactTask(t, path)
			if got := read(t, path); got != c.want {
				t.Errorf("the file holds %q, want %q", got, c.want)
			}
			stop(t, task)
		})
	}
}

// TestExactSinkCountsWhatHasNoLine wants records that transformations dropped to count as done.
func TestExactSinkCountsWhatHasNoLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	task := exactTask(t, path)
	putLines(t, task, 0, 2)
	flush(t, task, 5)
	stop(t, task)
	task = exactTask(t, path)
	if at := begins(t, task); at != 5 {
		t.Errorf("it begins at %d", at)
	}
	stop(t, task)
}

// TestExactSinkHasOneWriter is a task that was given up and still runs.
func TestExactSinkHasOneWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	zombie := exactTask(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	props := map[string]string{"file": path, "exactly.once": "true"}
	second := plugin(t, connect.KindSink).NewSinkTask()
	if err := second.Start(ctx, connecttest.SinkTaskContext(t), props); err == nil {
		t.Error("two tasks write to one file")
	}
	stop(t, second)
	if changed, err := plugin(t, connect.KindSink).NewConnector().(connect.SinkOffsetAlterer).AlterOffsets(t.Context(), props, nil); err == nil || !strings.Contains(err.Error(), "still written") {
		t.Error(changed, err)
	}
	started := make(chan error, 1)
	third := plugin(t, connect.KindSink).NewSinkTask()
	go func() { started <- third.Start(t.Context(), connecttest.SinkTaskContext(t), props) }()
	stop(t, zombie)
	if err := <-started; err != nil {
		t.Error(err)
	}
	stop(t, third)
}

func TestExactSinkAltersOffsets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	props := map[string]string{"name": "suite", "file": path, "exactly.once": "true"}
	alter := func(offsets map[connect.TopicPartition]*int64) {
		t.Helper()
		if _, err := plugin(t, connect.KindSink).NewConnector().(connect.SinkOffsetAlterer).AlterOffsets(t.Context(), props, offsets); err != nil {
			t.Fatal(err)
		}
	}
	alter(nil) // of a file that is not there yet
	seven := int64(7)
	for _, c := range []struct {
		offsets map[connect.TopicPartition]*int64
		want    int64
	}{
		{map[connect.TopicPartition]*int64{lines: &seven}, 7},
		{map[connect.TopicPartition]*int64{lines: nil}, -1},
		{nil, -1},
		{map[connect.TopicPartition]*int64{{Topic: "other"}: nil}, 2},
	} {
		task := exactTask(t, path)
		putLines(t, task, 0, 2)
		flush(t, task, 2)
		stop(t, task)
		alter(c.offsets)
		task = exactTask(t, path)
		if at := begins(t, task); at != c.want {
			t.Errorf("after %v it begins at %d, want %d", c.offsets, at, c.want)
		}
		stop(t, task)
		remove(t, path)
		remove(t, path+".offsets")
	}
}

func TestExactSinkRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spoilt := filepath.Join(dir, "spoilt.txt")
	write(t, spoilt+".offsets", "{")
	foreign := filepath.Join(dir, "foreign.txt")
	write(t, foreign+".offsets", `{"version":7}`)
	for _, c := range []struct{ file, want string }{
		{"", "exactly.once=true needs the key file"},
		{os.DevNull, "is no regular file"},
		{spoilt, "does not hold the offsets"},
		{foreign, "has version 7"},
		{filepath.Join(dir, "missing", "x"), "Couldn't find or create file"},
	} {
		task := plugin(t, connect.KindSink).NewSinkTask()
		err := task.Start(t.Context(), connecttest.SinkTaskContext(t), map[string]string{"file": c.file, "exactly.once": "true"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.file, err, c.want)
		}
		stop(t, task)
	}
	connector := plugin(t, connect.KindSink).NewConnector().(connect.ConfigValidator)
	values, err := connector.Validate(t.Context(), map[string]string{"exactly.once": "true"})
	if err != nil || len(values) != 1 || values[0].Name != "exactly.once" || len(values[0].Errors) != 1 {
		t.Error(values, err)
	}
}

// TestExactSinkOfAnotherConnector wants the offsets of a connector not to be taken for those of another.
func TestExactSinkOfAnotherConnector(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	task := exactTask(t, path)
	putLines(t, task, 0, 2)
	flush(t, task, 2)
	stop(t, task)
	var text map[string]any
	if err := json.Unmarshal([]byte(read(t, path+".offsets")), &text); err != nil {
		t.Fatal(err)
	}
	text["connector"] = "another"
	changed, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+".offsets", string(changed))
	task = exactTask(t, path)
	if at := begins(t, task); at != -1 {
		t.Errorf("it begins at %d", at)
	}
	if got := read(t, path); got != "0\n1\n" {
		t.Errorf("the file holds %q", got)
	}
	stop(t, task)
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
