package group

import (
	"testing"
	"time"
)

// lostWork is a cluster of three members of which the last has died, at the moment when its work begins to wait for it.
func lostWork(t *testing.T, maxDelay time.Duration) (*cluster, Plan) {
	t.Helper()
	c := newCluster(maxDelay)
	c.tasks = map[string]int{"a": 3, "b": 3}
	for range 3 {
		c.join()
	}
	settle(t, c)
	c.members = c.members[:2]
	plan, _, err := c.rebalance()
	if err != nil {
		t.Fatal(err)
	}
	return c, plan
}

// settle runs rounds until nobody joins again at once.
func settle(t *testing.T, c *cluster) {
	t.Helper()
	for again := true; again; {
		var err error
		if _, again, err = c.rebalance(); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *cluster) everythingHeld() bool {
	connectors, tasks := 0, 0
	for _, m := range c.members {
		connectors += len(m.Connectors)
		tasks += len(m.Tasks)
	}
	return connectors == 2 && tasks == 6
}

// TestDelaysWithClocksThatDiffer wants lost work to wait for scheduled.rebalance.max.delay.ms at most from any moment on, although the leader's clock is set
// anew meanwhile, or another leader has another clock: members are told how long to wait, not until when.
func TestDelaysWithClocksThatDiffer(t *testing.T) {
	t.Parallel()
	const most = 5 * time.Minute
	for _, skew := range []time.Duration{0, time.Second, -time.Second, time.Hour, -time.Hour, 365 * 24 * time.Hour, -365 * 24 * time.Hour} {
		for _, newLeader := range []bool{false, true} {
			c, plan := lostWork(t, most)
			if plan.Delay != most || c.everythingHeld() {
				t.Fatalf("the work does not wait: %+v", plan)
			}
			c.now = c.now.Add(time.Minute + skew)
			if newLeader {
				c.memory = NewCooperative() // what the former one knew is gone with it
			}
			plan, _, err := c.rebalance()
			if err != nil {
				t.Fatal(err)
			}
			if plan.Delay > most || plan.Delay < 0 {
				t.Errorf("%s, another leader: %v: the delay is %s", skew, newLeader, plan.Delay)
			}
			// Everybody joins again when the delay that the members were told is over.
			for range 3 {
				c.now = c.now.Add(plan.Delay)
				if plan, _, err = c.rebalance(); err != nil {
					t.Fatal(err)
				}
				settle(t, c)
			}
			if !c.everythingHeld() {
				t.Errorf("%s, another leader: %v: work rests: %+v", skew, newLeader, c.members)
			}
		}
	}
}
