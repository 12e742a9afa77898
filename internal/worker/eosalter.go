package worker

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// setInTransaction writes offsets as the connector's first task would, so that one which still runs cannot write any more
// (Worker.modifySourceConnectorOffsets). The herder has fenced out the tasks before.
func (w *Worker) setInTransaction(ctx context.Context, name string, props map[string]string, offsets *store.ConnectorOffsets, list []store.OffsetWrite) error {
	what := "Failed to modify offsets for source connector " + name
	records, err := offsets.Records(name, list)
	if err != nil {
		return err
	}
	settings := w.clients().ExactlyOnceProducer(TaskID{Connector: name}, props)
	client, err := w.cfg.Kafka.OpenTransactional(ctx, settings.Source, settings.Properties)
	if err != nil {
		return javafmt.NewException(javafmt.ConnectException, what+": "+err.Error(), kafkaError(err))
	}
	defer client.Close()
	err = client.BeginTransaction()
	if err == nil {
		err = offsets.Prepare(ctx, name, list)
	}
	if err == nil {
		out := make([]*kgo.Record, len(records))
		for i, r := range records {
			out[i] = &kgo.Record{Topic: offsets.Topic(), Partition: kafka.AnyPartition, Key: []byte(r.Key), Value: r.Value}
		}
		err = client.ProduceSync(ctx, out...).FirstErr()
		// The client would commit what arrived, whatever did not.
		end := kgo.TryCommit
		if err != nil {
			end = kgo.TryAbort
		}
		err = errors.Join(err, client.EndTransaction(ctx, end))
	}
	if err != nil {
		return javafmt.NewException(javafmt.ConnectException, what, kafkaError(kafka.ExplainTransaction(settings.Properties["transactional.id"], err)))
	}
	offsets.Committed(name, list)
	return nil
}
