package backup

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// Apply implements Cluster. Offsets come first and the configuration last, so that no worker finds a connector whose offsets are not there yet;
// topics that do not exist are created as a worker would.
func (c *KafkaCluster) Apply(ctx context.Context, item *Item) error {
	if len(c.logs) == 0 {
		if err := c.openAll(ctx); err != nil {
			return err
		}
	}
	props, err := c.resolved(ctx, item.want.Config)
	if err != nil {
		return err
	}
	if err := c.writeSource(ctx, item, props); err != nil {
		return err
	}
	if len(item.Sink) > 0 {
		admin, err := c.adminFor(ctx, c.cfg.Worker.WorkerAdmin(item.Connector, props))
		if err != nil {
			return err
		}
		wanted := map[kafka.Partition]int64{}
		for _, o := range item.Sink {
			wanted[kafka.Partition{Topic: o.Topic, Partition: o.Partition}] = o.Offset
		}
		group := c.cfg.Worker.SinkConsumerGroup(item.Connector, props)
		if err := admin.AlterGroupOffsets(ctx, group, wanted); err != nil {
			return kafka.Denied(err, kafka.Resource{Group: group, Client: kafka.AdminClient, Source: "admin client of connector " + item.Connector})
		}
	}
	if err := c.logs[c.cfg.Statuses.Name].SendAll(ctx, item.statuses...); err != nil {
		return err
	}
	return c.logs[c.cfg.Configs.Name].SendAll(ctx, item.configRecords()...)
}

// configRecords are the records of the config topic, in an order in which each is understood: what is said of a connector that is not known yet is
// forgotten, and a count of fenced tasks before the commit makes the next worker fence that many.
func (i *Item) configRecords() []store.Record {
	var records []store.Record
	if i.setState {
		records = append(records, store.TargetStateRecord(i.Connector, i.want.TargetState))
	}
	if i.setConfig {
		records = append(records, store.ConnectorRecord(i.Connector, store.PropertiesOf(i.want.Config)))
	}
	if i.setFenced {
		records = append(records, store.TaskCountRecord(i.Connector, *i.want.FencedTasks))
	}
	if i.setTasks {
		tasks := make([][]store.Property, len(i.want.Tasks))
		for n, task := range i.want.Tasks {
			tasks[n] = store.PropertiesOf(task)
		}
		records = append(append(records, store.TaskRecords(i.Connector, tasks)...), store.CommitRecord(i.Connector, len(tasks)))
	}
	return records
}

// openAll opens the internal topics for writing. A worker that was cut off and may still think that it leads cannot write any more after it.
func (c *KafkaCluster) openAll(ctx context.Context) error {
	if err := c.Ready(ctx); err != nil {
		return err
	}
	if c.cfg.Fencing {
		id := c.cfg.Worker.FencingProducer().Properties["transactional.id"]
		if err := c.admin.FenceProducers(ctx, id); err != nil {
			return fmt.Errorf("fence the former leader: %w", err)
		}
	}
	opened := map[string]*store.KafkaLog{}
	for _, of := range []kafka.InternalTopic{kafka.Configs, kafka.Offsets, kafka.Statuses} {
		cfg := c.topic(of)
		log, err := c.openLog(ctx, cfg)
		if err != nil {
			for _, l := range opened {
				l.Close()
			}
			return err
		}
		opened[cfg.Topic.Name] = log
	}
	c.logs = opened
	return nil
}

func (c *KafkaCluster) openLog(ctx context.Context, cfg store.LogConfig) (*store.KafkaLog, error) {
	cfg.Record = func(*kgo.Record) {}
	log, err := store.OpenLog(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open topic %s (%s): %w", cfg.Topic.Name, cfg.Property, err)
	}
	return log, nil
}

// writeSource writes the offsets of a source to the worker's topic and to the connector's own.
func (c *KafkaCluster) writeSource(ctx context.Context, item *Item, props map[string]string) error {
	byTopic := map[string][]store.Record{}
	for n := range item.Source {
		o := &item.Source[n]
		r, err := o.record(item.Connector)
		if err != nil {
			return err
		}
		byTopic[o.Topic] = append(byTopic[o.Topic], r)
	}
	if err := c.logs[c.cfg.Offsets.Name].SendAll(ctx, byTopic[""]...); err != nil {
		return err
	}
	delete(byTopic, "")
	for topic, records := range byTopic {
		cfg, err := c.ownTopic(ctx, item.Connector, topic, props)
		if err != nil {
			return err
		}
		own, err := c.openLog(ctx, cfg)
		if err != nil {
			return err
		}
		err = own.SendAll(ctx, records...)
		own.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
