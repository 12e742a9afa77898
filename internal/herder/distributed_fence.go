package herder

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// fenceLeaderOnly refuses a round of fencing on a worker that does not lead.
const fenceLeaderOnly = "Only the leader may perform zombie fencing."

// FenceZombies fences out the producers of a source connector's earlier tasks, for a worker that is about to start the present ones (KIP-618).
func (h *Distributed) FenceZombies(ctx context.Context, name string, signature *Signature) error {
	if err := h.verify(nil, signature); err != nil {
		return err
	}
	return h.fenceAsLeader(ctx, name)
}

// fenceAsLeader is a round of fencing where one is due (DistributedHerder.doFenceZombieSourceTasks). Rounds of one connector follow each other: who
// asks while one goes on finds it done. They have a queue of their own, for they wait for brokers while configurations may have to be written.
func (h *Distributed) fenceAsLeader(ctx context.Context, name string) error {
	if err := h.lead(ctx, fenceLeaderOnly); err != nil {
		return err
	}
	return h.fences.do(ctx, name, "initiating a round of zombie fencing for connector "+name, func(*job) error {
		if err := h.lead(ctx, fenceLeaderOnly); err != nil {
			return err
		}
		c, err := h.latest("performing zombie fencing")
		if err != nil {
			return err
		}
		if !c.Contains(name) {
			return NotFound("Connector %s not found", name)
		}
		if h.typeOf(c.ConnectorConfig(name)) != TypeSource {
			return BadRequest("Connector %s is not a source connector", name)
		}
		if !c.PendingFencing(name) {
			h.of(name).Debug("Skipping zombie fencing round for connector " + name + " as all old task generations have already been fenced out")
			return nil
		}
		count := c.TaskCount(name)
		// One task has the id of the one before it, and fences that out by its own start. Without a record no producer can have been started.
		if fenced, known := c.TaskCountRecord(name); known && (fenced != 1 || count != 1) {
			if err := h.fenceProducers(c, name, fenced); err != nil {
				return err
			}
		}
		return h.recordTaskCount(ctx, c, name, count)
	})
}

// latest reads the config topic to its end and returns what it says.
func (h *Distributed) latest(before string) (*store.ClusterConfig, error) {
	refresh, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.configs.Refresh(refresh); err != nil {
		return nil, javafmt.NewException(javafmt.ConnectException, "Failed to read to end of config topic before "+before, err)
	}
	return h.configs.Snapshot(), nil
}

func (h *Distributed) fenceProducers(c *store.ClusterConfig, name string, tasks int) error {
	props, err := h.resolve(h.life, c.ConnectorConfig(name).Strings())
	if err != nil {
		return err
	}
	h.of(name).Debug("Fencing out task producers for source connector "+name, "tasks", tasks)
	if err := h.worker.FenceProducers(h.life, name, props, tasks); err != nil {
		return javafmt.NewException(javafmt.ConnectException, "Failed to perform zombie fencing", err)
	}
	return nil
}

// recordTaskCount notes that everything before the present tasks is fenced out, unless there are other ones by now.
func (h *Distributed) recordTaskCount(ctx context.Context, before *store.ClusterConfig, name string, count int) error {
	return h.asLeader(ctx, name, fenceLeaderOnly, "writing a task count record for connector "+name+" to the config topic", func(*store.ClusterConfig) error {
		c, err := h.latest("writing a task count record")
		if err != nil {
			return err
		}
		was, _ := before.TaskConfigGeneration(name)
		if now, _ := c.TaskConfigGeneration(name); now > was || c.TaskCount(name) != count {
			return &Error{Status: http.StatusConflict, Message: "Fencing failed because new task configurations were generated for the connector"}
		}
		return h.configs.PutTaskCount(h.life, name, count)
	})
}

// generations are those of the task configurations that tasks are being started with. Between reading a configuration and the checks of its task
// placeholders are resolved, which may take seconds, and a newer generation may come: the checks must not take it for the task's own.
type generations struct {
	mu sync.Mutex
	of map[TaskID]int
}

// begin notes the generation of a task that is about to be started, until done is called.
func (g *generations) begin(id TaskID, generation int) (done func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of == nil {
		g.of = map[TaskID]int{}
	}
	g.of[id] = generation
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.of, id)
	}
}

func (g *generations) get(id TaskID) (generation int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	generation, ok = g.of[id]
	return generation, ok
}

// preflight returns the checks of a task that is about to be started, of the generation that its configuration is of
// (DistributedHerder.startTask takes both from one state of the config topic). It is called while the task is made; a task that was not made in time
// is not started any more, and finds nothing.
func (h *Distributed) preflight(id TaskID) worker.Preflight {
	generation, ok := h.generations.get(id)
	if !ok {
		generation = -1 // no configuration has it
	}
	return worker.Preflight{
		Fence:  func(ctx context.Context) error { return h.requestFencing(ctx, id) },
		Verify: func(ctx context.Context) error { return h.stillOurs(ctx, id, generation) },
	}
}

// requestFencing has the leader fence out the tasks of earlier generations.
func (h *Distributed) requestFencing(ctx context.Context, id TaskID) error {
	err := h.fenceAsLeader(ctx, id.Connector)
	var leader *RedirectError
	if !errors.As(err, &leader) {
		return err
	}
	h.log.Debug("Forwarding zombie fencing request to the leader", "connector", id.Connector, "leader", leader.URL)
	return h.cfg.Peers.FenceZombies(ctx, leader.URL, id.Connector, h.sign)
}

// stillOurs returns an error where the task has been configured anew, or given to another worker, since it was started
// (DistributedHerder.verifyTaskGenerationAndOwnership).
func (h *Distributed) stillOurs(ctx context.Context, id TaskID, generation int) error {
	if err := h.configs.Refresh(ctx); err != nil {
		return javafmt.NewException(javafmt.ConnectException, "Failed to read to end of config topic", err)
	}
	if now, _ := h.configs.Snapshot().TaskConfigGeneration(id.Connector); now != generation {
		return javafmt.NewException(javafmt.ConnectException, "Cannot start source task "+id.String()+
			" with exactly-once support as the connector has already generated a new set of task configs", nil)
	}
	if !h.owned.task(id) {
		return javafmt.NewException(javafmt.ConnectException, "Cannot start source task "+id.String()+" as it has already been revoked from this worker", nil)
	}
	return nil
}

// fenceBeforeOffsets fences out the tasks of a source that writes exactly once before its offsets are changed: they have been stopped, but one that was
// abandoned may still write.
func (h *Distributed) fenceBeforeOffsets(ctx context.Context, name string) error {
	if g := h.cfg.Worker.Group; g == nil || !g.ExactlyOnce || h.typeOf(h.configs.Snapshot().ConnectorConfig(name)) != TypeSource {
		return nil
	}
	if err := h.fenceAsLeader(ctx, name); err != nil {
		var leader *RedirectError
		var refused *Error
		if errors.As(err, &leader) || errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			return err
		}
		return javafmt.NewException(javafmt.ConnectException, "Failed to perform zombie fencing for source connector prior to modifying offsets", err)
	}
	return nil
}
