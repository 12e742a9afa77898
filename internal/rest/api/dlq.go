package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/roles"
)

func (h *Handler) dlqOverview(ctx context.Context, r *http.Request) (any, error) {
	q := parameters{values: r.URL.Query()}
	if err := q.end(); err != nil {
		return nil, err
	}
	return h.letters.Overview(ctx)
}

func (h *Handler) dlqList(ctx context.Context, r *http.Request) (any, error) {
	q := parameters{values: r.URL.Query()}
	query := deadletter.Query{Limit: int(q.number("limit", 1, 1<<31-1)), Filter: deadletter.Filter{
		Connector: q.text("connector"), State: deadletter.State(q.text("state")), Stage: q.text("stage"), Exception: q.text("exception"), Message: q.text("message"),
		Topic: q.text("topic"), FromOffset: q.maybe("from_offset"), ToOffset: q.maybe("to_offset"), Since: q.moment("since"), Until: q.moment("until"),
	}}
	if p := q.maybe("partition"); p != nil {
		n := int32(min(*p, 1<<31-1))
		query.Partition = &n
	}
	if after := q.text("after"); after != "" {
		at, err := deadletter.ParseCoordinates(after)
		q.fail("after", err)
		query.After = &at
	}
	if err := q.end(); err != nil {
		return nil, err
	}
	return h.letters.List(ctx, r.PathValue("connector"), query)
}

func (h *Handler) dlqShow(ctx context.Context, r *http.Request) (any, error) {
	q := parameters{values: r.URL.Query()}
	most := int(q.number("bytes", 1, 1<<31-1))
	if err := q.end(); err != nil {
		return nil, err
	}
	at, err := deadletter.ParseCoordinates(r.PathValue("partition") + ":" + r.PathValue("offset"))
	if err != nil {
		return nil, herder.NotFound("%v", err)
	}
	return h.letters.Show(ctx, r.PathValue("connector"), at, most)
}

func (h *Handler) dlqRedrive(ctx context.Context, r *http.Request) (any, error) {
	var request deadletter.Request
	if err := read(r, &request); err != nil {
		return nil, err
	}
	if request.Topic != "" {
		// The worker writes there by its own rights: only who may change the connector has a say about where its records go.
		if err := roles.From(ctx).Check(roles.Edit, r.PathValue("connector")); err != nil {
			return nil, err
		}
	}
	return h.letters.Redrive(ctx, r.PathValue("connector"), request)
}

// parameters reads the query of a request; the first error stays. What is never asked for is unknown, and an error: a filter with a typing
// error would choose too much.
type parameters struct {
	values url.Values
	known  []string
	err    error
}

func (p *parameters) fail(name string, err error) {
	if err != nil && p.err == nil {
		p.err = herder.BadRequest("parameter %s: %v", name, err)
	}
}

func (p *parameters) text(name string) string {
	p.known = append(p.known, name)
	given := p.values[name]
	if len(given) > 1 {
		p.fail(name, fmt.Errorf("it is given %d times", len(given)))
	}
	return p.values.Get(name)
}

// number returns 0 where the parameter is not given.
func (p *parameters) number(name string, least, most int64) int64 {
	text := p.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		p.fail(name, fmt.Errorf("%q is no number from %d to %d", text, least, most))
		return 0
	}
	return n
}

func (p *parameters) maybe(name string) *int64 {
	if p.values.Get(name) == "" {
		p.text(name)
		return nil
	}
	n := p.number(name, 0, 1<<63-1)
	return &n
}

// moment reads milliseconds since 1970, or a time as RFC 3339 has it.
func (p *parameters) moment(name string) *int64 {
	text := p.text(name)
	if text == "" {
		return nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		var t time.Time
		if t, err = time.Parse(time.RFC3339Nano, text); err != nil {
			p.fail(name, fmt.Errorf("%q is neither milliseconds since 1970 nor a time such as 2026-11-21T13:00:00Z", text))
			return nil
		}
		ms = t.UnixMilli()
	}
	return &ms
}

// end returns the first error, or that of a parameter nobody asked for.
func (p *parameters) end() error {
	for name := range p.values {
		if !slices.Contains(p.known, name) {
			p.fail(name, fmt.Errorf("it is unknown; there are: %s", strings.Join(p.known, ", ")))
		}
	}
	return p.err
}
