package herder

import (
	"sync"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
)

// foreigners are the signs that two clusters share what each must have for itself. Java says nothing of it: records come twice, and nobody knows why.
type foreigners struct {
	mu      sync.Mutex
	workers map[string]bool // that were named in the log
	topic   bool            // whether another config topic was
}

// otherTopicPause is how long a leader stays out of a group that it cannot lead.
const otherTopicPause = 10 * time.Second

// mostForeigners bounds what is remembered.
const mostForeigners = 100

// first reports whether the worker has not been named before.
func (f *foreigners) first(workerID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.workers[workerID] || len(f.workers) >= mostForeigners {
		return false
	}
	if f.workers == nil {
		f.workers = map[string]bool{}
	}
	f.workers[workerID] = true
	return true
}

// runsElsewhere looks at a status of a task that was just written. A group has one owner of a task, so that nobody else starts what runs here.
func (h *Distributed) runsElsewhere(id TaskID, s store.Status) {
	if s.State != string(Running) || s.WorkerID == h.cfg.Worker.WorkerID || !h.owned.task(id) || !h.foreigners.first(s.WorkerID) {
		return
	}
	h.ofTask(id).Warn("Worker "+s.WorkerID+" says that it runs task "+id.String()+", which this worker runs. Unless that worker was just cut off from its group, it belongs to "+
		"another cluster that uses the same topics: every cluster needs a config.storage.topic, offset.storage.topic and status.storage.topic of its own",
		"worker", s.WorkerID, "generation", s.Generation)
}

// otherTopic tells of an assignment that was made from records that the config topic of this worker, read to its end, has not. It returns whether that
// is so.
func (h *Distributed) otherTopic(a *group.Assignment) bool {
	end := h.configs.Snapshot().Offset()
	if end >= a.ConfigOffset {
		return false
	}
	h.foreigners.mu.Lock()
	told := h.foreigners.topic
	h.foreigners.topic = true
	h.foreigners.mu.Unlock()
	if !told {
		h.log.Error("Another worker of the group has read a config topic that is longer than the one of this worker: all workers of a group.id need the same "+
			"config.storage.topic, and clusters with topics of their own need a group.id of their own", "end", end, "other", a.ConfigOffset, "leader", a.LeaderURL)
	}
	return true
}
