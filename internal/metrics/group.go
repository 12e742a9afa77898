package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Group are the figures of a worker's membership; the zero value is that of a worker that has none yet.
type Group struct {
	// ClientID is of the client that the membership uses.
	ClientID string
	// Protocol is in Java's capitals, SESSIONED say; Leader is the leader's URL.
	Protocol, Leader string
	Epoch            int32
	Rebalancing      bool
	// Completed are rebalances, as the worker saw them; Longest and Average how long they took.
	Completed         int64
	Longest, Average  time.Duration
	LastRebalance     time.Time
	Heartbeats, Joins int64
	Syncs, Failed     int64
	RebalanceTime     time.Duration
	LastHeartbeat     time.Time
	Connectors, Tasks int
	// Causes counts the completed rebalances by why they were.
	Causes map[string]int64
}

// Membership asks a herder for the figures of its membership at each scrape. The function must not block.
type Membership func() Group

// Beans gives what Java registers for a member of a group.
func (m Membership) Beans(give func(Bean)) {
	g, now := m(), time.Now()
	g.rebalances(now, give)
	g.coordinator(now, give)
}

var rebalancesTotal = prometheus.NewDesc("moldau_rebalances_total", "Rebalances that this worker completed, by why its group met.", []string{"cause"}, nil)

func (m Membership) extras(out chan<- prometheus.Metric) {
	for cause, n := range m().Causes {
		out <- counter(rebalancesTotal, n, cause)
	}
}

// rebalances is WorkerRebalanceMetrics of Java's DistributedHerder.
func (g Group) rebalances(now time.Time, give func(Bean)) {
	b := Bean{Domain: connectDomain, Type: "connect-worker-rebalance-metrics"}
	b.text("connect-protocol", g.Protocol)
	b.text("leader-name", g.Leader)
	b.number("epoch", float64(g.Epoch))
	b.number("completed-rebalances-total", float64(g.Completed))
	rebalancing := 0.0
	if g.Rebalancing {
		rebalancing = 1
	}
	b.number("rebalancing", rebalancing)
	longest, average := math.NaN(), math.NaN()
	if g.Completed > 0 {
		longest, average = millis(g.Longest), millis(g.Average)
	}
	b.number("rebalance-max-time-ms", longest)
	b.number("rebalance-avg-time-ms", average)
	since := math.Inf(1)
	if !g.LastRebalance.IsZero() {
		since = millis(now.Sub(g.LastRebalance))
	}
	b.number("time-since-last-rebalance-ms", since)
	give(b)
}

// coordinator is ConnectCoordinatorMetrics of Java's WorkerCoordinator.
func (g Group) coordinator(now time.Time, give func(Bean)) {
	b := Bean{Domain: connectDomain, Type: "connect-coordinator-metrics", Tags: []Tag{{"client-id", g.ClientID}}}
	b.number("assigned-connectors", float64(g.Connectors))
	b.number("assigned-tasks", float64(g.Tasks))
	b.number("heartbeat-total", float64(g.Heartbeats))
	b.number("join-total", float64(g.Joins))
	b.number("sync-total", float64(g.Syncs))
	b.number("rebalance-total", float64(g.Completed))
	b.number("failed-rebalance-total", float64(g.Failed))
	b.number("rebalance-latency-total", millis(g.RebalanceTime))
	b.number("rebalance-latency-avg", millis(g.Average))
	b.number("rebalance-latency-max", millis(g.Longest))
	b.number("last-heartbeat-seconds-ago", ago(now, g.LastHeartbeat))
	b.number("last-rebalance-seconds-ago", ago(now, g.LastRebalance))
	give(b)
}

// ago is in seconds, -1 where it never was, as in Java.
func ago(now, t time.Time) float64 {
	if t.IsZero() {
		return -1
	}
	return math.Floor(now.Sub(t).Seconds())
}
