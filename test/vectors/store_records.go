package vectors

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/store"
)

func storeRecordsFamily() Family {
	return Family{
		"store/config-records": {
			"putConnectorConfig":    configRecords,
			"putTaskConfigs":        configRecords,
			"removeConnectorConfig": configRecords,
			"putTargetState":        configRecords,
			"putTaskCountRecord":    configRecords,
			"putSessionKey":         configRecords,
			"putRestartRequest":     configRecords,
			"putLoggerLevel":        configRecords,
		},
		"store/config-replay": {"replay": configReplay},
		"store/status-records": {
			"connector":   statusRecord,
			"task":        statusRecord,
			"topic":       statusRecord,
			"deleteTopic": statusRecord,
			"read":        readStatus,
		},
		"store/signatures": {"sign": signRequest, "fromHeaders": readSignature},
	}
}

// fields reads members of a case's input and keeps the first error.
type fields struct {
	v   any
	err error
}

func (f *fields) text(name string) string {
	s, err := Text(Member(f.v, name))
	f.err = errors.Join(f.err, err)
	return s
}

func (f *fields) optional(name string) *string {
	if Member(f.v, name) == nil {
		return nil
	}
	s := f.text(name)
	return &s
}

func (f *fields) number(name string) int64 {
	n, err := number(Member(f.v, name))
	f.err = errors.Join(f.err, err)
	return n
}

func (f *fields) flag(name string) bool {
	b, ok := Member(f.v, name).(bool)
	if !ok {
		f.err = errors.Join(f.err, NotUnderstood("%s %v", name, Member(f.v, name)))
	}
	return b
}

func (f *fields) bytes(name string) []byte {
	b, err := base64Of(Member(f.v, name))
	f.err = errors.Join(f.err, err)
	return b
}

func (f *fields) properties(v any) []store.Property {
	pairs, ok := v.([]any)
	if !ok {
		f.err = errors.Join(f.err, NotUnderstood("properties %v", v))
	}
	var list []store.Property
	for _, p := range pairs {
		pair := p.([]any)
		key, err := Text(pair[0])
		f.err = errors.Join(f.err, err)
		property := store.Property{Key: key}
		if pair[1] != nil {
			value, err := Text(pair[1])
			f.err = errors.Join(f.err, err)
			property.Value = &value
		}
		list = append(list, property)
	}
	return list
}

func recordForm(records ...store.Record) any {
	list := []any{}
	for _, r := range records {
		list = append(list, map[string]any{"key": r.Key, "value": offsetBytes(r.Value)})
	}
	return list
}

func configRecords(c *Case) (any, error) {
	f := &fields{v: c.Input}
	var records []store.Record
	switch c.Group() {
	case "putConnectorConfig":
		connector := f.text("connector")
		if state := f.optional("targetState"); state != nil {
			records = append(records, store.TargetStateRecord(connector, store.TargetState(*state)))
		}
		records = append(records, store.ConnectorRecord(connector, f.properties(Member(c.Input, "properties"))))
	case "putTaskConfigs":
		connector := f.text("connector")
		var tasks [][]store.Property
		list, _ := Member(c.Input, "tasks").([]any)
		for _, t := range list {
			tasks = append(tasks, f.properties(t))
		}
		records = append(store.TaskRecords(connector, tasks), store.CommitRecord(connector, len(tasks)))
	case "removeConnectorConfig":
		connector, err := Text(c.Input)
		if err != nil {
			return nil, err
		}
		records = store.RemovalRecords(connector)
	case "putTargetState":
		records = append(records, store.TargetStateRecord(f.text("connector"), store.TargetState(f.text("state"))))
	case "putTaskCountRecord":
		records = append(records, store.TaskCountRecord(f.text("connector"), int(f.number("count"))))
	case "putSessionKey":
		key := store.SessionKey{Key: f.bytes("key"), Algorithm: f.text("algorithm"), Created: time.UnixMilli(f.number("creationTimestamp"))}
		records = append(records, store.SessionKeyRecord(key))
	case "putRestartRequest":
		r := store.RestartRequest{Connector: f.text("connector"), OnlyFailed: f.flag("onlyFailed"), IncludeTasks: f.flag("includeTasks")}
		records = append(records, store.RestartRecord(r))
	case "putLoggerLevel":
		records = append(records, store.LoggerLevelRecord(f.text("namespace"), f.text("level")))
	}
	return recordForm(records...), f.err
}

// keyValue decodes a recorded [key, value].
func keyValue(v any) (key string, value []byte, err error) {
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return "", nil, NotUnderstood("record %v", v)
	}
	if key, err = Text(pair[0]); err != nil || pair[1] == nil {
		return key, nil, err
	}
	text, err := Text(pair[1])
	return key, []byte(text), err
}

