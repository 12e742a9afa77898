package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unique"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// ConfigState reads the config topic record by record (KafkaConfigBackingStore.ConsumeCallback). Its methods must not be called at once.
type ConfigState struct {
	offset     int64
	sessionKey *SessionKey
	entries    map[string]*configEntry
	// staged are the task configurations that wait for the commit of their connector; a connector stays in it once it had some.
	staged   map[string]map[int]config.Props
	snapshot *ClusterConfig // of now, nil where it has to be made
}

// NewConfigState returns the state before the first record.
func NewConfigState() *ConfigState {
	return &ConfigState{offset: NoOffset, entries: map[string]*configEntry{}, staged: map[string]map[int]config.Props{}}
}

// Snapshot returns what was read so far. It costs a copy of the table of connectors after a change, and nothing else.
func (s *ConfigState) Snapshot() *ClusterConfig {
	if s.snapshot == nil {
		s.snapshot = &ClusterConfig{offset: s.offset, sessionKey: s.sessionKey, entries: maps.Clone(s.entries), names: namesOf(s.entries)}
		for _, name := range s.snapshot.names {
			if len(s.staged[name]) > 0 {
				s.snapshot.staged = append(s.snapshot.staged, name)
			}
		}
	}
	return s.snapshot
}

// ConfigEvent is what a record of the config topic means to a worker that is running: one of the types below.
type ConfigEvent interface{ configEvent() }

type (
	// ConnectorUpdated says that a configuration was written, also where it is the old one.
	ConnectorUpdated struct{ Connector string }
	// ConnectorRemoved says that a connector was deleted.
	ConnectorRemoved struct{ Connector string }
	// TasksUpdated says that task configurations were committed. Tasks are those that were written since the last commit, in order; there may be
	// none.
	TasksUpdated struct {
		Connector string
		Tasks     []TaskID
	}
	// TargetStateChanged says that the target state of an existing connector is another one now.
	TargetStateChanged struct{ Connector string }
	// SessionKeyUpdated says that there is a new session key.
	SessionKeyUpdated struct{ Key SessionKey }
	// RestartRequested asks for a restart. One that is read while a worker starts is history and must be ignored.
	RestartRequested struct{ Request RestartRequest }
	// LoggerLevelUpdated asks for a level. One that is read while a worker starts is history and must be ignored.
	LoggerLevelUpdated struct{ Namespace, Level string }
)

func (ConnectorUpdated) configEvent()   {}
func (ConnectorRemoved) configEvent()   {}
func (TasksUpdated) configEvent()       {}
func (TargetStateChanged) configEvent() {}
func (SessionKeyUpdated) configEvent()  {}
func (RestartRequested) configEvent()   {}
func (LoggerLevelUpdated) configEvent() {}

// Apply reads the record at an offset and returns the event that a running worker has to hear, or nil. An error says why the record was ignored;
// it is for the log, the state is good. Where Java's reader would die of the record the error is a javafmt.Exception.
func (s *ConfigState) Apply(offset int64, key string, value []byte) (ConfigEvent, error) {
	tree, err := parseRecord(value)
	if err != nil {
		return nil, fmt.Errorf("the value of %q is not JSON: %w", key, err)
	}
	s.offset, s.snapshot = offset+1, nil
	rest := func(prefix string) (string, bool) { return strings.CutPrefix(key, prefix) }
	if connector, ok := rest(targetStatePrefix); ok {
		return s.targetState(connector, tree)
	}
	if connector, ok := rest(connectorPrefix); ok {
		return s.connector(connector, tree)
	}
	if _, ok := rest(taskPrefix); ok {
		return nil, s.task(key, tree)
	}
	if connector, ok := rest(commitPrefix); ok {
		return s.commit(connector, tree)
	}
	if connector, ok := rest(restartPrefix); ok {
		return restart(connector, tree)
	}
	if connector, ok := rest(taskCountPrefix); ok {
		return nil, s.taskCount(connector, tree)
	}
	if key == sessionKeyKey {
		return s.readSessionKey(tree)
	}
	if namespace, ok := rest(loggerPrefix); ok {
		return loggerLevel(namespace, tree)
	}
	return nil, fmt.Errorf("%q is no key of a config topic", key)
}

