package deadletter

import (
	"strings"

	"github.com/moldau/moldau/internal/herder"
)

// Filter chooses letters; what is empty or nil chooses all.
type Filter struct {
	// Connector is the connector whose letters are meant: "" for the one that is asked for and for letters without context, "*" for all.
	Connector string `json:"connector,omitempty"`
	State     State  `json:"state,omitempty"`
	Stage     string `json:"stage,omitempty"`
	// Exception is the class of an error, with or without its package; it may also be that of the last cause.
	Exception string `json:"exception,omitempty"`
	// Message is a part of the error's message or of its last cause.
	Message string `json:"message,omitempty"`
	// Topic, Partition and the offsets, both included, are where the records were consumed.
	Topic      string `json:"topic,omitempty"`
	Partition  *int32 `json:"partition,omitempty"`
	FromOffset *int64 `json:"from_offset,omitempty"`
	ToOffset   *int64 `json:"to_offset,omitempty"`
	// Since and Until bound the letters' timestamps, in milliseconds; Until is excluded.
	Since *int64 `json:"since,omitempty"`
	Until *int64 `json:"until,omitempty"`
}

// check refuses what no letter can match.
func (f *Filter) check() error {
	switch f.State {
	case "", Open, Redriven, Uncertain:
	default:
		return herder.BadRequest("state '%s' is unknown: open, redriven and uncertain are possible", f.State)
	}
	if f.FromOffset != nil && f.ToOffset != nil && *f.FromOffset > *f.ToOffset {
		return herder.BadRequest("from_offset %d lies after to_offset %d", *f.FromOffset, *f.ToOffset)
	}
	if f.Since != nil && f.Until != nil && *f.Since >= *f.Until {
		return herder.BadRequest("since %d does not lie before until %d", *f.Since, *f.Until)
	}
	return nil
}

// isOf reports whether a letter counts as one of the connector.
func (f *Filter) isOf(l *Letter, connector string) bool {
	switch f.Connector {
	case "":
		return l.Connector == "" || l.Connector == connector
	case "*":
		return true
	}
	return l.Connector == f.Connector
}

// matches reports whether the filter, asked about a connector, chooses the letter.
func (f *Filter) matches(l *Letter, s *Status, connector string) bool {
	if !f.isOf(l, connector) || f.State != "" && f.State != s.State || f.Stage != "" && !strings.EqualFold(f.Stage, l.Stage) {
		return false
	}
	if f.Exception != "" && !isClass(l.Exception, f.Exception) {
		root, _, _ := strings.Cut(l.RootCause, ":")
		if !isClass(root, f.Exception) {
			return false
		}
	}
	if f.Message != "" && !strings.Contains(l.Message, f.Message) && !strings.Contains(l.RootCause, f.Message) {
		return false
	}
	if f.Since != nil && l.Timestamp < *f.Since || f.Until != nil && l.Timestamp >= *f.Until {
		return false
	}
	return f.matchesOrigin(l.Original)
}

func (f *Filter) matchesOrigin(o *Origin) bool {
	if f.Topic == "" && f.Partition == nil && f.FromOffset == nil && f.ToOffset == nil {
		return true
	}
	return o != nil && (f.Topic == "" || f.Topic == o.Topic) && (f.Partition == nil || *f.Partition == o.Partition) &&
		(f.FromOffset == nil || *f.FromOffset <= o.Offset) && (f.ToOffset == nil || o.Offset <= *f.ToOffset)
}

// isClass reports whether a class is the one meant, by its full or its simple name.
func isClass(class, meant string) bool {
	return class == meant || strings.HasSuffix(class, "."+meant) || strings.HasSuffix(class, "$"+meant)
}
