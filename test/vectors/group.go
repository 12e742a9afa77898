package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/kafka"
)

func groupFamily() Family {
	protocol := map[string]Func{
		"join-protocols":         joinProtocols,
		"deserializeAssignment":  decodeAssignment,
		"deserializeMetadata":    func(c *Case) (any, error) { return decodeMetadata(c, group.DecodeMetadata, true) },
		"deserializeMetadata-v0": func(c *Case) (any, error) { return decodeMetadata(c, group.DecodeEagerMetadata, false) },
	}
	for p := group.Eager; p <= group.Sessioned; p++ {
		name := fmt.Sprintf("v%d", p)
		protocol[name+"-metadata"] = func(c *Case) (any, error) {
			m, err := groupMetadata(c.Input)
			return group.EncodeMetadata(p, m), err
		}
		protocol[name+"-assignment"] = func(c *Case) (any, error) {
			a, err := groupAssignment(c.Input)
			if err != nil {
				return nil, err
			}
			return group.EncodeAssignment(p, a), nil
		}
		protocol[name+"-roundtrip"] = func(c *Case) (any, error) {
			a, err := groupAssignment(c.Input)
			if err != nil {
				return nil, err
			}
			if a, err = group.DecodeAssignment(group.EncodeAssignment(p, a)); err != nil {
				return nil, err
			}
			return assignmentForm(a, p != group.Eager), nil
		}
	}
	return Family{
		"group/protocol":           base64Results(protocol),
		"group/cooperative":        {"sequence": cooperativeSequence},
		"group/perform-assignment": base64Results(map[string]Func{"eager": performAssignment, "cooperative": performAssignment}),
	}
}

// base64Results lets functions return bytes where Base64 was recorded.
func base64Results(functions map[string]Func) map[string]Func {
	for name, f := range functions {
		functions[name] = func(c *Case) (any, error) {
			out, err := f(c)
			if b, ok := out.([]byte); ok {
				out = base64.StdEncoding.EncodeToString(b)
			}
			return out, err
		}
	}
	return functions
}

func number(v any) (int64, error) {
	switch v := v.(type) {
	case json.Number:
		return v.Int64()
	case string:
		return strconv.ParseInt(v, 10, 64)
	}
	return 0, NotUnderstood("number %v", v)
}

func groupMetadata(v any) (group.Metadata, error) {
	url, err := Text(Member(v, "url"))
	if err != nil {
		return group.Metadata{}, err
	}
	offset, err := number(Member(v, "offset"))
	if err != nil {
		return group.Metadata{}, err
	}
	m := group.Metadata{URL: url, ConfigOffset: offset}
	if held := Member(v, "assignment"); held != nil {
		m.Assignment, err = groupAssignment(held)
	}
	return m, err
}

// groupWork decodes the members of v that list connectors and tasks.
func groupWork(v any, connectors, tasks string) (group.Work, error) {
	var w group.Work
	names, _ := Member(v, connectors).([]any)
	for _, name := range names {
		text, err := Text(name)
		if err != nil {
			return w, err
		}
		w.Connectors = append(w.Connectors, text)
	}
	pairs, _ := Member(v, tasks).([]any)
	for _, p := range pairs {
		pair, ok := p.([]any)
		if !ok || len(pair) != 2 {
			return w, NotUnderstood("task %v", p)
		}
		text, err := Text(pair[0])
		if err != nil {
			return w, err
		}
		n, err := number(pair[1])
		if err != nil {
			return w, err
		}
		w.Tasks = append(w.Tasks, kafka.Task{Connector: text, Task: int(n)})
	}
	return w, nil
}

func groupAssignment(v any) (*group.Assignment, error) {
	code, err := number(Member(v, "error"))
	if err != nil {
		return nil, err
	}
	a := &group.Assignment{Error: group.ErrorCode(code)}
	if version := Member(v, "version"); version != nil {
		n, err := number(version)
		if err != nil {
			return nil, err
		}
		a.Version = group.Protocol(n)
	}
	if a.Leader, err = Text(Member(v, "leader")); err != nil {
		return nil, err
	}
	if a.LeaderURL, err = Text(Member(v, "leaderUrl")); err != nil {
		return nil, err
	}
	if a.ConfigOffset, err = number(Member(v, "offset")); err != nil {
		return nil, err
	}
	if a.Work, err = groupWork(v, "connectors", "tasks"); err != nil {
		return nil, err
	}
	if a.Revoked, err = groupWork(v, "revokedConnectors", "revokedTasks"); err != nil {
		return nil, err
	}
	if delay := Member(v, "delay"); delay != nil {
		n, err := number(delay)
		if err != nil {
			return nil, err
		}
		a.Delay = time.Duration(n) * time.Millisecond
	}
	return a, nil
}

func workForm(w group.Work) (connectors, tasks any) {
	list := []any{}
	for _, t := range w.Tasks {
		list = append(list, []any{t.Connector, t.Task})
	}
	return append([]string{}, w.Connectors...), list
}

// assignmentForm gives an assignment; extended ones list what is revoked.
func assignmentForm(a *group.Assignment, extended bool) any {
	if a == nil {
		return nil
	}
	form := map[string]any{"error": int(a.Error), "leader": a.Leader, "leaderUrl": a.LeaderURL, "offset": strconv.FormatInt(a.ConfigOffset, 10)}
	form["connectors"], form["tasks"] = workForm(a.Work)
	if extended {
		form["version"], form["delay"] = int(a.Version), int(a.Delay.Milliseconds())
		form["revokedConnectors"], form["revokedTasks"] = workForm(a.Revoked)
	}
	return form
}

