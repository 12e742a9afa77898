package store

import (
	"slices"

	"github.com/moldau/moldau/connect/config"
)

// ClusterConfig is what the config topic says at one moment (ClusterConfigState). It is never changed, nor are the configurations it returns:
// any goroutine may read it without a lock. Configurations are as they were written, with their placeholders.
type ClusterConfig struct {
	offset     int64
	sessionKey *SessionKey
	entries    map[string]*configEntry
	names      []string
	staged     []string
}

// configEntry is all that was said of one name. An entry is never changed but replaced. There may be entries of connectors that do not exist:
// target states may come before configurations, and Java forgets some facts never.
type configEntry struct {
	// config is nil where there is no such connector.
	config config.Props
	target TargetState
	tasks  map[int]config.Props
	// count is the number of tasks of the last commit.
	count   int
	applied config.Props
	fenced  *int // the task count record
	version *int // the generation of the task configurations
	pending bool
	unsound bool
}

func (e *configEntry) exists() bool { return e != nil && e.config != nil }

// NoOffset is the offset of a config topic of which nothing was read.
const NoOffset int64 = -1

// EmptyClusterConfig returns what is known before anything was read.
func EmptyClusterConfig() *ClusterConfig { return &ClusterConfig{offset: NoOffset} }

// Offset returns the offset after the last record read, NoOffset before the first.
func (c *ClusterConfig) Offset() int64 { return c.offset }

// SessionKey returns the newest session key, nil where there is none.
func (c *ClusterConfig) SessionKey() *SessionKey { return c.sessionKey }

// Connectors returns the names of all connectors in order. The slice must not be changed.
func (c *ClusterConfig) Connectors() []string { return c.names }

// Contains reports whether the connector exists.
func (c *ClusterConfig) Contains(connector string) bool { return c.entries[connector].exists() }

// entry returns what is known of a name, never nil.
func (c *ClusterConfig) entry(connector string) *configEntry {
	if e := c.entries[connector]; e != nil {
		return e
	}
	return &configEntry{}
}

// ConnectorConfig returns a connector's configuration, nil where there is no such connector.
func (c *ClusterConfig) ConnectorConfig(connector string) config.Props {
	return c.entry(connector).config
}

// AppliedConfig returns the configuration from which the connector's current tasks were made, nil where it has none yet. Tasks made from
// another configuration than the current one have to be restarted even where their own did not change.
func (c *ClusterConfig) AppliedConfig(connector string) config.Props {
	return c.entry(connector).applied
}

// TargetState returns the target state of a connector, "" for an unknown one.
func (c *ClusterConfig) TargetState(connector string) TargetState { return c.entry(connector).target }

// TaskCount returns the number of tasks of the last commit, even where their configurations are not complete.
func (c *ClusterConfig) TaskCount(connector string) int { return c.entry(connector).count }

// Tasks returns the tasks of a connector, none where their configurations are not complete.
func (c *ClusterConfig) Tasks(connector string) []TaskID {
	e := c.entry(connector)
	if e.unsound || e.count <= 0 {
		return nil
	}
	tasks := make([]TaskID, e.count)
	for i := range tasks {
		tasks[i] = TaskID{Connector: connector, Task: i}
	}
	return tasks
}

// TaskCounts returns every connector with the number of its tasks that can be run: what a leader deals out. The map is the caller's.
func (c *ClusterConfig) TaskCounts() map[string]int {
	counts := make(map[string]int, len(c.names))
	for _, name := range c.names {
		if e := c.entries[name]; e.unsound {
			counts[name] = 0
		} else {
			counts[name] = max(e.count, 0)
		}
	}
	return counts
}

// TaskConfig returns a task's configuration, nil where there is none.
func (c *ClusterConfig) TaskConfig(task TaskID) config.Props {
	return c.entry(task.Connector).tasks[task.Task]
}

// TaskConfigs returns the configurations of all tasks of a connector, none where they are not complete.
func (c *ClusterConfig) TaskConfigs(connector string) []config.Props {
	e := c.entry(connector)
	tasks := c.Tasks(connector)
	configs := make([]config.Props, len(tasks))
	for i := range tasks {
		configs[i] = e.tasks[i]
	}
	return configs
}

// PendingFencing reports whether the zombies of a connector have to be fenced before its tasks may start (KIP-618).
func (c *ClusterConfig) PendingFencing(connector string) bool { return c.entry(connector).pending }

// TaskCountRecord returns for how many tasks the zombies of a connector were fenced last.
func (c *ClusterConfig) TaskCountRecord(connector string) (count int, ok bool) {
	return value(c.entry(connector).fenced)
}

// TaskConfigGeneration returns the generation of a connector's task configurations, which starts at 0 and grows with every commit.
func (c *ClusterConfig) TaskConfigGeneration(connector string) (generation int, ok bool) {
	return value(c.entry(connector).version)
}

// Inconsistent returns the names, in order, of connectors whose task configurations are not complete: their writer died between them and the
// commit, or compaction took some. A leader heals them by writing all of them again.
func (c *ClusterConfig) Inconsistent() []string {
	var names []string
	for name, e := range c.entries {
		if e.unsound {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Uncommitted returns the names, in order, of existing connectors with task configurations that no commit followed: they are being written, or
// their writer died.
func (c *ClusterConfig) Uncommitted() []string { return c.staged }

// TargetStates returns the target states of all names, also of those that are no connectors.
func (c *ClusterConfig) TargetStates() map[string]TargetState {
	states := map[string]TargetState{}
	for name, e := range c.entries {
		if e.target != "" {
			states[name] = e.target
		}
	}
	return states
}

// TaskCountRecords returns the task count records of all names, also of those that are no connectors.
func (c *ClusterConfig) TaskCountRecords() map[string]int {
	counts := map[string]int{}
	for name, e := range c.entries {
		if e.fenced != nil {
			counts[name] = *e.fenced
		}
	}
	return counts
}

func value(i *int) (int, bool) {
	if i == nil {
		return 0, false
	}
	return *i, true
}

// namesOf returns the connectors that exist, in order.
func namesOf(entries map[string]*configEntry) []string {
	names := make([]string, 0, len(entries))
	for name, e := range entries {
		if e.exists() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
