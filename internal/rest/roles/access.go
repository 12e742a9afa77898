package roles

import (
	"context"
	"fmt"
	"net/http"

	"github.com/moldau/moldau/internal/herder"
)

// Kind says how somebody logged in.
type Kind string

// The ways to log in. Names of different kinds are never taken for the same person.
const (
	Basic       Kind = "basic"
	Bearer      Kind = "bearer"
	Certificate Kind = "certificate"
)

// Principal is who makes a request. The zero Principal is nobody that is known.
type Principal struct {
	Kind Kind
	// Name is the user of basic authentication, a claim of a token, or the subject of a certificate.
	Name string
	// Groups are those that a token names.
	Groups []string
}

// String returns the name as refusals and logs show it.
func (p Principal) String() string {
	if p.Name == "" {
		return "anonymous"
	}
	return p.Name
}

// Access is what one request may do. A nil Access permits everything: there are no roles and nobody keeps an account. Its methods are called on the
// goroutine of the request.
type Access struct {
	Principal Principal
	// Roles decides; nil permits everything.
	Roles *Roles
	// Verb and Connector are what was asked for last.
	Verb      Verb
	Connector string
	// Refusal is why Check said no last, empty for never.
	Refusal string
}

type accessKey struct{}

// With returns a context that carries the access of a request.
func With(ctx context.Context, a *Access) context.Context {
	return context.WithValue(ctx, accessKey{}, a)
}

// From returns the access of a request, nil where everything is permitted.
func From(ctx context.Context) *Access {
	a, _ := ctx.Value(accessKey{}).(*Access)
	return a
}

// Check returns a refusal, a *herder.Error with status 403, unless the request may do what verb says to a connector, "" for one that is not known
// yet: then one connector for which it may is enough.
func (a *Access) Check(verb Verb, connector string) error {
	if a == nil {
		return nil
	}
	a.Verb, a.Connector = verb, connector
	if a.May(verb, connector) {
		return nil
	}
	what := "the verb " + verb.String()
	switch {
	case connector != "":
		what += fmt.Sprintf(" for the connector %q", connector)
	case verb == View || verb == Operate || verb == Edit || verb == Offsets:
		what += " for any connector"
	}
	a.Refusal = fmt.Sprintf("%s lacks %s", a.Principal, what)
	return &herder.Error{Status: http.StatusForbidden, Message: a.Refusal}
}

// May reports whether Check would return nil, without asking.
func (a *Access) May(verb Verb, connector string) bool {
	return a == nil || a.Roles == nil || a.Roles.permit(a.Principal, verb, connector)
}
