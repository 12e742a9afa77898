package group

import (
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// Configured is what the config topic says the group has to run. It is never changed once made.
type Configured struct {
	// Offset is how far the config topic was read.
	Offset int64
	// Tasks has every connector with the number of its tasks that can be run: none while its task configurations are incomplete.
	Tasks map[string]int
}

func (c Configured) connectors() []string {
	names := make([]string, 0, len(c.Tasks))
	for name := range c.Tasks {
		names = append(names, name)
	}
	slices.SortFunc(names, javafmt.CompareStrings)
	return names
}

// work returns all connectors and tasks in order.
func (c Configured) work() Work {
	w := Work{Connectors: c.connectors()}
	for _, name := range w.Connectors {
		for i := range c.Tasks[name] {
			w.Tasks = append(w.Tasks, kafka.Task{Connector: name, Task: i})
		}
	}
	return w
}
