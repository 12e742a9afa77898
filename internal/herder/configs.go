package herder

import (
	"maps"
	"slices"
	"sync"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// configs keeps what the config topic keeps in a group: configurations, target states and task configurations. Its methods never block on
// anything but each other.
type configs struct {
	mu         sync.RWMutex
	connectors map[string]*connectorConfig
}

// connectorConfig is one connector. Placeholders are unresolved throughout.
type connectorConfig struct {
	props  map[string]string
	target TargetState
	tasks  []map[string]string
	// applied is the configuration that the tasks were made from, nil where there are none yet.
	applied map[string]string
}

func newConfigs() *configs { return &configs{connectors: map[string]*connectorConfig{}} }

func (c *configs) names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.connectors))
}

// get returns a copy of a connector; its maps are shared and never changed.
func (c *configs) get(name string) (connectorConfig, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := c.connectors[name]
	if found == nil {
		return connectorConfig{}, false
	}
	return *found, true
}

// put stores a configuration; a new connector gets the target state, an existing one keeps its own unless target is given.
func (c *configs) put(name string, props map[string]string, target TargetState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.connectors[name]
	if found == nil {
		found = &connectorConfig{target: TargetStarted}
		c.connectors[name] = found
	}
	found.props = props
	if target != "" {
		found.target = target
	}
}

func (c *configs) setTarget(name string, target TargetState) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.connectors[name]
	if found == nil {
		return false
	}
	found.target = target
	return true
}

// setTasks stores the task configurations made from applied; nil tasks mean none.
func (c *configs) setTasks(name string, tasks []map[string]string, applied map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.connectors[name]; found != nil {
		found.tasks, found.applied = tasks, applied
	}
}

func (c *configs) remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.connectors, name)
}

// tasksChanged reports whether tasks differ from those stored, or were made from another configuration than those
// (AbstractHerder.taskConfigsChanged).
func (c *connectorConfig) tasksChanged(tasks []map[string]string) bool {
	return !slices.EqualFunc(c.tasks, tasks, maps.Equal) || !maps.Equal(c.applied, c.props)
}

// taskIDs lists the connector's tasks.
func (c *connectorConfig) taskIDs(name string) []TaskID {
	ids := make([]TaskID, len(c.tasks))
	for i := range c.tasks {
		ids[i] = TaskID{Connector: name, Task: i}
	}
	return ids
}

// patched returns the configuration with a patch applied: a null removes its key (ConnectUtils.patchConfig).
func patched(props, patch config.Props) config.Props {
	out := props.Clone()
	if out == nil {
		out = config.Props{}
	}
	for key, text := range patch.Clone() {
		if text == nil {
			delete(out, key)
		} else {
			out[key] = text
		}
	}
	return out
}

// textsOnly returns an error where a key has no value. No validator objects to that where the key is not required, but Java does not start a connector
// with it (AbstractConfig.originalsStrings).
func textsOnly(props config.Props) error {
	for _, key := range props.Keys() {
		if props[key] == nil {
			return javafmt.NewException(javafmt.ConfigException, "Non-string value found in original settings for key "+key+": null", nil)
		}
	}
	return nil
}