// parseRecord reads a value; a tombstone is the same as null, and so is no text at all (JsonConverter).
func parseRecord(value []byte) (any, error) {
	if len(value) == 0 {
		return nil, nil
	}
	return parseJSON(value)
}

// change replaces the entry of a name by a changed copy.
func (s *ConfigState) change(name string, change func(*configEntry)) {
	e := configEntry{}
	if old := s.entries[name]; old != nil {
		e = *old
	}
	change(&e)
	s.entries[name] = &e
}

func (s *ConfigState) targetState(connector string, tree any) (ConfigEvent, error) {
	old := s.entries[connector]
	if tree == nil {
		// The removal of the connector itself notifies.
		s.change(connector, func(e *configEntry) {
			e.target = ""
			if e.exists() {
				e.target = TargetStarted
			}
		})
		return nil, nil
	}
	fields, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the target state of connector %s is no JSON object", connector)
	}
	text, ok := fields["state.v2"].(string)
	if !ok {
		// It was written by a worker before KIP-875.
		if text, ok = fields["state"].(string); !ok {
			return nil, fmt.Errorf("the target state of connector %s has neither a text state.v2 nor a text state", connector)
		}
	}
	state := TargetState(text)
	if state != TargetStarted && state != TargetPaused && state != TargetStopped {
		return nil, fmt.Errorf("%q is no target state (connector %s)", text, connector)
	}
	s.change(connector, func(e *configEntry) { e.target = state })
	// A state that comes before its connector is its initial state (KIP-980).
	if old.exists() && old.target != state {
		return TargetStateChanged{connector}, nil
	}
	return nil, nil
}

func (s *ConfigState) connector(connector string, tree any) (ConfigEvent, error) {
	if tree == nil {
		s.remove(connector)
		return ConnectorRemoved{connector}, nil
	}
	props, err := propertiesIn(tree)
	if err != nil {
		return nil, fmt.Errorf("the configuration of connector %s %w", connector, err)
	}
	s.change(connector, func(e *configEntry) {
		e.config = props
		if e.target == "" {
			e.target = TargetStarted
		}
	})
	return ConnectorUpdated{connector}, nil
}

// remove forgets what belongs to the configuration (processConnectorRemoval); its target state has a tombstone of its own.
func (s *ConfigState) remove(connector string) {
	s.change(connector, func(e *configEntry) { e.config, e.applied, e.tasks, e.count = nil, nil, nil, 0 })
	delete(s.staged, connector)
}

func propertiesIn(tree any) (config.Props, error) {
	fields, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("is no JSON object")
	}
	properties, ok := fields["properties"].(map[string]any)
	if !ok {
		return nil, errors.New("has no object of properties")
	}
	props := make(config.Props, len(properties))
	for key, v := range properties {
		key = shared(key)
		switch v := v.(type) {
		case nil:
			props[key] = nil
		case string:
			v = shared(v)
			props[key] = &v
		default:
			return nil, fmt.Errorf("has a property %q that is no text", key)
		}
	}
	return props, nil
}

// shared returns a text that is held once, however many configurations and statuses have it: each worker keeps those of all tasks of its group,
// which differ in little. Long texts hardly occur twice.
func shared(text string) string {
	if len(text) > 64 {
		return text
	}
	return unique.Make(text).Value()
}

func (s *ConfigState) task(key string, tree any) error {
	id, ok := parseTaskKey(key, 1)
	if !ok {
		return fmt.Errorf("%q is no key of a task configuration", key)
	}
	props, err := propertiesIn(tree)
	if err != nil {
		return fmt.Errorf("the configuration of task %s %w", id, err)
	}
	if s.staged[id.Connector] == nil {
		s.staged[id.Connector] = map[int]config.Props{}
	}
	s.staged[id.Connector][id.Task] = props
	return nil
}

// parseTaskKey reads the connector and number after some words of a key, all separated by dashes, of which the connector may have some.
func parseTaskKey(key string, words int) (TaskID, bool) {
	parts := strings.Split(key, "-")
	for len(parts) > 0 && parts[len(parts)-1] == "" { // Java's split drops these
		parts = parts[:len(parts)-1]
	}
	if len(parts) < words+2 {
		return TaskID{}, false
	}
	n, err := javafmt.ParseInt(parts[len(parts)-1])
	if err != nil {
		return TaskID{}, false
	}
	return TaskID{Connector: strings.Join(parts[words:len(parts)-1], "-"), Task: int(n)}, true
}

