package backup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// Action is what a restore does with a connector.
type Action string

// The actions.
const (
	Create    Action = "create"
	Update    Action = "update"
	Unchanged Action = "unchanged"
	// Conflict stands for a connector that is left alone until the user decides; Skip for one that cannot be restored and need not be.
	Conflict Action = "conflict"
	Skip     Action = "skip"
)

// Options are what a user asks of a restore.
type Options struct {
	// OverwriteRunning allows to change connectors that are not STOPPED.
	OverwriteRunning bool
	// OtherCluster allows to restore to another cluster than the backup's.
	OtherCluster bool
	// NoOffsets leaves all offsets as they are.
	NoOffsets bool
	// Secrets are values of keys by connector, for what is masked in the backup.
	Secrets map[string]map[string]string
}

// Plan is what a restore does.
type Plan struct {
	Items []*Item `json:"items"`
	// Notes are for the user.
	Notes []string `json:"notes,omitempty"`
}

// Item is what a restore does with one connector.
type Item struct {
	Connector string `json:"connector"`
	Action    Action `json:"action"`
	// Reason says why there is a conflict, or why it is skipped.
	Reason string `json:"reason,omitempty"`
	// Config are the keys whose values change; all of them are written where the connector is new.
	Config []string `json:"config,omitempty"`
	// From and To are target states, From "" for a new connector.
	From store.TargetState `json:"from,omitempty"`
	To   store.TargetState `json:"to,omitempty"`
	// Source and Sink are the offsets to set.
	Source []SourceOffset `json:"source_offsets,omitempty"`
	Sink   []SinkOffset   `json:"sink_offsets,omitempty"`
	// Tasks, Statuses and Topics are how many records of the kind are written; only over Kafka.
	Tasks    int `json:"tasks,omitempty"`
	Statuses int `json:"statuses,omitempty"`
	Topics   int `json:"topics,omitempty"`
	// Notes are for the user.
	Notes []string `json:"notes,omitempty"`

	// want is the connector of the backup with its secrets, have that of the cluster, nil where there is none.
	want, have                               *Connector
	setConfig, setState, setTasks, setFenced bool
	statuses                                 []store.Record
}

// NewPlan compares a backup with what the cluster has. An error says why nothing of it may be restored.
func NewPlan(want, have *Content, o Options) (*Plan, error) {
	p := &Plan{}
	if err := p.origin(want, have, o); err != nil {
		return nil, err
	}
	for i := range want.Connectors {
		item, err := newItem(want, have, &want.Connectors[i], o)
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", want.Connectors[i].Name, err)
		}
		p.Items = append(p.Items, item)
	}
	others := 0
	for _, k := range have.Connectors {
		if k.Config != nil && want.Find(k.Name) == nil {
			others++
		}
	}
	if others > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%d connectors of the cluster are not restored and stay as they are", others))
	}
	if have.Cluster.Over == OverREST {
		p.Notes = append(p.Notes, "statuses and the topics that connectors use are not restored over REST: workers report them anew")
	}
	return p, nil
}

// origin refuses a cluster that is not the backup's.
func (p *Plan) origin(want, have *Content, o Options) error {
	a, b := want.Cluster, have.Cluster
	describe := func(c Origin) string {
		text := "Kafka cluster " + c.KafkaClusterID
		if c.GroupID != "" {
			text += ", group " + c.GroupID
		}
		return text
	}
	same := a.KafkaClusterID == b.KafkaClusterID && a.KafkaClusterID != ""
	if a.GroupID != "" && b.GroupID != "" {
		same = same && a.GroupID == b.GroupID
	}
	switch {
	case same:
	case !o.OtherCluster:
		return fmt.Errorf("the backup is of another cluster (%s) than this one (%s): --other-cluster restores it all the same", describe(a), describe(b))
	default:
		p.Notes = append(p.Notes, fmt.Sprintf("the backup is of another cluster (%s) than this one (%s)", describe(a), describe(b)))
		if a.KafkaClusterID != b.KafkaClusterID && !o.NoOffsets {
			p.Notes = append(p.Notes, "offsets of sinks count the records of the other cluster's topics: they are right only where the topics were copied with their offsets")
		}
	}
	return nil
}

// Count returns how many items have an action.
func (p *Plan) Count(a Action) int {
	n := 0
	for _, i := range p.Items {
		if i.Action == a {
			n++
		}
	}
	return n
}

// Changes reports whether the item writes anything.
func (i *Item) Changes() bool { return i.Action == Create || i.Action == Update }

