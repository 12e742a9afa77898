package herder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// fakeWorker does what a worker does without plugins, and reports states as one does. Its hooks stand for what plugins do.
type fakeWorker struct {
	onFence func() error
	cfg     worker.Config

	mu         sync.Mutex
	connectors map[string]TargetState
	props      map[string]map[string]string
	tasks      map[worker.TaskID]map[string]string
	calls      []string
	// onStart is called in StartConnector and onTasks in ConnectorTaskConfigs.
	onStart func(ctx context.Context, name string) error
	onTasks func(name string) ([]map[string]string, error)
	offsets func(offsets []worker.ConnectorOffset) (string, error)
	// beforeTask is called in StartTask and StopTasks, as what a plugin keeps waiting; call is the method.
	beforeTask func(call string, id worker.TaskID)
}

func (f *fakeWorker) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

// taken returns the calls since it was last asked.
func (f *fakeWorker) taken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}

func (f *fakeWorker) report(name string, target TargetState) {
	f.cfg.Statuses.OnConnector(name, worker.Status{WorkerID: "w:1", Version: "1",
		State: map[TargetState]State{TargetStarted: Running, TargetPaused: Paused, TargetStopped: Stopped}[target]})
}

func (f *fakeWorker) StartConnector(ctx context.Context, name string, props map[string]string, target TargetState) error {
	f.note("start " + name)
	if f.onStart != nil {
		if err := f.onStart(ctx, name); err != nil {
			f.cfg.Statuses.OnConnector(name, worker.Status{State: Failed, WorkerID: "w:1", Trace: err.Error()})
			return err
		}
	}
	f.mu.Lock()
	f.connectors[name], f.props[name] = target, maps.Clone(props)
	f.mu.Unlock()
	f.report(name, target)
	return nil
}

func (f *fakeWorker) StopConnectors(_ context.Context, names ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if _, ok := f.connectors[name]; ok {
			f.calls = append(f.calls, "stop "+name)
			delete(f.connectors, name)
		}
	}
	return nil
}

func (f *fakeWorker) SetTargetState(_ context.Context, name string, target TargetState) error {
	f.note(string(target) + " " + name)
	f.mu.Lock()
	_, here := f.connectors[name]
	if here {
		f.connectors[name] = target
	}
	f.mu.Unlock()
	if here {
		f.report(name, target)
	}
	return nil
}

func (f *fakeWorker) IsRunning(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.connectors[name] == TargetStarted
}

