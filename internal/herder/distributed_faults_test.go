package herder

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// TestBehindTheConfigTopic has the pauses of DistributedHerderTest: a tenth of the rebalance delay by the number of attempts left, and after the last
// one all work stops.
func TestBehindTheConfigTopic(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.configs.with(func() { g.configs.unreadable = errors.New("took too long") })
		begin := time.Now()
		g.member.events <- group.Assigned{Assignment: &group.Assignment{LeaderURL: ownURL, ConfigOffset: g.configs.Snapshot().Offset() + 5, Work: work("c", 0)}, Protocol: group.Compatible}
		synctest.Wait()
		var at []time.Duration
		seen := 0
		for range 1200 {
			if n, _ := g.counts(); n != seen {
				seen = n
				at = append(at, time.Since(begin))
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if len(at) == 6 {
				break
			}
		}
		want := []time.Duration{0, 6000, 13500, 23500, 38500, 68500}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
		calls := g.worker.taken()
		if slices.Contains(calls[:5], "forget") || !slices.Equal(calls[5:10], []string{"stop task c-0", "stop c", "forget", "flush", "leave"}) {
			t.Errorf("got %q", calls)
		}
		// Once it has caught up it joins again.
		g.member.asked()
		g.configs.with(func() { g.configs.unreadable = nil })
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if got := g.member.asked(); !slices.Equal(got, []string{"the config topic was read to its end"}) {
			t.Errorf("joins again because %q", got)
		}
		g.assigned(work("c", 0))
		if g.state("c") != Running {
			t.Error("the connector does not run again")
		}
	})
}

func TestBehindInTheEagerProtocol(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.configs.with(func() { g.configs.unreadable = errors.New("took too long") })
		g.member.with(func() { g.member.protocol = group.Eager })
		g.member.events <- group.Assigned{Assignment: &group.Assignment{ConfigOffset: 5}, Protocol: group.Eager}
		synctest.Wait()
		time.Sleep(5*time.Minute - time.Second)
		synctest.Wait()
		if n, _ := g.counts(); n != 1 {
			t.Errorf("read %d times", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n, _ := g.counts(); n != 2 {
			t.Errorf("read %d times", n)
		}
	})
}

func TestFollowerReadsWhatItHasNotSeen(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.member.lead(otherURL, false)
		g.configs.with(func() { g.configs.unread = []store.Record{store.ConnectorRecord("c", store.PropertiesOf(source("c")))} })
		g.member.events <- group.Assigned{Assignment: &group.Assignment{LeaderURL: otherURL, ConfigOffset: 1, Work: work("c")}}
		g.expect("start c")
	})
}

func TestAssignmentOlderThanTheConfigTopic(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.member.events <- group.Assigned{Assignment: &group.Assignment{LeaderURL: ownURL, ConfigOffset: 0, Work: work("c", 0)}, Leader: true}
		synctest.Wait()
		if got := g.member.asked(); len(got) != 1 {
			t.Errorf("joins again because %q", got)
		}
	})
}

func TestHangingPluginHoldsUpItsConnectorOnly(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		release := make(chan struct{})
		g.worker.onStart = func(_ context.Context, name string) error {
			if name == "stuck" {
				<-release
			}
			return nil
		}
		g.assigned(group.Work{})
		for _, name := range []string{"stuck", "c"} {
			if _, _, err := g.h.PutConnector(t.Context(), name, source(name), "", false); err != nil {
				t.Fatal(err)
			}
		}
		g.assigned(group.Work{Connectors: []string{"stuck", "c"}})
		if g.state("c") != Running {
			t.Error("the other connector does not run")
		}
		if stage, ok := g.h.Stage(); !ok || stage.Description != "starting connector stuck" {
			t.Errorf("got stage %v", stage)
		}
		// Reads, changes of the other connector and of this one, and rebalances go on.
		if names, err := g.h.Connectors(t.Context()); err != nil || len(names) != 2 {
			t.Errorf("got %v %v", names, err)
		}
		if _, err := g.h.Connector(t.Context(), "stuck"); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.h.DeleteConnector(ctx, "stuck"); err != nil {
			t.Errorf("a connector that hangs cannot be deleted: %v", err)
		}
		g.member.events <- group.Revoked{Work: work("stuck")}
		g.assigned(work("c"))
		// What started too late is stopped.
		close(release)
		synctest.Wait()
		if g.worker.IsRunning("stuck") {
			t.Error("the connector that was taken away runs")
		}
	})
}

