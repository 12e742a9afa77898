package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// Read implements Cluster. Topics that do not exist are empty, unless none of them does.
func (c *KafkaCluster) Read(ctx context.Context) (*Content, error) {
	out := &Content{Cluster: Origin{Over: OverKafka, GroupID: c.cfg.Worker.Properties["group.id"],
		ConfigTopic: c.cfg.Configs.Name, OffsetTopic: c.cfg.Offsets.Name, StatusTopic: c.cfg.Statuses.Name}}
	var err error
	if out.Cluster.KafkaClusterID, err = c.admin.ClusterID(ctx); err != nil {
		return nil, fmt.Errorf("ask Kafka for the id of its cluster: %w", err)
	}
	configs, statuses, offsets := store.NewConfigState(), store.NewStatusState(), offsetRows{}
	// What cannot be read, workers ignore too.
	if err := c.read(ctx, kafka.Configs, func(r *kgo.Record) { _, _ = configs.Apply(r.Offset, string(r.Key), r.Value) }); err != nil {
		return nil, err
	}
	if err := c.read(ctx, kafka.Statuses, func(r *kgo.Record) { _ = statuses.Apply(string(r.Key), r.Value) }); err != nil {
		return nil, err
	}
	if err := c.read(ctx, kafka.Offsets, offsets.add); err != nil {
		return nil, err
	}
	known := configs.Snapshot()
	for _, name := range known.Connectors() {
		k := Connector{Name: name, Config: known.ConnectorConfig(name), TargetState: known.TargetState(name), Tasks: known.TaskConfigs(name)}
		if count, ok := known.TaskCountRecord(name); ok {
			k.FencedTasks = &count
		}
		k.describe(statuses)
		if err := c.readOffsets(ctx, &k, offsets, out); err != nil {
			return nil, err
		}
		out.Connectors = append(out.Connectors, k)
	}
	for name := range offsets {
		if !known.Contains(name) {
			k := Connector{Name: name}
			if err := offsets.into(&k, ""); err != nil {
				out.Problems = append(out.Problems, Problem{name, "offsets", err.Error()})
			}
			if len(k.SourceOffsets) > 0 {
				out.Connectors = append(out.Connectors, k)
			}
		}
	}
	out.sort()
	return out, nil
}

func (c *KafkaCluster) read(ctx context.Context, of kafka.InternalTopic, record func(*kgo.Record)) error {
	cfg := c.topic(of)
	cfg.Record = record
	err := store.ReadLog(ctx, cfg)
	if errors.Is(err, store.ErrNoTopic) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read topic %s (%s): %w", cfg.Topic.Name, cfg.Property, err)
	}
	return nil
}

// Missing returns the keys of the internal topics that do not exist, with the topics' names.
func (c *KafkaCluster) Missing(ctx context.Context) ([]string, error) {
	var missing []string
	for _, of := range []kafka.InternalTopic{kafka.Configs, kafka.Offsets, kafka.Statuses} {
		cfg := c.topic(of)
		found, err := c.admin.DescribeTopics(ctx, cfg.Topic.Name)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			missing = append(missing, cfg.Property+"="+cfg.Topic.Name)
		}
	}
	return missing, nil
}

// describe adds statuses and topics.
func (k *Connector) describe(statuses *store.StatusState) {
	of := func(task int, s store.Status) Status {
		return Status{Task: task, State: s.State, Trace: s.Trace, WorkerID: s.WorkerID, Generation: s.Generation, Version: s.Version}
	}
	if s, ok := statuses.Connector(k.Name); ok {
		status := of(0, s)
		k.Status = &status
	}
	for task, s := range statuses.Tasks(k.Name) {
		k.TaskStatuses = append(k.TaskStatuses, of(task, s))
	}
	for _, t := range statuses.Topics(k.Name) {
		k.Topics = append(k.Topics, Topic{Name: t.Topic, Task: t.Task, Discovered: t.Discovered.UnixMilli()})
	}
}

