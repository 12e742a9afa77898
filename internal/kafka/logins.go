package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// A LoginError says that a client could not get what it logs in with: a token, a ticket, credentials of a cloud. It never holds a secret.
type LoginError struct {
	// Mechanism is the value of sasl.mechanism.
	Mechanism string
	Err       error

	refused bool // it was the broker that did not go on
}

// Error names the mechanism.
func (e *LoginError) Error() string { return e.Mechanism + " login failed: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LoginError) Unwrap() error { return e.Err }

// JavaClass returns the name of Java's exception, for logs and traces.
func (e *LoginError) JavaClass() string {
	return "org.apache.kafka.common.errors.SaslAuthenticationException"
}

// AuthenticationFailed reports whether an error says that a broker refused a login, or that there is nothing to log in with. Trying again with
// the same settings does not help and may lock the account, so Java's clients give up at once.
func AuthenticationFailed(err error) bool {
	var login *LoginError
	var refused *RefusedError
	return errors.As(err, &login) || errors.As(err, &refused) || errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.IllegalSaslState) ||
		errors.Is(err, kerr.UnsupportedSaslMechanism)
}

// logins are the logins that clients of one process share, as those of Java's LoginManager: a worker with hundreds of clients asks a token
// endpoint or a key distribution centre once, not hundreds of times. The zero value is ready.
type logins struct {
	mu     sync.Mutex
	shared map[string]*sharedLogin
}

type sharedLogin struct {
	users int
	value any
}

// acquire returns the login for a key, made by the first who asks. The key holds all that the login depends on and is never shown.
func (l *logins) acquire(key string, build func() any) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.shared[key]
	if s == nil {
		if l.shared == nil {
			l.shared = map[string]*sharedLogin{}
		}
		s = &sharedLogin{value: build()}
		l.shared[key] = s
	}
	s.users++
	return s.value
}

// release gives a login back; the last user closes it.
func (l *logins) release(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.shared[key]
	if s == nil {
		return
	}
	if s.users--; s.users > 0 {
		return
	}
	delete(l.shared, key)
	if c, ok := s.value.(interface{ close() }); ok {
		c.close()
	}
}

// lease is one client's hold on a shared login. It begins with the first use, because options of clients that are never made must hold nothing.
type lease[T any] struct {
	logins *logins
	key    string
	build  func() T

	mu     sync.Mutex
	held   bool
	closed bool
	value  T
}

func (l *lease[T]) get() (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		var zero T
		return zero, errors.New("the client is closed")
	}
	if !l.held {
		l.value = l.logins.acquire(l.key, func() any { return l.build() }).(T)
		l.held = true
	}
	return l.value, nil
}

// Close gives the login back. The client calls it once.
func (l *lease[T]) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held && !l.closed {
		l.logins.release(l.key)
	}
	l.closed = true
}

// turn lets one goroutine at a time in and gives up with its context.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }

// restraint remembers a failed login, so that clients which connect again and again do not ask again and again: wrong credentials that are
// tried without end lock accounts. It is used by one goroutine at a time.
type restraint struct {
	initial, limit time.Duration

	failures int
	err      error
	until    time.Time
}

// check returns the remembered failure while it holds.
func (r *restraint) check(now time.Time) error {
	if r.err != nil && now.Before(r.until) {
		return fmt.Errorf("%w (not tried again before %s)", r.err, r.until.UTC().Format(time.RFC3339))
	}
	return nil
}

// note remembers the outcome of an attempt.
func (r *restraint) note(now time.Time, err error) {
	if err == nil {
		r.failures, r.err = 0, nil
		return
	}
	r.failures++
	r.err = err
	r.until = now.Add(backoff(r.initial, r.limit)(r.failures))
}
