package group

import (
	"fmt"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// Subscriber is a member as the broker describes it to the leader.
type Subscriber struct {
	ID string
	// Metadata is in the form of the group's protocol.
	Metadata []byte
}

// Election is what makes a member the leader of a round.
type Election struct {
	// Leader is the leader's own id.
	Leader   string
	Protocol Protocol
	// Members are all members, in the order of the broker's answer.
	Members                   []Subscriber
	Generation, LastCompleted int32
	Now                       time.Time
	MaxDelay                  time.Duration
	// Configured is the leader's view when it joined. Fresh returns its view of now; it is asked where a member has seen more.
	Configured Configured
	Fresh      func() Configured
}

// Leadership is what a leader knows of its group: who owns what.
type Leadership struct {
	connectors map[string]string
	tasks      map[kafka.Task]string
}

// ConnectorURL returns the REST URL of the member that owns a connector, "" where nobody does.
func (l *Leadership) ConnectorURL(connector string) string {
	if l == nil {
		return ""
	}
	return l.connectors[connector]
}

// TaskURL returns the REST URL of the member that owns a task, "" where nobody does.
func (l *Leadership) TaskURL(task kafka.Task) string {
	if l == nil {
		return ""
	}
	return l.tasks[task]
}

func (l *Leadership) own(url string, w Work) {
	for _, c := range w.Connectors {
		l.connectors[c] = url
	}
	for _, t := range w.Tasks {
		l.tasks[t] = url
	}
}

// Perform computes what the leader sends to each member: the bytes of their assignments (ConnectAssignor.performAssignment). Leadership is nil
// where the leader has to catch up with the config topic first; all members are then told so.
func Perform(memory Cooperative, e Election) (map[string][]byte, *Leadership, Cooperative, error) {
	members := make(map[string]Metadata, len(e.Members))
	ids := make([]string, 0, len(e.Members))
	offset := int64(0)
	for i, s := range e.Members {
		m, err := DecodeMetadata(s.Metadata)
		if err != nil {
			return nil, nil, memory, fmt.Errorf("the metadata of group member %s cannot be read: %w", s.ID, err)
		}
		if _, twice := members[s.ID]; !twice {
			ids = append(ids, s.ID)
		}
		members[s.ID] = m
		if offset = max(offset, m.ConfigOffset); i == 0 {
			offset = m.ConfigOffset
		}
	}
	leader, known := members[e.Leader]
	if !known {
		return nil, nil, memory, fmt.Errorf("the broker made %s the leader of a group of which it is no member", e.Leader)
	}
	answer := Assignment{Version: e.Protocol, Leader: e.Leader, LeaderURL: leader.URL, ConfigOffset: offset}
	configured := e.Configured
	if configured.Offset < offset {
		if configured = e.Fresh(); configured.Offset < offset {
			answer.Error = ConfigMismatch
			out := make(map[string][]byte, len(ids))
			for _, id := range ids {
				out[id] = EncodeAssignment(e.Protocol, &answer)
			}
			return out, nil, memory, nil
		}
		answer.ConfigOffset = configured.Offset
	}
	leadership := &Leadership{map[string]string{}, map[kafka.Task]string{}}
	out := make(map[string][]byte, len(ids))
	if e.Protocol == Eager {
		for id, w := range AssignEager(configured, ids) {
			answer.Work = w
			out[id] = EncodeAssignment(Eager, &answer)
			leadership.own(members[id].URL, w)
		}
		return out, leadership, memory, nil
	}
	round := Round{Now: e.Now, MaxDelay: e.MaxDelay, LastCompleted: e.LastCompleted, Generation: e.Generation, Configured: configured}
	for _, i := range javafmt.HashOrder(ids, javafmt.DefaultCapacity) {
		h := Holder{ID: ids[i]}
		if held := members[ids[i]].Assignment; held != nil {
			h.Work = held.Work
		}
		round.Members = append(round.Members, h)
	}
	plan, memory := memory.Assign(round)
	answer.Delay = plan.Delay
	for _, c := range plan.Changes {
		answer.Work, answer.Revoked = c.Assigned, c.Revoked
		out[c.ID] = EncodeAssignment(e.Protocol, &answer)
		leadership.own(members[c.ID].URL, c.Held)
	}
	return out, leadership, memory, nil
}
