package backup

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// mostQuestions is how often a worker is asked for what it does not know yet.
const mostQuestions = 40

// expanded is a connector in the answer of GET /connectors?expand=info&expand=status.
type expanded struct {
	Info struct {
		Config config.Props `json:"config"`
		Type   string       `json:"type"`
	} `json:"info"`
	Status restStatus `json:"status"`
}

type restStatus struct {
	Connector restState   `json:"connector"`
	Tasks     []restState `json:"tasks"`
}

type restState struct {
	ID       int     `json:"id"`
	State    string  `json:"state"`
	WorkerID string  `json:"worker_id"`
	Trace    *string `json:"trace"`
	Version  *string `json:"version"`
}

func (s restState) status() Status {
	return Status{Task: s.ID, State: s.State, WorkerID: s.WorkerID, Trace: s.Trace, Version: s.Version}
}

// target is the target state that a status tells of, "" where it tells of none because the connector is on its way to a worker. Only PAUSED and
// STOPPED show otherwise: a connector that is paused and FAILED counts as started.
func (s restStatus) target() store.TargetState {
	switch s.Connector.State {
	case "PAUSED":
		return store.TargetPaused
	case "STOPPED":
		return store.TargetStopped
	case "", "UNASSIGNED", "RESTARTING":
		return ""
	}
	return store.TargetStarted
}

// settle asks for the status of a connector that is on its way to a worker until it tells of a target state, at most as often as left says. Where
// that never happens, or the answer is a refusal, the status stays as it is.
func (c *RESTCluster) settle(ctx context.Context, name string, s *restStatus, left *int) error {
	for ; s.target() == "" && *left > 0; *left-- {
		if !c.wait(ctx) {
			return ctx.Err()
		}
		var now restStatus
		switch err := c.get(ctx, connectorPath(name, "/status"), nil, &now); {
		case err == nil:
			*s = now
		case status(err) == 0:
			return err
		case status(err) != http.StatusNotFound: // a worker that has not read of it yet
			return nil
		}
	}
	return nil
}

// Read implements Cluster.
func (c *RESTCluster) Read(ctx context.Context) (*Content, error) {
	out := &Content{Cluster: Origin{Over: OverREST}}
	if err := c.readServer(ctx, &out.Cluster); err != nil {
		return nil, err
	}
	var all map[string]expanded
	if err := c.get(ctx, "/connectors", url.Values{"expand": {"info", "status"}}, &all); err != nil {
		return nil, err
	}
	questions := mostQuestions
	for _, name := range slices.Sorted(maps.Keys(all)) {
		e := all[name]
		if e.Info.Config == nil {
			return nil, fmt.Errorf("the worker tells no configuration of connector %s: it is older than Kafka 2.3", name)
		}
		if err := c.settle(ctx, name, &e.Status, &questions); err != nil {
			return nil, err
		}
		k := Connector{Name: name, Type: e.Info.Type, Config: e.Info.Config, TargetState: e.Status.target()}
		if k.Type != "source" && k.Type != "sink" {
			k.Type = ""
		}
		if k.TargetState == "" {
			state := cmp.Or(e.Status.Connector.State, "without a status")
			out.Problems = append(out.Problems, Problem{name, targetState, "it is " + state + ", which does not tell whether it is to run, paused or stopped"})
		}
		if e.Status.Connector.State != "" {
			s := e.Status.Connector.status()
			k.Status = &s
		}
		for _, t := range e.Status.Tasks {
			k.TaskStatuses = append(k.TaskStatuses, t.status())
		}
		for part, read := range map[string]func(context.Context, *Connector) error{"offsets": c.readOffsets, "tasks": c.readTasks, "topics": c.readTopics} {
			err := read(ctx, &k)
			if status(err) == 0 && err != nil {
				return nil, err
			}
			if err != nil {
				out.Problems = append(out.Problems, Problem{name, part, err.Error()})
			}
		}
		for _, key := range k.Config.Keys() {
			out.Masked = out.Masked || strings.Contains(k.Config.Text(key), config.Hidden)
		}
		out.Connectors = append(out.Connectors, k)
	}
	out.sort()
	return out, nil
}

