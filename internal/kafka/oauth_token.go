package kafka

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// oauthToken is what a client has to know of its token; the broker checks the rest.
type oauthToken struct {
	text          string
	start, expiry time.Time
}

// tokenSource keeps the token of one login and gets the next one before it expires. Several goroutines may use it.
type tokenSource struct {
	fetch   func(context.Context) (string, error)
	parse   func(string) (*oauthToken, error)
	refresh refreshWindow
	now     func() time.Time
	turn    turn

	current   *oauthToken
	refreshAt time.Time
	restraint restraint
}

// token returns a token that is valid now. While a new one cannot be had, the old one serves until it expires.
func (s *tokenSource) token(ctx context.Context) (string, error) {
	if err := s.turn.take(ctx); err != nil {
		return "", err
	}
	defer s.turn.give()
	now := s.now()
	if s.current != nil && now.Before(s.refreshAt) {
		return s.current.text, nil
	}
	err := s.restraint.check(now)
	if err == nil {
		err = s.renew(ctx)
		if ctx.Err() == nil {
			s.restraint.note(s.now(), err)
		}
	}
	if s.current != nil && s.now().Before(s.current.expiry) {
		return s.current.text, nil
	}
	if err == nil {
		err = fmt.Errorf("the token expired at %s, before it could be used", s.current.expiry.UTC().Format(time.RFC3339))
	}
	return "", err
}

func (s *tokenSource) renew(ctx context.Context) error {
	text, err := s.fetch(ctx)
	if err != nil {
		return err
	}
	token, err := s.parse(text)
	if err != nil {
		return err
	}
	now := s.now()
	if !now.Before(token.expiry) {
		return fmt.Errorf("the token expired at %s", token.expiry.UTC().Format(time.RFC3339))
	}
	s.current, s.refreshAt = token, s.refresh.next(token, now)
	return nil
}

// refreshWindow is ExpiringCredentialRefreshConfig.
type refreshWindow struct {
	factor, jitter float64
	least, buffer  time.Duration
}

// next is ExpiringCredentialRefreshingLogin.refreshMs: when a share of the token's life is over, but not within the buffer before its end nor
// sooner than the least period from now, where both can be had.
func (r refreshWindow) next(token *oauthToken, now time.Time) time.Time {
	life := token.expiry.Sub(token.start)
	at := token.start.Add(time.Duration(float64(life) * (r.factor + r.jitter*rand.Float64())))
	if end := token.expiry.Add(-r.buffer); at.After(end) {
		at = end
		if now.After(end) {
			at = now.Add(token.expiry.Sub(now) / 2)
		}
	}
	if least := now.Add(r.least); at.Before(least) {
		at = least
		if last := now.Add(token.expiry.Sub(now) / 2); at.After(last) { // a short-lived token
			at = last
		}
	}
	return at
}

// jwtParser is ClientJwtValidator, which looks at the claims and leaves the signature to the broker.
type jwtParser struct{ sub, scope string }

func (p jwtParser) parse(text string) (*oauthToken, error) {
	claims, err := jwtClaims(text)
	if err != nil {
		return nil, err
	}
	expiry, err := numericDate(claims, "exp")
	if err != nil {
		return nil, err
	}
	if expiry.IsZero() {
		return nil, errors.New("exp value must be non-null")
	}
	subject, _ := claims[p.sub].(string)
	if strings.TrimSpace(subject) == "" {
		return nil, fmt.Errorf("%s value must be non-null, non-empty, and non-whitespace", p.sub)
	}
	if err := checkScopes(p.scope, claims[p.scope]); err != nil {
		return nil, err
	}
	start, err := numericDate(claims, "iat")
	if err != nil {
		return nil, err
	}
	if start.IsZero() {
		start = time.Now()
	}
	return &oauthToken{text: text, start: start, expiry: expiry}, nil
}

func checkScopes(claim string, value any) error {
	list, _ := value.([]any)
	if text, ok := value.(string); ok {
		list = []any{text}
	}
	seen := map[string]bool{}
	for _, v := range list {
		scope, _ := v.(string)
		if scope = strings.TrimSpace(scope); scope == "" {
			return fmt.Errorf("%s value must be non-null, non-empty, and non-whitespace", claim)
		}
		if seen[scope] {
			return fmt.Errorf("%s value must not contain duplicates - %s already present", claim, scope)
		}
		seen[scope] = true
	}
	return nil
}

// jwtClaims returns the payload of a token. Errors show nothing of it.
func jwtClaims(text string) (map[string]any, error) {
	sections := strings.Split(text, ".")
	if len(sections) != 3 || strings.TrimSpace(sections[0]) == "" || strings.TrimSpace(sections[1]) == "" || strings.TrimSpace(sections[2]) == "" {
		return nil, errors.New("Malformed JWT provided; expected three sections (header, payload, and signature)")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sections[1], "="))
	if err != nil {
		return nil, errors.New("Could not validate the access token: its payload is no base64url")
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, errors.New("Could not validate the access token: its payload is no JSON object")
	}
	return claims, nil
}

func numericDate(claims map[string]any, name string) (time.Time, error) {
	switch v := claims[name].(type) {
	case nil:
		return time.Time{}, nil
	case float64:
		if v < 0 || v > 1e12 {
			return time.Time{}, fmt.Errorf(`%s value must be non-negative; value given was "%.0f"`, name, v*1000)
		}
		return time.UnixMilli(int64(v) * 1000), nil
	}
	return time.Time{}, fmt.Errorf("%s value must be a number", name)
}