func (f *fakeWorker) ConnectorTaskConfigs(_ context.Context, name string) ([]map[string]string, error) {
	if f.onTasks != nil {
		return f.onTasks(name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return []map[string]string{maps.Clone(f.props[name])}, nil
}

// tooMany fails a connector as a worker does that gets more tasks of it than it may have.
func (f *fakeWorker) tooMany(name string) error {
	err := javafmt.NewException(worker.TooManyTasks, name+" has generated 3 tasks", nil)
	f.mu.Lock()
	f.connectors[name] = ""
	f.mu.Unlock()
	f.cfg.Statuses.OnConnector(name, worker.Status{State: Failed, WorkerID: "w:1", Trace: err.Error()})
	return err
}

func (f *fakeWorker) CheckTaskCount(name string, props map[string]string, n int) error {
	if limit, err := strconv.Atoi(props["tasks.max"]); err == nil && n > limit {
		return fmt.Errorf("%s has %d tasks", name, n)
	}
	return nil
}

func (f *fakeWorker) StartTask(id worker.TaskID, _, props map[string]string, target TargetState) error {
	if f.beforeTask != nil {
		f.beforeTask("StartTask", id)
	}
	f.note("start task " + id.String())
	f.mu.Lock()
	f.tasks[id] = props
	f.mu.Unlock()
	state := Running
	if target == TargetPaused {
		state = Paused
	}
	f.cfg.Statuses.OnTask(id, worker.Status{State: state, WorkerID: "w:1", Version: "1"})
	return nil
}

func (f *fakeWorker) StopTasks(_ context.Context, ids ...worker.TaskID) error {
	for _, id := range ids {
		if f.beforeTask != nil {
			f.beforeTask("StopTasks", id)
		}
		f.mu.Lock()
		if _, ok := f.tasks[id]; ok {
			f.calls = append(f.calls, "stop task "+id.String())
			delete(f.tasks, id)
		}
		f.mu.Unlock()
	}
	return nil
}

func (f *fakeWorker) ForgetTopics(name string) { f.note("forget topics " + name) }

func (f *fakeWorker) ConnectorOffsets(context.Context, string, map[string]string) ([]worker.ConnectorOffset, error) {
	return []worker.ConnectorOffset{{Partition: map[string]any{"p": "1"}, Offset: map[string]any{"o": int64(1)}}}, nil
}

func (f *fakeWorker) AlterConnectorOffsets(_ context.Context, _ string, _ map[string]string, offsets []worker.ConnectorOffset) (string, error) {
	return f.offsets(offsets)
}

func (f *fakeWorker) ResetConnectorOffsets(context.Context, string, map[string]string) (string, error) {
	return f.offsets(nil)
}

func (f *fakeWorker) FenceProducers(_ context.Context, name string, _ map[string]string, tasks int) error {
	f.note(fmt.Sprintf("fence %d of %s", tasks, name))
	if f.onFence != nil {
		return f.onFence()
	}
	return nil
}

func (f *fakeWorker) Stop(context.Context) error { f.note("stop all"); return nil }

// fakeValidator objects to configurations without a topic.
type fakeValidator struct {
	// wait, where it is not nil, holds up validation.
	wait <-chan struct{}
}

func (v fakeValidator) Validate(_ context.Context, props config.Props, _ Purpose, stage func(string)) (*config.Infos, error) {
	stage("performing multi-property validation for the connector")
	if v.wait != nil {
		<-v.wait
	}
	topic := &config.ValueInfo{Name: "topic"}
	infos := &config.Infos{Configs: []config.Info{{Value: topic}, {}}}
	if !props.Has("topic") {
		topic.Errors = []string{"no topic", "really none"}
		infos.ErrorCount = 2
	}
	return infos, nil
}

func (v fakeValidator) PluginConfig(context.Context, string, *string) ([]*config.KeyInfo, error) {
	return nil, errors.New("not asked for")
}

// fakeProvider knows one value that is good for a second.
type fakeProvider struct{ ttl time.Duration }

func (fakeProvider) Configure(map[string]string) error { return nil }
func (fakeProvider) Close() error                      { return nil }
func (p fakeProvider) Get(_ context.Context, _ string, keys []string) (connect.ConfigData, error) {
	values := map[string]string{}
	for _, k := range keys {
		values[k] = "secret-" + k
	}
	return connect.ConfigData{Values: values, TTL: p.ttl}, nil
}

const fileSource = "org.example.FileSourceConnector"

func newHerder(t *testing.T, v Validator, ttl time.Duration) (*Standalone, *fakeWorker) {
	t.Helper()
	registry, err := plugin.New("1", connect.Plugin{Kind: connect.KindSource, Class: fileSource, NewConnector: func() connect.Connector { return nil }},
		connect.Plugin{Kind: connect.KindSink, Class: "org.example.FileSinkConnector", NewConnector: func() connect.Connector { return nil }},
		connect.Plugin{Kind: connect.KindPredicate, Class: "org.example.P"})
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeWorker{connectors: map[string]TargetState{}, props: map[string]map[string]string{}, tasks: map[worker.TaskID]map[string]string{}}
	h, err := NewStandalone(StandaloneConfig{Registry: registry, Validator: v, TrackTopics: true, Server: ServerInfo{Version: "1"},
		Transformer: workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": fakeProvider{ttl}}),
		NewWorker:   func(c worker.Config) (Worker, error) { f.cfg = c; return f, nil }})
	if err != nil {
		t.Fatal(err)
	}
	h.Start()
	return h, f
}

// settle waits until no change is under way.
func settle(h *Standalone, names ...string) {
	for _, name := range names {
		_ = h.queues.do(context.Background(), name, "waiting", func(*job) error { return nil })
	}
}

func props(pairs ...string) config.Props {
	p := config.Props{}
	for i := 0; i < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	return p
}

func source(name string) config.Props {
	return props("name", name, "connector.class", fileSource, "topic", "t")
}

func has(list []string, x string) bool { return slices.Contains(list, x) }
