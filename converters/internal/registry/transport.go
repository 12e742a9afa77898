package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// mostAnswer bounds the answers of a registry.
const mostAnswer = 64 << 20

// transport sends requests to the URLs of a registry, one after the other until one answers.
type transport struct {
	settings *Settings
	client   *http.Client
	// current is the URL to begin with: the one that answered last.
	current atomic.Int64
	// wait pauses between attempts.
	wait func(time.Duration)
}

func newTransport(s *Settings) *transport {
	dialer := &net.Dialer{Timeout: s.ConnectTimeout}
	base := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: s.ConnectTimeout, ResponseHeaderTimeout: s.ReadTimeout,
		TLSClientConfig: s.TLS, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}
	if s.Proxy != nil {
		base.Proxy = http.ProxyURL(s.Proxy)
	}
	t := &transport{settings: s, client: &http.Client{Transport: base}, wait: time.Sleep}
	if s.Randomize {
		t.current.Store(int64(rand.IntN(len(s.URLs))))
	}
	return t
}

// call sends a request and decodes the answer.
func (t *transport) call(method, path string, body []byte, answer any) error {
	urls := t.settings.URLs
	first := int(t.current.Load())
	var err error
	for i := range urls {
		at := (first + i) % len(urls)
		if err = t.attempts(urls[at], method, path, body, answer); err == nil {
			t.current.Store(int64(at))
			return nil
		}
		if !passing(err) {
			return err
		}
	}
	return err
}

func passing(err error) bool {
	var rest *RestError
	var network *networkError
	return errors.As(err, &rest) && rest.passing() || errors.As(err, &network)
}

// attempts sends a request to one URL, as often as the settings say.
func (t *transport) attempts(base *url.URL, method, path string, body []byte, answer any) error {
	for n := 0; ; n++ {
		err := t.once(base, method, path, body, answer)
		if err == nil || !passing(err) || n >= t.settings.Retries {
			return err
		}
		most := min(t.settings.Wait<<min(n, 30), t.settings.MaxWait)
		if most > 0 {
			t.wait(time.Duration(rand.Int64N(int64(most)) + 1))
		}
	}
}

func (t *transport) once(base *url.URL, method, path string, body []byte, answer any) error {
	target := *base
	target.User = nil
	address := strings.TrimSuffix(target.String(), "/") + path
	request := method + " " + address
	ctx := context.Background()
	if limit := t.settings.ConnectTimeout + t.settings.ReadTimeout; t.settings.ReadTimeout > 0 && t.settings.ConnectTimeout > 0 {
		// The answer's body must not take for ever either.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit+t.settings.ReadTimeout)
		defer cancel()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", request, err)
	}
	r.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	}
	for name, value := range t.settings.Headers {
		r.Header.Set(name, value)
	}
	if err := t.settings.credentials.authorize(r, base.User); err != nil {
		return err
	}
	response, err := t.client.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return &networkError{request, err}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer+1))
	switch {
	case err != nil:
		return &networkError{request, err}
	case len(content) > mostAnswer:
		return fmt.Errorf("%s: the answer is longer than %d bytes", request, mostAnswer)
	case response.StatusCode != http.StatusOK && response.StatusCode != http.StatusMultiStatus:
		return decodeError(response.StatusCode, content, request)
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("%s: the answer is not that of a schema registry: %w", request, err)
	}
	return nil
}
