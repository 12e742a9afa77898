package herder

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

func TestConnectorIsCreatedAssignedAndGivesTasks(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.assigned(group.Work{})
		if !g.h.Ready() {
			t.Error("not ready after it joined")
		}
		info, created, err := g.h.PutConnector(t.Context(), "c", source("c"), "", false)
		if err != nil || !created || len(info.Tasks) != 0 || info.Type != TypeSource {
			t.Fatalf("got %+v %v %v", info, created, err)
		}
		g.expect("write c")
		if got := g.member.asked(); !slices.Equal(got, []string{"connector c was created"}) {
			t.Errorf("joins again because %q", got)
		}
		g.assigned(work("c"))
		g.expect("start c", "write tasks of c")
		if got := g.member.asked(); !slices.Equal(got, []string{"the tasks of connector c have new configurations"}) {
			t.Errorf("joins again because %q", got)
		}
		g.assigned(work("c", 0))
		g.expect("start task c-0")
		got, err := g.h.ConnectorStatus(t.Context(), "c")
		if err != nil || got.Connector.State != Running || len(got.Tasks) != 1 || got.Tasks[0].State != Running || got.Type != TypeSource {
			t.Errorf("got %+v %v", got, err)
		}
		if _, _, err := g.h.PutConnector(t.Context(), "c", source("c"), "", false); status(err) != http.StatusConflict {
			t.Errorf("a second one: %v", err)
		}
	})
}

func TestNewConfigurationRestartsWithoutRebalance(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		other := "u"
		if _, err := g.h.PatchConnector(t.Context(), "c", config.Props{"topic": &other}); err != nil {
			t.Fatal(err)
		}
		g.expect("write c", "stop c", "start c", "write tasks of c", "stop task c-0", "flush")
		if got := g.member.asked(); len(got) != 1 || !strings.HasPrefix(got[0], "the tasks") {
			t.Errorf("joins again because %q", got)
		}
		// The task that was stopped for its new configuration starts with it, though it never left this worker.
		g.assigned(work("c", 0))
		g.expect("start task c-0")
		if got := g.worker.topicOf(TaskID{Connector: "c"}); got != "u" {
			t.Errorf("the task's topic is %q", got)
		}
	})
}

func TestConnectorDeletedAndCreatedAnewBeforeARebalance(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		if err := g.h.DeleteConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		p := source("c")
		p.Set("topic", "other")
		if _, created, err := g.h.PutConnector(t.Context(), "c", p, "", false); err != nil || !created {
			t.Fatal(created, err)
		}
		synctest.Wait()
		// The group never noticed; the connector runs with its new configuration all the same.
		g.assigned(work("c", 0))
		synctest.Wait()
		if got := g.worker.topic("c"); got != "other" {
			t.Errorf("the connector's topic is %q", got)
		}
		if got := g.worker.topicOf(TaskID{Connector: "c"}); got != "other" {
			t.Errorf("the task's topic is %q", got)
		}
	})
}

func TestRevocationStopsBeforeTheNextPoll(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.member.mu.Lock()
		g.member.onPoll = func() { g.worker.note("poll") }
		g.member.mu.Unlock()
		g.member.events <- group.Revoked{Work: work("c", 0)}
		g.expect("stop task c-0", "stop c", "flush", "poll")
		// What was asked for before does nothing any more.
		g.worker.cfg.Reconfigure("c")
		g.expect()
	})
}

func TestLostCoordinatorStopsEverything(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.member.events <- group.Lost{Reason: errors.New("no coordinator")}
		g.expect("stop task c-0", "stop c")
		g.assigned(work("c", 0))
		g.expect("start c", "start task c-0")
	})
}

func TestTaskConfigurationsGoToTheLeaderSigned(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		key, err := store.NewSessionKey("HmacSHA256", 0, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		g.member.lead(otherURL, false)
		g.configs.read(store.SessionKeyRecord(key), store.ConnectorRecord("c", store.PropertiesOf(source("c"))))
		g.peers.with(func() { g.peers.err = errors.New("the leader is away") })
		g.assigned(work("c"))
		g.expect("start c")
		var headers http.Header
		g.peers.with(func() {
			if headers = g.peers.headers; g.peers.leader != otherURL || len(g.peers.tasks) != 1 || headers.Get(store.SignatureAlgorithmHeader) != "HmacSHA256" {
				t.Errorf("got %q %v %v", g.peers.leader, g.peers.tasks, headers)
			}
		})
		signature, err := store.ReadSignature(headers, []byte("body"))
		if err != nil || !signature.Valid(key) {
			t.Errorf("got signature %v %v", signature, err)
		}
		// It tries again after 250 ms, 500 ms, and so on up to a minute.
		time.Sleep(800 * time.Millisecond)
		synctest.Wait()
		g.peers.with(func() {
			if g.peers.sent != 3 {
				t.Errorf("sent %d times", g.peers.sent)
			}
		})
		g.peers.with(func() { g.peers.err = nil })
	})
}

