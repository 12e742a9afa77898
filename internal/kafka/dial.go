package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// dialer builds the function that opens connections: TCP, socket buffers, and TLS where security.protocol asks for it.
func (b *builder) dialer() (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	c := b.config
	d := &dialer{
		base:      b.environment.Dial,
		setup:     max(c.millis("socket.connection.setup.timeout.ms"), time.Millisecond),
		setupMax:  max(c.millis("socket.connection.setup.timeout.max.ms"), time.Millisecond),
		reconnect: backoff(c.millis("reconnect.backoff.ms"), c.millis("reconnect.backoff.max.ms")),
		failing:   map[string]*failingHost{},
		watch:     b.watch,
		gate:      b.gate,
	}
	if d.base == nil {
		d.base = new(net.Dialer).DialContext
	}
	// The operating system sizes buffers by itself unless told otherwise, so Java's defaults are not imposed.
	if c.given("send.buffer.bytes") {
		d.send = int(c.number("send.buffer.bytes"))
	}
	if c.given("receive.buffer.bytes") {
		d.receive = int(c.number("receive.buffer.bytes"))
	}
	if protocol := strings.ToUpper(c.text("security.protocol")); protocol == "SSL" || protocol == "SASL_SSL" {
		security, err := newTLS(clientSide, c.sslSettings(), func(key, reason string) { b.notice(Warning, key, reason) })
		if err != nil {
			return nil, err
		}
		d.security, b.security = security, security
	}
	return d.dial, nil
}

type dialer struct {
	base            func(ctx context.Context, network, address string) (net.Conn, error)
	send, receive   int
	setup, setupMax time.Duration
	reconnect       func(failures int) time.Duration
	security        *TLS
	watch           *loginWatch
	gate            FetchGate // nil for none

	mu      sync.Mutex
	failing map[string]*failingHost
}

// failingHost remembers failed attempts to connect, which lengthen the wait before and the patience of the next (KIP-144, KIP-601).
type failingHost struct {
	failures int
	next     time.Time
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	timeout, err := d.await(ctx, address)
	if err != nil {
		return nil, err
	}
	attempt, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := d.connect(attempt, network, address)
	if err == nil && d.gate != nil {
		conn = &gatedConn{Conn: conn, gate: d.gate}
	}
	if ctx.Err() == nil {
		d.note(address, err)
		err = lasting(attempt, network, address, err)
	}
	return conn, err
}

// lasting turns errors that kgo takes for final into those it retries, as Java's clients do: names that do not resolve come back
// (brokers in Kubernetes lose theirs while they restart), and our own patience with one attempt is not the caller's.
func lasting(attempt context.Context, network, address string, err error) error {
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &dns) && dns.IsNotFound:
		temporary := *dns
		temporary.IsNotFound, temporary.IsTemporary = false, true
		return &net.OpError{Op: "dial", Net: network, Err: &temporary}
	case attempt.Err() != nil:
		return &net.OpError{Op: "dial", Net: network, Addr: dialed(address), Err: os.ErrDeadlineExceeded}
	}
	return err
}

// dialed is the address of a connection that did not come about.
type dialed string

// Network is always tcp.
func (dialed) Network() string { return "tcp" }

// String returns host:port.
func (d dialed) String() string { return string(d) }

// await waits out the backoff of a failing host and returns how long connecting to it may take.
func (d *dialer) await(ctx context.Context, address string) (time.Duration, error) {
	d.mu.Lock()
	timeout, wait := d.setup, time.Duration(0)
	if f := d.failing[address]; f != nil {
		wait = time.Until(f.next)
		for range f.failures {
			if timeout *= 2; timeout >= d.setupMax {
				break
			}
		}
	}
	d.mu.Unlock()
	if timeout > d.setupMax {
		timeout = d.setupMax
	}
	if wait <= 0 {
		return timeout, nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return timeout, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (d *dialer) note(address string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		delete(d.failing, address)
		return
	}
	f := d.failing[address]
	if f == nil {
		f = &failingHost{}
		d.failing[address] = f
	}
	f.failures++
	f.next = time.Now().Add(d.reconnect(f.failures))
}

func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.base(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		if d.send > 0 {
			err = errors.Join(err, tcp.SetWriteBuffer(d.send))
		}
		if d.receive > 0 {
			err = errors.Join(err, tcp.SetReadBuffer(d.receive))
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("socket buffers of the connection to %s: %w", address, err), conn.Close())
		}
	}
	if d.security == nil {
		return conn, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	secure := tls.Client(conn, d.security.clientConfig(host))
	if err := secure.HandshakeContext(ctx); err != nil {
		explained := d.security.explain(address, err)
		if tlsRefusal(err) {
			d.watch.refused(explained, true)
		}
		return nil, errors.Join(explained, conn.Close())
	}
	return secure, nil
}
