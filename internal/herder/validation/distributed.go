package validation

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

const (
	groupKey       = "consumer.override.group.id"
	supportKey     = "exactly.once.support"
	boundaryKey    = "transaction.boundary"
	ownOffsetsKey  = "offsets.storage.topic"
	workerOnceKey  = "exactly.once.source.support"
	missingSupport = "The connector does not implement the API required for preflight validation of exactly-once source support. Please consult the " +
		"documentation for the connector to determine whether it supports exactly-once semantics, and then consider reconfiguring the connector to use " +
		"the value \"requested\" for this property (which will disable this preflight check and allow the connector to be created)."
)

// inGroup reports whether the worker's configuration is that of a worker in a group, whose herder checks more.
func (v *Validator) inGroup() bool { return v.worker.Def().Lookup(workerOnceKey) != nil }

// exactlyOnce reports whether sources of the worker write exactly once.
func (v *Validator) exactlyOnce() bool {
	return v.inGroup() && strings.EqualFold(v.worker.String(workerOnceKey), "enabled")
}

// checkInGroup does the checks of DistributedHerder: of the consumer group of a sink, of exactly-once support and of transaction boundaries of a
// source. It returns values of keys that are not among the common ones.
func (v *Validator) checkInGroup(p *connect.Plugin, props config.Props, values []*config.Value) []*config.Value {
	if !v.inGroup() {
		return nil
	}
	byName := make(map[string]*config.Value, len(values))
	for _, value := range values {
		byName[value.Name] = value
	}
	if p.Kind == connect.KindSink {
		return v.checkGroup(props, byName["name"])
	}
	once, _ := p.NewConnector().(connect.ExactlyOnceSupporter)
	v.checkSupport(once, props, byName[supportKey])
	checkBoundary(once, props, byName[boundaryKey])
	return nil
}

func (v *Validator) checkGroup(props config.Props, name *config.Value) []*config.Value {
	own := v.worker.String("group.id")
	if props.Has(groupKey) {
		given := props.Text(groupKey)
		value := &config.Value{Name: groupKey, Value: given, Visible: true}
		if given == own {
			value.AddError("Consumer group " + given + " conflicts with Connect worker group " + own)
		}
		return []*config.Value{value}
	}
	if name != nil && own == "connect-"+props.Text("name") {
		name.AddError("Consumer group for sink connector named " + props.Text("name") + " conflicts with Connect worker group " + own)
	}
	return nil
}

func (v *Validator) checkSupport(once connect.ExactlyOnceSupporter, props config.Props, value *config.Value) {
	if value == nil || len(value.Errors) > 0 || !is(value, "required") {
		return
	}
	if !v.exactlyOnce() {
		value.AddError("This worker does not have exactly-once source support enabled.")
	}
	support := connect.ExactlyOnceUnknown
	if once != nil {
		support = once.ExactlyOnceSupport(props.Strings())
	}
	switch support {
	case connect.ExactlyOnceUnknown:
		value.AddError(missingSupport)
	case connect.ExactlyOnceUnsupported:
		value.AddError("The connector does not support exactly-once semantics with the provided configuration.")
	}
}

func checkBoundary(once connect.ExactlyOnceSupporter, props config.Props, value *config.Value) {
	if value == nil || len(value.Errors) > 0 || !is(value, "connector") {
		return
	}
	if once == nil || !once.DefinesTransactions(props.Strings()) {
		value.AddError("The connector does not support connector-defined transaction boundaries with the given configuration. Please reconfigure it to use a " +
			"different transaction boundary definition.")
	}
}

func is(value *config.Value, text string) bool {
	s, ok := value.Value.(string)
	return ok && strings.EqualFold(strings.TrimSpace(s), text)
}

// readsOffsets reports whether the worker makes clients of their own for a source's offsets (DistributedHerder.connectorUsesSeparateOffsetsTopicClients).
func (v *Validator) readsOffsets(props config.Props) bool {
	return v.inGroup() && (v.exactlyOnce() || strings.TrimSpace(props.Text(ownOffsetsKey)) != "")
}
