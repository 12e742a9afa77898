package deadletter

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
)

func TestNamesMissingRights(t *testing.T) {
	t.Parallel()
	q := &connectorQueue{connector: "snk", topic: "dead"}
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{kerr.TopicAuthorizationFailed, 500, "Not allowed to read topic dead: the client that connector snk has by the keys consumer. of the worker and consumer.override. of the connector lacks the right Read on it"},
		{kerr.TransactionalIDAuthorizationFailed, 500, "lacks the rights Write and Describe on the transactional id moldau-redrive-dead"},
		{kerr.ClusterAuthorizationFailed, 500, "lacks the right IdempotentWrite on the cluster"},
		{kerr.UnknownTopicOrPartition, http.StatusNotFound, "Topic dead does not exist"},
		{errors.New("boom"), 500, "Could not read topic dead: "},
	} {
		err := q.explain(fmt.Errorf("wrapped: %w", c.err), "read", "Read", "consumer.")
		refuses(t, err, c.status, c.want)
		if !errors.Is(err, c.err) {
			t.Errorf("%v does not hold its cause", err)
		}
	}
}
