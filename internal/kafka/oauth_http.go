package kafka

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokenForm builds one request: its form and, for a client that has a secret, what it authenticates with.
type tokenForm func() (form, authorization string, err error)

// tokenRequest asks an OAuth endpoint for a token, as HttpJwtRetriever does.
type tokenRequest struct {
	endpoint       string
	form           tokenForm
	client         *http.Client
	initial, limit time.Duration // of the pauses between attempts; the limit bounds all attempts too
}

// Without limits of the user's own a request ends after these; Java waits without end.
const tokenConnectTimeout, tokenReadTimeout = 10 * time.Second, 30 * time.Second

func newTokenRequest(l Login, endpoint *url.URL, form tokenForm) (func(context.Context) (string, error), error) {
	connect, read := tokenConnectTimeout, tokenReadTimeout
	if ms := l.millis("sasl.login.connect.timeout.ms"); ms > 0 {
		connect = ms
	}
	if ms := l.millis("sasl.login.read.timeout.ms"); ms > 0 {
		read = ms
	}
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:   connect,
		ResponseHeaderTimeout: read,
		DisableKeepAlives:     true, // the next request comes in minutes or hours
	}
	if strings.EqualFold(endpoint.Scheme, "https") {
		config, err := l.endpointTLS(connect)
		if err != nil {
			return nil, err
		}
		transport.DialTLSContext = config
	}
	r := &tokenRequest{endpoint: endpoint.String(), form: form, initial: l.millis("sasl.login.retry.backoff.ms"), limit: l.millis("sasl.login.retry.backoff.max.ms"),
		client: &http.Client{Transport: transport, Timeout: connect + read,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	return r.fetch, nil
}

// endpointTLS takes the ssl.* options of the login module, as JaasOptionsUtils.createSSLSocketFactory does; without any, the system's
// certificates are trusted.
func (l Login) endpointTLS(timeout time.Duration) (func(context.Context, string, string) (net.Conn, error), error) {
	properties := map[string]string{"bootstrap.servers": "unused:1"}
	for name, value := range l.Module.Options {
		if strings.HasPrefix(name, "ssl.") {
			properties[name] = value
		}
	}
	config, err := ParseConfig(AdminClient, properties)
	if err != nil {
		return nil, fmt.Errorf("options of the login module: %w", err)
	}
	security, err := newTLS(clientSide, config.sslSettings(), l.warn)
	if err != nil {
		return nil, fmt.Errorf("options of the login module: %w", err)
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, 2*timeout)
		defer cancel()
		conn, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(address)
		secure := tls.Client(conn, security.clientConfig(host))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(security.explain(address, err), conn.Close())
		}
		return secure, nil
	}, nil
}

// fetch tries until a token comes, the endpoint refuses for good or the time is over.
func (r *tokenRequest) fetch(ctx context.Context) (string, error) {
	end := time.Now().Add(r.limit)
	for pause := r.initial; ; pause *= 2 {
		token, final, err := r.once(ctx)
		if err == nil {
			return token, nil
		}
		err = fmt.Errorf("token endpoint %s (%s): %w", r.endpoint, tokenEndpoint, err)
		left := time.Until(end)
		if final || left <= 0 {
			return "", err
		}
		timer := time.NewTimer(min(max(pause, time.Millisecond), left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return "", ctx.Err()
		}
	}
}

// largestAnswer bounds what is read of an answer.
const largestAnswer = 1 << 20

func (r *tokenRequest) once(ctx context.Context) (token string, final bool, err error) {
	form, authorization, err := r.form()
	if err != nil {
		return "", true, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint, strings.NewReader(form))
	if err != nil {
		return "", true, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Cache-Control", "no-cache")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := r.client.Do(request)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the URL once more
		}
		return "", false, err
	}
	defer func() { _ = response.Body.Close() }() // it was read, or the request failed
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return "", false, err
	}
	switch code := response.StatusCode; {
	case code == http.StatusOK || code == http.StatusCreated:
		token, err := tokenOf(body)
		return token, err != nil && len(body) > 0, err
	case slices.Contains(finalCodes, code) || code >= 300 && code < 400:
		return "", true, fmt.Errorf("The response code %d and error response %s was encountered reading the token endpoint response; will not attempt further retries", code, errorOf(body))
	default:
		return "", false, fmt.Errorf("The unexpected response code %d and error message %s was encountered reading the token endpoint response", code, errorOf(body))
	}
}

// finalCodes are those after which Java does not try again.
var finalCodes = []int{400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 501, 505}

// tokenOf is JwtResponseParser. It shows nothing of an answer that it does not understand, since a token may be in it.
func tokenOf(body []byte) (string, error) {
	if len(body) == 0 {
		return "", errors.New("The token endpoint response was unexpectedly empty")
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", errors.New("The token endpoint response is no JSON object")
	}
	for _, member := range []string{"access_token", "id_token"} {
		if token, _ := answer[member].(string); strings.TrimSpace(token) != "" {
			return strings.TrimSpace(token), nil
		}
	}
	return "", errors.New("The token endpoint response did not contain a valid JWT: it has neither access_token nor id_token")
}

// errorOf is HttpJwtRetriever.formatErrorMessage; by RFC 6749 (5.2) an error answer holds no secrets.
func errorOf(body []byte) string {
	text := strings.TrimSpace(string(body))
	if text == "" {
		return "{}"
	}
	if len(text) > 1000 {
		text = strings.ToValidUTF8(text[:1000], "")
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return "{" + text + "}"
	}
	member := func(name string) string {
		value, present := answer[name]
		if !present {
			return ""
		}
		b, _ := json.Marshal(value)
		return string(b)
	}
	for _, pair := range [][2]string{{"error", "error_description"}, {"errorCode", "errorSummary"}} {
		if code := member(pair[0]); code != "" {
			return "{" + code + " - " + member(pair[1]) + "}"
		}
	}
	return text
}
