package deadletter

import (
	"context"
	"encoding/hex"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/herder"
)

// Query asks for a page of letters.
type Query struct {
	Filter
	// After is the place of the last letter of the page before, nil for the first page.
	After *Coordinates
	// Limit is how many letters a page has at most; 0 means 50.
	Limit int
}

const (
	defaultLimit = 50
	mostLimit    = 1000
	previewSize  = 120
	messageSize  = 500
)

// Entry is a letter in a list.
type Entry struct {
	Letter
	Status
	// KeyBytes and ValueBytes are the sizes, -1 for null; Key and Value how they begin: as text, or in hex where they are none.
	KeyBytes   int    `json:"key_bytes"`
	ValueBytes int    `json:"value_bytes"`
	Key        string `json:"key,omitempty"`
	Value      string `json:"value,omitempty"`
}

// Page is the answer of GET /api/dlq/{connector}.
type Page struct {
	Connector string   `json:"connector"`
	Topic     string   `json:"topic"`
	Letters   []*Entry `json:"letters"`
	// Next is what to ask for after this page, "" where there is no more.
	Next string `json:"next,omitempty"`
}

// List returns letters of a connector's dead letter topic in the order of their places.
func (s *Service) List(ctx context.Context, connector string, query Query) (*Page, error) {
	if err := query.check(); err != nil {
		return nil, err
	}
	if query.Limit == 0 {
		query.Limit = defaultLimit
	}
	if query.Limit < 1 || query.Limit > mostLimit {
		return nil, herder.BadRequest("limit %d: 1 to %d letters are possible", query.Limit, mostLimit)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ReadTime)
	defer cancel()
	q, err := s.queue(ctx, connector)
	if err != nil {
		return nil, err
	}
	var at *Coordinates
	if query.After != nil {
		at = query.After.following()
	}
	v, err := q.view(ctx, at)
	if err != nil {
		return nil, err
	}
	page := &Page{Connector: connector, Topic: q.topic, Letters: []*Entry{}}
	err = v.letters(ctx, at, func(l *Letter, s *Status, r *kgo.Record) error {
		if !query.matches(l, s, connector) {
			return nil
		}
		if len(page.Letters) == query.Limit {
			page.Next = page.Letters[query.Limit-1].Coordinates.String()
			return errEnough
		}
		page.Letters = append(page.Letters, newEntry(l, s, r))
		return nil
	})
	return page, err
}

func newEntry(l *Letter, s *Status, r *kgo.Record) *Entry {
	e := &Entry{Letter: *l, Status: *s, KeyBytes: size(r.Key), ValueBytes: size(r.Value), Key: preview(r.Key), Value: preview(r.Value)}
	e.Message, e.RootCause, e.trace = clip(e.Message, messageSize), clip(e.RootCause, messageSize), ""
	return e
}

func size(b []byte) int {
	if b == nil {
		return -1
	}
	return len(b)
}

// preview shows how bytes begin.
func preview(b []byte) string {
	part := b[:min(len(b), previewSize)]
	if !isText(part, len(b) > len(part)) {
		text := "0x" + hex.EncodeToString(part[:min(len(part), previewSize/2)])
		if len(b) > previewSize/2 {
			text += "…"
		}
		return text
	}
	return clip(string(b[:min(len(b), previewSize+utf8.UTFMax)]), previewSize)
}

// isText reports whether bytes are UTF-8 that people can read; where they are cut, the last character may be torn.
func isText(b []byte, cut bool) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return cut && len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:])
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return false
		}
		i += n
	}
	return true
}
