package verifiable

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
)

const (
	keyMode  = "mock_mode"
	keyDelay = "delay_ms"

	connectorFails = "connector-failure"
	taskFails      = "task-failure"

	defaultDelay = 15000
	// mostWait is for how long a sink that is to fail waits for records (MockSinkTask.setTimeout).
	mostWait = 250 * time.Millisecond
)

// failure is the error that was asked for: a java.lang.RuntimeException without a message.
type failure struct{}

func (failure) Error() string { return "" }

// JavaClass returns the class of Java's exception.
func (failure) JavaClass() string { return "java.lang.RuntimeException" }

// delay is how long after its start something fails that has the mode.
func delay(props map[string]string) (time.Duration, error) {
	if _, there := props[keyDelay]; !there {
		return defaultDelay * time.Millisecond, nil
	}
	n := numbers{props: props}
	ms := n.get(keyDelay, 64)
	if n.err != nil {
		return 0, numberError(`For input string: "` + props[keyDelay] + `"`)
	}
	return time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond, nil
}

// mockConnector is MockConnector: one task with the connector's configuration.
type mockConnector struct {
	props map[string]string
	timer *time.Timer

	mu      sync.Mutex
	stopped bool
}

// Start begins to wait where the connector is to fail.
func (c *mockConnector) Start(_ context.Context, cc connect.ConnectorContext, props map[string]string) error {
	c.props = props
	if props[keyMode] != connectorFails {
		return nil
	}
	after, err := delay(props)
	if err != nil {
		return err
	}
	c.timer = time.AfterFunc(after, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.stopped {
			cc.RaiseError(failure{})
		}
	})
	return nil
}

// TaskConfigs returns the connector's configuration.
func (c *mockConnector) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{c.props}, nil
}

// Stop drops a failure that is still to come.
func (c *mockConnector) Stop(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
	return nil
}

// due is when a task fails.
type due struct {
	fails bool
	at    time.Time
}

func dueOf(props map[string]string) (due, error) {
	if props[keyMode] != taskFails {
		return due{}, nil
	}
	after, err := delay(props)
	return due{true, time.Now().Add(after)}, err
}

// wait is how long it is until the failure, without end where there is none.
func (d due) wait() time.Duration {
	if !d.fails {
		return math.MaxInt64
	}
	return max(time.Until(d.at), 0)
}

// mockSourceTask is MockSourceTask.
type mockSourceTask struct{ due due }

// Start notes when to fail.
func (t *mockSourceTask) Start(_ context.Context, _ connect.SourceTaskContext, props map[string]string) (err error) {
	t.due, err = dueOf(props)
	return err
}

// Poll waits until it fails.
func (t *mockSourceTask) Poll(ctx context.Context, _ *connect.SourceBatch) error {
	if !sleep(ctx, t.due.wait()) {
		return nil
	}
	return failure{}
}

// Stop has nothing to release.
func (t *mockSourceTask) Stop(context.Context) error { return nil }

// mockSinkTask is MockSinkTask.
type mockSinkTask struct {
	tc  connect.SinkTaskContext
	due due
}

// Start notes when to fail.
func (t *mockSinkTask) Start(_ context.Context, tc connect.SinkTaskContext, props map[string]string) (err error) {
	t.tc = tc
	t.due, err = dueOf(props)
	t.again()
	return err
}

// Put fails when it is time. Without records it is called again soon.
func (t *mockSinkTask) Put(context.Context, *connect.SinkBatch) error {
	if t.due.fails && t.due.wait() == 0 {
		return failure{}
	}
	t.again()
	return nil
}

func (t *mockSinkTask) again() {
	if t.due.fails {
		t.tc.Timeout(min(t.due.wait()+time.Millisecond, mostWait))
	}
}

// Stop has nothing to release.
func (t *mockSinkTask) Stop(context.Context) error { return nil }

var (
	_ connect.Connector  = (*mockConnector)(nil)
	_ connect.SourceTask = (*mockSourceTask)(nil)
	_ connect.SinkTask   = (*mockSinkTask)(nil)
)
