package herder

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

const ownURL, otherURL = "http://w:1/", "http://w:2/"

// fakeMember is a membership whose group is the test.
type fakeMember struct {
	note   func(string)
	events chan group.Event
	woken  chan struct{}
	ended  chan struct{}
	fail   chan error

	mu       sync.Mutex
	leader   string
	self     bool
	owner    string
	protocol group.Protocol
	rejoins  []string
	onPoll   func()
}

func (m *fakeMember) Poll(ctx context.Context) (group.Event, error) {
	m.mu.Lock()
	onPoll := m.onPoll
	m.mu.Unlock()
	if onPoll != nil {
		onPoll()
	}
	select {
	case e := <-m.events:
		return e, nil
	case err := <-m.fail:
		return nil, err
	case <-m.ended:
		return nil, group.ErrStopped
	case <-m.woken:
	case <-ctx.Done():
	}
	return nil, nil
}

func (m *fakeMember) Wakeup() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}

func (m *fakeMember) RequestRejoin(reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rejoins = append(m.rejoins, reason)
}

// asked returns the reasons to join again since the last call.
func (m *fakeMember) asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := m.rejoins
	m.rejoins = nil
	return asked
}

func (m *fakeMember) Leave(string, time.Duration) { m.note("leave") }
func (m *fakeMember) Forget()                     { m.note("forget") }

func (m *fakeMember) Stop(context.Context) {
	m.note("leave the group")
	close(m.ended)
}

func (m *fakeMember) Leader() (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leader, m.self
}

// lead makes a worker the leader; self is false while a rebalance is under way.
func (m *fakeMember) lead(url string, self bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leader, m.self = url, self
}

func (m *fakeMember) with(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *fakeMember) ConnectorURL(string) string { return m.owner }
func (m *fakeMember) TaskURL(TaskID) string      { return m.owner }
func (m *fakeMember) Generation() int32          { return 3 }

func (m *fakeMember) Protocol() group.Protocol {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.protocol
}

// fakeConfigs is a config topic in memory.
type fakeConfigs struct {
	note     func(string)
	listener func(store.ConfigEvent)

	mu    sync.Mutex
	state *store.ConfigState
	next  int64
	// unread are written by others and not read before Refresh.
	unread []store.Record
	// refusal is the answer to every write, unreadable to every Refresh.
	refusal, unreadable, unclaimable error
	claims, refreshes                int
	hold                             chan struct{}
}

// with runs a test's look at the fields, or its change of them, apart from the herder's.
func (c *fakeConfigs) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *fakeConfigs) Snapshot() *store.ClusterConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Snapshot()
}

func (c *fakeConfigs) Refresh(context.Context) error {
	c.mu.Lock()
	c.refreshes++
	err, unread := c.unreadable, c.unread
	if err == nil {
		c.unread = nil
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	c.read(unread...)
	return nil
}

// read makes records part of the topic.
func (c *fakeConfigs) read(records ...store.Record) {
	for _, r := range records {
		c.mu.Lock()
		event, err := c.state.Apply(c.next, r.Key, r.Value)
		c.next++
		c.mu.Unlock()
		if err != nil {
			panic(err)
		}
		if event != nil && c.listener != nil {
			c.listener(event)
		}
	}
}

func (c *fakeConfigs) write(what string, records ...store.Record) error {
	c.mu.Lock()
	err, hold := c.refusal, c.hold
	c.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if err != nil {
		return err
	}
	c.note("write " + what)
	c.read(records...)
	return nil
}

func (c *fakeConfigs) ClaimWritePrivileges(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims++
	return c.unclaimable
}

func (c *fakeConfigs) PutConnector(_ context.Context, name string, props []store.Property, target store.TargetState) error {
	var records []store.Record
	if target != "" {
		records = append(records, store.TargetStateRecord(name, target))
	}
	return c.write(name, append(records, store.ConnectorRecord(name, props))...)
}

func (c *fakeConfigs) RemoveConnector(_ context.Context, name string) error {
	return c.write("removal of "+name, store.RemovalRecords(name)...)
}

func (c *fakeConfigs) PutTargetState(_ context.Context, name string, target store.TargetState) error {
	return c.write(string(target)+" for "+name, store.TargetStateRecord(name, target))
}

func (c *fakeConfigs) PutTasks(_ context.Context, name string, tasks [][]store.Property) error {
	return c.write("tasks of "+name, append(store.TaskRecords(name, tasks), store.CommitRecord(name, len(tasks)))...)
}

func (c *fakeConfigs) PutTaskCount(_ context.Context, name string, tasks int) error {
	return c.write("task count of "+name, store.TaskCountRecord(name, tasks))
}

func (c *fakeConfigs) PutSessionKey(_ context.Context, key store.SessionKey) error {
	return c.write("key", store.SessionKeyRecord(key))
}

func (c *fakeConfigs) PutRestart(_ context.Context, r store.RestartRequest) error {
	return c.write("restart of "+r.Connector, store.RestartRecord(r))
}

func (c *fakeConfigs) PutLoggerLevel(_ context.Context, namespace, level string) error {
	return c.write("level", store.LoggerLevelRecord(namespace, level))
}

// fakeStatuses is a status topic in memory.
type fakeStatuses struct {
	note  func(string)
	reset func(string)
	mu    sync.Mutex
	state *store.StatusState
	away  bool // no broker takes what is written

	connectorRead func(string, store.Status)
	taskRead      func(TaskID, store.Status)
}

// late has the topic hold reports of a worker that had a connector and its first task before.
func (s *fakeStatuses) late(name string, status store.Status) {
	s.PutConnector(name, status, false)
	s.connectorRead(name, status)
	id := TaskID{Connector: name}
	s.PutTask(id, status, false)
	s.taskRead(id, status)
}

func (s *fakeStatuses) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *fakeStatuses) Connectors() (names []string) {
	s.locked(func() { names = s.state.Connectors() })
	return names
}

