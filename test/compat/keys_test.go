//go:build unix

package compat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"
)

// keyLife is inter.worker.key.ttl.ms of mixed groups: the keys with which their workers sign requests to each other are replaced all the time.
const keyLife = "1000"

// keys follows the session keys that leaders write.
type keys struct {
	client *kgo.Client
	seen   int
}

// next waits for a key that is new since the last call.
func (k *keys) next(c *cluster) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	before := k.seen
	for k.seen == before {
		fetches := k.client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.t.Fatalf("no session key in %v after %d", patience, k.seen)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if string(r.Key) == "session-key" {
				k.seen++
			}
		})
	}
}

// rotations changes all connectors again and again, each time as soon as there is another session key: whoever owns a connector has to hand its tasks to
// the leader, signed with the key that it knows. One that was just replaced is refused and must be tried again with the new one.
func (c *cluster) rotations(leader *node, flows []*flow) {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.kafka.Bootstrap()), kgo.ConsumeTopics(c.props["config.storage.topic"]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	k := &keys{client: client}
	owners := map[string]bool{}
	const rounds = 3
	for round := range rounds {
		k.next(c)
		for _, f := range flows {
			for name, config := range map[string]map[string]string{f.source: f.sourceCfg, f.sink: f.sinkCfg} {
				config["round"] = strconv.Itoa(round)
				leader.want(http.StatusOK, http.MethodPut, "/connectors/"+name+"/config", config)
			}
		}
		for _, f := range flows {
			for _, name := range []string{f.source, f.sink} {
				c.await(fmt.Sprintf("tasks of %s of round %d", name, round), func() error { return leader.tasksOf(name, strconv.Itoa(round)) })
				owners[c.everywhere(name, "RUNNING", 1).Connector.WorkerID] = true
			}
		}
	}
	for _, n := range c.nodes {
		if !owners[n.id()] {
			c.t.Errorf("%s never had a connector, so nothing was shown of it", n.name)
		}
	}
	if k.seen < rounds {
		c.t.Errorf("there were %d session keys only", k.seen)
	}
}

// tasksOf says whether all tasks of a connector were made from its configuration of a round.
func (n *node) tasksOf(name, round string) error {
	code, body, err := n.call(http.MethodGet, "/connectors/"+name+"/tasks", nil)
	if err != nil {
		return err
	}
	var tasks []struct{ Config map[string]string }
	if err := json.Unmarshal([]byte(body), &tasks); code != http.StatusOK || err != nil {
		return fmt.Errorf("%d %s: %w", code, body, err)
	}
	for _, t := range tasks {
		if t.Config["round"] != round {
			return errors.New(body)
		}
	}
	if len(tasks) == 0 {
		return errors.New("there are none")
	}
	return nil
}
