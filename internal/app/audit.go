package app

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/rest/audit"
)

// auditDelivery bounds how long an event waits for its broker.
const auditDelivery = 2 * time.Minute

// auditTopic returns what opens the topic of the REST API's audit, nil where none is configured.
func (w *connectWorker) auditTopic() func() audit.Sink {
	topic := w.settings.values.String("moldau.rest.audit.topic")
	if topic == "" {
		return nil
	}
	return func() audit.Sink {
		settings := kafka.Worker{Properties: w.settings.props}.InternalProducer("audit")
		sink := audit.OpenTopic(topic, func(ctx context.Context) (*kgo.Client, error) {
			return w.kafka.OpenProducer(ctx, settings.Source, settings.Properties,
				kgo.RecordDeliveryTimeout(auditDelivery), kgo.MaxBufferedRecords(audit.Waiting), kgo.AllowAutoTopicCreation())
		}, w.log)
		w.metrics.Add(metrics.Audit(sink.Dropped))
		return sink
	}
}