func TestRequestsWaitForARebalance(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.assigned(group.Work{})
		g.member.lead(ownURL, false) // it led, and may lead again
		result := make(chan error, 1)
		go func() {
			_, _, err := g.h.PutConnector(t.Context(), "c", source("c"), "", false)
			result <- err
		}()
		synctest.Wait()
		g.expect()
		g.member.lead(ownURL, true)
		g.assigned(group.Work{})
		if err := <-result; err != nil {
			t.Error(err)
		}
		g.member.lead("", false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var late *TimeoutError
		if err := g.h.DeleteConnector(ctx, "c"); !errors.As(err, &late) || late.Stage.Description != "ensuring membership in the cluster" {
			t.Errorf("got %v", err)
		}
		g.member.lead(ownURL, true)
	})
}

func TestOnlyTheLeaderAndTheOwnerAnswer(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))), store.TaskRecords("c", [][]store.Property{nil})[0], store.CommitRecord("c", 1))
		g.member.lead(otherURL, false)
		g.assigned(group.Work{})
		ctx, id := t.Context(), TaskID{Connector: "c"}
		for what, err := range map[string]error{
			"put":           creation(g.h.PutConnector(ctx, "d", source("d"), "", false)),
			"patch":         second(g.h.PatchConnector(ctx, "c", nil)),
			"delete":        g.h.DeleteConnector(ctx, "c"),
			"stop":          g.h.StopConnector(ctx, "c"),
			"restart":       g.h.RestartConnector(ctx, "c"),
			"restart task":  g.h.RestartTask(ctx, id),
			"restart all":   second(g.h.RestartConnectorAndTasks(ctx, RestartRequest{Connector: "c"})),
			"alter offsets": second(g.h.AlterConnectorOffsets(ctx, "c", nil)),
			"tasks":         g.h.PutTaskConfigs(ctx, "c", nil, nil, nil),
		} {
			var redirect *RedirectError
			if !errors.As(err, &redirect) || redirect.URL != otherURL {
				t.Errorf("%s: got %v", what, err)
			}
		}
		// The leader knows the owner.
		g.member.lead(ownURL, true)
		g.member.with(func() { g.member.owner = "http://w:3/" })
		for what, err := range map[string]error{"restart": g.h.RestartConnector(ctx, "c"), "restart task": g.h.RestartTask(ctx, id)} {
			var redirect *RedirectError
			if !errors.As(err, &redirect) || redirect.URL != "http://w:3/" {
				t.Errorf("%s: got %v", what, err)
			}
		}
		for what, err := range map[string]error{
			"Unknown connector: nope": g.h.RestartConnector(ctx, "nope"),
			"Unknown task: c-7":       g.h.RestartTask(ctx, TaskID{Connector: "c", Task: 7}),
		} {
			if status(err) != http.StatusNotFound || err.Error() != what {
				t.Errorf("got %v, want %s", err, what)
			}
		}
	})
}

func creation[A, B any](_ A, _ B, err error) error { return err }

func TestRequestsWhileARebalanceIsDue(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		// The loop is busy with a task that does not stop, and a change that needs a rebalance was read.
		release, busy := make(chan struct{}), make(chan struct{})
		g.member.mu.Lock()
		g.member.onPoll = func() { close(busy); <-release }
		g.member.mu.Unlock()
		g.member.Wakeup()
		<-busy
		g.member.mu.Lock()
		g.member.onPoll = nil
		g.member.mu.Unlock()
		g.configs.read(store.CommitRecord("c", 0))
		ctx := t.Context()
		for what, err := range map[string]error{
			"restart": g.h.RestartConnector(ctx, "c"), "restart task": g.h.RestartTask(ctx, TaskID{Connector: "c"}),
			"restart all": second(g.h.RestartConnectorAndTasks(ctx, RestartRequest{Connector: "c"})), "offsets": second(g.h.ResetConnectorOffsets(ctx, "c")),
		} {
			var due *RebalanceError
			if !errors.As(err, &due) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		if _, err := g.h.Connector(ctx, "c"); err != nil {
			t.Errorf("a read: %v", err)
		}
		close(release)
	})
}

