package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/audit"
	"github.com/moldau/moldau/internal/rest/roles"
)

// requestID is the header with the id that one request has in the audits of all workers it passes through.
const requestID = "X-Request-Id"

// exchange is what is known of a request beyond HTTP: who makes it, what it asks for, what the audit says of it.
type exchange struct {
	server *Server
	id     string
	access *roles.Access
	// client is the address that the request first came from; forwarded says that another worker sent it on.
	client    string
	forwarded bool
	// refused says that the request was not let in, whatever the status.
	refused bool
	// always says that the audit has the request though it is a read.
	always bool
	// secrets are the keys of secrets that the request changes; masked configurations do not show that.
	secrets []string
	// before and after are a connector's configuration without its secrets, nil for none.
	before, after config.Props
}

type exchangeKey struct{}

// newExchange begins an exchange; the request it returns carries it.
func (s *Server) newExchange(r *http.Request) (*exchange, *http.Request) {
	x := &exchange{server: s, access: &roles.Access{}, client: address(r)}
	if s.audited() {
		if x.id = r.Header.Get(requestID); !isID(x.id) {
			x.id = newID()
		}
	}
	return x, r.WithContext(roles.With(context.WithValue(r.Context(), exchangeKey{}, x), x.access))
}

// exchangeOf returns the exchange of a request.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// isID reports whether a client's id is one that may stand in logs as it is.
func isID(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
	return id != "" && len(id) <= 64 && strings.Trim(id, letters) == ""
}

// enter lets a request in or returns a *loginError: login, then the limit of requests. verb is that of the route, None for a path or method that
// does not exist.
func (s *Server) enter(x *exchange, r *http.Request, path []string, verb roles.Verb) error {
	if verb == roles.Open || verb == roles.Workers && s.betweenWorkers(r) {
		return nil
	}
	p, ok, err := s.vouched(x, r, path)
	if !ok {
		if err == nil && s.gate.strict() {
			p, err = s.gate.login(r)
		}
		if err != nil {
			x.access.Refusal, x.refused = err.Error(), true
			if user, _, ok := r.BasicAuth(); ok && s.gate.knows(user) {
				x.access.Principal = roles.Principal{Kind: roles.Basic, Name: user}
			}
			// Who fails to log in uses up the limit of its address.
			if late := s.gate.takes(r, roles.Principal{}); late != nil {
				err = late
			}
			return err
		}
		if err := s.gate.takes(r, p); err != nil {
			x.access.Principal, x.access.Refusal = p, err.Error()
			return err
		}
	}
	*x.access = *s.gate.may(p)
	return nil
}

// permit returns a refusal unless the request may do what verb says to a connector, and notes for the audit what the connector was before.
func (c *call) permit(verb roles.Verb, connector string) error {
	x := exchangeOf(c.ctx)
	if err := x.access.Check(verb, connector); err != nil {
		return err
	}
	if verb == roles.Edit && connector != "" && c.server.audited() && c.resource.pattern[0] == "connectors" {
		// A connector that is not there has no configuration; whatever else is wrong shows when the request is carried out.
		if props, err := c.herder.ConnectorConfig(c.ctx, connector); err == nil {
			x.before = props
		}
	}
	return nil
}

// note keeps for the audit what an answer says of the connector.
func (x *exchange) note(out *reply) {
	if x.access.Verb != roles.Edit || !x.server.audited() {
		return
	}
	switch body := out.body.(type) {
	case *herder.ConnectorInfo:
		if body != nil {
			x.after = body.Config
		}
	case json.RawMessage: // of the worker that carried it out
		var info struct{ Config config.Props }
		if json.Unmarshal(body, &info) == nil {
			x.after = info.Config
		}
	}
}

func (s *Server) audited() bool { return len(s.audit) > 0 }

// account writes the event of a request that has been answered.
func (s *Server) account(x *exchange, r *http.Request, status int, started time.Time) {
	if !s.audited() {
		return
	}
	result := audit.ResultOf(status)
	if x.refused {
		result = audit.Denied
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	if reads && result != audit.Denied && !x.always && !s.cfg.Values.Bool("moldau.rest.audit.reads") {
		return
	}
	if x.access.Verb == roles.Workers && result == audit.Done {
		return // what workers tell each other follows from what people did
	}
	e := &audit.Event{
		Time: started.UTC(), RequestID: x.id, Worker: s.advertised.Host, Principal: x.access.Principal.Name, Login: string(x.access.Principal.Kind),
		Client: x.client, Forwarded: x.forwarded, Connector: clip(x.access.Connector), Method: clip(r.Method), Path: clip(r.URL.EscapedPath()),
		Status: status, Result: result,
	}
	if x.access.Verb != roles.None {
		e.Verb = x.access.Verb.String()
	}
	if result == audit.Denied {
		e.Reason = clip(x.access.Refusal)
	}
	if x.access.Verb == roles.Edit && x.access.Connector != "" && result == audit.Done {
		e.Before, e.After = audit.Digest(s.masked(x.before)), audit.Digest(s.masked(x.after))
		e.Changed = append(audit.Changed(x.before, x.after), x.secrets...)
		slices.Sort(e.Changed)
		e.Changed = slices.Compact(e.Changed)
	}
	for _, sink := range s.audit {
		sink.Write(e)
	}
}

// masked is a configuration as its digest is made of: a secret that is in it could be guessed from a digest.
func (s *Server) masked(props config.Props) config.Props {
	if props == nil || s.cfg.Masker == nil {
		return props
	}
	return s.cfg.Masker.Mask(props)
}

// clip bounds a text of a client.
func clip(text string) string {
	const most = 1024
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// asLoginError returns the *loginError that an error is.
func asLoginError(err error) (*loginError, bool) {
	var e *loginError
	return e, errors.As(err, &e)
}