// readServer asks who answers. A worker that has just started may not know its Kafka cluster yet.
func (c *RESTCluster) readServer(ctx context.Context, to *Origin) error {
	for range mostQuestions {
		var server struct {
			Version        string `json:"version"`
			KafkaClusterID string `json:"kafka_cluster_id"`
		}
		if err := c.get(ctx, "/", nil, &server); err != nil {
			return err
		}
		to.Version, to.KafkaClusterID, c.version = server.Version, server.KafkaClusterID, server.Version
		if to.KafkaClusterID != "" {
			return nil
		}
		if !c.wait(ctx) {
			return ctx.Err()
		}
	}
	return errors.New("the worker does not know the id of its Kafka cluster: it has reached no broker yet")
}

func (c *RESTCluster) readOffsets(ctx context.Context, k *Connector) error {
	var answer struct {
		Offsets []struct {
			Partition json.RawMessage `json:"partition"`
			Offset    json.RawMessage `json:"offset"`
		} `json:"offsets"`
	}
	if err := c.get(ctx, connectorPath(k.Name, "/offsets"), nil, &answer); err != nil {
		return err
	}
	if k.Type != "sink" {
		for _, o := range answer.Offsets {
			if string(o.Offset) != "null" {
				k.SourceOffsets = append(k.SourceOffsets, SourceOffset{Partition: o.Partition, Offset: o.Offset})
			}
		}
		return nil
	}
	k.SinkOffsets = &SinkOffsets{Offsets: []SinkOffset{}}
	for _, o := range answer.Offsets {
		var partition struct {
			Topic  string      `json:"kafka_topic"`
			Number json.Number `json:"kafka_partition"`
		}
		var at struct {
			Offset json.Number `json:"kafka_offset"`
		}
		if err := errors.Join(json.Unmarshal(o.Partition, &partition), json.Unmarshal(o.Offset, &at)); err != nil {
			return fmt.Errorf("the offsets of connector %s cannot be read: %w", k.Name, err)
		}
		number, err := strconv.ParseInt(partition.Number.String(), 10, 32)
		if err != nil {
			return fmt.Errorf("the offsets of connector %s cannot be read: %w", k.Name, err)
		}
		offset, err := at.Offset.Int64()
		if err != nil {
			return fmt.Errorf("the offsets of connector %s cannot be read: %w", k.Name, err)
		}
		k.SinkOffsets.Offsets = append(k.SinkOffsets.Offsets, SinkOffset{partition.Topic, int32(number), offset})
	}
	return nil
}

func (c *RESTCluster) readTasks(ctx context.Context, k *Connector) error {
	var tasks []struct {
		ID     struct{ Task int } `json:"id"`
		Config config.Props       `json:"config"`
	}
	if err := c.get(ctx, connectorPath(k.Name, "/tasks"), nil, &tasks); err != nil {
		return err
	}
	configs := make([]config.Props, len(tasks))
	for _, t := range tasks {
		if t.ID.Task < 0 || t.ID.Task >= len(configs) || configs[t.ID.Task] != nil {
			return nil // they are just being changed, and the connector makes them anew
		}
		configs[t.ID.Task] = t.Config
	}
	k.Tasks = configs
	return nil
}

func (c *RESTCluster) readTopics(ctx context.Context, k *Connector) error {
	var answer map[string]struct{ Topics []string }
	err := c.get(ctx, connectorPath(k.Name, "/topics"), nil, &answer)
	if status(err) == http.StatusForbidden {
		return nil // topic.tracking.enable=false
	}
	for _, name := range answer[k.Name].Topics {
		k.Topics = append(k.Topics, Topic{Name: name})
	}
	return err
}
