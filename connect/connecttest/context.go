package connecttest

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
)

// patience is how long a suite waits for something that must happen.
const patience = 10 * time.Second

// Offsets is an OffsetReader in memory.
type Offsets struct {
	mu       sync.Mutex
	byFields map[string]connect.OffsetFields
}

// NewOffsets returns a reader without offsets.
func NewOffsets() *Offsets { return &Offsets{byFields: map[string]connect.OffsetFields{}} }

// Commit stores an offset as the runtime does: through JSON, so that integers come back as int64.
func (o *Offsets) Commit(p *connect.SourcePartition, offset connect.Offset) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byFields[canonical(p.Fields())] = normal(offset.Fields())
}

// Offsets implements connect.OffsetReader.
func (o *Offsets) Offsets(_ context.Context, partitions ...*connect.SourcePartition) ([]connect.OffsetFields, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]connect.OffsetFields, len(partitions))
	for i, p := range partitions {
		out[i] = o.byFields[canonical(p.Fields())]
	}
	return out, nil
}

// canonical is the same text for the same fields, for encoding/json sorts keys.
func canonical(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic("connecttest: partition with a value that is no primitive: " + err.Error())
	}
	return string(text)
}

func normal(fields map[string]any) connect.OffsetFields {
	out := connect.OffsetFields{}
	for k, v := range fields {
		switch n := v.(type) {
		case int:
			v = int64(n)
		case int32:
			v = int64(n)
		}
		out[k] = v
	}
	return out
}

type connectorContext struct {
	t       *testing.T
	name    string
	offsets connect.OffsetReader
}

func (c connectorContext) Name() string                  { return c.name }
func (c connectorContext) RequestTaskReconfiguration()   {}
func (c connectorContext) RaiseError(err error)          { c.t.Errorf("connector raised: %v", err) }
func (c connectorContext) Offsets() connect.OffsetReader { return c.offsets }
func (c connectorContext) Logger() *slog.Logger          { return logger(c.t) }

type sourceContext struct {
	connect.OffsetReader
	t *testing.T
}

func (c sourceContext) Connector() string                       { return "suite" }
func (c sourceContext) Task() int                               { return 0 }
func (c sourceContext) Logger() *slog.Logger                    { return logger(c.t) }
func (c sourceContext) Transaction() connect.TransactionContext { return nil }

type sinkContext struct {
	t        *testing.T
	assigned []connect.TopicPartition
}

func (c *sinkContext) Connector() string                    { return "suite" }
func (c *sinkContext) Task() int                            { return 0 }
func (c *sinkContext) Logger() *slog.Logger                 { return logger(c.t) }
func (c *sinkContext) Assignment() []connect.TopicPartition { return c.assigned }
func (c *sinkContext) Rewind(connect.TopicPartition, int64) {}
func (c *sinkContext) Timeout(time.Duration)                {}
func (c *sinkContext) Pause(...connect.TopicPartition)      {}
func (c *sinkContext) Resume(...connect.TopicPartition)     {}
func (c *sinkContext) RequestCommit()                       {}
func (c *sinkContext) Errors() connect.ErrantRecordReporter { return nil }

func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

// SourceTaskContext returns a context for a source task that a test drives by hand.
func SourceTaskContext(t *testing.T, offsets connect.OffsetReader) connect.SourceTaskContext {
	return sourceContext{offsets, t}
}

// SinkTaskContext returns a context for a sink task that a test drives by hand.
func SinkTaskContext(t *testing.T, assigned ...connect.TopicPartition) connect.SinkTaskContext {
	return &sinkContext{t: t, assigned: assigned}
}