func TestLeaderClaimsTheRightToWrite(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.configs.with(func() { g.configs.unclaimable = errors.New("no transactions now") })
		g.assigned(group.Work{})
		time.Sleep(600 * time.Millisecond)
		synctest.Wait()
		if _, n := g.counts(); n != 3 {
			t.Errorf("claimed %d times", n)
		}
		g.configs.with(func() { g.configs.unclaimable, g.configs.claims = nil, 0 })
		time.Sleep(time.Second)
		synctest.Wait()
		if _, n := g.counts(); n != 1 {
			t.Errorf("claimed %d times", n)
		}
		// A leader that was fenced says so, claims again, and the next request works.
		g.configs.with(func() { g.configs.refusal = &store.PrivilegeError{Err: errors.New("fenced")} })
		_, _, err := g.h.PutConnector(t.Context(), "c", source("c"), "", false)
		if status(err) != http.StatusInternalServerError || err.Error() != "Failed to write to config topic; this may be due to a transient error and the request can be safely retried" {
			t.Errorf("got %v", err)
		}
		g.configs.with(func() { g.configs.refusal = nil })
		synctest.Wait()
		if _, n := g.counts(); n != 2 {
			t.Errorf("claimed %d times", n)
		}
		if _, _, err := g.h.PutConnector(t.Context(), "c", source("c"), "", false); err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerClaimsNothing(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.member.lead(otherURL, false)
		g.assigned(group.Work{})
		if _, n := g.counts(); n != 0 {
			t.Error("a follower claimed the right to write")
		}
	})
}

func TestSessionKeys(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		// First, for the loop makes a key as soon as it sees that the group signs requests.
		g.configs.with(func() { g.configs.refusal = errors.New("not now") })
		g.member.with(func() { g.member.protocol = group.Sessioned })
		// A request before there is a key, without a signature, with another one.
		if err := g.h.PutTaskConfigs(t.Context(), "c", nil, nil, nil); status(err) != http.StatusBadRequest {
			t.Errorf("got %v", err)
		}
		g.assigned(group.Work{})
		g.expect()
		g.configs.with(func() { g.configs.refusal = nil })
		time.Sleep(1100 * time.Millisecond)
		g.expect("write key")
		first := g.configs.Snapshot().SessionKey()
		if err := g.h.PutTaskConfigs(t.Context(), "c", nil, []byte("x"), &Signature{Algorithm: "HmacSHA256", MAC: []byte("forged")}); status(err) != http.StatusForbidden {
			t.Errorf("got %v", err)
		}
		if err := g.h.FenceZombies(t.Context(), "c", &Signature{Algorithm: "HmacSHA256", MAC: []byte("forged")}); status(err) != http.StatusForbidden {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour)
		g.expect("write key")
		if second := g.configs.Snapshot().SessionKey(); slices.Equal(first.Key, second.Key) {
			t.Error("the key did not change")
		}
		// Only the leader makes keys.
		g.member.lead(otherURL, false)
		time.Sleep(3 * time.Hour)
		g.expect()
	})
}

func TestTasksOfAnotherWorkersConnector(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))))
		g.assigned(group.Work{})
		if err := g.h.PutTaskConfigs(t.Context(), "c", []map[string]string{{"a": "1"}, {"a": "2"}}, nil, nil); err != nil {
			t.Fatal(err)
		}
		tasks, err := g.h.TaskConfigs(t.Context(), "c")
		if err != nil || len(tasks) != 2 || tasks[1].Config.Text("a") != "2" {
			t.Errorf("got %v %v", tasks, err)
		}
		if err := g.h.PutTaskConfigs(t.Context(), "nope", nil, nil, nil); status(err) != http.StatusNotFound {
			t.Errorf("got %v", err)
		}
	})
}

// TestLeadersOwnTasksDoNotWaitForThemselves: the connector's job waits for its task configurations to be written, which another request for the same
// connector must not wait for.
func TestLeadersOwnTasksDoNotWaitForThemselves(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.member.lead(ownURL, false)
		g.worker.onTasks = func(string) ([]map[string]string, error) { return []map[string]string{{}, {}}, nil }
		g.worker.cfg.Reconfigure("c")
		synctest.Wait()
		g.member.lead(ownURL, true)
		g.assigned(work("c", 0))
		g.expect("write tasks of c", "stop task c-0", "flush")
		if err := g.h.PutTaskConfigs(t.Context(), "c", []map[string]string{{}}, nil, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestUnresolvedTaskFailsInAGroup(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.h.transformer.Close()
		g.worker.onTasks = func(string) ([]map[string]string, error) { return []map[string]string{{}, {}}, nil }
		p := source("c")
		p.Set("tasks.max", "1")
		g.configs.read(append(store.TaskRecords("c", [][]store.Property{nil, nil}), store.CommitRecord("c", 2), store.ConnectorRecord("c", store.PropertiesOf(p)))...)
		synctest.Wait()
		g.assigned(work("c", 0, 1))
		got, err := g.h.TaskStatus(t.Context(), TaskID{Connector: "c", Task: 1})
		if err != nil || got.State != Failed || got.WorkerID != "w:1" {
			t.Errorf("got %+v %v", got, err)
		}
		if err := g.h.RestartTask(t.Context(), TaskID{Connector: "c", Task: 1}); status(err) != http.StatusInternalServerError || err.Error() != "Failed to start task: c-1" {
			t.Errorf("got %v", err)
		}
	})
}

