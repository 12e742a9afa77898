package httplookup

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// clientSettings are the options of requests.
type clientSettings struct {
	header              http.Header
	authHeader          string // the header with the secret, "" for none
	tls                 *tls.Config
	timeout             time.Duration
	retries             int
	backoff, maxBackoff time.Duration
	maxBytes            int64
}

func readClientSettings(values *config.Values) (c clientSettings, err error) {
	c = clientSettings{header: http.Header{"Accept": {"application/json"}, "User-Agent": {"moldau"}}, timeout: values.Duration("timeout.ms"),
		retries: values.Int("retries"), backoff: values.Duration("retry.backoff.ms"), maxBackoff: values.Duration("retry.backoff.max.ms"),
		maxBytes: values.Int64("response.max.bytes")}
	for _, text := range values.List(headersKey) {
		name, value, _ := strings.Cut(text, ":")
		c.header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	token := values.Password("auth.token").Reveal()
	switch values.String(authKey) {
	case "basic":
		pair := values.String("auth.user") + ":" + values.Password("auth.password").Reveal()
		c.authHeader = "Authorization"
		c.header.Set(c.authHeader, "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	case "bearer":
		c.authHeader = "Authorization"
		c.header.Set(c.authHeader, "Bearer "+token)
	case "header":
		c.authHeader = values.String("auth.header")
		c.header.Set(c.authHeader, token)
	}
	c.tls, err = readTLS(values.String("tls.ca"), values.String("tls.certificate"), values.String("tls.key"))
	return c, err
}

func readTLS(ca, certificate, key string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, config.Invalid("tls.ca", ca, err.Error())
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, config.Invalid("tls.ca", ca, "The file holds no certificates in PEM")
		}
	}
	if (certificate == "") != (key == "") {
		return nil, config.Failed("tls.certificate and tls.key go together")
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, config.Invalid("tls.certificate", certificate, err.Error())
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// client asks the service. Any number of goroutines may use it.
type client struct {
	clientSettings
	http     *http.Client
	notFound []int
	// shown is the URL in messages.
	shown string
}

const mostRedirects = 10

func newClient(s *settings) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.client.tls
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost, transport.MaxIdleConns = s.concurrency, s.concurrency, 0
	c := &client{clientSettings: s.client, notFound: s.notFound, shown: s.url.shown}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.redirect}
	return c
}

// redirect keeps secrets from other hosts and from unencrypted connections.
func (c *client) redirect(r *http.Request, via []*http.Request) error {
	switch first := via[0].URL; {
	case len(via) >= mostRedirects:
		return errors.New("stopped after " + strconv.Itoa(mostRedirects) + " redirects")
	case first.Scheme == "https" && r.URL.Scheme != "https":
		return errors.New("refused a redirect from https to " + r.URL.Scheme)
	case c.authHeader != "" && r.URL.Host != first.Host:
		r.Header.Del(c.authHeader)
	}
	return nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// get asks for one URL until there is an answer, the attempts are used up or ctx ends. It returns nil where the service has nothing. Errors are
// retriable where another attempt may succeed, else the fault of the record; reached tells whether the last attempt got an answer of any kind.
func (c *client) get(ctx context.Context, target string) (body []byte, reached bool, _ error) {
	for attempt := 0; ; attempt++ {
		body, again, err := c.attempt(ctx, target)
		if err == nil {
			return body, true, nil
		}
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		message := "GET " + c.shown + ": " + err.Error()
		if !again.possible {
			return nil, true, smt.DataError(message)
		}
		if attempt == c.retries {
			return nil, !again.unreached,
				connect.NewRetriable(javafmt.NewException(javafmt.RetriableException, fmt.Sprintf("%s (after %d attempts)", message, attempt+1), err))
		}
		if err := pause(ctx, max(c.delay(attempt), min(again.after, c.maxBackoff))); err != nil {
			return nil, false, err
		}
	}
}

// delay returns how long to wait after an attempt, counted from 0.
func (c *client) delay(attempt int) time.Duration {
	d := min(c.backoff<<min(attempt, 30), c.maxBackoff)
	if d <= 0 {
		return 0
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retry tells whether another attempt may succeed, what the service says about when, and whether it could not be asked or did not answer in time.
type retry struct {
	possible  bool
	after     time.Duration
	unreached bool
}

func (c *client) attempt(ctx context.Context, target string) ([]byte, retry, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, retry{}, inner(err)
	}
	r.Header = c.header.Clone()
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, retry{possible: true, unreached: true}, c.explain(err)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.maxBytes+1))
	// Only what was read matters; the connection is given up where there is more.
	_ = answer.Body.Close()
	switch status := answer.StatusCode; {
	case slices.Contains(c.notFound, status):
		return nil, retry{}, nil
	case status == http.StatusTooManyRequests || status >= 500:
		return nil, retry{possible: true, after: retryAfter(answer.Header)}, statusError(answer)
	case status < 200 || status >= 300:
		return nil, retry{}, statusError(answer)
	}
	switch {
	case err != nil:
		return nil, retry{possible: true, unreached: true}, c.explain(err)
	case int64(len(body)) > c.maxBytes:
		return nil, retry{}, fmt.Errorf("the answer is longer than the %d bytes of response.max.bytes", c.maxBytes)
	case len(strings.TrimSpace(string(body))) == 0:
		return nil, retry{}, nil
	}
	return body, retry{}, nil
}

func statusError(r *http.Response) error {
	return errors.New("the service answers with status " + r.Status)
}

// explain returns an error without the URL, which holds data of the record and maybe secrets.
func (c *client) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within the %v of timeout.ms", c.timeout)
	}
	return inner(err)
}

func inner(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads the header of that name, which holds seconds or a date.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), 86400)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
