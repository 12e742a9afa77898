package file_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// plainTask starts a task on the file without exactly.once=true.
func plainTask(t *testing.T, path string) connect.SinkTask {
	t.Helper()
	task := plugin(t, connect.KindSink).NewSinkTask()
	if err := task.Start(t.Context(), connecttest.SinkTaskContext(t, lines), map[string]string{"file": path}); err != nil {
		t.Fatal(err)
	}
	return task
}

// TestExactSinkSwitchedOffAndOn wants what a task wrote meanwhile, whose offsets the group committed, to stay in the file.
func TestExactSinkSwitchedOffAndOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	task := exactTask(t, path)
	putLines(t, task, 0, 3)
	flush(t, task, 3)
	stop(t, task)
	first, second := plainTask(t, path), plainTask(t, path) // several may write
	if _, err := os.Stat(path + ".offsets"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the offsets are still there", err)
	}
	putLines(t, first, 3, 5)
	putLines(t, second, 5, 7)
	flush(t, first, 5)
	flush(t, second, 7)
	stop(t, first)
	stop(t, second)
	task = exactTask(t, path)
	if at := begins(t, task); at != -1 {
		t.Errorf("it begins at %d, and not where the group is", at)
	}
	putLines(t, task, 7, 8)
	flush(t, task, 8)
	stop(t, task)
	if got := read(t, path); got != "0\n1\n2\n3\n4\n5\n6\n7\n" {
		t.Errorf("the file holds %q", got)
	}
}

// TestExactSinkAfterJava wants a file that grew while no task of ours ran to be left alone.
func TestExactSinkAfterJava(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	for _, lines := range []int64{2, 3} { // a ledger that was closed once is open again while a task runs
		task := exactTask(t, path)
		putLines(t, task, lines-2, lines)
		flush(t, task, lines)
		stop(t, task)
	}
	before := read(t, path)
	appendTo(t, path, "java\n")
	task := plugin(t, connect.KindSink).NewSinkTask()
	err := task.Start(t.Context(), connecttest.SinkTaskContext(t, lines), map[string]string{"file": path, "exactly.once": "true"})
	if err == nil || !strings.Contains(err.Error(), "got 5 bytes from somebody else") {
		t.Error(err)
	}
	stop(t, task)
	if got := read(t, path); got != before+"java\n" {
		t.Errorf("the file holds %q", got)
	}
	remove(t, path+".offsets") // as the message says
	task = exactTask(t, path)
	if at := begins(t, task); at != -1 {
		t.Errorf("it begins at %d", at)
	}
	if got := read(t, path); got != before+"java\n" {
		t.Errorf("the file holds %q", got)
	}
	stop(t, task)
}

// TestExactSinkIsAlone wants a task that finds another writer's lines to commit nothing, so that none of its own are lost.
func TestExactSinkIsAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	task := exactTask(t, path)
	putLines(t, task, 0, 2)
	flush(t, task, 2)
	appendTo(t, path, "foreign\n")
	putLines(t, task, 2, 4)
	for range 2 { // it does not believe a second look
		err := task.(connect.Flusher).Flush(t.Context(), map[connect.TopicPartition]int64{lines: 4})
		if err == nil || !strings.Contains(err.Error(), "has 16 bytes instead of 8: somebody else writes to it") {
			t.Error(err)
		}
	}
	if _, err := task.(connect.OffsetKeeper).DurableOffsets(t.Context(), []connect.TopicPartition{lines}); err == nil {
		t.Error("it says what is durable")
	}
	stop(t, task)
	task = exactTask(t, path)
	if at := begins(t, task); at != 2 {
		t.Errorf("it begins at %d", at)
	}
	if got := read(t, path); got != "0\n1\n" {
		t.Errorf("the file holds %q", got)
	}
	stop(t, task)
}

// TestSinksOfOneFile wants no task to start without exactly.once=true beside one with it, or the other way round.
func TestSinksOfOneFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "solaris" || runtime.GOOS == "aix" {
		t.Skip("this system has no locks of files; Linux, macOS and Windows have")
	}
	for name, c := range map[string]struct{ first, second string }{
		"exact, then plain": {"true", "false"},
		"plain, then exact": {"false", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "out.txt")
			props := func(exactly string) map[string]string {
				return map[string]string{"file": path, "exactly.once": exactly}
			}
			first, second, third := plugin(t, connect.KindSink).NewSinkTask(), plugin(t, connect.KindSink).NewSinkTask(), plugin(t, connect.KindSink).NewSinkTask()
			if err := first.Start(t.Context(), connecttest.SinkTaskContext(t, lines), props(c.first)); err != nil {
				t.Fatal(err)
			}
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if err := second.Start(ended, connecttest.SinkTaskContext(t, lines), props(c.second)); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			stop(t, second)
			started := make(chan error, 1)
			go func() { started <- third.Start(t.Context(), connecttest.SinkTaskContext(t, lines), props(c.second)) }()
			putLines(t, first, 0, 1)
			flush(t, first, 1)
			stop(t, first)
			if err := <-started; err != nil {
				t.Error(err)
			}
			stop(t, third)
		})
	}
}