func TestTargetStatesInAGroup(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		steps := []struct {
			do   func(context.Context, string) error
			want []string
		}{
			{g.h.PauseConnector, []string{"write PAUSED for c", "PAUSED c"}},
			{g.h.ResumeConnector, []string{"write STARTED for c", "STARTED c"}},
			{g.h.StopConnector, []string{"write tasks of c", "write STOPPED for c", "STOPPED c", "stop task c-0", "flush"}},
			{g.h.ResumeConnector, []string{"write STARTED for c", "STARTED c", "write tasks of c"}},
		}
		for _, s := range steps {
			if err := s.do(t.Context(), "c"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			got := g.worker.taken()
			slices.Sort(got)
			slices.Sort(s.want)
			if !slices.Equal(got, s.want) {
				t.Errorf("got %q, want %q", got, s.want)
			}
		}
		// The tasks of a connector that was stopped come back with a rebalance.
		g.assigned(work("c", 0))
		g.expect("start task c-0")
		for _, do := range []func(context.Context, string) error{g.h.PauseConnector, g.h.ResumeConnector, g.h.StopConnector} {
			if err := do(t.Context(), "nope"); status(err) != http.StatusNotFound || err.Error() != "Unknown connector nope" {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestTasksOfAStoppedConnectorAreRefused(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		if err := g.h.StopConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		err := g.h.PutTaskConfigs(t.Context(), "c", []map[string]string{{}}, nil, nil)
		if status(err) != http.StatusBadRequest || err.Error() != "Cannot submit non-empty set of task configs for stopped connector c" {
			t.Errorf("got %v", err)
		}
	})
}

func TestRestartOfConnectorAndTasks(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		status, err := g.h.RestartConnectorAndTasks(t.Context(), RestartRequest{Connector: "c", IncludeTasks: true})
		if err != nil || status.Connector.State != Restarting || status.Tasks[0].State != Restarting {
			t.Fatalf("got %+v %v", status, err)
		}
		g.expect("write restart of c", "stop task c-0", "stop c", "start c", "start task c-0")
		if status, err = g.h.ConnectorStatus(t.Context(), "c"); err != nil || status.Tasks[0].State != Running {
			t.Errorf("got %+v %v", status, err)
		}
		// Nothing has failed.
		if status, err = g.h.RestartConnectorAndTasks(t.Context(), RestartRequest{Connector: "c", OnlyFailed: true, IncludeTasks: true}); err != nil || status.Tasks[0].State != Running {
			t.Errorf("got %+v %v", status, err)
		}
		g.expect("write restart of c")
		if _, err := g.h.RestartConnectorAndTasks(t.Context(), RestartRequest{Connector: "nope"}); err == nil || err.Error() != "Unknown connector: nope" {
			t.Errorf("got %v", err)
		}
	})
}

func TestRestartsOfOneConnectorAreOneOfTheHighestImpact(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		release := make(chan struct{})
		if _, err := g.h.queues.submit("c", "waiting", func(*job) error { <-release; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, r := range []store.RestartRequest{{OnlyFailed: true}, {IncludeTasks: true}, {}, {OnlyFailed: true, IncludeTasks: true}} {
			r.Connector = "c"
			g.configs.read(store.RestartRecord(r))
		}
		synctest.Wait()
		close(release)
		g.expect("stop task c-0", "stop c", "start c", "start task c-0")
	})
}

func TestWorkersMarkWhatTheyRestartOnly(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		other := store.Status{State: "RUNNING", WorkerID: "w:2", Generation: 3}
		g.statuses.PutTask(TaskID{Connector: "c", Task: 1}, other, false)
		if _, err := g.h.RestartConnectorAndTasks(t.Context(), RestartRequest{Connector: "c", IncludeTasks: true}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s, _ := g.statuses.Task(TaskID{Connector: "c", Task: 1}); s.State != "RUNNING" {
			t.Errorf("the task of another worker is %s", s.State)
		}
	})
}

