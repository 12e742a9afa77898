package herder

import (
	"slices"
	"sync"

	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/worker"
)

// statuses keeps the last state of every connector and task, as the status topic does in a group (MemoryStatusBackingStore). Its methods never
// block on anything but each other.
type statuses struct {
	redactor *logs.Redactor

	mu         sync.RWMutex
	connectors map[string]worker.Status
	tasks      map[string]map[int]worker.Status
}

func newStatuses(redactor *logs.Redactor) *statuses {
	return &statuses{redactor: redactor, connectors: map[string]worker.Status{}, tasks: map[string]map[int]worker.Status{}}
}

// OnConnector keeps a connector's state; the worker calls it.
func (s *statuses) OnConnector(name string, status worker.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status.Trace = s.redactor.Redact(status.Trace)
	s.connectors[name] = status
}

// OnTask keeps a task's state; the worker calls it.
func (s *statuses) OnTask(id worker.TaskID, status worker.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks[id.Connector] == nil {
		s.tasks[id.Connector] = map[int]worker.Status{}
	}
	status.Trace = s.redactor.Redact(status.Trace)
	s.tasks[id.Connector][id.Task] = status
}

// restarting marks connectors and tasks that a restart is about to start; what has no state yet gets none.
func (s *statuses) restarting(name string, connector bool, tasks []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := func(status worker.Status) worker.Status {
		status.State, status.Trace = Restarting, ""
		return status
	}
	if status, ok := s.connectors[name]; ok && connector {
		s.connectors[name] = mark(status)
	}
	for _, n := range tasks {
		if status, ok := s.tasks[name][n]; ok {
			s.tasks[name][n] = mark(status)
		}
	}
}

// forgetTasks drops the states of all tasks of a connector.
func (s *statuses) forgetTasks(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tasks, name)
}

// forget drops the states of a connector and its tasks.
func (s *statuses) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connectors, name)
	delete(s.tasks, name)
}

// connector returns the state of a connector with its tasks.
func (s *statuses) connector(name string) (*ConnectorStatus, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	status, ok := s.connectors[name]
	if !ok {
		return nil, false
	}
	out := &ConnectorStatus{Name: name, Tasks: []TaskState{}, Connector: ConnectorState{
		State: status.State, WorkerID: status.WorkerID, Trace: status.Trace, Version: version(status)}}
	for n, status := range s.tasks[name] {
		out.Tasks = append(out.Tasks, taskState(n, status))
	}
	slices.SortFunc(out.Tasks, func(a, b TaskState) int { return a.ID - b.ID })
	return out, true
}

// task returns the state of a task.
func (s *statuses) task(id TaskID) (*TaskState, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	status, ok := s.tasks[id.Connector][id.Task]
	if !ok {
		return nil, false
	}
	out := taskState(id.Task, status)
	return &out, true
}

func taskState(n int, status worker.Status) TaskState {
	return TaskState{ID: n, State: status.State, WorkerID: status.WorkerID, Trace: status.Trace, Version: version(status)}
}

func version(status worker.Status) *string {
	if status.Version == "" {
		return nil
	}
	return &status.Version
}