func (s *ConfigState) commit(connector string, tree any) (ConfigEvent, error) {
	if !s.entries[connector].exists() {
		// The connector was deleted before its tasks were published, and compaction took both its configuration and its tombstone (KAFKA-16838).
		s.remove(connector)
		return nil, nil
	}
	fields, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the commit of the tasks of connector %s is no JSON object", connector)
	}
	count, err := intIn(fields["tasks"])
	if err != nil {
		return nil, err
	}
	event := TasksUpdated{Connector: connector}
	staged := s.staged[connector]
	s.change(connector, func(e *configEntry) {
		if complete(staged, count) {
			if staged != nil {
				for _, i := range slices.Sorted(maps.Keys(staged)) {
					event.Tasks = append(event.Tasks, TaskID{Connector: connector, Task: i})
				}
				tasks := maps.Clone(e.tasks)
				if tasks == nil {
					tasks = map[int]config.Props{}
				}
				maps.Copy(tasks, staged)
				e.tasks = tasks
				next := 0
				if e.version != nil {
					next = *e.version + 1
				}
				e.version = &next
			}
			e.unsound, e.applied = false, e.config
		} else {
			e.unsound = true
		}
		e.count, e.pending = count, true
	})
	clear(staged)
	if count < 0 {
		return event, fmt.Errorf("connector %s was committed with %d tasks; it is taken for one without tasks", connector, count)
	}
	return event, nil
}

// complete reports whether all tasks of a commit were staged; more than these may be, because compaction leaves the tasks of earlier commits.
func complete(staged map[int]config.Props, count int) bool {
	for i := range count {
		if _, ok := staged[i]; !ok {
			return false
		}
	}
	return true
}

// intIn is KafkaConfigBackingStore.intValue.
func intIn(v any) (int, error) {
	i, ok := v.(int64)
	if !ok {
		return 0, javafmt.NewException(javafmt.ConnectException, "Expected integer value to be either Integer or Long", nil)
	}
	return int(int32(i)), nil
}

func (s *ConfigState) taskCount(connector string, tree any) error {
	fields, ok := tree.(map[string]any)
	if !ok {
		return fmt.Errorf("the task count record of connector %s is no JSON object", connector)
	}
	count, err := intIn(fields["task-count"])
	if err != nil {
		return err
	}
	s.change(connector, func(e *configEntry) { e.fenced, e.pending = &count, false })
	return nil
}

func restart(connector string, tree any) (ConfigEvent, error) {
	fields, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the restart request of connector %s is no JSON object", connector)
	}
	r := RestartRequest{Connector: connector}
	// What is missing, or no boolean, is false.
	r.OnlyFailed, _ = fields["only-failed"].(bool)
	r.IncludeTasks, _ = fields["include-tasks"].(bool)
	return RestartRequested{r}, nil
}

func (s *ConfigState) readSessionKey(tree any) (ConfigEvent, error) {
	fields, _ := tree.(map[string]any)
	text, isText := fields["key"].(string)
	algorithm, isName := fields["algorithm"].(string)
	created, isNumber := fields["creation-timestamp"].(int64)
	if !isText || !isName || !isNumber {
		return nil, errors.New("the session key lacks a text key, a text algorithm or a whole creation-timestamp")
	}
	key, err := decodeBase64(text)
	if err != nil {
		// The text itself is a secret (I5).
		return nil, errors.New("the session key is not Base64")
	}
	s.sessionKey = &SessionKey{Key: key, Algorithm: algorithm, Created: time.UnixMilli(created)}
	return SessionKeyUpdated{*s.sessionKey}, nil
}

func loggerLevel(namespace string, tree any) (ConfigEvent, error) {
	fields, _ := tree.(map[string]any)
	level, ok := fields["level"].(string)
	if !ok {
		return nil, fmt.Errorf("the level of logger %s is no text", strconv.Quote(namespace))
	}
	return LoggerLevelUpdated{namespace, level}, nil
}
