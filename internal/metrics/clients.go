package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ClientKind is what Java calls a client in the names of its beans.
type ClientKind string

// The kinds of clients; Member is a worker's in its group.
const (
	Producer ClientKind = "producer"
	Consumer ClientKind = "consumer"
	Admin    ClientKind = "admin-client"
	Member   ClientKind = "connect"
)

func (k ClientKind) domain() string {
	if k == Admin {
		return "kafka.admin.client"
	}
	return "kafka." + string(k)
}

// Clients holds the figures of Kafka clients, as they tell them to their hooks.
type Clients struct {
	window *Window
	// version and commit are what the clients say of themselves (app-info).
	version, commit string
	mu              sync.Mutex
	live            map[*clientFigures]bool
	refused         Tally // connections that were refused, by kind of client and what refused them
}

// NewClients makes an empty set, of clients of a version built from a commit.
func NewClients(w Window, version, commit string) *Clients {
	return &Clients{window: w.orDefault(), version: version, commit: commit, live: map[*clientFigures]bool{}}
}

// Hook returns the hook for a client. Its figures are shown while the client lives, and cost nothing where none is made.
func (c *Clients) Hook(kind ClientKind, id string) kgo.Hook {
	return &clientFigures{owner: c, kind: kind, id: id}
}

func (c *Clients) show(h *clientFigures) {
	c.mu.Lock()
	c.live[h] = true
	c.mu.Unlock()
}

func (c *Clients) forget(h *clientFigures) {
	c.mu.Lock()
	delete(c.live, h)
	c.mu.Unlock()
}

var refusedTotal = prometheus.NewDesc("moldau_authentication_failures_total", "Connections that failed because broker and client did not accept each other's credentials.",
	[]string{"client", "by"}, nil)

func (c *Clients) extras(out chan<- prometheus.Metric) {
	for _, kind := range []ClientKind{Producer, Consumer, Admin, Member} {
		for _, by := range []string{bySASL, byTLS} {
			out <- counter(refusedTotal, c.refused.count(string(kind), by), string(kind), by)
		}
	}
	Certificates(c.presented).extras(out)
}

// all are the clients that live.
func (c *Clients) all() []*clientFigures {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*clientFigures, 0, len(c.live))
	for h := range c.live {
		all = append(all, h)
	}
	return all
}

// Beans gives what Java registers for each client.
func (c *Clients) Beans(give func(Bean)) {
	now := time.Now()
	for _, h := range c.all() {
		h.beans(now, give)
	}
}
