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
		if err == nil {
			err = kafka.CommitTransaction(ctx, client, offsets.Topic())
		} else { // the client would commit what arrived, whatever did not
			err = errors.Join(err, client.EndTransaction(ctx, kgo.TryAbort))
		}
	}
	if err != nil {
		return javafmt.NewException(javafmt.ConnectException, what, kafkaError(kafka.ExplainTransaction(settings.Properties["transactional.id"], err)))
	}
	offsets.Committed(name, list)
	return nil
}

// FenceProducers makes brokers refuse the producers of so many tasks of a source connector, with the principal of the connector's admin client
// (Worker.fenceZombies). It may block on Kafka until ctx ends.
func (w *Worker) FenceProducers(ctx context.Context, name string, props map[string]string, tasks int) error {
	if tasks <= 0 {
		return nil
	}
	settings := w.clients().WorkerAdmin(name, props)
	admin, err := w.cfg.Kafka.NewAdmin(ctx, settings.Source, settings.Properties)
	if err != nil {
		return err
	}
	defer admin.Close()
	ids := make([]string, tasks)
	for i := range ids {
		ids[i] = w.clients().TransactionalID(TaskID{Connector: name, Task: i})
	}
	if err := admin.FenceProducers(ctx, ids...); err != nil {
		if cause := kafkaError(err); cause != err {
			return javafmt.NewException(javafmt.ClassOf(cause), err.Error(), nil)
		}
		return err
	}
	return nil
}
