package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

const (
	sinkTopicKey     = "kafka_topic"
	sinkPartitionKey = "kafka_partition"
	sinkOffsetKey    = "kafka_offset"
)

func (w *Worker) sinkAdmin(ctx context.Context, name string, props map[string]string) (*kafka.Admin, string, error) {
	settings := w.clients().WorkerAdmin(name, props)
	admin, err := w.cfg.Kafka.NewAdmin(ctx, settings.Source, settings.Properties)
	return admin, w.clients().SinkConsumerGroup(name, props), err
}

func (w *Worker) sinkOffsets(ctx context.Context, name string, props map[string]string) ([]ConnectorOffset, error) {
	admin, group, err := w.sinkAdmin(ctx, name, props)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	offsets, err := admin.GroupOffsets(ctx, group)
	if err != nil {
		return nil, javafmt.NewException(javafmt.ConnectException, "Failed to retrieve consumer group offsets for sink connector "+name, kafkaError(err))
	}
	out := make([]ConnectorOffset, 0, len(offsets))
	for p, at := range offsets {
		out = append(out, ConnectorOffset{map[string]any{sinkTopicKey: p.Topic, sinkPartitionKey: int64(p.Partition)}, map[string]any{sinkOffsetKey: at}})
	}
	slices.SortFunc(out, func(a, b ConnectorOffset) int {
		return cmp.Or(cmp.Compare(a.Partition[sinkTopicKey].(string), b.Partition[sinkTopicKey].(string)),
			cmp.Compare(a.Partition[sinkPartitionKey].(int64), b.Partition[sinkPartitionKey].(int64)))
	})
	return out, nil
}

// changeSinkOffsets asks the connector, where it wants to be asked, and changes the offsets of its group (Worker.modifySinkConnectorOffsets).
func (w *Worker) changeSinkOffsets(ctx context.Context, name string, props map[string]string, plugin *connect.Plugin, offsets []ConnectorOffset) (bool, error) {
	reset := offsets == nil
	wanted, err := parseSinkOffsets(offsets)
	if err != nil {
		return false, err
	}
	alterer, asked := plugin.NewConnector().(connect.SinkOffsetAlterer)
	keeps := keepsOffsets(plugin)
	if keeps && !asked {
		return false, badRequest("The offsets of connector %s cannot be modified: its tasks keep offsets with the data that they write, which count instead of those of "+
			"its consumer group, and connector class %s doesn't support external modification of them. Change them in the system that the connector writes to.", name, plugin.Class)
	}
	admin, group, err := w.sinkAdmin(ctx, name, props)
	if err != nil {
		return false, err
	}
	defer admin.Close()
	switch {
	case reset && !keeps: // what a target keeps may be more than the group knows, so that all of it is forgotten by no name
		current, err := admin.GroupOffsets(ctx, group)
		if err != nil {
			return false, javafmt.NewException(javafmt.ConnectException, "Failed to list offsets for the consumer group of connector "+name, kafkaError(err))
		}
		for p := range current {
			wanted[connect.TopicPartition(p)] = nil
		}
	case reset:
		if err := groupError(name, "reset", withoutMembers(ctx, admin, group)); err != nil {
			return false, err
		}
	case keeps:
		if err := w.canAlter(ctx, admin, name, group, wanted); err != nil {
			return false, err
		}
	}
	external := false
	if asked {
		err := callAside(ctx, "connector "+name, "AlterOffsets", pluginLimit, func(ctx context.Context) (err error) {
			external, err = alterer.AlterOffsets(ctx, props, wanted)
			return err
		})
		if err != nil {
			if javafmt.ClassOf(err) == javafmt.UnsupportedOperation {
				return false, refusal(name, err)
			}
			return false, err
		}
	}
	if reset {
		return external, groupError(name, "reset", admin.DeleteGroup(ctx, group))
	}
	return external, w.alterGroup(ctx, admin, name, group, wanted)
}

// keepsOffsets says whether the tasks of a sink may keep offsets with their data (connect.OffsetKeeper).
func keepsOffsets(plugin *connect.Plugin) bool {
	if plugin.NewSinkTask == nil {
		return false
	}
	_, keeps := plugin.NewSinkTask().(connect.OffsetKeeper)
	return keeps
}

// canAlter finds what would make alterGroup fail, before a target is changed that Kafka's refusal would not change back.
func (w *Worker) canAlter(ctx context.Context, admin *kafka.Admin, name, group string, wanted map[connect.TopicPartition]*int64) error {
	alter, forget, err := w.checkSinkOffsets(ctx, admin, name, wanted)
	if err == nil && len(alter) == 0 {
		err = groupError(name, "alter", groupExists(ctx, admin, group, forget))
	}
	if err == nil {
		err = groupError(name, "alter", withoutMembers(ctx, admin, group))
	}
	return err
}

func (w *Worker) alterGroup(ctx context.Context, admin *kafka.Admin, name, group string, wanted map[connect.TopicPartition]*int64) error {
	alter, forget, err := w.checkSinkOffsets(ctx, admin, name, wanted)
	if err != nil {
		return err
	}
	if len(alter) > 0 {
		if err := groupError(name, "alter", admin.AlterGroupOffsets(ctx, group, alter)); err != nil {
			return err
		}
	}
	if len(forget) > 0 {
		err := groupExists(ctx, admin, group, forget)
		if err == nil {
			err = admin.DeleteGroupOffsets(ctx, group, forget)
		}
		return groupError(name, "alter", err)
	}
	return nil
}