func newItem(all, cluster *Content, want *Connector, o Options) (*Item, error) {
	item := &Item{Connector: want.Name, have: cluster.Find(want.Name), To: want.TargetState}
	overREST := cluster.Cluster.Over == OverREST
	if item.have != nil && item.have.Config == nil && overREST {
		item.have = nil
	}
	conflict := func(format string, args ...any) (*Item, error) {
		item.Action, item.Reason = Conflict, fmt.Sprintf(format, args...)
		return item, nil
	}
	if want.Config == nil && (overREST || o.NoOffsets) {
		item.Action, item.Reason = Skip, "the connector was deleted before the backup, which has its offsets only: they can be restored over Kafka"
		return item, nil
	}
	var masked []string
	if item.want, masked = reveal(want, item.have, o.Secrets[want.Name]); len(masked) > 0 {
		return conflict("the secrets of %s are masked in the backup: --secrets FILE gives them", strings.Join(masked, ", "))
	}
	exists := item.have != nil && item.have.Config != nil
	if lack := cluster.lacks(want.Name, targetState); lack != "" && exists {
		return conflict("its present target state cannot be read (%s): try again later", lack)
	}
	if want.Config != nil {
		item.supposeState(exists)
		item.compareConfig(exists)
	}
	if !o.NoOffsets {
		if lack := all.lacks(want.Name, "offsets"); lack != "" {
			return conflict("the backup has not its offsets (%s): --no-offsets restores it without", lack)
		}
		if lack := cluster.lacks(want.Name, "offsets"); lack != "" && exists {
			return conflict("its present offsets cannot be read (%s): --no-offsets restores it without", lack)
		}
		if err := item.compareOffsets(overREST); err != nil {
			return nil, err
		}
	}
	if !overREST && want.Config != nil {
		item.compareRecords(exists)
	}
	switch changed := item.setConfig || item.setState || item.setTasks || item.setFenced || len(item.Source)+len(item.Sink)+len(item.statuses) > 0; {
	case !changed:
		item.Action = Unchanged
	case !exists:
		item.Action = Create
	case item.have.TargetState != store.TargetStopped && item.replaces() && !o.OverwriteRunning:
		return conflict("it exists, is not what the backup has and its target state is %s, not STOPPED: --overwrite-running changes it", item.have.TargetState)
	default:
		item.Action = Update
	}
	return item, nil
}

// replaces reports whether the item changes what was there, and does not only add what was missing.
func (i *Item) replaces() bool {
	return len(i.Config) > 0 || i.setState || i.have.Tasks != nil && i.setTasks || len(i.Source)+len(i.Sink) > 0
}

// reveal returns the connector with the secrets that are masked in it, from those given or from the cluster's configuration, and the keys for which
// there are none.
func reveal(want, have *Connector, given map[string]string) (*Connector, []string) {
	out := *want
	out.Config = want.Config.Clone()
	var unknown []string
	for _, key := range out.Config.Keys() {
		if !strings.Contains(out.Config.Text(key), config.Hidden) {
			continue
		}
		if value, ok := given[key]; ok {
			out.Config.Set(key, value)
		} else if value, ok := known(have, key); ok && (!strings.Contains(value, config.Hidden) || value == out.Config.Text(key)) {
			// A worker that masks what it shows keeps the secret behind a mask that is sent back as it was shown.
			out.Config.Set(key, value)
		} else {
			unknown = append(unknown, key)
		}
	}
	for _, task := range out.Tasks {
		for _, value := range task {
			if value != nil && strings.Contains(*value, config.Hidden) {
				out.Tasks = nil // the connector makes them anew
				return &out, unknown
			}
		}
	}
	return &out, unknown
}

func known(have *Connector, key string) (string, bool) {
	if have == nil {
		return "", false
	}
	return have.Config.Get(key)
}

// supposeState gives a connector whose target state the backup does not have the one that it has, and STOPPED where it is new: what was stopped or
// paused must not run by chance.
func (i *Item) supposeState(exists bool) {
	if i.want.TargetState != "" {
		return
	}
	i.want.TargetState = store.TargetStopped
	if exists {
		i.want.TargetState = i.have.TargetState
	}
	i.To = i.want.TargetState
	i.Notes = append(i.Notes, fmt.Sprintf("the backup does not know whether it ran, was paused or stopped: it is left %s", i.To))
}

func (i *Item) compareConfig(exists bool) {
	if !exists {
		i.setConfig, i.setState = true, true
		return
	}
	i.From = i.have.TargetState
	i.setState = i.From != i.To
	for _, key := range i.want.Config.Keys() {
		if strings.Contains(i.have.Config.Text(key), config.Hidden) {
			i.Notes = append(i.Notes, "the worker hides the secret of "+key+", which is taken for unchanged")
			continue
		}
		if a, b := i.want.Config[key], i.have.Config[key]; (a == nil) != (b == nil) || a != nil && *a != *b || !hasKey(i.have.Config, key) {
			i.Config = append(i.Config, key)
		}
	}
	for _, key := range i.have.Config.Keys() {
		if !hasKey(i.want.Config, key) {
			i.Config = append(i.Config, key)
		}
	}
	slices.Sort(i.Config)
	i.setConfig = len(i.Config) > 0
}

func hasKey(props config.Props, key string) bool {
	_, ok := props[key]
	return ok
}
