package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// API calls the REST API of a worker. Call blocks until there is an answer or ctx ends, and returns its body where its status is a success.
type API interface {
	Call(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error)
}

// Refusal is implemented by errors of an API that are answers.
type Refusal interface {
	error
	// HTTPStatus is the status of the answer.
	HTTPStatus() int
}

// RESTCluster is a worker of Moldau or Java, alone or of a group, seen through its REST API.
type RESTCluster struct {
	api     API
	version string
	// patience is for how long a group may rebalance or a connector may stop, pause the time between two questions.
	patience, pause time.Duration
}

// NewREST returns the cluster of the worker that answers.
func NewREST(api API) *RESTCluster {
	return &RESTCluster{api: api, patience: 3 * time.Minute, pause: 250 * time.Millisecond}
}

// Close implements Cluster.
func (c *RESTCluster) Close() {}

// Ready implements Cluster.
func (c *RESTCluster) Ready(context.Context) error {
	if major, minor, ok := kafkaVersion(c.version); ok && (major < 3 || major == 3 && minor < 7) {
		return fmt.Errorf("the worker has version %s of Kafka Connect: restoring needs 3.7, which can create stopped connectors (KIP-980). Restore over Kafka with --worker", c.version)
	}
	return nil
}

// kafkaVersion reads the version of a worker. Confluent's builds count from 4 on where Kafka does from 0.
func kafkaVersion(text string) (major, minor int, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	if minor, err = strconv.Atoi(parts[1]); err != nil {
		return 0, 0, false
	}
	if strings.HasSuffix(text, "-ccs") || strings.HasSuffix(text, "-ce") {
		major -= 4
	}
	return major, minor, true
}

func status(err error) int {
	if refused, ok := errors.AsType[Refusal](err); ok {
		return refused.HTTPStatus()
	}
	return 0
}

// ask sends a request again while the group rebalances (409) or the answering worker waits for something that passes.
func (c *RESTCluster) ask(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	limit, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	for {
		text, err := c.api.Call(ctx, method, path, query, body)
		if err == nil || !passing(err) || !c.wait(limit) {
			return text, err
		}
	}
}

// passing reports whether an answer may be another one soon: during rebalances, and while the consumers of a stopped sink are still in their group.
func passing(err error) bool {
	text := err.Error()
	switch status(err) {
	case http.StatusConflict:
		return !strings.Contains(text, "already exists")
	case http.StatusServiceUnavailable:
		return true
	case http.StatusInternalServerError:
		return strings.Contains(text, "zombie sink task") || strings.Contains(text, "Request timed out")
	}
	return false
}

func (c *RESTCluster) wait(ctx context.Context) bool {
	timer := time.NewTimer(c.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *RESTCluster) get(ctx context.Context, path string, query url.Values, into any) error {
	text, err := c.ask(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer to GET %s cannot be read: %w", path, err)
	}
	return nil
}

func connectorPath(name, rest string) string { return "/connectors/" + url.PathEscape(name) + rest }
