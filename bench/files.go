package bench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/file"
	"github.com/moldau/moldau/internal/worker"
)

func filePlugin(kind connect.Kind) connect.Plugin {
	for _, p := range file.Plugins() {
		if p.Kind == kind {
			return p
		}
	}
	panic("the file connectors have no " + string(kind))
}

// countedSource is a file source task that tells when it has read n lines.
type countedSource struct {
	connect.SourceTask
	n, read int64
	done    chan struct{}
}

func (c *countedSource) Poll(ctx context.Context, b *connect.SourceBatch) error {
	err := c.SourceTask.Poll(ctx, b)
	before := c.read
	c.read += int64(len(b.Records()))
	if before < c.n && c.read >= c.n {
		close(c.done)
	}
	return err
}

// FileSource sends n lines of a file in dir.
func (l Loop) FileSource(ctx context.Context, broker *Broker, dir string, n int64) (Cost, error) {
	path := filepath.Join(dir, "lines.txt")
	lines := bytes.Repeat(append(bytes.Clone(value[:RecordBytes-1]), '\n'), int(n))
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		return Cost{}, err
	}
	lines = nil
	p := filePlugin(connect.KindSource)
	task := &countedSource{SourceTask: p.NewSourceTask(), n: n, done: make(chan struct{})}
	p.NewSourceTask = func() connect.SourceTask { return task }
	w, q, err := l.worker(broker, p)
	if err != nil {
		return Cost{}, err
	}
	m := start()
	id := worker.TaskID{Connector: "bench", Task: 0}
	config := map[string]string{"file": path, "topic": "bench"}
	if err := w.StartTask(id, l.props(p.Class), config, worker.TargetStarted); err != nil {
		return Cost{}, err
	}
	if err := await(ctx, task.done, q); err != nil {
		return Cost{}, err
	}
	if err := w.StopTasks(ctx, id); err != nil {
		return Cost{}, err
	}
	return m.cost(n), nil
}

// countedSink is a file sink task that tells when it has written n lines.
type countedSink struct {
	connect.SinkTask
	n     int64
	got   atomic.Int64
	begin func()
	begun bool
	done  chan struct{}
}

func (c *countedSink) Put(ctx context.Context, b *connect.SinkBatch) error {
	if !c.begun && b.Len() > 0 {
		c.begun = true
		c.begin()
	}
	if err := c.SinkTask.Put(ctx, b); err != nil {
		return err
	}
	before := c.got.Load()
	if after := c.got.Add(int64(b.Len())); before < c.n && after >= c.n {
		close(c.done)
	}
	return nil
}

// Released is the task's.
func (c *countedSink) Released() bool { return c.SinkTask.(connect.BatchReleaser).Released() }

// Flush is the task's.
func (c *countedSink) Flush(ctx context.Context, delivered map[connect.TopicPartition]int64) error {
	return c.SinkTask.(connect.Flusher).Flush(ctx, delivered)
}

// FileSink writes n records to a file in dir.
func (l Loop) FileSink(ctx context.Context, broker *Broker, dir string, n int64) (Cost, error) {
	var m *meter
	p := filePlugin(connect.KindSink)
	task := &countedSink{SinkTask: p.NewSinkTask(), n: n, done: make(chan struct{}), begin: func() { m = start() }}
	p.NewSinkTask = func() connect.SinkTask { return task }
	w, q, err := l.worker(broker, p)
	if err != nil {
		return Cost{}, err
	}
	id := worker.TaskID{Connector: "bench", Task: 0}
	props := l.props(p.Class)
	props["topics"] = "bench"
	config := map[string]string{"file": filepath.Join(dir, "output.txt"), "topics": "bench"}
	if err := w.StartTask(id, props, config, worker.TargetStarted); err != nil {
		return Cost{}, err
	}
	if err := await(ctx, task.done, q); err != nil {
		return Cost{}, err
	}
	cost := m.cost(task.got.Load())
	return cost, w.StopTasks(ctx, id)
}
