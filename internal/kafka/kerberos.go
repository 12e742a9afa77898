package kafka

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/kerberos"
)

// gssapiLogin is GSSAPI with Kerberos, from the options of Java's Krb5LoginModule: a keytab, or a cache that kinit filled.
func gssapiLogin(l Login) (sasl.Mechanism, error) {
	if simpleName(l.Module.Class) != "Krb5LoginModule" {
		return nil, &ConfigError{"sasl.jaas.config", "No LoginModule found for " + l.Module.Class + ": mechanism GSSAPI takes com.sun.security.auth.module.Krb5LoginModule."}
	}
	service, err := l.serviceName()
	if err != nil {
		return nil, err
	}
	settings, err := l.kerberosSettings()
	if err != nil {
		return nil, err
	}
	held := &lease[*kerberosLoginState]{logins: l.logins, key: l.key(), build: func() *kerberosLoginState { return newKerberosLogin(settings) }}
	inner := kerberos.Kerberos(func(ctx context.Context) (kerberos.Auth, error) {
		state, err := held.get()
		if err != nil {
			return kerberos.Auth{}, err
		}
		c, err := state.login(ctx)
		if err != nil {
			return kerberos.Auth{}, &LoginError{Mechanism: l.Mechanism, Err: err}
		}
		return kerberos.Auth{Client: c, Service: service, PersistAfterAuth: true}, nil
	})
	return &kerberosMechanism{held, inner, l.Mechanism, service, settings.canonicalize()}, nil
}

// serviceName is KerberosLogin.getServiceName.
func (l Login) serviceName() (string, error) {
	const key = "sasl.kerberos.service.name"
	jaas, property := l.Module.Options["serviceName"], l.Property(key)
	switch {
	case jaas != "" && property != "" && jaas != property:
		return "", &ConfigError{key, fmt.Sprintf("Conflicting serviceName values found in JAAS and Kafka configs value in JAAS file %s, value in Kafka config %s", jaas, property)}
	case jaas != "":
		return jaas, nil
	case property != "":
		return property, nil
	}
	return "", &ConfigError{key, "No serviceName defined in either JAAS or Kafka config (" + key + ")"}
}

type kerberosMechanism struct {
	*lease[*kerberosLoginState]
	inner         sasl.Mechanism
	name, service string
	canonicalize  bool
}

// Name is GSSAPI.
func (m *kerberosMechanism) Name() string { return m.inner.Name() }

// Authenticate begins a login with a broker, whose address the client knows as host:port.
func (m *kerberosMechanism) Authenticate(ctx context.Context, address string) (sasl.Session, []byte, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, err
	}
	host = strings.ToLower(host)
	if m.canonicalize {
		host = longerName(ctx, host)
	}
	session, first, err := m.inner.Authenticate(ctx, net.JoinHostPort(host, port))
	if err != nil && !AuthenticationFailed(err) {
		err = &LoginError{Mechanism: m.name, Err: fmt.Errorf("no Kerberos ticket for the service %s/%s (sasl.kerberos.service.name and the broker's advertised name): %w", m.service, host, err)}
	}
	return session, first, err
}

// longerName is what Java's PrincipalName makes of host names: of bunny it makes bunny.rabbit.hole, and no other name of one that has dots.
func longerName(ctx context.Context, host string) string {
	if net.ParseIP(host) != nil {
		return host
	}
	ips, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil || len(ips) == 0 {
		return host
	}
	names, err := net.DefaultResolver.LookupAddr(ctx, ips[0])
	if err != nil || len(names) == 0 {
		return host
	}
	if long := strings.ToLower(strings.TrimSuffix(names[0], ".")); strings.HasPrefix(long, host+".") {
		return long
	}
	return host
}

// kerberosLoginState keeps one login alive: tickets are renewed before they expire, and files are read again when they change.
type kerberosLoginState struct {
	settings kerberosSettings
	turn     turn

	mu        sync.Mutex // of what close touches
	client    *client.Client
	timer     *time.Timer
	closed    bool
	stamps    map[string]fileStamp
	expiry    time.Time // of a ticket from a cache
	restraint restraint
}

func newKerberosLogin(s kerberosSettings) *kerberosLoginState {
	return &kerberosLoginState{settings: s, turn: newTurn(), restraint: restraint{initial: s.relogin, limit: s.relogin}}
}

// login returns a client with a ticket that is valid now. A refused login is not tried again before sasl.kerberos.min.time.before.relogin,
// unless a file changed meanwhile.
func (k *kerberosLoginState) login(ctx context.Context) (*client.Client, error) {
	if err := k.turn.take(ctx); err != nil {
		return nil, err
	}
	defer k.turn.give()
	stamps := k.settings.stamps()
	changed := len(stamps) != len(k.stamps)
	for path, stamp := range stamps {
		changed = changed || k.stamps[path] != stamp
	}
	now := time.Now()
	if !changed {
		if k.client != nil && (k.expiry.IsZero() || now.Before(k.expiry)) {
			if err := k.client.AffirmLogin(); err != nil {
				return nil, k.settings.explain(err)
			}
			return k.client, nil
		}
		if err := k.restraint.check(now); err != nil {
			return nil, err
		}
	}
	c, expiry, err := k.settings.open(now)
	if err == nil {
		if err = c.AffirmLogin(); err != nil {
			c.Destroy()
			err = k.settings.explain(err)
		}
	}
	k.stamps = stamps
	k.restraint.initial = k.settings.relogin
	if unreachable(err) {
		k.restraint.initial = time.Second
	}
	k.restraint.note(time.Now(), err)
	if err != nil {
		return nil, err
	}
	return c, k.use(c, expiry)
}

// use makes a client the one in use and plans the renewal of a ticket from a cache; the library renews those of keytabs.
func (k *kerberosLoginState) use(c *client.Client, expiry time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		c.Destroy()
		return os.ErrClosed
	}
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	if k.client != nil && k.client != c {
		k.client.Destroy()
	}
	k.client, k.expiry = c, expiry
	if wait, renewable := k.settings.renewal(time.Now()); !expiry.IsZero() && renewable {
		k.timer = time.AfterFunc(wait, k.renew)
	}
	return nil
}

// renew extends a ticket from a cache, in memory: the file belongs to kinit.
func (k *kerberosLoginState) renew() {
	if err := k.turn.take(context.Background()); err != nil {
		return
	}
	defer k.turn.give()
	k.mu.Lock()
	c, closed := k.client, k.closed
	k.mu.Unlock()
	if closed || c == nil {
		return
	}
	renewed, expiry, err := k.settings.extend(c)
	if err != nil {
		k.settings.warn("sasl.jaas.config", "renewing the Kerberos ticket failed: "+err.Error())
		return // at the next login the file is read again
	}
	_ = k.use(renewed, expiry) // closed meanwhile
}

func (k *kerberosLoginState) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
	}
	if k.client != nil {
		k.client.Destroy()
	}
}
