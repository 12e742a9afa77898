package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/moldau/moldau/internal/rest/roles"
)

const (
	// largestToken bounds tokens before anything of them is read.
	largestToken = 16 << 10
	// longestName and mostGroups bound what is taken from a token.
	longestName = 512
	mostGroups  = 1000
)

func refused(reason string) error { return &RefusedError{reason} }

// signed returns the claims of a token whose signature is good.
func (v *Verifier) signed(ctx context.Context, token string) ([]byte, error) {
	if len(token) > largestToken {
		return nil, refused("the token is too large")
	}
	// Only the compact form with one signature is a bearer token; the list of algorithms keeps out none, and HMAC with a public key as its secret.
	parsed, err := jose.ParseSignedCompact(token, v.algorithms)
	var other *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &other):
		return nil, refused("the token is not signed with an accepted algorithm")
	case err != nil || len(parsed.Signatures) != 1:
		return nil, refused("the token is malformed")
	}
	header := parsed.Signatures[0].Header
	keys, err := v.find(ctx, header.KeyID, jose.SignatureAlgorithm(header.Algorithm))
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, refused("the token is signed with a key that its issuer does not publish")
	}
	for i := range keys {
		if payload, err := parsed.Verify(&keys[i]); err == nil {
			return payload, nil
		}
	}
	return nil, refused("the token's signature is not valid")
}

// read checks the claims of a token whose signature is good.
func (v *Verifier) read(payload []byte, now time.Time) (roles.Principal, error) {
	var standard jwt.Claims
	claims := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if dec.Decode(&claims) != nil || claims == nil || json.Unmarshal(payload, &standard) != nil {
		return roles.Principal{}, refused("the token is malformed")
	}
	if standard.Expiry == nil {
		return roles.Principal{}, refused("the token never expires")
	}
	err := standard.ValidateWithLeeway(jwt.Expected{Issuer: v.cfg.Issuer, AnyAudience: v.cfg.Audience, Time: now}, v.cfg.Skew)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return roles.Principal{}, refused("the token has expired")
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return roles.Principal{}, refused("the token is not valid yet")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return roles.Principal{}, refused("the token is for another audience")
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return roles.Principal{}, refused("the token is from another issuer")
	case err != nil:
		return roles.Principal{}, refused("the token is not valid")
	}
	name, _ := claim(claims, v.cfg.PrincipalClaim).(string)
	if name == "" || len(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return roles.Principal{}, refused("the token does not say whose it is in the claim " + v.cfg.PrincipalClaim)
	}
	return roles.Principal{Kind: roles.Bearer, Name: name, Groups: groups(claim(claims, v.cfg.GroupsClaim))}, nil
}

// claim returns a claim: of that name, or within the objects that the parts of the name between dots stand for, such as realm_access.roles.
func claim(claims map[string]any, name string) any {
	if value, ok := claims[name]; ok || name == "" {
		return value
	}
	for at := range len(name) {
		if name[at] != '.' {
			continue
		}
		if inner, ok := claims[name[:at]].(map[string]any); ok {
			if value := claim(inner, name[at+1:]); value != nil {
				return value
			}
		}
	}
	return nil
}

// groups reads a claim with names: a list, or a text with blanks between them.
func groups(value any) []string {
	var out []string
	add := func(name string) {
		if name != "" && len(name) <= longestName && len(out) < mostGroups {
			out = append(out, name)
		}
	}
	switch v := value.(type) {
	case string:
		for _, name := range strings.Fields(v) {
			add(name)
		}
	case []any:
		for _, each := range v {
			if name, ok := each.(string); ok {
				add(name)
			}
		}
	}
	return out
}
