package worker

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
)

// refused is what a task knows of a cluster that does not accept its client. The client would go on trying and lock the account; Java's clients
// throw, which fails the task.
type refused struct {
	mu  sync.Mutex
	err error
}

// watch wakes the task when the cluster refuses the client.
func (r *refused) watch(client *kgo.Client, wake func()) {
	kafka.OnAuthenticationFailure(client, func(err error) {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		wake()
	})
}

// failure is nil while nothing was refused.
func (r *refused) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// explain gives an error of the sink's consumer Java's class and words, and names the missing right where one is missing.
func (r *refused) explain(s *sinkTask, topic string, err error) error {
	settings := s.w.clients().SinkConsumer(s.id, s.props)
	denied := kafka.Denied(err, kafka.Resource{Topic: topic, Group: settings.Properties["group.id"], Client: kafka.Consumer, Source: settings.Source})
	if denied != err {
		return denied
	}
	return kafkaError(err)
}
