package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// session is the connection to a server with its token, which it keeps alive.
type session struct {
	client    *service.Client
	base      *url.URL
	namespace string
	values    *config.Values
	now       func() time.Time

	mu sync.Mutex
	// token is "" before the first login. It ends at expires, zero for never.
	token   string
	issued  time.Time
	expires time.Time
	renew   bool
	// given says that the token is from the parameters: there is no other one.
	given bool
}

// answer is what every endpoint answers with.
type answer struct {
	LeaseID       string          `json:"lease_id"`
	LeaseDuration int64           `json:"lease_duration"`
	Renewable     bool            `json:"renewable"`
	Data          json.RawMessage `json:"data"`
	Auth          *struct {
		ClientToken   string `json:"client_token"`
		LeaseDuration int64  `json:"lease_duration"`
		Renewable     bool   `json:"renewable"`
	} `json:"auth"`
}

// refusal returns the errors that Vault gives as reasons. They are its own words about a request, never a secret's content.
func refusal(body []byte) string {
	var reasons struct {
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(body, &reasons) != nil {
		return ""
	}
	return strings.TrimSpace(strings.Join(strings.Fields(strings.Join(reasons.Errors, "; ")), " "))
}

// send makes one request with a token, "" for none.
func (s *session) send(ctx context.Context, method, path string, query url.Values, token string, body any) (*answer, error) {
	var out answer
	err := s.client.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
		var payload bytes.Buffer
		if body != nil {
			if err := json.NewEncoder(&payload).Encode(body); err != nil {
				return nil, err
			}
		}
		target := s.base.JoinPath("v1", path)
		target.RawQuery = query.Encode()
		req, err := http.NewRequestWithContext(ctx, method, target.String(), &payload)
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-Vault-Request", "true")
		if token != "" {
			req.Header.Set("X-Vault-Token", token)
		}
		if s.namespace != "" {
			req.Header.Set("X-Vault-Namespace", s.namespace)
		}
		return req, nil
	}, &out)
	return &out, err
}

// leaderAsked marks the contexts of isLeader's own requests.
type leaderAsked struct{}

// isLeader reports whether the server that was configured names a host as its leader: a standby redirects there, and nobody else may get the token.
func (s *session) isLeader(ctx context.Context, target *url.URL) bool {
	if ctx.Value(leaderAsked{}) != nil {
		return false // every server answers that question itself
	}
	ctx = context.WithValue(ctx, leaderAsked{}, true)
	var about struct {
		Address string `json:"leader_address"`
	}
	err := s.client.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, s.base.JoinPath("v1", "sys/leader").String(), nil)
	}, &about)
	leader, invalid := url.Parse(about.Address)
	return err == nil && invalid == nil && leader.Host != "" && leader.Host == target.Host
}

// call makes a request with the session's token. A token that was revoked meanwhile is replaced by a new login, once.
func (s *session) call(ctx context.Context, method, path string, query url.Values, body any) (*answer, error) {
	token, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.send(ctx, method, path, query, token, body)
	if !service.IsStatus(err, http.StatusForbidden) || !s.drop(token) {
		return out, err
	}
	if token, err = s.current(ctx); err != nil {
		return nil, err
	}
	return s.send(ctx, method, path, query, token, body)
}

// drop forgets a token that was refused; false where there is no other way to get one. A token of which Vault still knows is not the reason for
// a refusal.
func (s *session) drop(token string) bool {
	l, err := loginOf(s.values)
	if err != nil || l.path == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := s.send(ctx, http.MethodGet, "auth/token/lookup-self", nil, token, nil); !service.IsStatus(err, http.StatusForbidden) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
	return true
}

// current returns a token that is good, logging in where there is none.
func (s *session) current(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && (s.expires.IsZero() || s.now().Before(s.expires)) {
		return s.token, nil
	}
	err := s.logIn(ctx)
	return s.token, err
}

// logIn gets a token. s.mu is held.
func (s *session) logIn(ctx context.Context) error {
	l, err := loginOf(s.values)
	if err != nil {
		return err
	}
	if l.path == "" {
		return s.lookUp(ctx)
	}
	out, err := s.send(ctx, http.MethodPost, l.path, nil, "", l.body)
	if err != nil {
		return service.Failed("Exception while authenticating to Vault", err)
	}
	if out.Auth == nil || out.Auth.ClientToken == "" {
		return config.Failed("Exception while authenticating to Vault: the answer to " + l.path + " holds no token")
	}
	s.keep(out.Auth.ClientToken, out.Auth.LeaseDuration, out.Auth.Renewable)
	return nil
}

// lookUp finds out how long the configured token is good for.
func (s *session) lookUp(ctx context.Context) error {
	given := givenToken(s.values)
	if given == "" {
		return config.Failed(token + " or the environment variable VAULT_TOKEN must be set for " + authMethod + "=token")
	}
	out, err := s.send(ctx, http.MethodGet, "auth/token/lookup-self", nil, given, nil)
	if err != nil {
		return service.Failed("Exception while authenticating to Vault", err)
	}
	var about struct {
		TTL       int64 `json:"ttl"`
		Renewable bool  `json:"renewable"`
	}
	// A token whose policy hides its own data is used as it is.
	_ = json.Unmarshal(out.Data, &about)
	s.given = true
	s.keep(given, about.TTL, about.Renewable)
	return nil
}

func (s *session) keep(token string, seconds int64, renewable bool) {
	s.token, s.renew, s.issued, s.expires = token, renewable, s.now(), time.Time{}
	if seconds > 0 {
		s.expires = s.issued.Add(time.Duration(seconds) * time.Second)
	}
}

// next returns when the token is to be renewed: after two thirds of its life, most at the latest; ok is false where that needs not be or cannot be.
func (s *session) next(most time.Duration) (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == "" || s.expires.IsZero() || !s.renew && s.given {
		return 0, false
	}
	return max(min(s.expires.Sub(s.issued)*2/3-s.now().Sub(s.issued), most), time.Second), true
}

// refresh renews the token, or logs in again where it cannot be renewed.
func (s *session) refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.expires.Sub(s.now())
	if s.renew && left > 0 {
		out, err := s.send(ctx, http.MethodPost, "auth/token/renew-self", nil, s.token, map[string]any{})
		if err == nil && out.Auth != nil {
			life := time.Duration(out.Auth.LeaseDuration) * time.Second
			// Near its greatest age a token is renewed by less and less: a login is due.
			if life > left || out.Auth.LeaseDuration == 0 {
				s.keep(s.token, out.Auth.LeaseDuration, out.Auth.Renewable)
				return nil
			}
		} else if err != nil && !service.IsStatus(err, http.StatusForbidden) && !service.IsStatus(err, http.StatusBadRequest) {
			return err // Vault may be out of reach for now: the token is still good
		}
	}
	if l, err := loginOf(s.values); err != nil || l.path == "" {
		return errors.Join(err, errors.New("the token given as "+token+" cannot be renewed any further"))
	}
	return s.logIn(ctx)
}

// keepAlive renews the token in time until ctx ends.
func (s *session) keepAlive(ctx context.Context, most time.Duration) {
	for {
		wait, ok := s.next(most)
		if !ok {
			wait = most
		}
		if !pause(ctx, wait) {
			return
		}
		if _, due := s.next(most); !due {
			continue
		}
		for again := 10 * time.Second; ; again = min(2*again, most) {
			err := s.refresh(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			slog.Warn("config provider: the token of Vault could not be renewed", "address", service.Shown(s.base), "error", err)
			if !pause(ctx, again) {
				return
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unwrapped takes the path out of an error of a file that the message names already.
func unwrapped(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
