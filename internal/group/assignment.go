package group

import (
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// Work is a number of connectors and tasks.
type Work struct {
	Connectors []string
	Tasks      []kafka.Task
}

// Empty reports whether there is neither connector nor task.
func (w Work) Empty() bool { return len(w.Connectors) == 0 && len(w.Tasks) == 0 }

// Metadata is what a member tells the leader when it joins.
type Metadata struct {
	// URL is the member's advertised REST URL, with a slash at its end.
	URL string
	// ConfigOffset is how far the member read the config topic.
	ConfigOffset int64
	// Assignment is what the member holds, nil where it holds none. Eager members do not tell it.
	Assignment *Assignment
}

// ErrorCode says whether a leader could assign.
type ErrorCode int16

// The error codes of assignments.
const (
	NoError ErrorCode = 0
	// ConfigMismatch says that the leader knew less of the config topic than another member; everybody reads it to the end and joins again.
	ConfigMismatch ErrorCode = 1
)

// Assignment is what a leader tells a member, and what the member then holds (ExtendedAssignment).
type Assignment struct {
	Version Protocol
	Error   ErrorCode
	// Leader is the leader's member id.
	Leader    string
	LeaderURL string
	// ConfigOffset is how far the config topic must be read before the assignment can be followed.
	ConfigOffset int64
	// Work is all of a member's work in the eager protocol, else what is new to it.
	Work
	// Revoked is what the member must stop before it joins again.
	Revoked Work
	// Delay is after what time everybody joins again, 0 for never.
	Delay time.Duration
}

// Failed reports whether the leader could not assign.
func (a *Assignment) Failed() bool { return a.Error != NoError }

// clone returns a copy that shares nothing.
func (a *Assignment) clone() *Assignment {
	if a == nil {
		return nil
	}
	c := *a
	c.Work, c.Revoked = c.Work.clone(), c.Revoked.clone()
	return &c
}

func (w Work) clone() Work {
	return Work{append([]string(nil), w.Connectors...), append([]kafka.Task(nil), w.Tasks...)}
}

// workOf lists the work of one connector in an assignment's array; -1 is the connector itself.
type workOf struct {
	connector string
	tasks     []int32
}

const connectorTask = -1

// byConnector orders work as Assignment.asMap and ExtendedAssignment.revokedAsMap do: connectors, then what is left of tasks.
func byConnector(connectors []string, tasks []kafka.Task) []workOf {
	var all []workOf
	at := map[string]int{}
	add := func(connector string, task int32) {
		i, ok := at[connector]
		if !ok {
			i = len(all)
			at[connector] = i
			all = append(all, workOf{connector: connector})
		}
		all[i].tasks = append(all[i].tasks, task)
	}
	for _, c := range connectors {
		if _, repeated := at[c]; !repeated {
			add(c, connectorTask)
		}
	}
	for _, t := range tasks {
		add(t.Connector, int32(t.Task))
	}
	return all
}

// hashed returns connectors in the order of a HashSet made of them.
func hashed(connectors []string) []string {
	out := make([]string, 0, len(connectors))
	for _, i := range javafmt.HashOrder(connectors, javafmt.SetCapacity(len(connectors))) {
		out = append(out, connectors[i])
	}
	return out
}

func workFrom(all []workOf) Work {
	var w Work
	for _, of := range all {
		for _, t := range of.tasks {
			if t == connectorTask {
				w.Connectors = append(w.Connectors, of.connector)
			} else {
				w.Tasks = append(w.Tasks, kafka.Task{Connector: of.connector, Task: int(t)})
			}
		}
	}
	return w
}