// readOffsets adds the offsets of a source or of a sink's group. Of a class that nobody knows, who has topics to read is taken for a sink; a
// source then has no group, and its offsets are read all the same.
func (c *KafkaCluster) readOffsets(ctx context.Context, k *Connector, offsets offsetRows, out *Content) error {
	problem := func(err error) error {
		if ctx.Err() != nil {
			return err
		}
		out.Problems = append(out.Problems, Problem{k.Name, "offsets", err.Error()})
		return nil
	}
	k.Type = c.cfg.Kind(k.Config.Text("connector.class"))
	err := offsets.into(k, "")
	if err != nil {
		return problem(err)
	}
	props, err := c.resolved(ctx, k.Config)
	if err != nil {
		return problem(err)
	}
	if k.Type == "sink" || k.Type == "" && (k.Config.Has("topics") || k.Config.Has("topics.regex")) {
		admin, err := c.adminFor(ctx, c.cfg.Worker.WorkerAdmin(k.Name, props))
		if err != nil {
			return problem(err)
		}
		group := c.cfg.Worker.SinkConsumerGroup(k.Name, props)
		committed, err := admin.GroupOffsets(ctx, group)
		if err != nil {
			return problem(kafka.Denied(err, kafka.Resource{Group: group, Client: kafka.AdminClient, Source: "admin client of connector " + k.Name}))
		}
		k.SinkOffsets = &SinkOffsets{Group: group, Offsets: []SinkOffset{}}
		for p, at := range committed {
			k.SinkOffsets.Offsets = append(k.SinkOffsets.Offsets, SinkOffset{p.Topic, p.Partition, at})
		}
		return nil
	}
	topic, alone, own := c.cfg.Worker.OwnOffsetTopic(k.Name, props, c.cfg.Offsets.Name, c.cfg.ExactlyOnce)
	if !own || alone {
		return nil
	}
	cfg, err := c.ownTopic(ctx, k.Name, topic, props)
	if err != nil {
		return problem(err)
	}
	rows := offsetRows{}
	cfg.Record = rows.add
	if err := store.ReadLog(ctx, cfg); err != nil && !errors.Is(err, store.ErrNoTopic) {
		return problem(fmt.Errorf("read offset topic %s: %w", topic, err))
	}
	if err := rows.into(k, topic); err != nil {
		return problem(err)
	}
	return nil
}

// ownTopic is the offset topic of a connector.
func (c *KafkaCluster) ownTopic(ctx context.Context, name, topic string, props map[string]string) (store.LogConfig, error) {
	admin, err := c.adminFor(ctx, c.cfg.Worker.ConnectorAdmin(name, props))
	description := c.cfg.Offsets
	description.Name = topic
	return store.LogConfig{Topic: description, Property: "offsets.storage.topic", Purpose: "source connector offsets", Environment: c.cfg.Environment, Admin: admin,
		Producer: c.cfg.Worker.OffsetsProducer(name, props), Consumer: c.cfg.Worker.OffsetsConsumer(name, nil, props, c.cfg.ExactlyOnce), Logger: c.cfg.Logger}, err
}

// offsetRows are the records of an offset topic by connector and key.
type offsetRows map[string]map[string]*offsetRow

type offsetRow struct {
	value   []byte
	written time.Time
}

// add takes a record. Keys that name no partition of a connector are those of nobody.
func (o offsetRows) add(r *kgo.Record) {
	connector, _, ok := store.ParseOffsetKey(r.Key)
	if !ok {
		return
	}
	if len(r.Value) == 0 {
		delete(o[connector], string(r.Key))
		return
	}
	if o[connector] == nil {
		o[connector] = map[string]*offsetRow{}
	}
	o[connector][string(r.Key)] = &offsetRow{slices.Clone(r.Value), r.Timestamp}
}

// into adds the offsets of a connector to it. Those that cannot be read are left out, and named by the error.
func (o offsetRows) into(k *Connector, topic string) error {
	var bad error
	newest := map[string]int{}
	written := map[string]time.Time{}
	for key, row := range o[k.Name] {
		offset := SourceOffset{Topic: topic, Key: Bytes(key), Value: Bytes(row.value)}
		partition, _, err := offset.meanings()
		if _, wrong := store.ParseOffset(row.value); err == nil {
			err = wrong
		}
		if err != nil {
			bad = fmt.Errorf("the offset with the key %s cannot be read: %w", key, err)
			continue
		}
		at := len(k.SourceOffsets)
		k.SourceOffsets = append(k.SourceOffsets, offset)
		before, again := newest[partition]
		switch {
		case !again:
		case row.written.Before(written[partition]) || row.written.Equal(written[partition]) && k.SourceOffsets[before].Key > offset.Key:
			k.SourceOffsets[at].Older = true
			continue
		default:
			k.SourceOffsets[before].Older = true
		}
		newest[partition], written[partition] = at, row.written
	}
	return bad
}
