package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// failingDisk is a file whose calls fail once.
type failingDisk struct {
	*os.File
	sync  error
	write int // the write that fails half way, counted down
}

func (d *failingDisk) Sync() error {
	if err := d.sync; err != nil {
		d.sync = nil // as Linux does: what could not be written counts as clean
		return err
	}
	return d.File.Sync()
}

func (d *failingDisk) Write(b []byte) (int, error) {
	if d.write--; d.write == 0 {
		n, _ := d.File.Write(b[:len(b)/2])
		return n, errors.New("no space left")
	}
	return d.File.Write(b)
}

var one = connect.TopicPartition{Topic: "t"}

func startOn(t *testing.T, path, exactly string) (*SinkTask, *failingDisk) {
	t.Helper()
	task := new(SinkTask)
	if err := task.Start(t.Context(), connecttest.SinkTaskContext(t, one), map[string]string{"file": path, "exactly.once": exactly}); err != nil {
		t.Fatal(err)
	}
	disk := &failingDisk{File: task.f.(*os.File)}
	task.f = disk
	return task, disk
}

func batch(values ...string) *connect.SinkBatch {
	b := connect.NewSinkBatch()
	records := make([]connect.Record, len(values))
	for i, v := range values {
		records[i].InitSink(b.Arena(), &one, int64(i), 0, connect.CreateTime)
		records[i].SetValue(nil, data.String(v))
	}
	b.Append(connect.SinkSlice{TopicPartition: one, Records: records})
	return b
}

// TestSyncThatFailedIsNotTriedAgain wants no later sync to be believed.
func TestSyncThatFailedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, exactly := range []string{"false", "true"} {
		path := filepath.Join(t.TempDir(), "out.txt")
		task, disk := startOn(t, path, exactly)
		if err := task.Put(t.Context(), batch("a")); err != nil {
			t.Fatal(err)
		}
		disk.sync = errors.New("input/output error")
		for range 2 {
			if err := task.Flush(t.Context(), map[connect.TopicPartition]int64{one: 1}); err == nil || !strings.Contains(err.Error(), "input/output error") {
				t.Error(err)
			}
		}
		if _, err := task.DurableOffsets(t.Context(), []connect.TopicPartition{one}); exactly == "true" && err == nil {
			t.Error("it says what is durable")
		}
		if err := task.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if exactly == "true" {
			if l, there, err := readLedger(path); err != nil || !there || l.length != 0 || l.closed || len(l.offsets) > 0 {
				t.Error(l, there, err)
			}
		}
	}
}

// TestFailedPutLeavesAHalfLineWhole wants the line after one that a crash tore to begin anew, also when a write failed in between.
func TestFailedPutLeavesAHalfLineWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", writeSize)
	for _, exactly := range []string{"false", "true"} {
		for _, failing := range []int{1, 2} {
			path := filepath.Join(t.TempDir(), "out.txt")
			if err := os.WriteFile(path, []byte("hal"), 0o644); err != nil {
				t.Fatal(err)
			}
			task, disk := startOn(t, path, exactly)
			disk.write = failing
			if err := task.Put(t.Context(), batch(long, long)); err == nil {
				t.Fatal("the put succeeds")
			}
			want := "hal\n"
			if exactly == "false" && failing == 2 {
				want += long + "\n" // what was written before stays
			}
			if err := task.Put(t.Context(), batch("y")); err != nil {
				t.Fatal(err)
			}
			if err := task.Flush(t.Context(), map[connect.TopicPartition]int64{one: 1}); err != nil {
				t.Error(err)
			}
			if err := task.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != want+"y\n" {
				t.Errorf("exactly.once=%s, write %d fails: the file holds %d bytes, the first are %q, the last %q", exactly, failing, len(text), text[:min(9, len(text))], text[max(0, len(text)-9):])
			}
		}
	}
}
