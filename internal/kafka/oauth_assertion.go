package kafka

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/keystore"
)

// configOrOption takes a property, or the option of the login module that meant it before Kafka 4.1.
func (l Login) configOrOption(property, option string) string {
	if text := strings.TrimSpace(l.Property(property)); text != "" {
		return text
	}
	return strings.TrimSpace(l.Module.Options[option])
}

func (l Login) scope() string { return l.configOrOption("sasl.oauthbearer.scope", "scope") }

// clientCredentials is ClientCredentialsRequestFormatterFactory: the grant client_credentials, for which a client has a secret or, with
// KIP-1258, an assertion.
func clientCredentials(l Login) (tokenForm, error) {
	id, scope := l.configOrOption("sasl.oauthbearer.client.credentials.client.id", "clientId"), l.scope()
	if l.Property("sasl.oauthbearer.assertion.file") != "" || l.Property("sasl.oauthbearer.assertion.claim.iss") != "" {
		assertion, err := newAssertion(l)
		if err != nil {
			return nil, err
		}
		return func() (string, string, error) {
			text, err := assertion()
			if err != nil {
				return "", "", err
			}
			form := "client_assertion_type=" + url.QueryEscape("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
				"&client_assertion=" + url.QueryEscape(text) + "&grant_type=client_credentials"
			if id != "" {
				form += "&client_id=" + url.QueryEscape(id)
			}
			if scope != "" {
				form += "&scope=" + url.QueryEscape(scope)
			}
			return form, "", nil
		}, nil
	}
	secret := l.configOrOption("sasl.oauthbearer.client.credentials.client.secret", "clientSecret")
	for _, needed := range []struct{ key, option, value string }{
		{"sasl.oauthbearer.client.credentials.client.id", "clientId", id}, {"sasl.oauthbearer.client.credentials.client.secret", "clientSecret", secret}} {
		if needed.value == "" {
			return nil, &ConfigError{needed.key, "The OAuth configuration option " + needed.key + " value is required (or the option " + needed.option + " in sasl.jaas.config)"}
		}
	}
	if strings.EqualFold(l.Property("sasl.oauthbearer.header.urlencode"), "true") {
		id, secret, scope = url.QueryEscape(id), url.QueryEscape(secret), url.QueryEscape(scope)
	}
	form := "grant_type=client_credentials"
	if scope != "" {
		form += "&scope=" + scope
	}
	authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	return func() (string, string, error) { return form, authorization, nil }, nil
}

// jwtBearer is JwtBearerRequestFormatter (RFC 7523): the grant for a signed assertion.
func jwtBearer(l Login) (tokenForm, error) {
	assertion, err := newAssertion(l)
	if err != nil {
		return nil, err
	}
	scope := strings.TrimSpace(l.Property("sasl.oauthbearer.scope"))
	return func() (string, string, error) {
		text, err := assertion()
		if err != nil {
			return "", "", err
		}
		form := "grant_type=" + url.QueryEscape("urn:ietf:params:oauth:grant-type:jwt-bearer") + "&assertion=" + url.QueryEscape(text)
		if scope != "" {
			form += "&scope=" + url.QueryEscape(scope)
		}
		return form, "", nil
	}, nil
}

// newAssertion is AssertionSupplierFactory: the assertion stands in a file, or is made and signed for each request.
func newAssertion(l Login) (func() (string, error), error) {
	const file, algorithmKey, keyFile, templateKey = "sasl.oauthbearer.assertion.file", "sasl.oauthbearer.assertion.algorithm",
		"sasl.oauthbearer.assertion.private.key.file", "sasl.oauthbearer.assertion.template.file"
	if l.Property(file) != "" {
		path, err := l.file(file)
		if err != nil {
			return nil, err
		}
		return func() (string, error) { return readTokenFile(file, path) }, nil
	}
	algorithm, err := l.needed(algorithmKey)
	if err != nil {
		return nil, err
	}
	path, err := l.file(keyFile)
	if err != nil {
		return nil, err
	}
	template := ""
	if l.Property(templateKey) != "" {
		if template, err = l.file(templateKey); err != nil {
			return nil, err
		}
	}
	// All that is wrong with the files shall show before the first request.
	sign, err := newSigner(l, strings.ToUpper(algorithm), keyFile, path)
	if err != nil {
		return nil, err
	}
	if _, _, err := readTemplate(templateKey, template); err != nil {
		return nil, err
	}
	return func() (string, error) {
		header, payload, err := readTemplate(templateKey, template)
		if err != nil {
			return "", err
		}
		l.addClaims(header, payload, algorithm)
		h, err := json.Marshal(header)
		if err != nil {
			return "", err
		}
		p, err := json.Marshal(payload)
		if err != nil {
			return "", err
		}
		encode := base64.RawURLEncoding.EncodeToString
		content := encode(h) + "." + encode(p)
		signature, err := sign([]byte(content))
		return content + "." + encode(signature), err
	}, nil
}

// addClaims lays the claims of the properties, and those that time and chance give, over those of the template.
func (l Login) addClaims(header, payload map[string]any, algorithm string) {
	for _, claim := range []string{"aud", "iss", "sub"} {
		if value := strings.TrimSpace(l.Property("sasl.oauthbearer.assertion.claim." + claim)); value != "" {
			if _, given := payload[claim]; !given { // in Java's layers the file comes after the properties
				payload[claim] = value
			}
		}
	}
	now := time.Now().Unix()
	maps.Copy(header, map[string]any{"alg": algorithm, "typ": "JWT"})
	maps.Copy(payload, map[string]any{"iat": now, "exp": now + l.number("sasl.oauthbearer.assertion.claim.exp.seconds"),
		"nbf": now - l.number("sasl.oauthbearer.assertion.claim.nbf.seconds")})
	if strings.EqualFold(l.Property("sasl.oauthbearer.assertion.claim.jti.include"), "true") {
		var id [16]byte
		_, _ = rand.Read(id[:])
		payload["jti"] = hex.EncodeToString(id[:])
	}
}

// readTemplate is FileAssertionJwtTemplate; the file is read for each assertion, so that it may change.
func readTemplate(key, path string) (header, payload map[string]any, err error) {
	header, payload = map[string]any{}, map[string]any{}
	if path == "" {
		return header, payload, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("the file of %s: %w", key, err)
	}
	var template struct{ Header, Payload map[string]any }
	if err := json.Unmarshal(text, &template); err != nil {
		return nil, nil, &ConfigError{key, fmt.Sprintf("An error occurred parsing the OAuth assertion template file from %s (%s): %v", path, key, err)}
	}
	maps.Copy(header, template.Header)
	maps.Copy(payload, template.Payload)
	return header, payload, nil
}

// newSigner reads the private key, which Java wants as PKCS#8, with PEM lines around it or not.
func newSigner(l Login, algorithm, keyName, path string) (func([]byte) ([]byte, error), error) {
	const passwordKey = "sasl.oauthbearer.assertion.private.key.passphrase"
	bad := func(err error) (func([]byte) ([]byte, error), error) {
		return nil, &ConfigError{keyName, fmt.Sprintf("An error occurred generating the OAuth assertion private key from %s (%s): %v", path, keyName, err)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return bad(err)
	}
	var password *string
	if p := l.Property(passwordKey); p != "" {
		password = &p
	}
	key, err := keystore.PKCS8Key(string(text), password)
	switch {
	case errors.Is(err, keystore.ErrKeyPassword):
		return bad(errors.New("the password of the private key is missing or wrong (" + passwordKey + ")"))
	case err != nil:
		return bad(err)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if algorithm == "RS256" {
			return func(content []byte) ([]byte, error) {
				digest := sha256.Sum256(content)
				return rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest[:])
			}, nil
		}
	case *ecdsa.PrivateKey:
		if algorithm == "ES256" && k.Params().BitSize == 256 {
			return func(content []byte) ([]byte, error) {
				digest := sha256.Sum256(content)
				r, s, err := ecdsa.Sign(rand.Reader, k, digest[:])
				if err != nil {
					return nil, err
				}
				return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
			}, nil
		}
	}
	return bad(fmt.Errorf("a key of type %T does not suit sasl.oauthbearer.assertion.algorithm=%s", key, algorithm))
}
