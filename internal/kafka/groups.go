package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Partition names a partition of a topic.
type Partition struct {
	Topic     string
	Partition int32
}

// ErrGroupInUse says that a group still has members, so its offsets stay as they are. Sink tasks that have not stopped yet are
// such members; the worker's message to the user speaks of zombie sink tasks.
var ErrGroupInUse = errors.New("the consumer group has members")

// GroupOffsets returns the committed offsets of a group, none where it does not exist. It waits for open transactions that
// commit offsets.
func (a *Admin) GroupOffsets(ctx context.Context, group string) (map[Partition]int64, error) {
	responses, err := a.admin.FetchOffsets(kadm.RequireStable(ctx), group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return map[Partition]int64{}, nil
	}
	if err == nil {
		err = responses.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list offsets of consumer group %s: %w", group, err)
	}
	offsets := map[Partition]int64{}
	responses.Each(func(o kadm.OffsetResponse) {
		if o.At >= 0 {
			offsets[Partition{o.Topic, o.Partition}] = o.At
		}
	})
	return offsets, nil
}

// AlterGroupOffsets commits offsets for a group without members, creating it where needed. The error is ErrGroupInUse while the
// group has members.
func (a *Admin) AlterGroupOffsets(ctx context.Context, group string, offsets map[Partition]int64) error {
	if len(offsets) == 0 {
		return nil
	}
	wanted := kadm.Offsets{}
	for p, at := range offsets {
		wanted.AddOffset(p.Topic, p.Partition, at, -1)
	}
	err := a.admin.CommitAllOffsets(ctx, group, wanted)
	if errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.NonEmptyGroup) {
		err = ErrGroupInUse
	}
	if err != nil {
		return fmt.Errorf("alter offsets of consumer group %s: %w", group, err)
	}
	return nil
}

// DeleteGroupOffsets forgets the offsets of partitions. A group that does not exist has none, so that is no error. The error is
// ErrGroupInUse while members are subscribed to one of the topics.
func (a *Admin) DeleteGroupOffsets(ctx context.Context, group string, partitions []Partition) error {
	set := kadm.TopicsSet{}
	for _, p := range partitions {
		set.Add(p.Topic, p.Partition)
	}
	responses, err := a.admin.DeleteOffsets(ctx, group, set)
	if err == nil {
		err = responses.Error()
	}
	switch {
	case err == nil, errors.Is(err, kerr.GroupIDNotFound):
		return nil
	case errors.Is(err, kerr.GroupSubscribedToTopic), errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.NonEmptyGroup):
		err = ErrGroupInUse
	}
	return fmt.Errorf("delete offsets of consumer group %s: %w", group, err)
}

// DeleteGroup deletes a group with all its offsets. A group that does not exist is no error; the error is ErrGroupInUse while the
// group has members.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error {
	response, err := a.admin.DeleteGroup(ctx, group)
	if err == nil {
		err = response.Err
	}
	switch {
	case err == nil, errors.Is(err, kerr.GroupIDNotFound):
		return nil
	case errors.Is(err, kerr.NonEmptyGroup):
		err = ErrGroupInUse
	}
	return fmt.Errorf("delete consumer group %s: %w", group, err)
}