func configReplay(c *Case) (any, error) {
	state := store.NewConfigState()
	records, _ := c.Input.([]any)
	for i, r := range records {
		key, value, err := keyValue(r)
		if err != nil {
			return nil, err
		}
		var died *javafmt.Exception
		if _, err := state.Apply(int64(i), key, value); errors.As(err, &died) {
			return nil, died
		}
	}
	s := state.Snapshot()
	out := map[string]any{"offset": strconv.FormatInt(s.Offset(), 10), "inconsistent": append([]string{}, s.Inconsistent()...)}
	connectors := map[string]any{}
	for _, name := range s.Connectors() {
		if s.TaskCount(name) < 0 {
			// Java can list no negative number of tasks.
			return nil, &Failure{Class: "java.lang.IllegalArgumentException"}
		}
		tasks := []any{}
		for _, t := range s.Tasks(name) {
			tasks = append(tasks, []any{t.Task, propsForm(s.TaskConfig(t))})
		}
		form := map[string]any{"config": propsForm(s.ConnectorConfig(name)), "targetState": string(s.TargetState(name)), "taskCount": s.TaskCount(name),
			"tasks": tasks, "pendingFencing": s.PendingFencing(name)}
		if n, ok := s.TaskCountRecord(name); ok {
			form["taskCountRecord"] = n
		}
		if n, ok := s.TaskConfigGeneration(name); ok {
			form["taskConfigGeneration"] = n
		}
		connectors[name] = form
	}
	out["connectors"] = connectors
	states, counts := map[string]any{}, map[string]any{}
	for name, state := range s.TargetStates() {
		states[name] = string(state)
	}
	for name, n := range s.TaskCountRecords() {
		counts[name] = n
	}
	out["targetStates"], out["taskCountRecords"] = states, counts
	if key := s.SessionKey(); key != nil {
		out["sessionKey"] = map[string]any{"key": base64.StdEncoding.EncodeToString(key.Key), "algorithm": key.Algorithm,
			"creationTimestamp": strconv.FormatInt(key.Created.UnixMilli(), 10)}
	}
	return out, nil
}

func propsForm(props config.Props) any {
	if props == nil {
		return nil
	}
	form := map[string]any{}
	for key, v := range props {
		form[key] = nil
		if v != nil {
			form[key] = *v
		}
	}
	return form
}

func statusRecord(c *Case) (any, error) {
	f := &fields{v: c.Input}
	state := store.NewStatusState()
	put := func() store.Status {
		return store.Status{State: f.text("state"), Trace: f.optional("trace"), WorkerID: f.text("workerId"), Generation: int(f.number("generation")),
			Version: f.optional("version")}
	}
	connector := f.text("connector")
	var r store.Record
	switch c.Group() {
	case "connector":
		w, _ := state.PutConnector(connector, put(), false)
		r = w.Record
	case "task":
		w, _ := state.PutTask(store.TaskID{Connector: connector, Task: int(f.number("task"))}, put(), false)
		r = w.Record
	case "topic":
		r = store.TopicStatusRecord(store.TopicStatus{Topic: f.text("topic"), Connector: connector, Task: int(f.number("task")),
			Discovered: time.UnixMilli(f.number("discoverTimestamp"))})
	case "deleteTopic":
		r = store.TopicRemovalRecord(connector, f.text("topic"))
	}
	return recordForm(r), f.err
}

func readStatus(c *Case) (any, error) {
	key, value, err := keyValue(c.Input)
	if err != nil {
		return nil, err
	}
	state := store.NewStatusState()
	_ = state.Apply(key, value) // Java only logs
	form := func(s store.Status) any {
		out := map[string]any{"state": s.State, "trace": nil, "workerId": s.WorkerID, "generation": s.Generation, "version": nil}
		if s.Trace != nil {
			out["trace"] = *s.Trace
		}
		if s.Version != nil {
			out["version"] = *s.Version
		}
		return out
	}
	connectors, tasks, topics := map[string]any{}, map[string]any{}, map[string]any{}
	for _, name := range state.Connectors() {
		if s, ok := state.Connector(name); ok {
			connectors[name] = form(s)
		}
	}
	for _, name := range []string{"c", "a-b", "a", "other", ""} {
		for i, s := range state.Tasks(name) {
			tasks[store.TaskID{Connector: name, Task: i}.String()] = form(s)
		}
		for topic, t := range state.Topics(name) {
			topics[name+"/"+topic] = map[string]any{"connector": t.Connector, "task": t.Task, "discoverTimestamp": strconv.FormatInt(t.Discovered.UnixMilli(), 10)}
		}
	}
	return map[string]any{"connectors": connectors, "tasks": tasks, "topics": topics}, nil
}

func signRequest(c *Case) (any, error) {
	f := &fields{v: c.Input}
	body, err := base64Of(Member(Member(c.Input, "body"), "bytes"))
	if err != nil {
		return nil, err
	}
	key, algorithm := store.SessionKey{Key: f.bytes("key"), Algorithm: f.text("keyAlgorithm")}, f.text("algorithm")
	if f.err != nil {
		return nil, f.err
	}
	headers := http.Header{}
	if err := key.Sign(algorithm, body, headers); err != nil {
		return nil, err
	}
	valid := func() (bool, string, error) {
		s, err := store.ReadSignature(headers, body)
		if err != nil || s == nil {
			return false, "", err
		}
		return s.Valid(key), s.Algorithm, nil
	}
	sent := map[string]any{}
	for _, name := range []string{store.SignatureHeader, store.SignatureAlgorithmHeader} {
		sent[name] = headers.Get(name)
	}
	good, name, err := valid()
	if err != nil {
		return nil, err
	}
	signature, err := base64Of(headers.Get(store.SignatureHeader))
	if err != nil {
		return nil, err
	}
	signature[0] ^= 1
	headers.Set(store.SignatureHeader, base64.StdEncoding.EncodeToString(signature))
	bad, _, err := valid()
	return map[string]any{"headers": sent, "valid": good, "validWhenFlipped": bad, "keyAlgorithm": name}, err
}

func readSignature(c *Case) (any, error) {
	headers := http.Header{}
	if text, ok := Member(c.Input, "signature").(string); ok {
		headers.Set(store.SignatureHeader, text)
	}
	if text, ok := Member(c.Input, "algorithm").(string); ok {
		headers.Set(store.SignatureAlgorithmHeader, text)
	}
	s, err := store.ReadSignature(headers, []byte("body"))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return "no signature", nil
	}
	return map[string]any{"keyAlgorithm": s.Algorithm, "valid": s.Valid(store.SessionKey{Key: []byte{1, 2, 3, 4}, Algorithm: "HmacSHA256"})}, nil
}
