package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// fetchTime bounds one attempt to get the keys.
	fetchTime = 10 * time.Second
	// largestAnswer bounds what a provider may answer.
	largestAnswer = 1 << 20
	// mostRedirects bounds how often a provider may send elsewhere.
	mostRedirects = 5
)

// provider asks an OpenID Connect provider for its keys.
type provider struct {
	issuer string
	// keys is the URL of the key set, "" to discover it.
	keys   string
	client *http.Client
}

// newClient returns a client that follows redirects to safe URLs only.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > mostRedirects {
			return errors.New("too many redirects")
		}
		return safe(r.URL.String())
	}}
}

// safe refuses URLs over which anybody on the way could hand out keys of their own.
func safe(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is no URL such as https://idp.example.org/realms/x", text)
	}
	if u.User != nil {
		return errors.New("a URL with a user and password is not taken")
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%q is not https: whoever is on the way could hand out keys of their own (http is taken for this machine only)", text)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// fetch returns the key set.
func (p *provider) fetch(ctx context.Context) ([]byte, error) {
	keys := p.keys
	if keys == "" {
		var err error
		if keys, err = p.discover(ctx); err != nil {
			return nil, err
		}
	}
	return p.get(ctx, keys)
}

// discover asks for the provider's description (OpenID Connect Discovery 1.0) and returns the URL of its key set.
func (p *provider) discover(ctx context.Context) (string, error) {
	at := strings.TrimSuffix(p.issuer, "/") + "/.well-known/openid-configuration"
	text, err := p.get(ctx, at)
	if err != nil {
		return "", err
	}
	var about struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &about); err != nil {
		return "", fmt.Errorf("%s answers no JSON object: %w", at, err)
	}
	if about.Issuer != p.issuer {
		return "", fmt.Errorf("%s speaks for the issuer %q, not for %q", at, about.Issuer, p.issuer)
	}
	if err := safe(about.Keys); err != nil {
		return "", fmt.Errorf("%s: jwks_uri: %w", at, err)
	}
	return about.Keys, nil
}

func (p *provider) get(ctx context.Context, at string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", at, res.Status)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer+1))
	if err == nil && len(text) > largestAnswer {
		err = fmt.Errorf("%s answers more than %d bytes", at, largestAnswer)
	}
	return text, err
}