func TestLeaderForgetsWhatWasDeleted(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.worker.cfg.TopicUsed(TaskID{Connector: "c"}, "t")
		for n := range 3 {
			g.statuses.PutTask(TaskID{Connector: "c", Task: n}, store.Status{State: "RUNNING", WorkerID: "w:1"}, false)
		}
		g.assigned(work("c", 0))
		if got := g.statuses.Tasks("c"); len(got) != 1 {
			t.Errorf("tasks that are configured no more: %v", got)
		}
		if err := g.h.DeleteConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		g.member.events <- group.Revoked{Work: work("c", 0)}
		g.assigned(group.Work{})
		if got := g.statuses.Connectors(); len(got) != 0 {
			t.Errorf("connectors that are configured no more: %v", got)
		}
		if topics, err := g.h.ConnectorTopics(t.Context(), "c"); err != nil || len(topics) != 0 {
			t.Errorf("topics %v %v", topics, err)
		}
		if err := g.h.DeleteConnector(t.Context(), "c"); status(err) != http.StatusNotFound {
			t.Errorf("got %v", err)
		}
	})
}

// TestTasksThatEndLateAreForgotten has a task end after the leader forgot those that are configured no more.
func TestTasksThatEndLateAreForgotten(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		id := TaskID{Connector: "c"}
		ended := worker.Status{State: Unassigned, WorkerID: "w:1", Generation: 3}
		g.worker.cfg.Statuses.OnTask(id, ended)
		if s, err := g.h.TaskStatus(t.Context(), id); err != nil || s.State != Unassigned {
			t.Errorf("a task that is only stopped: %v %v", s, err)
		}
		if err := g.h.StopConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		g.assigned(group.Work{Connectors: []string{"c"}})
		g.worker.cfg.Statuses.OnTask(id, ended)
		if s, err := g.h.TaskStatus(t.Context(), id); err == nil {
			t.Errorf("it is shown as %v", s)
		}
	})
}

func TestTopicsAreResetWhicheverWorkerAsks(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.worker.cfg.TopicUsed(TaskID{Connector: "c"}, "t")
		g.worker.cfg.TopicUsed(TaskID{Connector: "c"}, "t")
		if topics, err := g.h.ConnectorTopics(t.Context(), "c"); err != nil || !slices.Equal(topics, []string{"t"}) {
			t.Errorf("got %v %v", topics, err)
		}
		g.statuses.RemoveTopic("c", "t") // as another worker does
		g.expect("forget topics c")
		if err := g.h.ResetConnectorTopics(t.Context(), "c"); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownClassFailsWhereItIsAssigned(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		p := source("alien")
		p.Set("connector.class", "org.example.Alien")
		g.configs.read(append([]store.Record{store.ConnectorRecord("alien", store.PropertiesOf(p))},
			append(store.TaskRecords("alien", [][]store.Property{nil}), store.CommitRecord("alien", 1))...)...)
		g.running("c")
		g.assigned(group.Work{Connectors: []string{"alien", "c"}, Tasks: []TaskID{{Connector: "c"}, {Connector: "alien"}}})
		got, err := g.h.ConnectorStatus(t.Context(), "alien")
		if err != nil || got.Connector.State != Failed || got.Tasks[0].State != Failed || got.Type != TypeUnknown {
			t.Errorf("got %+v %v", got, err)
		}
		for _, trace := range []string{got.Connector.Trace, got.Tasks[0].Trace} {
			if !strings.Contains(trace, "Connector class org.example.Alien is not part of Moldau worker w:1") {
				t.Errorf("got %q", trace)
			}
		}
		if g.state("c") != Running || g.h.Health(t.Context()) != nil {
			t.Error("the worker does not go on")
		}
		g.expect()
	})
}

func TestTooManyTasksFailTheConnector(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		asked := 0
		g.worker.onTasks = func(string) ([]map[string]string, error) {
			asked++
			return nil, g.worker.tooMany("c")
		}
		g.worker.cfg.Reconfigure("c")
		time.Sleep(time.Hour)
		synctest.Wait()
		got, err := g.h.ConnectorStatus(t.Context(), "c")
		if err != nil || got.Connector.State != Failed || got.Tasks[0].State != Running || asked != 1 {
			t.Errorf("got %+v %v, asked %d times", got, err, asked)
		}
	})
}

func TestTasksOfSeveralConnectorsStopTogether(t *testing.T) {
	t.Parallel()
	o := &ownership{}
	o.init()
	start, _ := o.assign(group.Work{Tasks: []TaskID{{Connector: "a"}, {Connector: "b"}, {Connector: "c"}}})
	if got := o.suspend([]string{"a", "c", "d"}); len(got) != 2 || len(start.Tasks) != 3 {
		t.Errorf("got %v", got)
	}
	if got := o.suspend([]string{"a"}); len(got) != 0 {
		t.Errorf("suspended twice: %v", got)
	}
	if start, stop := o.assign(group.Work{Tasks: []TaskID{{Connector: "a"}, {Connector: "b"}}}); len(start.Tasks) != 1 || start.Tasks[0].Connector != "a" || !stop.Empty() {
		t.Errorf("got %v, %v", start, stop)
	}
}

