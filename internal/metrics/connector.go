package metrics

// Connector are the figures of a connector that this worker runs.
type Connector struct {
	Name string
	// State is the connector's in lower case; Kind is source or sink.
	State, Kind string
	Plugin
}

func (c Connector) bean(give func(Bean)) {
	b := Bean{Domain: connectDomain, Type: "connector-metrics", Tags: []Tag{{"connector", c.Name}}}
	b.text("status", c.State)
	b.text("connector-type", c.Kind)
	b.text("connector-class", c.Class)
	b.text("connector-version", c.Version)
	give(b)
}

// taskStates are those that Java counts, by the names in the attributes.
var taskStates = []string{"running", "paused", "failed", "unassigned", "destroyed", "restarting"}

// countBean counts the states of a connector's tasks on this worker.
func countBean(connector string, states []string, give func(Bean)) {
	counts := map[string]int{}
	for _, state := range states {
		counts[state]++
	}
	b := Bean{Domain: connectDomain, Type: "connect-worker-metrics", Tags: []Tag{{"connector", connector}}}
	b.number("connector-total-task-count", float64(len(states)))
	for _, state := range taskStates {
		b.number("connector-"+state+"-task-count", float64(counts[state]))
	}
	give(b)
}