func TestMembershipEnds(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		why := errors.New("not authorized for the group")
		g.member.fail <- why
		<-g.h.Failed()
		g.expect("stop task c-0", "stop c")
		if err := g.h.Health(t.Context()); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
		g.member.lead("", false)
		if err := g.h.DeleteConnector(t.Context(), "c"); err == nil {
			t.Error("a worker without a group deleted a connector")
		}
	})
}

func TestClusterLoggersAndStatusWrites(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		if err := g.h.SetClusterLogger(t.Context(), "org.example", "DEBUG"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if l, ok := g.h.Logger("org.example"); !ok || l.Level != "DEBUG" {
			t.Errorf("got %v", l)
		}
		// What a task reports of its end does not replace what its next owner said.
		id := TaskID{Connector: "c"}
		g.statuses.PutTask(id, store.Status{State: "RUNNING", WorkerID: "w:2", Generation: 9}, false)
		g.worker.cfg.Statuses.OnTask(id, worker.Status{State: Unassigned, WorkerID: "w:1", Generation: 3})
		if s, _ := g.statuses.Task(id); s.State != "RUNNING" {
			t.Errorf("got %v", s)
		}
	})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		soon := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			return g.h.Health(ctx)
		}
		if err := soon(); !errors.Is(err, context.DeadlineExceeded) || g.h.Ready() {
			t.Errorf("before it joined: %v", err)
		}
		g.assigned(group.Work{})
		if err := soon(); err != nil {
			t.Errorf("in the group: %v", err)
		}
		g.member.events <- group.Lost{Reason: errors.New("no coordinator")}
		synctest.Wait()
		if err := soon(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("out of the group: %v", err)
		}
		if stage, ok := g.h.Stage(); !ok || stage.Description != membership {
			t.Errorf("got stage %v", stage)
		}
		back := make(chan error, 1)
		go func() { back <- soon() }()
		synctest.Wait()
		g.assigned(group.Work{})
		if err := <-back; err != nil {
			t.Errorf("back in the group: %v", err)
		}
		// A loop that does not turn is not healthy.
		release := make(chan struct{})
		g.member.with(func() { g.member.onPoll = func() { <-release } })
		g.member.Wakeup()
		synctest.Wait()
		g.member.with(func() { g.member.onPoll = nil })
		if err := soon(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a loop that hangs: %v", err)
		}
		close(release)
	})
}

func TestRequestsThatWaitEndWithTheWorker(t *testing.T) {
	t.Parallel()
	result := make(chan error, 1)
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		g.member.lead("", false)
		go func() { g.h.member.Wakeup(); result <- g.h.DeleteConnector(context.Background(), "c") }()
	})
	if err := <-result; !errors.Is(err, errStopping) {
		t.Errorf("got %v", err)
	}
}

// TestTaskConfigurationsWrittenInPart: a leader died between the records of a connector's tasks, or compaction took some of them.
func TestTaskConfigurationsWrittenInPart(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.worker.onTasks = func(string) ([]map[string]string, error) { return []map[string]string{{"n": "0"}, {"n": "1"}}, nil }
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))), store.TaskRecords("c", [][]store.Property{nil, nil})[1], store.CommitRecord("c", 2))
		if tasks, err := g.h.TaskConfigs(t.Context(), "c"); err != nil || len(tasks) != 0 {
			t.Errorf("got %v %v", tasks, err)
		}
		g.assigned(work("c"))
		g.expect("start c", "write tasks of c")
		g.assigned(work("c", 0, 1))
		g.expect("start task c-0", "start task c-1")
	})
}

func TestWorkThatComesBackWhileItStarts(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		release := make(chan struct{})
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))))
		g.worker.onStart = func(context.Context, string) error { <-release; return nil }
		g.assigned(work("c"))
		g.member.events <- group.Revoked{Work: work("c")}
		g.assigned(work("c"))
		close(release)
		g.expect("start c", "flush", "write tasks of c", "stop c", "start c")
	})
}
