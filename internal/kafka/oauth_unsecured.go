package kafka

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unsecuredTokens makes tokens without a signature as OAuthBearerUnsecuredLoginCallbackHandler does. Only brokers in development take them.
type unsecuredTokens struct {
	principal string
	lifetime  time.Duration
	claims    map[string]any
}

func newUnsecuredTokens(l Login) (*unsecuredTokens, error) {
	options := l.Module.Options
	bad := func(format string, args ...any) (*unsecuredTokens, error) {
		return nil, &ConfigError{"sasl.jaas.config", fmt.Sprintf(format, args...)}
	}
	u := &unsecuredTokens{principal: "sub", lifetime: time.Hour, claims: map[string]any{}}
	if name := strings.TrimSpace(options["unsecuredLoginPrincipalClaimName"]); name != "" {
		u.principal = name
	}
	if text, given := options["unsecuredLoginLifetimeSeconds"]; given {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return bad("unsecuredLoginLifetimeSeconds is no number: %s", text)
		}
		u.lifetime = time.Duration(seconds) * time.Second
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		for prefix, parse := range map[string]func(string) (any, error){
			"unsecuredLoginStringClaim_": func(s string) (any, error) { return s, nil },
			"unsecuredLoginNumberClaim_": func(s string) (any, error) { return strconv.ParseFloat(s, 64) },
			"unsecuredLoginListClaim_":   func(s string) (any, error) { return listClaim(s), nil },
		} {
			claim, ok := strings.CutPrefix(name, prefix)
			if !ok || claim == "" {
				continue
			}
			if claim == "iat" || claim == "exp" {
				return bad("Cannot explicitly set the '%s' claim", claim)
			}
			value, err := parse(options[name])
			if err != nil {
				return bad("%s is no number: %s", name, options[name])
			}
			u.claims[claim] = value
		}
	}
	if name, _ := u.claims[u.principal].(string); name == "" {
		hint := ""
		if l.Property("sasl.oauthbearer.token.endpoint.url") != "" {
			hint = "; for a token of sasl.oauthbearer.token.endpoint.url set sasl.login.callback.handler.class=" + oauthHandler
		}
		return bad("No OAuth Bearer tokens in Subject's private credentials: unsecured tokens need the option unsecuredLoginStringClaim_%s%s", u.principal, hint)
	}
	return u, nil
}

// listClaim splits a list at its own first character.
func listClaim(text string) []string {
	if len(text) < 2 {
		return []string{}
	}
	return strings.Split(text[1:], text[:1])
}

func (u *unsecuredTokens) fetch(context.Context) (string, error) {
	now := float64(time.Now().UnixMilli()) / 1000
	claims := maps.Clone(u.claims)
	claims["iat"], claims["exp"] = now, now+u.lifetime.Seconds()
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + ".", nil
}

// parse reads what fetch made: the signature is empty.
func (u *unsecuredTokens) parse(text string) (*oauthToken, error) {
	claims, err := jwtClaims(text + "-")
	if err != nil {
		return nil, err
	}
	start, expiry := claims["iat"].(float64), claims["exp"].(float64)
	return &oauthToken{text: text, start: time.UnixMilli(int64(start * 1000)), expiry: time.UnixMilli(int64(expiry * 1000))}, nil
}