// checkSinkOffsets refuses what Kafka refuses, and tells offsets to set from those to forget.
func (w *Worker) checkSinkOffsets(ctx context.Context, admin *kafka.Admin, name string, wanted map[connect.TopicPartition]*int64) (map[kafka.Partition]int64, []kafka.Partition, error) {
	alter := map[kafka.Partition]int64{}
	var forget []kafka.Partition
	for tp, at := range wanted {
		switch {
		case at == nil:
			forget = append(forget, kafka.Partition(tp))
		case *at < 0:
			return nil, nil, javafmt.NewException(javafmt.ConnectException, "Failed to modify offsets for sink connector "+name,
				javafmt.NewException(javafmt.IllegalArgument, "Invalid negative offset", nil))
		default:
			alter[kafka.Partition(tp)] = *at
		}
	}
	return alter, forget, groupError(name, "alter", w.partitionsExist(ctx, admin, wanted))
}

// groupExists refuses to forget offsets of a group that does not exist, as Kafka does, which the admin client forgives for the sake of a reset.
func groupExists(ctx context.Context, admin *kafka.Admin, group string, forget []kafka.Partition) error {
	if len(forget) == 0 {
		return nil
	}
	if current, err := admin.GroupOffsets(ctx, group); err == nil && len(current) == 0 {
		return javafmt.NewException(kafkaErrors+"GroupIdNotFoundException", "The group id does not exist.", nil)
	}
	return nil
}

// withoutMembers refuses a group that has members, of either group protocol.
func withoutMembers(ctx context.Context, admin *kafka.Admin, group string) error {
	client := kadm.NewClient(admin.Client())
	classic, err := client.DescribeGroups(ctx, group)
	if err != nil {
		return fmt.Errorf("describe consumer group %s: %w", group, err)
	}
	members := len(classic[group].Members)
	// Brokers before KIP-848 do not know the request; then there is no such group.
	if newer, err := client.DescribeConsumerGroups(ctx, group); err == nil {
		members += len(newer[group].Members)
	}
	if members > 0 {
		return kafka.ErrGroupInUse
	}
	return nil
}

// partitionsExist refuses partitions that Kafka's broker refuses, which not every broker does.
func (w *Worker) partitionsExist(ctx context.Context, admin *kafka.Admin, offsets map[connect.TopicPartition]*int64) error {
	var topics []string
	for p := range offsets {
		if !slices.Contains(topics, p.Topic) {
			topics = append(topics, p.Topic)
		}
	}
	described, err := admin.DescribeTopics(ctx, topics...)
	if err != nil {
		return err
	}
	for p := range offsets {
		if !slices.Contains(described[p.Topic].Partitions, p.Partition) {
			return javafmt.NewException(kafkaErrors+"UnknownTopicOrPartitionException", "This server does not host this topic-partition.", nil)
		}
	}
	return nil
}

// groupError has the texts of Worker.
func groupError(name, verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kafka.ErrGroupInUse):
		return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Failed to %s consumer group offsets for connector %s either because its tasks haven't stopped completely yet or the consumer group was resubscribed to by zombie sink tasks. If the connector is in a stopped state, this operation can be safely retried.", verb, name), err)
	}
	return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("Failed to %s consumer group offsets for connector %s", verb, name), kafkaError(err))
}

// parseSinkOffsets is SinkUtils.parseSinkConnectorOffsets with its texts.
func parseSinkOffsets(offsets []ConnectorOffset) (map[connect.TopicPartition]*int64, error) {
	out := map[connect.TopicPartition]*int64{}
	for _, o := range offsets {
		if o.Partition == nil {
			return nil, badRequest("The partition for a sink connector offset cannot be null or missing")
		}
		topic, hasTopic := o.Partition[sinkTopicKey]
		partition, hasPartition := o.Partition[sinkPartitionKey]
		switch {
		case !hasTopic || !hasPartition:
			return nil, badRequest("The partition for a sink connector offset must contain the keys '%s' and '%s'", sinkTopicKey, sinkPartitionKey)
		case topic == nil:
			return nil, badRequest("Kafka topic names must be valid strings and may not be null")
		case partition == nil:
			return nil, badRequest("Kafka partitions must be valid numbers and may not be null")
		}
		p, err := strconv.ParseInt(text(partition), 10, 32)
		if err != nil {
			return nil, badRequest("Failed to parse the following Kafka partition value in the provided offsets: '%s'. Partition values for sink connectors need to be integers.", text(partition))
		}
		tp := connect.TopicPartition{Topic: text(topic), Partition: int32(p)}
		if o.Offset == nil {
			out[tp] = nil
			continue
		}
		offset, ok := o.Offset[sinkOffsetKey]
		if !ok {
			return nil, badRequest("The offset for a sink connector should either be null or contain the key '%s'", sinkOffsetKey)
		}
		at, err := strconv.ParseInt(text(offset), 10, 64)
		if err != nil {
			return nil, badRequest("Failed to parse the following Kafka offset value in the provided offsets: '%s'. Offset values for sink connectors need to be integers.", text(offset))
		}
		out[tp] = &at
	}
	return out, nil
}

// text is Java's String.valueOf for what JSON holds.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		return javafmt.FormatDouble(v)
	}
	return strings.TrimSpace(fmt.Sprint(v))
}
