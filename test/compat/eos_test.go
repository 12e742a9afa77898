//go:build unix

package compat

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestExactlyOnceWithJava runs one Java and one Moldau worker as a group with exactly-once sources. Each is stopped by SIGSTOP while it has a source,
// which the other takes over, and goes on as a zombie: readers of committed records see every line once. Task count records are those that Java
// writes, whoever leads.
func TestExactlyOnceWithJava(t *testing.T) {
	c := newCluster(t, "compat-once", map[string]string{"exactly.once.source.support": "enabled"})
	java := c.node("java").runJava()
	moldau := c.node("moldau").runMoldau()
	var flows []*flow
	for i, n := range []*node{java, moldau} {
		f := c.flow(fmt.Sprint("f", i))
		f.sourceCfg["exactly.once.support"] = "required"
		f.add(100)
		n.want(http.StatusCreated, http.MethodPut, "/connectors/"+f.source+"/config", f.sourceCfg)
		flows = append(flows, f)
	}
	c.await("a task on each worker", func() error {
		owners := map[string]bool{}
		for _, f := range flows {
			owners[c.everywhere(f.source, "RUNNING", 1).Tasks[0].WorkerID] = true
		}
		if len(owners) < 2 {
			return fmt.Errorf("all tasks are on %v", slices.Collect(maps.Keys(owners)))
		}
		return nil
	})
	c.committed(flows)

	c.zombie(moldau, func(s syscall.Signal) error { return moldau.moldau.Signal(s) }, flows)
	c.zombie(java, java.java.Signal, flows)

	// A configuration is written through each worker: the leader fences, the other asks it to.
	for i, n := range []*node{java, moldau} {
		f := flows[i]
		f.sourceCfg["batch.size"] = fmt.Sprint(1000 + i) // more than what comes at once: Java's leaves the rest in its buffer until more comes
		n.want(http.StatusOK, http.MethodPut, "/connectors/"+f.source+"/config", f.sourceCfg)
		f.add(50)
	}
	for _, f := range flows {
		c.everywhere(f.source, "RUNNING", 1)
	}
	c.committed(flows)
	c.taskCounts(flows)
}

// zombie freezes a worker until the other one has its task, and has it go on.
func (c *cluster) zombie(n *node, signal func(s syscall.Signal) error, flows []*flow) {
	c.t.Helper()
	if err := signal(syscall.SIGSTOP); err != nil {
		c.t.Fatal(err)
	}
	n.gone = true
	for _, f := range flows {
		f.add(200)
	}
	for _, f := range flows {
		c.everywhere(f.source, "RUNNING", 1)
	}
	c.committed(flows)
	if err := signal(syscall.SIGCONT); err != nil {
		c.t.Fatal(err)
	}
	n.gone = false
	for _, f := range flows {
		f.add(100)
	}
	c.await("a group of both", func() error {
		for _, f := range flows {
			for _, n := range c.nodes {
				all, err := n.all()
				if err != nil {
					return err
				}
				s := all[f.source].Status
				// A task that was fenced out has failed, and is restarted by whoever watches it.
				if len(s.Tasks) == 1 && s.Tasks[0].State == "FAILED" {
					_, _, _ = n.call(http.MethodPost, "/connectors/"+f.source+"/restart?includeTasks=true&onlyFailed=true", nil) // asked again
				}
				if err := s.is("RUNNING", 1); err != nil {
					return fmt.Errorf("%s: %w", n.name, err)
				}
			}
		}
		return nil
	})
	c.committed(flows)
}

// committed waits until readers of committed records see every line of every flow, and checks that they see it once and in order.
func (c *cluster) committed(flows []*flow) {
	c.t.Helper()
	var topics []string
	for _, f := range flows {
		topics = append(topics, f.sourceCfg["topic"])
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(c.kafka.Bootstrap()), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(200*time.Millisecond), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	seen := map[string]int{}
	for {
		missing := ""
		for _, f := range flows {
			if n := seen[f.sourceCfg["topic"]]; n < f.lines {
				missing = fmt.Sprintf("%d committed lines of %d of %s", n, f.lines, f.source)
			}
		}
		if missing == "" {
			return
		}
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.t.Fatalf("there are %s", missing)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			seen[r.Topic]++
			if want := fmt.Sprintf("line %d", seen[r.Topic]); string(r.Value) != want {
				c.t.Fatalf("the record at offset %d of %s is %q, want %q", r.Offset, r.Topic, r.Value, want)
			}
		})
	}
}

// taskCounts checks the records of the config topic that say for how many tasks zombies were fenced out.
func (c *cluster) taskCounts(flows []*flow) {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.kafka.Bootstrap()), kgo.ConsumeTopics(c.name+"-configs"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	counts, fenced, commits := map[string]int{}, map[string]int64{}, map[string]int64{}
	for ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if name, ok := strings.CutPrefix(string(r.Key), "commit-"); ok {
				commits[name] = r.Offset
			}
			name, ok := strings.CutPrefix(string(r.Key), "tasks-fencing-")
			if !ok {
				return
			}
			counts[name]++
			fenced[name] = r.Offset
			if string(r.Value) != `{"task-count":1}` {
				c.t.Errorf("the task count record at offset %d is %s", r.Offset, r.Value)
			}
		})
		done := true
		for _, f := range flows {
			done = done && counts[f.source] > 1 && fenced[f.source] > commits[f.source]
		}
		if done {
			return
		}
	}
	c.t.Errorf("there are %v task count records, the last at %v; the last commits are at %v", counts, fenced, commits)
}
