package connecttest

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

type plainConnector struct{}

func (plainConnector) Start(context.Context, connect.ConnectorContext, map[string]string) error {
	return nil
}

func (plainConnector) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{{}}, nil
}

func (plainConnector) Stop(context.Context) error { return nil }

// keepingSink writes what it was put when it is flushed.
type keepingSink struct {
	kept    []data.Value
	written []string
}

func (k *keepingSink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

func (k *keepingSink) Put(_ context.Context, b *connect.SinkBatch) error {
	for r := range b.All {
		k.kept = append(k.kept, r.Value())
	}
	return nil
}

func (k *keepingSink) Flush(context.Context, map[connect.TopicPartition]int64) error {
	for _, v := range k.kept {
		k.written = append(k.written, v.String())
	}
	k.kept = nil
	return nil
}

func (k *keepingSink) Stop(context.Context) error { return nil }

// lyingSink says that it keeps nothing.
type lyingSink struct{ keepingSink }

func (l *lyingSink) Released() bool { return true }

func sinkCase(task connect.SinkTask, written *[]string) SinkCase {
	return SinkCase{Plugin: connect.Plugin{Class: "a.B", Kind: connect.KindSink, NewConnector: func() connect.Connector { return plainConnector{} },
		NewSinkTask: func() connect.SinkTask { return task }}, Contents: func(*testing.T) []string { return *written }}
}

func TestSinkThatKeepsItsBatches(t *testing.T) {
	task := &keepingSink{}
	sinkCase(task, &task.written).deliver(t)
}

// bank is a target that keeps offsets with its data.
type bank struct {
	written []string
	next    map[connect.TopicPartition]int64
	failing bool
}

// bankTask writes to a bank when it is flushed, all or nothing.
type bankTask struct {
	b      *bank
	kept   []string
	next   map[connect.TopicPartition]int64
	clings bool // it does not forget what was rolled back, and writes it with what comes again
}

func (k *bankTask) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	k.next = map[connect.TopicPartition]int64{}
	return nil
}

func (k *bankTask) Put(_ context.Context, b *connect.SinkBatch) error {
	for r := range b.All {
		tp, offset, _ := r.SinkOrigin()
		k.kept, k.next[tp] = append(k.kept, r.Value().String()), offset+1
	}
	return nil
}

func (k *bankTask) Flush(context.Context, map[connect.TopicPartition]int64) error {
	if !k.b.failing {
		k.b.written = append(k.b.written, k.kept...)
		maps.Copy(k.b.next, k.next)
	} else if k.clings {
		return errors.New("rolled back")
	}
	k.kept, k.next = nil, map[connect.TopicPartition]int64{}
	if k.b.failing {
		return errors.New("rolled back")
	}
	return nil
}

func (k *bankTask) DurableOffsets(_ context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	known := map[connect.TopicPartition]int64{}
	for _, tp := range tps {
		if at, there := k.b.next[tp]; there {
			known[tp] = at
		}
	}
	return known, nil
}

func (k *bankTask) Stop(context.Context) error { return nil }

func bankCase(clings bool) SinkCase {
	b := &bank{next: map[connect.TopicPartition]int64{}}
	c := sinkCase(nil, &b.written)
	c.Plugin.NewSinkTask = func() connect.SinkTask { return &bankTask{b: b, clings: clings} }
	c.FailCommit = func(*testing.T) func() {
		b.failing = true
		return func() { b.failing = false }
	}
	return c
}

func TestSinkThatBuffersAndKeepsOffsets(t *testing.T) {
	bankCase(false).keep(t)
}

// TestSinkThatClings runs the suite in a process of its own, in which it must fail.
func TestSinkThatClings(t *testing.T) {
	const inside = "CONNECTTEST_CLING"
	if os.Getenv(inside) != "" {
		bankCase(true).keep(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSinkThatClings$")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the target holds") {
		t.Errorf("a sink that writes what was rolled back passes: %v\n%s", err, out)
	}
}

// TestSinkThatLies runs the suite in a process of its own, in which it must fail.
func TestSinkThatLies(t *testing.T) {
	const inside = "CONNECTTEST_LIE"
	if os.Getenv(inside) != "" {
		task := &lyingSink{}
		sinkCase(task, &task.written).deliver(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSinkThatLies$")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the target holds") {
		t.Errorf("a sink that keeps what it says it released passes: %v\n%s", err, out)
	}
}
