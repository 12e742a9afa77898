package group

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/moldau/moldau/internal/kafka"
)

// cluster drives an assignor through what happens to a group whose members all get their assignments.
type cluster struct {
	memory     Cooperative
	now        time.Time
	maxDelay   time.Duration
	generation int32
	tasks      map[string]int
	members    []Holder
	made       int
}

func newCluster(maxDelay time.Duration) *cluster {
	return &cluster{memory: NewCooperative(), now: time.UnixMilli(1_600_000_000_000), maxDelay: maxDelay, tasks: map[string]int{}}
}

func (c *cluster) join() {
	c.made++
	c.members = append(c.members, Holder{ID: fmt.Sprintf("worker-%03d", c.made)})
}

func (c *cluster) round() Round {
	last := c.generation
	if last == 0 {
		last = -1
	}
	return Round{Now: c.now, MaxDelay: c.maxDelay, LastCompleted: last, Generation: c.generation + 1, Configured: Configured{Tasks: c.tasks}, Members: c.members}
}

// rebalance runs a round and applies it. It returns the first rule that was broken, and whether the members join again at once.
func (c *cluster) rebalance() (plan Plan, again bool, err error) {
	round := c.round()
	plan, next := c.memory.Assign(round)
	second, _ := c.memory.Assign(round)
	if !reflect.DeepEqual(plan, second) {
		return plan, false, fmt.Errorf("the same round gave another plan: %s", cmp.Diff(plan, second))
	}
	c.memory, c.generation = next, round.Generation
	all := round.Configured.work()
	configured, configuredTasks := setOf(all.Connectors), setOf(all.Tasks)
	held, heldTasks := map[string]bool{}, map[kafka.Task]bool{}
	for _, m := range c.members {
		for _, x := range m.Connectors {
			held[x] = true
		}
		for _, x := range m.Tasks {
			heldTasks[x] = true
		}
	}
	for i, change := range plan.Changes {
		m := &c.members[i]
		if m.ID != change.ID {
			return plan, false, fmt.Errorf("change %d is of %s, not of %s", i, change.ID, m.ID)
		}
		for _, x := range change.Assigned.Connectors {
			if held[x] || !configured[x] {
				return plan, false, fmt.Errorf("connector %s is assigned while it is held: %t, configured: %t", x, held[x], configured[x])
			}
			held[x] = true
		}
		for _, x := range change.Assigned.Tasks {
			if heldTasks[x] || !configuredTasks[x] {
				return plan, false, fmt.Errorf("task %s is assigned while it is held: %t, configured: %t", x, heldTasks[x], configuredTasks[x])
			}
			heldTasks[x] = true
		}
		m.Connectors = append(without(m.Connectors, setOf(change.Revoked.Connectors)), change.Assigned.Connectors...)
		m.Tasks = append(without(m.Tasks, setOf(change.Revoked.Tasks)), change.Assigned.Tasks...)
		if !slices.Equal(m.Connectors, change.Held.Connectors) || !slices.Equal(m.Tasks, change.Held.Tasks) {
			return plan, false, fmt.Errorf("member %s holds %v, the leader believes %v", m.ID, m.Work, change.Held)
		}
		again = again || !change.Revoked.Empty()
	}
	return plan, again, nil
}

// settle runs rounds until nothing moves any more, waiting out every delay.
func (c *cluster) settle() error {
	for range 40 {
		plan, again, err := c.rebalance()
		if err != nil {
			return err
		}
		if again {
			continue
		}
		if plan.Delay > 0 {
			c.now = c.now.Add(plan.Delay)
			continue
		}
		if !slices.ContainsFunc(plan.Changes, func(c Change) bool { return !c.Assigned.Empty() }) {
			return nil
		}
	}
	return fmt.Errorf("after 40 rounds things still move")
}

// balanced reports whether all that is configured is held once, and nobody holds two more than another.
func (c *cluster) balanced() error {
	all := Configured{Tasks: c.tasks}.work()
	var held Work
	counts, taskCounts := []int{}, []int{}
	for _, m := range c.members {
		held.Connectors = append(held.Connectors, m.Connectors...)
		held.Tasks = append(held.Tasks, m.Tasks...)
		counts, taskCounts = append(counts, len(m.Connectors)), append(taskCounts, len(m.Tasks))
	}
	slices.Sort(held.Connectors)
	slices.SortFunc(held.Tasks, compareTasks)
	if !slices.Equal(held.Connectors, all.Connectors) || !slices.Equal(held.Tasks, all.Tasks) {
		return fmt.Errorf("held is %v, configured %v", held, all)
	}
	if slices.Max(counts)-slices.Min(counts) > 1 || slices.Max(taskCounts)-slices.Min(taskCounts) > 1 {
		return fmt.Errorf("out of balance: connectors %v, tasks %v", counts, taskCounts)
	}
	return nil
}

func TestCooperativeConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newCluster(rapid.SampledFrom([]time.Duration{0, time.Millisecond, 40 * time.Millisecond, time.Minute, 5 * time.Minute}).Draw(t, "max delay"))
		for range rapid.IntRange(1, 4).Draw(t, "members") {
			c.join()
		}
		next := 0
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch event := rapid.SampledFrom([]string{"join", "leave", "bounce", "create", "delete", "resize", "wait", "new leader", "rebalance"}).Draw(t, "event"); event {
			case "join":
				c.join()
			case "leave", "bounce":
				if len(c.members) > 1 || event == "bounce" {
					i := rapid.IntRange(0, len(c.members)-1).Draw(t, "who")
					c.members = slices.Delete(slices.Clone(c.members), i, i+1)
				}
				if event == "bounce" {
					c.join()
				}
			case "create":
				next++
				c.tasks[fmt.Sprintf("connector-%d", next)] = rapid.IntRange(0, 9).Draw(t, "tasks")
			case "delete", "resize":
				for name := range c.tasks {
					if event == "delete" {
						delete(c.tasks, name)
					} else {
						c.tasks[name] = rapid.IntRange(0, 9).Draw(t, "tasks")
					}
					break
				}
			case "wait":
				c.now = c.now.Add(time.Duration(rapid.IntRange(0, 400_000).Draw(t, "ms")) * time.Millisecond)
			case "new leader":
				c.memory = NewCooperative()
			}
			if _, _, err := c.rebalance(); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.settle(); err != nil {
			t.Fatal(err)
		}
		if err := c.balanced(); err != nil {
			t.Fatal(err)
		}
	})
}

// Work that two members believe to hold, after a network cut say, is taken from both and given to one.
func TestCooperativeEndsDoubleWork(t *testing.T) {
	t.Parallel()
	c := newCluster(5 * time.Minute)
	c.tasks["c"] = 4
	c.join()
	c.join()
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	both := append(slices.Clone(c.members[0].Tasks), c.members[1].Tasks...)
	c.members[0].Tasks, c.members[1].Tasks = both, slices.Clone(both)
	if _, again, err := c.rebalance(); err != nil || !again {
		t.Fatalf("again %t, error %v", again, err)
	}
	if n := len(c.members[0].Tasks) + len(c.members[1].Tasks); n != 0 {
		t.Fatalf("%d tasks are still held", n)
	}
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	if err := c.balanced(); err != nil {
		t.Fatal(err)
	}
}

// A worker that bounces gets its work back, and nothing else moves.
func TestCooperativeBounceMovesNothing(t *testing.T) {
	t.Parallel()
	c := newCluster(5 * time.Minute)
	for i := range 3 {
		c.tasks[fmt.Sprint("c", i)] = 3
		c.join()
	}
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(c.members)
	c.members = slices.Clone(c.members[:2])
	plan, _, err := c.rebalance()
	if err != nil || plan.Delay != 5*time.Minute || c.memory.Scheduled() != c.now.Add(5*time.Minute) {
		t.Fatalf("delay %v until %v, error %v", plan.Delay, c.memory.Scheduled(), err)
	}
	c.now = c.now.Add(time.Minute)
	c.join()
	if plan, _, err = c.rebalance(); err != nil || plan.Delay != 4*time.Minute {
		t.Fatalf("delay %v, error %v", plan.Delay, err)
	}
	c.now = c.now.Add(4 * time.Minute)
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if diff := cmp.Diff(before[i], c.members[i]); diff != "" {
			t.Error(diff)
		}
	}
	for _, w := range []*Work{&before[2].Work, &c.members[2].Work} {
		slices.Sort(w.Connectors)
		slices.SortFunc(w.Tasks, compareTasks)
	}
	if diff := cmp.Diff(before[2].Work, c.members[2].Work); diff != "" {
		t.Error(diff)
	}
}

func TestEagerIsBalanced(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newCluster(0)
		for range rapid.IntRange(1, 6).Draw(t, "members") {
			c.join()
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "connectors") {
			c.tasks[fmt.Sprint("c", i)] = rapid.IntRange(0, 5).Draw(t, "tasks")
		}
		var ids []string
		for _, m := range c.members {
			ids = append(ids, m.ID)
		}
		dealt := AssignEager(Configured{Tasks: c.tasks}, ids)
		for i := range c.members {
			c.members[i].Work = dealt[c.members[i].ID]
		}
		if err := c.balanced(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBackoffOfRevocations(t *testing.T) {
	t.Parallel()
	for attempts, want := range []int64{1: 40, 2: 1600, 3: 64000} {
		if got := backoff(attempts, 300000); attempts > 0 && got != want {
			t.Errorf("attempt %d waits %d ms, want %d", attempts, got, want)
		}
	}
	for _, most := range []int64{0, 1, 2, 40, 60000, 300000} {
		if got := backoff(100, most); got > most || got < most-1 {
			t.Errorf("the most is %d ms, got %d", most, got)
		}
	}
}
