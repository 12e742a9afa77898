package rest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/rest/identity"
	"github.com/moldau/moldau/internal/rest/reload"
	"github.com/moldau/moldau/internal/rest/roles"
	"github.com/moldau/moldau/internal/rest/throttle"
)

// Moldau's own keys for who may use the API.
const (
	usersFile        = "moldau.rest.users.file"
	certificateLogin = "moldau.rest.certificate.login"
	certificateRules = "moldau.rest.certificate.mapping.rules"
	oidcPrefix       = "moldau.rest.oidc."
	rolesFile        = "moldau.rest.roles.file"
)

// gate decides who may use the API where Moldau's own keys ask for that. Unlike Java's extension it stands before everything else: who is not let
// in learns nothing of paths, methods and types.
type gate struct {
	java         authenticator // of rest.extension.classes, nil for none
	users        *userFile
	tokens       *identity.Verifier
	certificates *identity.Mapping // nil where they are no login
	roles        *reload.File[*roles.Roles]
	// requests and failures bound requests by principal or address, and wrong passwords by user and address.
	requests, failures *throttle.Limit
	log                *slog.Logger
}

// newGate reads the keys. The caller closes the gate.
func newGate(v *config.Values, java authenticator, log *slog.Logger) (*gate, error) {
	g := &gate{java: java, log: log}
	rate := v.Float("moldau.rest.limit.failed.logins.per.minute")
	g.failures = throttle.New(rate/60, math.Max(rate/6, 10))
	g.requests = throttle.New(v.Float("moldau.rest.limit.requests.per.second"), float64(v.Int("moldau.rest.limit.requests.burst")))
	var err error
	if path := v.String(usersFile); path != "" {
		if g.users, err = openUsers(path, log); err != nil {
			return nil, err
		}
	}
	if path := v.String(rolesFile); path != "" {
		if g.roles, err = reload.Open(rolesFile, path, log, roles.Parse); err != nil {
			return nil, err
		}
	}
	if v.Bool(certificateLogin) {
		if !asksForCertificates(v) {
			return nil, fmt.Errorf("configuration %s: it needs an https listener with ssl.client.auth=requested or required", certificateLogin)
		}
		if g.certificates, err = identity.ParseMapping(v.String(certificateRules)); err != nil {
			return nil, fmt.Errorf("configuration %s: %w", certificateRules, err)
		}
	}
	if issuer := v.String(oidcPrefix + "issuer"); issuer != "" {
		if g.tokens, err = newTokens(v, issuer, log); err != nil {
			return nil, err
		}
	}
	if java, ok := java.(basicAuth); ok && g.asks() && java.admitsAll() {
		g.close()
		return nil, fmt.Errorf("configuration rest.extension.classes: the users of the extension's JAAS entry %s are none, so that any name and password "+
			"would pass, where other keys (%s, %sissuer or %s) ask for a login: name users, or leave the extension out", jaasEntry, rolesFile, oidcPrefix, certificateLogin)
	}
	return g, nil
}

