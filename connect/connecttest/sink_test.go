package connecttest

import (
	"context"
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
