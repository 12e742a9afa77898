// Package service is what config providers have in common that ask a service for secrets: requests with retries, answers as JSON, paths with
// parameters, TLS settings, and the encodings of Lenses' providers. Nothing in it puts a part of an answer into an error: answers hold secrets.
package service

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
	"time"
)

// mostBytes bounds an answer; the largest secrets of any service are of 1 MB.
const mostBytes = 8 << 20

// Client sends requests. It may be used from any goroutine.
type Client struct {
	http *http.Client
	// attempts and wait are for failures that may pass: no connection, 429, 5xx.
	attempts int
	wait     time.Duration
	// message finds the reason in the body of a refusal; nil shows the status only.
	message func(body []byte) string
	peer    func(ctx context.Context, target *url.URL) bool
}

// Options say how a Client sends.
type Options struct {
	// TLS is nil for the system's.
	TLS *tls.Config
	// Timeout is of each attempt, 30 s where it is zero.
	Timeout time.Duration
	// Attempts, one at least, are made Wait apart, 1 s where it is zero.
	Attempts int
	Wait     time.Duration
	// Message finds the reason in the body of a refusal, which must not be a secret; nil shows the status only.
	Message func(body []byte) string
	// Direct ignores the proxy of the environment, for addresses of this machine's own network such as those of metadata services.
	Direct bool
	// Peer reports whether a redirect to another host may be followed, with the request's body and all its headers but Authorization and cookies; it
	// may block and use the Client. nil follows all.
	Peer func(ctx context.Context, target *url.URL) bool
}

// NewClient returns a Client.
func NewClient(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = o.TLS
	if o.Direct {
		transport.Proxy = nil
	}
	c := &Client{attempts: max(o.Attempts, 1), wait: o.Wait, message: o.Message, peer: o.Peer}
	c.http = &http.Client{Transport: transport, Timeout: o.Timeout, CheckRedirect: c.redirect}
	return c
}

// redirect follows a standby to its leader, but carries a token neither out of TLS nor to a host that is no peer. net/http keeps Authorization and
// cookies back from another host itself, but knows no other header, and sends bodies along.
func (c *Client) redirect(next *http.Request, via []*http.Request) error {
	if first := via[0].URL; first.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("refusing a redirect from https to " + next.URL.Scheme)
	}
	if len(via) >= 3 {
		return errors.New("more than 3 redirects")
	}
	if c.peer != nil && next.URL.Hostname() != via[0].URL.Hostname() && !c.peer(next.Context(), next.URL) {
		return errors.New("refusing a redirect to " + next.URL.Host + ", which is no server of the same cluster")
	}
	return nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// StatusError is an answer that is no success.
type StatusError struct {
	Method, URL string
	Status      int
	// Message is the reason that the service gives, "" for none.
	Message string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s %s: HTTP status %d", e.Method, e.URL, e.Status)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// IsStatus reports whether err is an answer of that status.
func IsStatus(err error, status int) bool {
	var answer *StatusError
	return errors.As(err, &answer) && answer.Status == status
}

// JSON sends the request that newRequest makes for each attempt and reads the answer into out, unless that is nil. It blocks until an attempt
// succeeds or no further one makes sense, or ctx ends.
func (c *Client) JSON(ctx context.Context, newRequest func(ctx context.Context) (*http.Request, error), out any) error {
	for attempt := 1; ; attempt++ {
		again, err := c.try(ctx, newRequest, out)
		if err == nil || !again || attempt >= c.attempts || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(c.wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// try makes one attempt; again says whether another may succeed.
func (c *Client) try(ctx context.Context, newRequest func(ctx context.Context) (*http.Request, error), out any) (again bool, err error) {
	req, err := newRequest(ctx)
	if err != nil {
		return false, err
	}
	shown := Shown(req.URL)
	resp, err := c.http.Do(req)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err // without the URL, whose parameters may be secret
		}
		var network net.Error
		return errors.As(err, &network) || !isFinal(err), fmt.Errorf("%s %s: %w", req.Method, shown, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBytes+1))
	switch {
	case err != nil:
		return true, fmt.Errorf("%s %s: reading the answer: %w", req.Method, shown, err)
	case len(body) > mostBytes:
		return false, fmt.Errorf("%s %s: the answer is larger than %d bytes", req.Method, shown, mostBytes)
	case resp.StatusCode >= 300 || resp.StatusCode < 200:
		failure := &StatusError{Method: req.Method, URL: shown, Status: resp.StatusCode}
		if c.message != nil {
			failure.Message = c.message(body)
		}
		return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500, failure
	case out == nil:
		return false, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return false, fmt.Errorf("%s %s: the answer is not the JSON that the service documents", req.Method, shown)
	}
	return false, nil
}

// isFinal reports whether trying again cannot help: certificates stay what they are.
func isFinal(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// Shown returns a URL without user and parameters, as errors show it.
func Shown(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	return shown.String()
}