func joinProtocols(c *Case) (any, error) {
	mode, _ := Member(c.Input, "mode").(string)
	p, err := group.ParseProtocol(mode)
	if err != nil {
		return nil, err
	}
	m, err := groupMetadata(c.Input)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, o := range group.Offers(p, m) {
		list = append(list, map[string]any{"name": o.Name, "metadata": base64.StdEncoding.EncodeToString(o.Metadata)})
	}
	return list, nil
}

func decodeAssignment(c *Case) (any, error) {
	if c.Input == nil {
		a, err := group.DecodeAssignment(nil)
		return assignmentForm(a, true), err
	}
	b, err := base64Of(c.Input)
	if err != nil {
		return nil, err
	}
	a, err := group.DecodeAssignment(b)
	return assignmentForm(a, true), err
}

func decodeMetadata(c *Case, decode func([]byte) (group.Metadata, error), extended bool) (any, error) {
	b, err := base64Of(c.Input)
	if err != nil {
		return nil, err
	}
	m, err := decode(b)
	if err != nil {
		return nil, err
	}
	form := map[string]any{"url": m.URL, "offset": strconv.FormatInt(m.ConfigOffset, 10)}
	if extended {
		form["assignment"] = assignmentForm(m.Assignment, true)
		if m.Assignment == nil {
			// Java has an empty assignment without a leader for it.
			form["assignment"] = map[string]any{"version": 1, "error": 0, "leader": nil, "leaderUrl": nil, "offset": "-1",
				"connectors": []any{}, "tasks": []any{}, "revokedConnectors": []any{}, "revokedTasks": []any{}, "delay": 0}
		}
	}
	return form, nil
}

func groupConfigured(v any) (group.Configured, error) {
	c := group.Configured{Tasks: map[string]int{}}
	connectors, _ := v.(map[string]any)
	for name, count := range connectors {
		n, err := number(count)
		if err != nil {
			return c, err
		}
		c.Tasks[name] = int(n)
	}
	return c, nil
}

func performAssignment(c *Case) (any, error) {
	configured, err := groupConfigured(Member(c.Input, "configured"))
	if err != nil {
		return nil, err
	}
	if configured.Offset, err = number(Member(c.Input, "configOffset")); err != nil {
		return nil, err
	}
	e := group.Election{Generation: 1, LastCompleted: -1, MaxDelay: 5 * time.Minute, Configured: configured, Now: time.UnixMilli(1_600_000_000_000)}
	e.Leader, _ = Member(c.Input, "leader").(string)
	name, _ := Member(c.Input, "protocol").(string)
	if e.Protocol, err = group.ParseProtocol(name); err != nil {
		return nil, err
	}
	members, _ := Member(c.Input, "members").([]any)
	for _, m := range members {
		b, err := base64Of(Member(m, "metadata"))
		if err != nil {
			return nil, err
		}
		id, _ := Member(m, "id").(string)
		e.Members = append(e.Members, group.Subscriber{ID: id, Metadata: b})
	}
	out, _, _, err := group.Perform(group.NewCooperative(), e)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, id := range slices.Sorted(maps.Keys(out)) {
		a, err := group.DecodeAssignment(out[id])
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"id": id, "assignment": base64.StdEncoding.EncodeToString(out[id]),
			"decoded": assignmentForm(a, e.Protocol != group.Eager)})
	}
	return list, nil
}

// cooperativeSequence replays the rounds of one leader.
func cooperativeSequence(c *Case) (any, error) {
	most, err := number(Member(c.Config, "scheduled.rebalance.max.delay.ms"))
	if err != nil {
		return nil, err
	}
	memory := group.NewCooperative()
	rounds, _ := c.More["rounds"].([]any)
	for i, r := range rounds {
		round := group.Round{MaxDelay: time.Duration(most) * time.Millisecond}
		now, err := number(Member(r, "now"))
		if err != nil {
			return nil, err
		}
		round.Now = time.UnixMilli(now)
		last, err := number(Member(r, "lastCompletedGeneration"))
		if err != nil {
			return nil, err
		}
		generation, err := number(Member(r, "generation"))
		if err != nil {
			return nil, err
		}
		round.LastCompleted, round.Generation = int32(last), int32(generation)
		if round.Configured, err = groupConfigured(Member(r, "configured")); err != nil {
			return nil, err
		}
		members, _ := Member(r, "members").([]any)
		for _, m := range members {
			h := group.Holder{}
			h.ID, _ = Member(m, "worker").(string)
			if h.Work, err = groupWork(m, "connectors", "tasks"); err != nil {
				return nil, err
			}
			round.Members = append(round.Members, h)
		}
		var plan group.Plan
		plan, memory = memory.Assign(round)
		got, err := normal(planForm(plan, memory))
		if err != nil {
			return nil, err
		}
		want, err := normal(Member(r, "output"))
		if err != nil {
			return nil, err
		}
		if err := diff("round "+strconv.Itoa(i+1), want, got); err != nil {
			return nil, err
		}
	}
	if len(rounds) == 0 {
		return nil, NotUnderstood("a sequence without rounds")
	}
	return nil, nil
}

func planForm(plan group.Plan, memory group.Cooperative) any {
	list := []any{}
	for _, c := range plan.Changes {
		form := map[string]any{"worker": c.ID}
		form["connectors"], form["tasks"] = workForm(c.Assigned)
		form["revokedConnectors"], form["revokedTasks"] = workForm(c.Revoked)
		list = append(list, form)
	}
	return map[string]any{"delay": int(plan.Delay.Milliseconds()), "scheduledRebalance": strconv.FormatInt(memory.ScheduledMillis(), 10), "assignments": list}
}