func (s *fakeStatuses) Connector(name string) (status store.Status, ok bool) {
	s.locked(func() { status, ok = s.state.Connector(name) })
	return status, ok
}

func (s *fakeStatuses) Task(id TaskID) (status store.Status, ok bool) {
	s.locked(func() { status, ok = s.state.Task(id) })
	return status, ok
}

func (s *fakeStatuses) Tasks(name string) (tasks map[int]store.Status) {
	s.locked(func() { tasks = s.state.Tasks(name) })
	return tasks
}

func (s *fakeStatuses) Topics(name string) (topics map[string]store.TopicStatus) {
	s.locked(func() { topics = s.state.Topics(name) })
	return topics
}

func (s *fakeStatuses) PutConnector(name string, status store.Status, safe bool) {
	s.locked(func() {
		if w, ok := s.state.PutConnector(name, status, safe); ok {
			_ = s.state.Apply(w.Key, w.Value)
		}
	})
}

func (s *fakeStatuses) PutTask(id TaskID, status store.Status, safe bool) {
	s.locked(func() {
		if w, ok := s.state.PutTask(id, status, safe); ok {
			_ = s.state.Apply(w.Key, w.Value)
		}
	})
}

func (s *fakeStatuses) PutTopic(topic store.TopicStatus) {
	r := store.TopicStatusRecord(topic)
	s.locked(func() { _ = s.state.Apply(r.Key, r.Value) })
}

func (s *fakeStatuses) RemoveTopic(name, topic string) {
	r := store.TopicRemovalRecord(name, topic)
	s.locked(func() { _ = s.state.Apply(r.Key, nil) })
	s.reset(name)
}

func (s *fakeStatuses) OnReset(f func(string))                   { s.reset = f }
func (s *fakeStatuses) OnConnector(f func(string, store.Status)) { s.connectorRead = f }
func (s *fakeStatuses) OnTask(f func(TaskID, store.Status))      { s.taskRead = f }
func (s *fakeStatuses) Refresh(context.Context) error            { return nil }

func (s *fakeStatuses) Flush(ctx context.Context) error {
	s.note("flush")
	if s.away {
		<-ctx.Done()
	}
	return ctx.Err()
}

// fakePeers keeps what was sent to other workers.
type fakePeers struct {
	mu      sync.Mutex
	leader  string
	tasks   []map[string]string
	headers http.Header
	err     error
	sent    int
}

func (p *fakePeers) with(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *fakePeers) PutTaskConfigs(_ context.Context, leader, _ string, tasks []map[string]string, sign func([]byte, http.Header) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader, p.tasks, p.headers = leader, tasks, http.Header{}
	p.sent++
	return errors.Join(p.err, sign([]byte("body"), p.headers))
}

func (p *fakePeers) FenceZombies(_ context.Context, leader, _ string, sign func([]byte, http.Header) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader, p.headers = leader, http.Header{}
	p.sent++
	return errors.Join(p.err, sign(nil, p.headers))
}

// groupOf is a herder with the fakes around it. All of it lives in a synctest bubble.
type groupOf struct {
	t        *testing.T
	h        *Distributed
	worker   *fakeWorker
	member   *fakeMember
	configs  *fakeConfigs
	statuses *fakeStatuses
	peers    *fakePeers
}

