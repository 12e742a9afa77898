package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
)

// The handlers of Java's client that get a token. The second is the default.
const (
	oauthHandler     = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"
	oauthHandler3    = "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler" // its name in Kafka 3
	unsecuredHandler = "org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler"

	oauthPackage = "org.apache.kafka.common.security.oauthbearer."
)

// oauthLogin is OAUTHBEARER (KIP-255, KIP-768, KIP-1139): a token from an OAuth endpoint or a file, or an unsecured one for development.
func oauthLogin(l Login) (sasl.Mechanism, error) {
	if simpleName(l.Module.Class) != "OAuthBearerLoginModule" {
		return nil, &ConfigError{"sasl.jaas.config", fmt.Sprintf("No LoginModule found for %s: mechanism OAUTHBEARER takes %sOAuthBearerLoginModule.", l.Module.Class, oauthPackage)}
	}
	var fetch func(context.Context) (string, error)
	var parse func(string) (*oauthToken, error)
	extensions := map[string]string{}
	extensionPrefix := "extension_"
	switch handler := l.Property("sasl.login.callback.handler.class"); handler {
	case "", unsecuredHandler:
		u, err := newUnsecuredTokens(l)
		if err != nil {
			return nil, err
		}
		fetch, parse = u.fetch, u.parse
		extensionPrefix = "unsecuredLoginExtension_"
	case oauthHandler, oauthHandler3:
		retriever, err := newTokenRetriever(l)
		if err != nil {
			return nil, err
		}
		fetch = retriever
		parse = jwtParser{sub: l.Property("sasl.oauthbearer.sub.claim.name"), scope: l.Property("sasl.oauthbearer.scope.claim.name")}.parse
	default:
		return nil, unknownClass("sasl.login.callback.handler.class", handler, oauthHandler, unsecuredHandler)
	}
	for name, value := range l.Module.Options {
		if name, ok := strings.CutPrefix(name, extensionPrefix); ok {
			if err := checkExtension(name, value); err != nil {
				return nil, err
			}
			extensions[name] = value
		}
	}
	refresh := refreshWindow{
		factor: l.float("sasl.login.refresh.window.factor"), jitter: l.float("sasl.login.refresh.window.jitter"),
		least: time.Duration(l.number("sasl.login.refresh.min.period.seconds")) * time.Second, buffer: time.Duration(l.number("sasl.login.refresh.buffer.seconds")) * time.Second,
	}
	held := &lease[*tokenSource]{logins: l.logins, key: l.key(), build: func() *tokenSource {
		return &tokenSource{fetch: fetch, parse: parse, refresh: refresh, turn: newTurn(), now: time.Now,
			restraint: restraint{initial: firstLoginPause, limit: longestLoginPause}} // between logins that failed after all their retries
	}}
	return &oauthMechanism{held, oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
		source, err := held.get()
		if err != nil {
			return oauth.Auth{}, err
		}
		token, err := source.token(ctx)
		if err != nil {
			return oauth.Auth{}, &LoginError{Mechanism: l.Mechanism, Err: err}
		}
		return oauth.Auth{Token: token, Extensions: extensions}, nil
	})}, nil
}

type oauthMechanism struct {
	*lease[*tokenSource]
	sasl.Mechanism
}

// checkExtension is OAuthBearerClientInitialResponse.validateExtensions.
func checkExtension(name, value string) error {
	bad := func(text string) error { return &ConfigError{"sasl.jaas.config", text} }
	if name == "auth" {
		return bad("Extension name auth is invalid")
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > 'z' || r < 'A' || r > 'Z' && r < 'a' }) {
		return bad("Extension name " + name + " is invalid")
	}
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return (r < ' ' || r > '~') && !strings.ContainsRune("\t\r\n", r) }) {
		return bad("Extension value for extension " + name + " is invalid")
	}
	return nil
}

// key holds all that a login depends on: the login module with its options, and the properties of logins that are set.
func (l Login) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\x00%s\x00", l.Mechanism, l.Module.Class)
	for _, name := range slices.Sorted(maps.Keys(l.Module.Options)) {
		fmt.Fprintf(&b, "%s\x00%s\x00", name, l.Module.Options[name])
	}
	for _, k := range keys {
		if strings.HasPrefix(k.name, "sasl.") && k.name != "sasl.jaas.config" {
			fmt.Fprintf(&b, "%s\x00%s\x00", k.name, l.Property(k.name))
		}
	}
	return b.String()
}

func simpleName(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

func unknownClass(key, class string, known ...string) error {
	return &ConfigError{key, "Configuration " + key + " is not supported: " + class +
		" is a Java class and Moldau runs without a Java virtual machine. Known are " + strings.Join(known, ", ") + "."}
}
