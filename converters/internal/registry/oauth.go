package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

const (
	oauthException = "io.confluent.kafka.schemaregistry.client.security.bearerauth.oauth.exceptions.SchemaRegistryOauthTokenRetrieverException"

	// uamiEndpoint is where a machine of Azure asks for tokens of its identities.
	uamiEndpoint = "http://169.254.169.254/metadata/identity/oauth2/token"

	// The pauses between attempts, and for how long there are any, are those of Kafka's logins by default.
	oauthPause = 100 * time.Millisecond
	oauthLimit = 10 * time.Second
	// mostToken bounds the answers with tokens.
	mostToken = 1 << 20
)

// tokenSource asks for tokens and keeps each until it is to be renewed.
type tokenSource struct {
	client *http.Client
	// ask returns a new request for a token.
	ask func(context.Context) (*http.Request, error)
	// scope and subject name the claims of a token that hold its scopes and its subject.
	scope, subject string
	// buffer is how long before its end a token is renewed at the latest.
	buffer time.Duration

	mu      sync.Mutex
	current string
	renew   time.Time
}

// newOAuthSource asks an OAuth server by client credentials. options are those of the login for Kafka, where settings may be inherited from it.
func newOAuthSource(c clientValues, s *Settings, options map[string]string) (*tokenSource, error) {
	need := func(key, option string) (string, error) {
		if value := strings.TrimSpace(c.text(key) + c.secret(key)); value != "" {
			return value, nil
		}
		if value := strings.TrimSpace(options[option]); value != "" {
			return value, nil
		}
		return "", missing(key)
	}
	client, err := need(bearerClientKey, "clientId")
	if err != nil {
		return nil, err
	}
	secret, err := need(bearerSecretKey, "clientSecret")
	if err != nil {
		return nil, err
	}
	form := "grant_type=client_credentials"
	if scope, err := need(bearerScopeKey, "scope"); err == nil {
		form += "&scope=" + url.QueryEscape(scope)
	}
	inherits := len(options) > 0
	endpoint, scope, subject := c.text(bearerIssuerKey), c.text(scopeClaimKey), c.text(subClaimKey)
	if inherits {
		if endpoint == "" {
			endpoint = c.text(saslEndpointKey)
		}
		if claim := c.text(saslScopeKey); claim != "" {
			scope = claim
		}
		if claim := c.text(saslSubKey); claim != "" {
			subject = claim
		}
	}
	if endpoint == "" {
		return nil, missing(bearerIssuerKey)
	}
	if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, config.Invalid(bearerIssuerKey, endpoint, "It must be a http or https URL.")
	}
	return newTokenSource(c, s, scope, subject, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
		if err == nil {
			r.SetBasicAuth(client, secret)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r, err
	}), nil
}

// newIdentitySource asks Azure for tokens of a user assigned managed identity.
func newIdentitySource(c clientValues, s *Settings) (*tokenSource, error) {
	query, err := c.need(uamiQueryKey)
	if err != nil {
		return nil, err
	}
	endpoint := c.text(uamiEndpointKey)
	if endpoint == "" {
		endpoint = uamiEndpoint
	}
	return newTokenSource(c, s, c.text(scopeClaimKey), c.text(subClaimKey), func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"?"+query, nil)
		if err == nil {
			r.Header.Set("Metadata", "true")
		}
		return r, err
	}), nil
}

func newTokenSource(c clientValues, s *Settings, scope, subject string, ask func(context.Context) (*http.Request, error)) *tokenSource {
	return &tokenSource{
		// Tokens are asked for without the registry's proxy, as by HttpJwtRetriever.
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: s.TLS, DisableKeepAlives: true}, Timeout: time.Minute},
		ask:    ask, scope: scope, subject: subject, buffer: time.Duration(valueOf[int16](c, bearerBufferKey)) * time.Second,
	}
}

// token returns the current token, or asks for a new one. Requests of other goroutines wait for it meanwhile.
func (t *tokenSource) token() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != "" && time.Now().Before(t.renew) {
		return t.current, nil
	}
	token, err := t.retrieve()
	if err != nil {
		return "", javafmt.NewException(oauthException, "Failed to Retrieve OAuth Token for Schema Registry", err)
	}
	claims, err := parseToken(token, t.scope, t.subject)
	if err != nil {
		return "", javafmt.NewException(oauthException, "OAuth Token for Schema Registry is Invalid", err)
	}
	t.current, t.renew = token, claims.renewal(time.Now(), t.buffer)
	return token, nil
}

// errFinal marks answers after which it is no use to ask again.
var errFinal = errors.New("will not attempt further retries")

// retrieve asks until there is a token, as Kafka's Retry does: with pauses that double, for some seconds.
func (t *tokenSource) retrieve() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), oauthLimit)
	defer cancel()
	var first error
	for pause := oauthPause; ; pause *= 2 {
		token, err := t.once()
		if err == nil {
			return token, nil
		}
		if first == nil {
			first = err
		}
		if errors.Is(err, errFinal) {
			return "", err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return "", first
		}
	}
}

func (t *tokenSource) once() (string, error) {
	r, err := t.ask(context.Background())
	if err != nil {
		return "", err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Cache-Control", "no-cache")
	answer, err := t.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostToken))
	switch {
	case err != nil:
		return "", err
	case answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusCreated:
		return accessToken(body)
	case final(answer.StatusCode):
		return "", fmt.Errorf("The response code %d and error response %s was encountered reading the token endpoint response; %w", answer.StatusCode, refusal(body), errFinal)
	}
	return "", fmt.Errorf("The unexpected response code %d and error message %s was encountered reading the token endpoint response", answer.StatusCode, refusal(body))
}

// final reports whether asking again would get the same answer.
func final(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return true
	}
	return status >= 400 && status <= 415
}

// accessToken returns the token of an answer (RFC 6749 section 5.1), which no message repeats.
func accessToken(body []byte) (string, error) {
	var x struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &x); err != nil {
		return "", fmt.Errorf("the token endpoint response is no JSON: %w", err)
	}
	if x.Token = strings.TrimSpace(x.Token); x.Token == "" {
		return "", errors.New("The token endpoint response did not contain an access_token value.")
	}
	return x.Token, nil
}

// refusal is what an answer says of an error (RFC 6749 section 5.2), in Java's form.
func refusal(body []byte) string {
	var x map[string]json.RawMessage
	text := strings.TrimSpace(string(body[:min(len(body), 1000)]))
	switch {
	case text == "":
		return "{}"
	case json.Unmarshal(body, &x) != nil:
		return "{" + text + "}"
	case x["error"] != nil:
		return fmt.Sprintf("{%s - %s}", x["error"], x["error_description"])
	case x["errorCode"] != nil:
		return fmt.Sprintf("{%s - %s}", x["errorCode"], x["errorSummary"])
	}
	return text
}