// inGroup runs a test with a herder that has started and not joined yet.
func inGroup(t *testing.T, run func(t *testing.T, g *groupOf)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		registry, err := plugin.New("1", connect.Plugin{Kind: connect.KindSource, Class: fileSource, NewConnector: func() connect.Connector { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		f := &fakeWorker{connectors: map[string]TargetState{}, props: map[string]map[string]string{}, tasks: map[worker.TaskID]map[string]string{}}
		g := &groupOf{t: t, worker: f, peers: &fakePeers{},
			member: &fakeMember{note: f.note, events: make(chan group.Event), woken: make(chan struct{}, 1), ended: make(chan struct{}), fail: make(chan error, 1),
				leader: ownURL, self: true, protocol: group.Compatible},
			configs:  &fakeConfigs{note: f.note, state: store.NewConfigState()},
			statuses: &fakeStatuses{note: f.note, state: store.NewStatusState()},
		}
		g.h, err = NewDistributed(DistributedConfig{Registry: registry, Validator: fakeValidator{}, TrackTopics: true, Server: ServerInfo{Version: "1"}, Logger: slog.New(slog.DiscardHandler),
			Transformer: workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": fakeProvider{}}),
			Worker:      worker.Config{WorkerID: "w:1"},
			NewWorker:   func(c worker.Config) (Worker, error) { f.cfg = c; return f, nil },
			Configs:     g.configs, Statuses: g.statuses, Peers: g.peers, SyncTimeout: 3 * time.Second, StopTimeout: 5 * time.Second, UnsyncBackoff: 5 * time.Minute, MaxDelay: 5 * time.Minute,
			Keys: KeySettings{GenerationAlgorithm: "HmacSHA256", TTL: time.Hour, SignatureAlgorithm: "HmacSHA256", VerificationAlgorithms: []string{"HmacSHA256"}},
			Join: func(func() group.Configured) Member { return g.member }})
		if err != nil {
			t.Fatal(err)
		}
		g.configs.listener = g.h.OnConfigEvent
		g.h.Start()
		run(t, g)
		synctest.Wait()
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := g.h.Stop(ctx); (err != nil) != g.statuses.away {
			t.Error(err)
		}
		if took := time.Since(begin); took > g.h.cfg.StopTimeout {
			t.Errorf("the stop took %s", took)
		}
	})
}

// counts returns how often the config topic was read to its end and how often the right to write it was claimed.
func (g *groupOf) counts() (refreshes, claims int) {
	g.configs.with(func() { refreshes, claims = g.configs.refreshes, g.configs.claims })
	return refreshes, claims
}

// assigned ends a rebalance: all is what the worker holds then.
func (g *groupOf) assigned(all group.Work) {
	g.member.events <- group.Assigned{Assignment: &group.Assignment{LeaderURL: g.member.leader, ConfigOffset: g.configs.Snapshot().Offset(), Work: all},
		Generation: 3, Leader: g.member.self, Protocol: g.member.Protocol()}
	synctest.Wait()
}

// running creates a connector and gives it to the worker with its tasks.
func (g *groupOf) running(name string) {
	g.t.Helper()
	if _, _, err := g.h.PutConnector(g.t.Context(), name, source(name), "", false); err != nil {
		g.t.Fatal(err)
	}
	synctest.Wait()
	g.assigned(work(name))
	g.assigned(work(name, 0))
	if state := g.state(name); state != Running {
		g.t.Fatalf("connector %s is %s", name, state)
	}
	g.worker.taken()
	g.member.asked()
}

// state is what the REST API says of a connector.
func (g *groupOf) state(name string) State {
	status, err := g.h.ConnectorStatus(g.t.Context(), name)
	if err != nil {
		return ""
	}
	return status.Connector.State
}

func (g *groupOf) expect(calls ...string) {
	g.t.Helper()
	synctest.Wait()
	if got := g.worker.taken(); !slices.Equal(got, calls) {
		g.t.Errorf("got %q, want %q", got, calls)
	}
}

// work is a connector with some of its tasks.
func work(name string, tasks ...int) group.Work {
	w := group.Work{Connectors: []string{name}}
	for _, n := range tasks {
		w.Tasks = append(w.Tasks, TaskID{Connector: name, Task: n})
	}
	return w
}

// topic returns the topic that a connector was started with, topicOf that of a task.
func (f *fakeWorker) topic(connector string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.props[connector]["topic"]
}

func (f *fakeWorker) topicOf(id TaskID) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tasks[id]["topic"]
}
