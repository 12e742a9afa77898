package worker

import (
	"fmt"
	"slices"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// recreated are topics that were deleted and created again, until the client has let go of the old ones. The client takes a new topic of
// the same name for another one and fails every poll until it is told to forget the old one; Java's consumer goes over to it by itself.
type recreated struct {
	mu     sync.Mutex
	topics map[string]bool
}

// readAnew lets the consumer go on with the new topics. Their partitions come by a rebalance and begin where auto.offset.reset says, since
// a broker forgets a group's offsets together with their topic.
func (s *sinkTask) readAnew(topics []string) error {
	s.anew.mu.Lock()
	topics = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(topics))), func(topic string) bool { return s.anew.topics[topic] })
	for _, topic := range topics {
		if s.anew.topics == nil {
			s.anew.topics = map[string]bool{}
		}
		s.anew.topics[topic] = true
	}
	s.anew.mu.Unlock()
	if len(topics) == 0 {
		return nil
	}
	var tps []connect.TopicPartition
	for _, topic := range topics {
		s.logger.Warn("Topic " + topic + " was deleted. What it held and was not delivered is gone; a new topic of that name is read from where auto.offset.reset says")
		for _, tp := range s.owned() {
			if tp.Topic == topic {
				tps = append(tps, tp)
			}
		}
	}
	if s.keeper.active {
		return fmt.Errorf("topic %s was deleted: %s", topics[0], keeperAdvice)
	}
	// The offsets belong to the old topic: nothing is committed.
	err := s.release(tps, false)
	for _, tp := range tps {
		s.w.figures.TakenUp(s.id.Connector, metrics.Partition(tp)) // what comes is new
	}
	// Aside, since rebalances wait for the task meanwhile and the client might wait for a rebalance.
	go func() {
		s.client.PurgeTopicsFromConsuming(topics...)
		s.client.AddConsumeTopics(topics...)
		s.anew.mu.Lock()
		defer s.anew.mu.Unlock()
		for _, topic := range topics {
			delete(s.anew.topics, topic)
		}
	}()
	return err
}