func newTokens(v *config.Values, issuer string, log *slog.Logger) (*identity.Verifier, error) {
	cfg := identity.Config{
		Prefix: oidcPrefix, Issuer: issuer, Audience: v.List(oidcPrefix + "audience"),
		KeysURL: v.String(oidcPrefix + "jwks.url"), KeysFile: v.String(oidcPrefix + "jwks.file"),
		Refresh: v.Duration(oidcPrefix + "jwks.refresh.ms"), Algorithms: v.List(oidcPrefix + "algorithms"), Skew: v.Duration(oidcPrefix + "clock.skew.ms"),
		PrincipalClaim: v.String(oidcPrefix + "principal.claim"), GroupsClaim: v.String(oidcPrefix + "groups.claim"), Logger: log,
	}
	// Brokers' authorities, which the plain ssl keys name, have no say about the provider.
	if len(v.OriginalsWithPrefix(oidcPrefix+"ssl.")) > 0 {
		settings, err := kafka.ClientTLS(v.Originals().Strings(), oidcPrefix, func(key, reason string) { log.Warn(key + ": " + reason) })
		if err != nil {
			return nil, fmt.Errorf("TLS towards the issuer of tokens (%s): %w", oidcPrefix, err)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialTLSContext = (&Client{dial: (&net.Dialer{Timeout: connectTime}).DialContext}).dialWith(settings)
		cfg.Transport = transport
	}
	return identity.New(cfg)
}

// asksForCertificates reports whether clients of an https listener may show a certificate.
func asksForCertificates(v *config.Values) bool {
	https := func(url string) bool { return strings.HasPrefix(strings.ToLower(strings.TrimSpace(url)), "https:") }
	asked := clientAuth(v, "listeners.https.")
	return slices.ContainsFunc(v.List("listeners"), https) && (asked == "requested" || asked == "required")
}

func (g *gate) close() {
	if g.tokens != nil {
		g.tokens.Close()
	}
}

// asks reports whether a login is needed.
func (g *gate) asks() bool {
	return g.users != nil || g.tokens != nil || g.certificates != nil || g.roles != nil && g.java != nil
}

// strict reports whether the gate stands before everything else. Java's extension alone is asked where Java asks it.
func (g *gate) strict() bool { return g.asks() || g.roles != nil }

// may returns what a principal may do.
func (g *gate) may(p roles.Principal) *roles.Access {
	a := &roles.Access{Principal: p}
	if g.roles != nil {
		a.Roles = g.roles.Get()
	}
	return a
}

// loginError is a request that is not let in.
type loginError struct {
	status     int
	message    string
	challenges []string
	wait       time.Duration
}

func (e *loginError) Error() string { return e.message }

// refuse is a 401 with a challenge for each way to log in.
func (g *gate) refuse(message, tokenError string) error {
	e := &loginError{status: http.StatusUnauthorized, message: message}
	if g.tokens != nil {
		challenge := `Bearer realm="Moldau"`
		if tokenError != "" {
			challenge += `, error="invalid_token", error_description=` + strconv.Quote(tokenError)
		}
		e.challenges = append(e.challenges, challenge)
	}
	if g.users != nil || g.java != nil {
		e.challenges = append(e.challenges, `Basic realm="Moldau", charset="UTF-8"`)
	}
	return e
}

func tooMany(wait time.Duration, message string) error {
	return &loginError{status: http.StatusTooManyRequests, message: message, wait: wait}
}

const loginNeeded = "A login is needed to use this API."

// login returns who makes a request, or a *loginError. It may wait for the keys of a token's issuer.
func (g *gate) login(r *http.Request) (roles.Principal, error) {
	if !g.asks() {
		return roles.Principal{}, nil
	}
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return roles.Principal{}, g.refuse("Several Authorization headers are not accepted.", "")
	}
	if len(headers) == 0 {
		if shown := certified(r); g.certificates != nil && shown != nil {
			return g.certificate(shown)
		}
		return roles.Principal{}, g.refuse(loginNeeded, "")
	}
	scheme, rest, _ := strings.Cut(headers[0], " ")
	switch {
	case strings.EqualFold(scheme, "bearer") && g.tokens != nil:
		return g.bearer(r, strings.TrimLeft(rest, " "))
	case strings.EqualFold(scheme, "basic") && (g.users != nil || g.java != nil):
		return g.basic(r)
	}
	return roles.Principal{}, g.refuse("The scheme of the Authorization header is not accepted here.", "")
}

// certificate names the client of a certificate. Whom no rule names is not let in, as by Java's brokers.
func (g *gate) certificate(shown *x509.Certificate) (roles.Principal, error) {
	subject, err := identity.Subject(shown.RawSubject)
	if err == nil {
		var name string
		if name, err = g.certificates.Name(subject); err == nil {
			return roles.Principal{Kind: roles.Certificate, Name: name}, nil
		}
	}
	g.log.Debug(certificateRules + ": " + oneLine(err.Error()))
	return roles.Principal{}, g.refuse("The client certificate has no name here.", "")
}

