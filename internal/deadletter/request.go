package deadletter

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/moldau/moldau/internal/herder"
)

// Request asks for letters to be redriven: those of Letters, or those that Filter chooses.
type Request struct {
	Letters []Coordinates `json:"letters,omitempty"`
	// Filter chooses among open letters unless it names a state; an empty one chooses all of them.
	Filter *Filter `json:"filter,omitempty"`
	// After leaves out the letters up to a place, for requests that follow one whose limit was reached.
	After  *Coordinates `json:"after,omitempty"`
	Target Target       `json:"target"`
	// Topic is where records go with the target topic, "" for the topics they were consumed from.
	Topic string `json:"topic,omitempty"`
	// DryRun only tells what would be done. With the target connector, converters and transformations are tried.
	DryRun bool `json:"dry_run,omitempty"`
	// Force redrives letters that were redriven before, that are uncertain, or that came back too often.
	Force bool `json:"force,omitempty"`
	// Limit is how many letters are redriven at most; 0 means 1000.
	Limit int `json:"limit,omitempty"`
	// MaxRedrives is how often a record may come back as a new letter before it is left alone; nil means 5, 0 no limit.
	MaxRedrives *int `json:"max_redrives,omitempty"`
	// Annotate false leaves out the headers that tell of the redrive, and with them the count of MaxRedrives. nil means true.
	Annotate *bool `json:"annotate,omitempty"`
	// Timestamp is keep, which "" means too, for the record's own timestamp, or now.
	Timestamp string `json:"timestamp,omitempty"`
}

const (
	defaultRedrives    = 1000
	mostRedrives       = 10_000
	defaultMaxRedrives = 5
)

// check refuses what contradicts itself, and fills in defaults.
func (r *Request) check() error {
	switch {
	case (len(r.Letters) > 0) == (r.Filter != nil):
		return herder.BadRequest("Name either letters, such as [{\"partition\":0,\"offset\":17}], or a filter, such as {} for all open letters")
	case r.After != nil && r.Filter == nil:
		return herder.BadRequest("after belongs to a filter: letters that are named need no place to begin at")
	case r.Target != ToTopic && r.Target != ToConnector:
		return herder.BadRequest("target '%s' is unknown: topic sends records to the topic they were consumed from, connector gives them to the connector alone", r.Target)
	case r.Topic != "" && r.Target == ToConnector:
		return herder.BadRequest("topic belongs to the target topic: letters that are given to the connector go to no topic")
	case r.Timestamp != "" && r.Timestamp != "keep" && r.Timestamp != "now":
		return herder.BadRequest("timestamp '%s' is unknown: keep and now are possible", r.Timestamp)
	case r.Limit < 0 || r.Limit > mostRedrives:
		return herder.BadRequest("limit %d: 1 to %d letters are possible at once", r.Limit, mostRedrives)
	case len(r.Letters) > mostRedrives:
		return herder.BadRequest("%d letters are named: %d are possible at once", len(r.Letters), mostRedrives)
	case r.MaxRedrives != nil && *r.MaxRedrives < 0:
		return herder.BadRequest("max_redrives %d: 0 for no limit, or more", *r.MaxRedrives)
	}
	for _, c := range r.Letters {
		if c.Partition < 0 || c.Offset < 0 {
			return herder.BadRequest("there is no letter %s: partitions and offsets begin at 0", c)
		}
	}
	if r.Limit == 0 {
		r.Limit = max(defaultRedrives, len(r.Letters))
	}
	if r.Filter == nil {
		return nil
	}
	f := *r.Filter
	if f.State == "" {
		f.State = Open
	}
	if f.State != Open && !r.Force {
		return herder.BadRequest("letters of the state %s are redriven with force only", f.State)
	}
	r.Filter = &f
	return f.check()
}

func (r *Request) maxRedrives() int {
	if r.MaxRedrives != nil {
		return *r.MaxRedrives
	}
	return defaultMaxRedrives
}

func (r *Request) annotates() bool { return r.Annotate == nil || *r.Annotate }

// Fate is what became of a letter that was chosen.
type Fate string

const (
	// WasRedriven letters were sent, and marked.
	WasRedriven Fate = "redriven"
	// WouldBe letters would be redriven, were it no dry run.
	WouldBe Fate = "would be redriven"
	// WasSkipped letters are left as they are, for the reason given.
	WasSkipped Fate = "skipped"
	// HasFailed letters could not be redriven and are as open as before.
	HasFailed Fate = "failed"
	// IsUncertain letters were given to the connector, and nobody knows what became of them.
	IsUncertain Fate = "uncertain"
)

// Outcome is what became of one letter.
type Outcome struct {
	Coordinates
	Fate Fate `json:"outcome"`
	// To is the topic or the connector.
	To     string `json:"to,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Failure is the connector's.
	Failure *Failure `json:"failure,omitempty"`
}

// Result is the answer of POST /api/dlq/{connector}/redrive.
type Result struct {
	Connector string `json:"connector"`
	Topic     string `json:"dead_letter_topic"`
	Target    Target `json:"target"`
	DryRun    bool   `json:"dry_run"`
	// Redrive is the id in the marks.
	Redrive   string `json:"redrive,omitempty"`
	Redriven  int    `json:"redriven"`
	Skipped   int    `json:"skipped"`
	Failed    int    `json:"failed"`
	Uncertain int    `json:"uncertain"`
	// Next is the after of a request for the rest, nil unless the limit was reached and the filter chooses more letters. Named letters beyond the
	// limit are skipped.
	Next    *Coordinates `json:"next,omitempty"`
	Letters []*Outcome   `json:"letters"`
}

func (r *Result) add(o *Outcome) {
	r.Letters = append(r.Letters, o)
	switch o.Fate {
	case WasRedriven, WouldBe:
		r.Redriven++
	case WasSkipped:
		r.Skipped++
	case HasFailed:
		r.Failed++
	case IsUncertain:
		r.Uncertain++
	}
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
