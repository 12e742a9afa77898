package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
)

// A RefusedError says that a broker and a client did not accept each other. Java's clients throw the like from every call; here the client goes
// on trying, more and more seldom, and who made it decides (see OnAuthenticationFailure).
type RefusedError struct {
	// Source names the client, as in notices.
	Source string
	// TLS says that the handshake failed; else it was the login.
	TLS bool
	Err error
}

// Error has the broker's words, the client and the keys to look at.
func (e *RefusedError) Error() string {
	text := strings.TrimPrefix(e.Err.Error(), kerr.SaslAuthenticationFailed.Error()+": ")
	if e.TLS {
		return text + " (" + e.Source + ": look at ssl.keystore.location and ssl.truststore.location)"
	}
	return text + " (" + e.Source + ": look at sasl.mechanism and sasl.jaas.config)"
}

// Is makes errors.Is find the broker's error, which is no cause of its own: its words are in the text.
func (e *RefusedError) Is(target error) bool { return errors.Is(e.Err, target) }

// JavaClass returns the name of Java's exception.
func (e *RefusedError) JavaClass() string {
	if e.TLS {
		return "org.apache.kafka.common.errors.SslAuthenticationException"
	}
	return "org.apache.kafka.common.errors.SaslAuthenticationException"
}

// OnAuthenticationFailure calls a function with a *RefusedError once a broker and a client of NewProducer or NewConsumer refuse each other, or
// at once where that happened before. The function is called at most once, on a goroutine of the client, and must not block. Java's clients
// fail then, because further attempts with wrong credentials lock accounts.
func OnAuthenticationFailure(client *kgo.Client, told func(error)) {
	if logger, ok := client.OptValue(kgo.WithLogger).(slogLogger); ok && logger.watch != nil {
		logger.watch.tell(told)
	}
}

// loginWatch is what one client knows of its refusals. The client reports them in its log only.
type loginWatch struct {
	source string

	mu   sync.Mutex
	err  error
	told func(error)
	gate *loginGate // nil without SASL
}

func (w *loginWatch) tell(told func(error)) {
	w.mu.Lock()
	err := w.err
	if err == nil {
		w.told = told
	}
	w.mu.Unlock()
	if err != nil {
		told(err)
	}
}

// logged looks through the attributes of a message for a refusal.
func (w *loginWatch) logged(keyvals []any) {
	for _, v := range keyvals {
		switch err, _ := v.(error); {
		case err == nil:
		case AuthenticationFailed(err):
			w.refused(err, false)
		case tlsRefusal(err):
			w.refused(err, true)
		}
	}
}

func (w *loginWatch) refused(err error, tls bool) {
	if w == nil {
		return
	}
	w.mu.Lock()
	if w.gate != nil && !tls {
		var login *LoginError
		if !errors.As(err, &login) || login.refused {
			w.gate.note(time.Now(), err)
		}
	}
	told := w.told
	w.told = nil
	if w.err == nil {
		w.err = &RefusedError{w.source, tls, err}
	}
	err = w.err
	w.mu.Unlock()
	if told != nil {
		told(err)
	}
}

// loginGate keeps credentials that a cluster refused from being sent again and again. All clients with the same credentials share it.
type loginGate struct {
	mu        sync.Mutex
	restraint restraint
}

// The pauses between attempts to log in with credentials that were refused.
const firstLoginPause, longestLoginPause = time.Second, 30 * time.Second

func newLoginGate() *loginGate {
	return &loginGate{restraint: restraint{initial: firstLoginPause, limit: longestLoginPause}}
}

func (g *loginGate) check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.restraint.check(time.Now())
}

// note counts a refusal, but not those of attempts that were under way when the first came.
func (g *loginGate) note(now time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil || g.restraint.check(now) == nil {
		g.restraint.note(now, err)
	}
}

// gated is a mechanism behind a gate.
type gated struct {
	sasl.Mechanism
	*lease[*loginGate]
	watch *loginWatch
}

// Authenticate begins a login, unless the same was refused a moment ago.
func (m *gated) Authenticate(ctx context.Context, address string) (sasl.Session, []byte, error) {
	gate, err := m.get()
	if err != nil {
		return nil, nil, err
	}
	m.watch.mu.Lock()
	m.watch.gate = gate
	m.watch.mu.Unlock()
	if err := gate.check(); err != nil {
		return nil, nil, &LoginError{Mechanism: m.Name(), Err: err}
	}
	session, first, err := m.Mechanism.Authenticate(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	return &gatedSession{session, gate, m.Name()}, first, nil
}

// Close gives back what the mechanism holds.
func (m *gated) Close() {
	m.lease.Close()
	if c, ok := m.Mechanism.(sasl.ClosingMechanism); ok {
		c.Close()
	}
}

type gatedSession struct {
	sasl.Session
	gate *loginGate
	name string
}

// Challenge answers the broker. Brokers say no by an error code, which never comes here, so reaching the end is a success.
func (s *gatedSession) Challenge(challenge []byte) (bool, []byte, error) {
	done, answer, err := s.Session.Challenge(challenge)
	switch {
	case err != nil:
		err = &LoginError{Mechanism: s.name, Err: fmt.Errorf("the broker's answer is not accepted: %w", err), refused: true}
	case done:
		s.gate.note(time.Now(), nil)
	}
	return done, answer, err
}
