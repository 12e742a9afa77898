package file_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// reader runs a source task and collects what it reads.
type reader struct {
	connect.OffsetReader
	committed *connecttest.Offsets
	t         *testing.T
	task      connect.SourceTask
	last      int64 // position of the last mark
}

func (r *reader) Connector() string                       { return "c" }
func (r *reader) Task() int                               { return 0 }
func (r *reader) Logger() *slog.Logger                    { return slog.New(slog.DiscardHandler) }
func (r *reader) Transaction() connect.TransactionContext { return nil }

func startReader(t *testing.T, path string, offsets *connecttest.Offsets) *reader {
	t.Helper()
	r := &reader{OffsetReader: offsets, committed: offsets, t: t, task: plugin(t, connect.KindSource).NewSourceTask()}
	if err := r.task.Start(t.Context(), r, map[string]string{"file": path, "topic": "t"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.task.Stop(context.Background()) })
	return r
}

// until polls until the task has read the lines.
func (r *reader) until(lines ...string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	var got []string
	for b := connect.NewSourceBatch(connect.BatchLimits{Records: 100, Bytes: 1 << 20}); len(got) < len(lines); b.Reset() {
		if err := r.task.Poll(ctx, b); err != nil {
			r.t.Fatal(err)
		}
		if ctx.Err() != nil {
			r.t.Fatalf("read %q, want %q", got, lines)
		}
		for i := range b.Records() {
			text, _ := b.Records()[i].Value().Text()
			got = append(got, strings.Clone(text))
		}
		for _, m := range b.Marks() {
			r.last = m.Offset.Fields()["position"].(int64)
			r.committed.Commit(m.Partition, m.Offset)
		}
	}
	if !slices.Equal(got, lines) {
		r.t.Fatalf("read %q, want %q", got, lines)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSourceWaitsForTheFileAndForTheEndOfALine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "later.txt")
	r := startReader(t, path, connecttest.NewOffsets())
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 100, Bytes: 1 << 20})
	if err := r.task.Poll(t.Context(), b); err != nil || len(b.Records()) != 0 {
		t.Fatalf("poll without a file: %d records, %v", len(b.Records()), err)
	}
	appendTo(t, path, "first\nsec")
	r.until("first")
	if r.last != 6 {
		t.Errorf("position %d after the first line, want 6", r.last)
	}
	appendTo(t, path, "ond\r")
	appendTo(t, path, "\nthird\n")
	r.until("second", "third")
}

func TestSourceReadsATruncatedFileFromItsStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "one\ntwo\n")
	r := startReader(t, path, connecttest.NewOffsets())
	r.until("one", "two")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "new\n")
	r.until("new")
	if r.last != 4 {
		t.Errorf("position %d, want 4", r.last)
	}
}

func TestSourceFinishesAReplacedFileBeforeTheNewOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "one\n")
	r := startReader(t, path, connecttest.NewOffsets())
	r.until("one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "three\n")
	appendTo(t, path+".1", "two\nunterminated")
	r.until("two", "unterminated", "three")
	if r.last != 6 {
		t.Errorf("position %d, want 6", r.last)
	}
}

func TestSourceStartsAFileThatShrankWhileItWasStopped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "short\n")
	offsets := connecttest.NewOffsets()
	offsets.Commit(connect.NewSourcePartition(map[string]any{"filename": path}), connect.OffsetFields{"position": int64(1000)})
	startReader(t, path, offsets).until("short")
}

func TestSourceRefusesAPositionThatIsNoNumber(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "x\n")
	offsets := connecttest.NewOffsets()
	offsets.Commit(connect.NewSourcePartition(map[string]any{"filename": path}), connect.OffsetFields{"position": "4"})
	r := startReader(t, path, offsets)
	err := r.task.Poll(t.Context(), connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}))
	if err == nil || err.Error() != "Offset position is the incorrect type" {
		t.Errorf("got %v", err)
	}
}

func TestSinkReportsAFullDiskAndKeepsNothingHalf(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full to stand for a full disk; Linux has")
	}
	task := plugin(t, connect.KindSink).NewSinkTask()
	if err := task.Start(t.Context(), nil, map[string]string{"file": "/dev/full"}); err != nil {
		t.Fatal(err)
	}
	b := connect.NewSinkBatch()
	tp := connect.TopicPartition{Topic: "t"}
	records := make([]connect.Record, 1)
	records[0].InitSink(b.Arena(), &tp, 0, 0, connect.CreateTime)
	records[0].SetValue(nil, data.String("x"))
	b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	err := task.Put(t.Context(), b)
	if err == nil || !strings.Contains(err.Error(), "/dev/full") || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v, want an error that names the file and its cause", err)
	}
}

func TestSourceOffsetsThatMayBeSet(t *testing.T) {
	t.Parallel()
	c := plugin(t, connect.KindSource).NewConnector().(connect.SourceOffsetAlterer)
	here := map[string]any{"filename": "f"}
	for name, x := range map[string]struct {
		props  map[string]string
		offset connect.SourceOffset
		want   string
	}{
		"a position":           {nil, connect.SourceOffset{Partition: here, Offset: map[string]any{"position": int64(4)}}, ""},
		"any forgotten offset": {nil, connect.SourceOffset{Partition: map[string]any{"x": true}}, ""},
		"standard input": {map[string]string{"file": ""}, connect.SourceOffset{Partition: here},
			"Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked."},
		"a text":       {nil, connect.SourceOffset{Partition: here, Offset: map[string]any{"position": "4"}}, "The value for the 'position' key in the offset is expected to be a Long value"},
		"below zero":   {nil, connect.SourceOffset{Partition: here, Offset: map[string]any{"position": int64(-1)}}, "The value for the 'position' key in the offset should be a non-negative value"},
		"no position":  {nil, connect.SourceOffset{Partition: here, Offset: map[string]any{}}, "Offset objects should either be null or contain the key 'position'"},
		"no partition": {nil, connect.SourceOffset{Offset: map[string]any{"position": int64(4)}}, "Partition objects cannot be null"},
		"no filename":  {nil, connect.SourceOffset{Partition: map[string]any{}, Offset: map[string]any{"position": int64(4)}}, "Partition objects should contain the key 'filename'"},
	} {
		props := x.props
		if props == nil {
			props = map[string]string{"file": "f"}
		}
		_, err := c.AlterOffsets(t.Context(), props, []connect.SourceOffset{x.offset})
		if got := text(err); got != x.want {
			t.Errorf("%s: got %q, want %q", name, got, x.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
