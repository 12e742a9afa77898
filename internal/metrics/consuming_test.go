package metrics

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// numbers are the attributes of the beans of a type with a tag more than client-id, or without.
func numbers(c *Clients, kind string, tags int) map[string]float64 {
	all := map[string]float64{}
	c.Beans(func(b Bean) {
		if b.Type == kind && len(b.Tags) == tags {
			for _, v := range b.Values {
				all[v.Attribute] = v.Number
			}
		}
	})
	return all
}

func TestConsuming(t *testing.T) {
	t.Parallel()
	clients := NewClients(DefaultWindow, "1", "a")
	client, err := kgo.NewClient(kgo.WithHooks(clients.Hook(Consumer, "c")))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m := ConsumingOf(client)
	if m == nil || ConsumingOf(client) != m {
		t.Fatal("the client's figures are not found")
	}
	now := time.Now()
	hook := m.hookOf(clients)
	hook.OnBrokerE2E(kgo.BrokerMetadata{}, int16(kmsg.JoinGroup), kgo.BrokerE2E{BytesRead: 1})
	hook.OnGroupManageError(errors.New("no"))
	m.Rebalanced(time.Now().Add(time.Second))
	m.Assigned(now, 2*time.Millisecond)
	m.Holds(3)
	m.Fetched(now, Partition{"t", 0}, 8, 1)
	m.Fetched(now, Partition{"t", 0}, 4, 5)
	m.Fetched(now, Partition{"t", 1}, -1, 7) // the end may be known later than the records
	m.Polls(now)
	m.Polled(now.Add(time.Second))
	m.Polls(now.Add(2 * time.Second))
	m.Polled(now.Add(4 * time.Second))
	m.CommitSynced(time.Microsecond)
	group := numbers(clients, "consumer-coordinator-metrics", 1)
	for name, want := range map[string]float64{"rebalance-total": 1, "failed-rebalance-total": 1, "assigned-partitions": 3, "join-total": 1,
		"partition-assigned-latency-avg": 2, "last-heartbeat-seconds-ago": -1} {
		if group[name] != want {
			t.Errorf("%s is %v, want %v", name, group[name], want)
		}
	}
	if l := group["rebalance-latency-max"]; l < 1000 {
		t.Errorf("the rebalance lasted %v ms", l)
	}
	fetching, polls := numbers(clients, "consumer-fetch-manager-metrics", 1), numbers(clients, "consumer-metrics", 1)
	if fetching["records-lag-max"] != 8 || fetching["records-lead-min"] != 1 {
		t.Error(fetching)
	}
	if polls["time-between-poll-max"] != 2000 || polls["poll-idle-ratio-avg"] != 0.75 || polls["commit-sync-time-ns-total"] != 1000 {
		t.Error(polls)
	}
	m.Gone(Partition{"t", 1})
	if p := numbers(clients, "consumer-fetch-manager-metrics", 3); p["records-lag"] != 4 || p["records-lag-max"] != 8 || p["records-lag-avg"] != 6 || p["records-lead"] != 5 || p["records-lead-min"] != 1 {
		t.Error(p)
	}
	for i := range mostLagSeries + 50 {
		m.Fetched(now, Partition{"many", int32(i)}, 1, 1)
	}
	if len(m.behind) != mostLagSeries {
		t.Errorf("%d partitions have series", len(m.behind))
	}
}

// hookOf finds the hook that made the figures.
func (c *Consuming) hookOf(clients *Clients) *clientFigures {
	for _, h := range clients.all() {
		if h.consumer.Load() == c {
			return h
		}
	}
	return nil
}

// Clients that nobody counts have no figures, and noting does nothing.
func TestNobodyCounts(t *testing.T) {
	t.Parallel()
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, now := ConsumingOf(client), time.Now()
	if m != nil {
		t.Fatal("there are figures")
	}
	m.Rebalanced(now)
	m.Assigned(now, 0)
	m.Revoked(now, 0)
	m.Lost(now, 0)
	m.Holds(1)
	m.Fetched(now, Partition{}, 0, 0)
	m.Gone(Partition{})
	m.Polls(now)
	m.Polled(now)
	m.CommitSynced(0)
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	end := time.Unix(1_000_000, 0)
	named := func(name string, end time.Time) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotAfter: end}
	}
	r, err := NewRegistry("key", []string{"moldau"})
	if err != nil {
		t.Fatal(err)
	}
	clients := NewClients(DefaultWindow, "1", "a")
	for _, later := range []time.Duration{2, 1} {
		h := clients.Hook(Producer, "p").(*clientFigures)
		h.Presents(func() []*x509.Certificate { return []*x509.Certificate{named("p", end.Add(later*time.Second))} })
		h.OnNewClient(nil)
	}
	r.Add(clients)
	r.Add(Certificates(func(give func(string, *x509.Certificate)) {
		for i := range 2 * mostSubjects {
			give("rest", named(fmt.Sprint(i), end))
		}
	}))
	r.Add(Audit(func() int64 { return 7 }))
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(r)
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var rest int
	var found, dropped bool
	for _, f := range families {
		for _, m := range f.Metric {
			switch line := m.String(); {
			case f.GetName() == "moldau_audit_events_dropped_total":
				dropped = m.GetCounter().GetValue() == 7
			case f.GetName() == "moldau_certificate_expiry_timestamp_seconds" && strings.Contains(line, `"producer"`):
				found = m.GetGauge().GetValue() == 1_000_001 && strings.Contains(line, "CN=p")
			case f.GetName() == "moldau_certificate_expiry_timestamp_seconds":
				rest++
			}
		}
	}
	if !found || !dropped || rest != mostSubjects+1 {
		t.Errorf("the producer's is there: %v; dropped events: %v; %d of listeners", found, dropped, rest)
	}
}

// What a task left uncommitted is known to the next that takes the partition up, once.
func TestRedelivered(t *testing.T) {
	t.Parallel()
	w, now, p := NewWorker(DefaultWindow, nil), time.Now(), Partition{"t", 1}
	if given := w.TakenUp("c", p); given != (Span{}) {
		t.Error(given)
	}
	w.LeftUncommitted(now, "c", p, Span{3, 7})
	w.LeftUncommitted(now, "c", p, Span{2, 5})
	if other, given, again := w.TakenUp("c", Partition{"t", 2}), w.TakenUp("c", p), w.TakenUp("c", p); other != (Span{}) || given != (Span{2, 7}) || again != (Span{}) {
		t.Error(other, given, again)
	}
	w.Redelivered(now, "c", 3)
	w.Redelivered(now, "c", 1)
	if n := w.histories.named["c"].redelivered; n != 4 {
		t.Error(n)
	}
}