func (g *gate) bearer(r *http.Request, token string) (roles.Principal, error) {
	p, err := g.tokens.Verify(r.Context(), token)
	var refused *identity.RefusedError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &refused):
		return roles.Principal{}, g.refuse("The bearer token is not accepted: "+refused.Reason+".", refused.Reason)
	}
	return roles.Principal{}, &loginError{status: http.StatusServiceUnavailable, message: err.Error(), wait: 5 * time.Second}
}

func (g *gate) basic(r *http.Request) (roles.Principal, error) {
	wrong := g.refuse("The user or the password is wrong.", "")
	user, password, err := credentials(r.Header.Get("Authorization"))
	if err != nil || user == nil {
		return roles.Principal{}, wrong
	}
	who := address(r) + " " + *user
	if wait, ok := g.failures.Peek(who); !ok {
		return roles.Principal{}, tooMany(wait, tooManyWrong)
	}
	admitted := false
	if g.users != nil {
		if admitted, err = g.fits(r, who, *user, *password); err != nil {
			return roles.Principal{}, err
		}
	} else if admitted, err = g.java.admits(r); err != nil {
		return roles.Principal{}, wrong
	}
	if !admitted {
		g.failures.Take(who)
		return roles.Principal{}, wrong
	}
	return roles.Principal{Kind: roles.Basic, Name: *user}, nil
}

const tooManyWrong = "Too many wrong passwords for this user from this address."

// fits checks a password of the file of users. Hashes cost time, so that an address gets as many wrong passwords checked against them as one user
// of it, whatever the names; passwords that fitted before are not held up by that.
func (g *gate) fits(r *http.Request, who, user, password string) (bool, error) {
	list := g.users.file.Get()
	if v := g.users.quick(list, user, password); v != costly {
		return v == right, nil
	}
	done, err := g.users.turn(r.Context())
	if err != nil {
		return false, &loginError{status: http.StatusServiceUnavailable, message: err.Error(), wait: 5 * time.Second}
	}
	defer done()
	// Looked at when the turn has come: requests that arrive at once must not all pass before the first one fails.
	for _, bucket := range []string{who, address(r)} {
		if wait, ok := g.failures.Peek(bucket); !ok {
			return false, tooMany(wait, tooManyWrong)
		}
	}
	if g.users.slow(list, user, password) {
		return true, nil
	}
	g.failures.Take(address(r))
	return false, nil
}

// knows reports whether a user of a failed login is one: other texts may be passwords in the wrong field, and are not written down.
func (g *gate) knows(user string) bool {
	return g.users != nil && g.users.has(user)
}

// address is the client's, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type connKey struct{}

// certified returns the certificate that a client showed and the listener's truststore vouches for, nil for none.
func certified(r *http.Request) *x509.Certificate {
	page, _ := r.Context().Value(connKey{}).(*pageConn)
	if page == nil {
		return nil
	}
	secure, ok := page.Conn.(*tls.Conn)
	if !ok {
		return nil
	}
	state := secure.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// takes answers 429 where a client makes more requests than its limit.
func (g *gate) takes(r *http.Request, p roles.Principal) error {
	who := "address " + address(r)
	if p.Name != "" {
		who = string(p.Kind) + " " + p.Name
	}
	if wait, ok := g.requests.Take(who); !ok {
		return tooMany(wait, "Too many requests.")
	}
	return nil
}

// writeLoginError answers a request that is not let in.
func (s *Server) writeLoginError(w http.ResponseWriter, r *http.Request, e *loginError) {
	for _, c := range e.challenges {
		w.Header().Add("WWW-Authenticate", c)
	}
	if e.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.wait.Seconds()))))
	}
	s.writeError(w, r, jsonType, &herder.Error{Status: e.status, Message: e.message})
}
