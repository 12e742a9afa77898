package app

import (
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// openMetrics makes the registry that /metrics shows, and has the Kafka clients counted.
func (w *connectWorker) openMetrics() error {
	list := w.settings.values.List(workerconfig.KeyMetricNames)
	var err error
	if w.metrics, err = metrics.NewRegistry(workerconfig.KeyMetricNames, list); err != nil {
		return err
	}
	clients := metrics.NewClients(w.metricsWindow(), kafkaVersion, kafkaCommit)
	kinds := map[kafka.Client]metrics.ClientKind{kafka.Producer: metrics.Producer, kafka.Consumer: metrics.Consumer, kafka.AdminClient: metrics.Admin}
	member := kafka.Worker{Properties: w.settings.props}.GroupMember("").Source
	w.kafka.Hook = func(client kafka.Client, source, id string) kgo.Hook {
		if source == member {
			return clients.Hook(metrics.Member, id)
		}
		return clients.Hook(kinds[client], id)
	}
	w.metrics.Add(clients)
	return nil
}

func (w *connectWorker) metricsWindow() metrics.Window {
	return metrics.Window{Length: w.settings.values.Duration("metrics.sample.window.ms"), Samples: w.settings.values.Int("metrics.num.samples")}
}

// newMeteredWorker makes the herder's worker and shows its metrics.
func (w *connectWorker) newMeteredWorker(c worker.Config) (herder.Worker, error) {
	made, err := worker.New(c)
	if err != nil {
		return nil, err
	}
	w.metrics.Add(made.Figures())
	return made, nil
}

// meterMember shows the metrics of a membership.
func (w *connectWorker) meterMember(m *group.Member, clientID string) {
	w.metrics.Add(metrics.Membership(func() metrics.Group {
		s := m.Stats()
		leader, _ := m.Leader()
		average := time.Duration(0)
		if s.Rebalances > 0 {
			average = s.RebalanceTime / time.Duration(s.Rebalances)
		}
		causes := make(map[string]int64, len(group.Causes()))
		for _, c := range group.Causes() {
			causes[string(c)] = s.Causes[c]
		}
		return metrics.Group{
			Causes:   causes,
			ClientID: clientID, Protocol: strings.ToUpper(m.Protocol().String()), Leader: leader, Epoch: m.Generation(), Rebalancing: m.Rebalancing(),
			Completed: s.Rebalances, Longest: s.LongestRebalance, Average: average, LastRebalance: s.LastRebalance,
			Heartbeats: s.Heartbeats, Joins: s.Joins, Syncs: s.Syncs, Failed: s.FailedRebalances, RebalanceTime: s.RebalanceTime,
			LastHeartbeat: s.LastHeartbeat, Connectors: s.Connectors, Tasks: s.Tasks,
		}
	}))
}
