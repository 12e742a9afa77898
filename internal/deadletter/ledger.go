package deadletter

// State says what became of a letter.
type State string

const (
	// Open letters were not redriven, or their redrive failed.
	Open State = "open"
	// Redriven letters were sent.
	Redriven State = "redriven"
	// Uncertain letters were given to a connector, and nobody wrote down what became of them: the worker died, or the connector did not confirm
	// them. They may have arrived.
	Uncertain State = "uncertain"
)

// Status is what the marks of a letter say.
type Status struct {
	State State `json:"state"`
	// Redrives counts how often the letter was sent.
	Redrives int `json:"redrives,omitempty"`
	// At is the time of the last mark, Target and To are where the letter went.
	At     int64  `json:"redriven_at,omitempty"`
	Target Target `json:"target,omitempty"`
	To     string `json:"to,omitempty"`
	// LastFailure is that of the last redrive, where it failed.
	LastFailure *Failure `json:"last_failure,omitempty"`

	redrive string // id of the last
	sent    State  // Redriven once any redrive succeeded, whatever failed since
}

// ledger knows the letters of a topic that have marks.
type ledger map[Coordinates]*Status

// note takes in a mark; marks come in the order of their offsets, which within a partition is that in which they were written.
func (l ledger) note(m *mark) {
	s := l[m.Coordinates]
	if s == nil {
		s = &Status{sent: Open}
		l[m.Coordinates] = s
	}
	s.At, s.Target, s.To, s.redrive = m.At, m.Target, m.To, m.Redrive
	switch m.Kind {
	case markBegun:
		s.State = Uncertain
	case markRedriven:
		s.State, s.sent, s.LastFailure = Redriven, Redriven, nil
		s.Redrives++
	case markFailed:
		// A letter that was forced through again and failed was still redriven before.
		s.State, s.LastFailure = s.sent, m.Failure
		if m.Failure != nil {
			s.LastFailure.At = m.At
		}
	}
}

// status returns the status of a letter.
func (l ledger) status(c Coordinates) Status {
	if s := l[c]; s != nil {
		return *s
	}
	return Status{State: Open}
}
