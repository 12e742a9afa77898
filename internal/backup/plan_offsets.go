package backup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// compareOffsets finds the offsets that the cluster has not, or other ones of. Those that only the cluster has stay.
func (i *Item) compareOffsets(overREST bool) error {
	type place struct{ topic, partition string }
	topicOf := func(o *SourceOffset) string {
		if overREST {
			return "" // the connector's store says where
		}
		return o.Topic
	}
	have, forms := map[place]string{}, map[place]map[Bytes]string{}
	if i.have != nil {
		moves := i.moves(offsetTopicKeys)
		for n := range i.have.SourceOffsets {
			o := &i.have.SourceOffsets[n]
			if moves && (overREST || o.Topic != "") {
				continue
			}
			partition, at, err := o.meanings()
			if err != nil {
				return err
			}
			p := place{topicOf(o), partition}
			if forms[p] == nil {
				forms[p] = map[Bytes]string{}
			}
			if forms[p][o.Key] = at; !o.Older {
				have[p] = at
			}
		}
	}
	restored := map[place]bool{}
	for n := range i.want.SourceOffsets {
		o := i.want.SourceOffsets[n]
		partition, at, err := o.meanings()
		if err != nil {
			return err
		}
		p := place{topicOf(&o), partition}
		restored[p] = true
		if overREST {
			if now, ok := have[p]; !o.Older && (!ok || now != at) {
				i.Source = append(i.Source, o)
			}
			continue
		}
		if now, ok := forms[p][o.Key]; o.Key != "" && (!ok || now != at) || o.Key == "" && have[p] != at {
			i.Source = append(i.Source, o)
		}
		if o.Older {
			continue
		}
		// Java finds an offset by the bytes of its key: every form of it that is there has to say the same, unless the backup has the form too.
		for key, now := range forms[p] {
			if key != o.Key && now != at && !i.hasForm(o.Topic, key) {
				i.Source = append(i.Source, SourceOffset{Topic: o.Topic, Key: key, Value: o.value()})
			}
		}
	}
	left := 0
	for p := range have {
		if !restored[p] {
			left++
		}
	}
	i.compareSink(&left)
	if left > 0 {
		i.Notes = append(i.Notes, fmt.Sprintf("%d offsets of partitions that the backup does not have stay", left))
	}
	slices.SortFunc(i.Source, compareSource)
	return nil
}

func (i *Item) hasForm(topic string, key Bytes) bool {
	return slices.ContainsFunc(i.want.SourceOffsets, func(o SourceOffset) bool { return o.Topic == topic && o.Key == key })
}

// value is the value of the offset's record.
func (o *SourceOffset) value() Bytes {
	if o.Key != "" {
		return o.Value
	}
	return Bytes(o.Offset)
}

// The keys of a connector that say where its offsets are.
var (
	offsetTopicKeys = []string{"offsets.storage.topic", "producer.override.bootstrap.servers", "consumer.override.bootstrap.servers", "admin.override.bootstrap.servers"}
	offsetGroupKeys = []string{"consumer.override.group.id", "admin.override.bootstrap.servers"}
)

// moves reports whether the offsets of the connector are somewhere else once it has the configuration of the backup: what is read now says nothing
// of that place then. The group that the backup names is not asked: where the worker's own file gives another one now, that is the one to restore.
func (i *Item) moves(keys []string) bool {
	if i.have == nil || i.have.Config == nil || i.want.Config == nil {
		return false
	}
	return slices.ContainsFunc(keys, func(key string) bool {
		return strings.TrimSpace(i.have.Config.Text(key)) != strings.TrimSpace(i.want.Config.Text(key))
	})
}

func (i *Item) compareSink(left *int) {
	type partition struct {
		topic  string
		number int32
	}
	have := map[partition]int64{}
	if i.have != nil && i.have.SinkOffsets != nil && !i.moves(offsetGroupKeys) {
		for _, o := range i.have.SinkOffsets.Offsets {
			have[partition{o.Topic, o.Partition}] = o.Offset
		}
	}
	*left += len(have)
	if i.want.SinkOffsets == nil {
		return
	}
	for _, o := range i.want.SinkOffsets.Offsets {
		now, ok := have[partition{o.Topic, o.Partition}]
		if ok {
			*left--
		}
		if !ok || now != o.Offset {
			i.Sink = append(i.Sink, o)
		}
	}
}

// compareRecords finds what is restored over Kafka only: task configurations, how many tasks were fenced, statuses and topics. Statuses and topics
// that the cluster has are newer, so only missing ones are written.
func (i *Item) compareRecords(exists bool) {
	have := &Connector{}
	if exists {
		have = i.have
	}
	same := slices.EqualFunc(i.want.Tasks, have.Tasks, func(a, b config.Props) bool { return a.Equal(b) })
	if i.setTasks = len(i.want.Tasks) > 0 && !same; i.setTasks {
		i.Tasks = len(i.want.Tasks)
	}
	i.setFenced = i.want.FencedTasks != nil && have.FencedTasks == nil // what the cluster has is newer
	if i.have == nil {
		i.have = have
	}
	if i.want.Status != nil && i.have.Status == nil {
		i.statuses = append(i.statuses, store.ConnectorStatusRecord(i.Connector, i.want.Status.status()))
	}
	for _, s := range i.want.TaskStatuses {
		if !slices.ContainsFunc(i.have.TaskStatuses, func(o Status) bool { return o.Task == s.Task }) {
			i.statuses = append(i.statuses, store.TaskStatusRecord(store.TaskID{Connector: i.Connector, Task: s.Task}, s.status()))
		}
	}
	i.Statuses = len(i.statuses)
	for _, t := range i.want.Topics {
		if !slices.ContainsFunc(i.have.Topics, func(o Topic) bool { return o.Name == t.Name }) {
			i.Topics++
			i.statuses = append(i.statuses, store.TopicStatusRecord(store.TopicStatus{Topic: t.Name, Connector: i.Connector, Task: t.Task, Discovered: t.discovered()}))
		}
	}
}