func TestStopOrder(t *testing.T) {
	t.Parallel()
	var g *groupOf
	inGroup(t, func(t *testing.T, started *groupOf) {
		g = started
		g.running("c")
	})
	if got := g.worker.taken(); !slices.Equal(got, []string{"stop all", "flush", "leave the group"}) {
		t.Errorf("got %q", got)
	}
}

// TestStopWithoutBrokers wants a worker to stop although its last states cannot be written, in the time that its tasks had too (inGroup looks at the clock).
func TestStopWithoutBrokers(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.statuses.away = true
	})
}

func TestOffsets(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.worker.offsets = func(offsets []worker.ConnectorOffset) (string, error) { return "done", nil }
		if _, err := g.h.ResetConnectorOffsets(t.Context(), "c"); status(err) != http.StatusBadRequest || !strings.Contains(err.Error(), "must be in the STOPPED state") {
			t.Errorf("got %v", err)
		}
		if err := g.h.StopConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		if _, err := g.h.ResetConnectorOffsets(t.Context(), "c"); status(err) != http.StatusBadRequest && !errors.As(err, new(*RebalanceError)) && err != nil {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if text, err := g.h.AlterConnectorOffsets(t.Context(), "c", nil); err != nil || text != "done" {
			t.Errorf("got %q %v", text, err)
		}
		if _, err := g.h.ResetConnectorOffsets(t.Context(), "nope"); status(err) != http.StatusNotFound || err.Error() != "Connector nope not found" {
			t.Errorf("got %v", err)
		}
		if got, err := g.h.ConnectorOffsets(t.Context(), "c"); err != nil || len(got) != 1 {
			t.Errorf("got %v %v", got, err)
		}
	})
}

// TestRefusedSignaturesAreReported wants a 403 of the leader to be an error once it lasts: the retries that come every longestWait are past the minute
// in which a key may just have been replaced.
func TestRefusedSignaturesAreReported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		wait   time.Duration
		quiet  bool
	}{{403, firstRetry, true}, {403, longestWait / 2, true}, {403, longestWait, false}, {500, firstRetry, false}} {
		if got := expiredKey(&Error{Status: c.status}, c.wait); got != c.quiet {
			t.Errorf("%d after %s: quiet %v", c.status, c.wait, got)
		}
	}
}

// TestLateReports has a worker that was cut off report, after its work went to another, that it stopped it.
func TestLateReports(t *testing.T) {
	t.Parallel()
	id := TaskID{Connector: "c"}
	for _, test := range []struct {
		name  string
		own   []State // what this worker reported, all in generation 5
		late  store.Status
		owned bool
		want  State
		by    string
	}{
		{"what runs here", []State{Running}, store.Status{State: "UNASSIGNED", WorkerID: "w:2", Generation: 4}, true, Running, "w:1"},
		{"what failed here", []State{Running, Failed}, store.Status{State: "UNASSIGNED", WorkerID: "w:2"}, true, Failed, "w:1"},
		{"by this worker before it left and came again", []State{Paused}, store.Status{State: "UNASSIGNED", WorkerID: "w:1", Generation: 3}, true, Paused, "w:1"},
		{"not late", []State{Running}, store.Status{State: "FAILED", WorkerID: "w:2", Generation: 5}, true, Failed, "w:2"},
		{"what was stopped here", []State{Running, Unassigned}, store.Status{State: "FAILED", WorkerID: "w:2", Generation: 4}, true, Failed, "w:2"},
		{"what this worker lost", []State{Running}, store.Status{State: "FAILED", WorkerID: "w:2", Generation: 4}, false, Failed, "w:2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inGroup(t, func(t *testing.T, g *groupOf) {
				g.running("c")
				for _, s := range test.own {
					report := worker.Status{State: s, WorkerID: "w:1", Generation: 5}
					g.worker.cfg.Statuses.OnConnector("c", report)
					g.worker.cfg.Statuses.OnTask(id, report)
				}
				if !test.owned {
					g.member.events <- group.Revoked{Work: work("c", 0)}
					synctest.Wait()
				}
				g.statuses.late("c", test.late)
				connector, _ := g.statuses.Connector("c")
				task, _ := g.statuses.Task(id)
				for what, s := range map[string]store.Status{"connector": connector, "task": task} {
					if s.State != string(test.want) || s.WorkerID != test.by {
						t.Errorf("the %s is %s on %s, want %s on %s", what, s.State, s.WorkerID, test.want, test.by)
					}
				}
			})
		})
	}
}
