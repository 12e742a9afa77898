package devbroker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// PortTakenError says that the listening port is taken.
type PortTakenError struct {
	Addr string // host:port
	Err  error
}

// Error names the address.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("embedded broker: port of %s is taken", e.Addr)
}

// Unwrap gives the operating system's error.
func (e *PortTakenError) Unwrap() error { return e.Err }

// Port is the taken port, for messages.
func (e *PortTakenError) Port() string {
	_, port, err := net.SplitHostPort(e.Addr)
	if err != nil {
		return e.Addr
	}
	return port
}

// guardListener hands guarded connections to kfake, and tells kfake the advertised address as its own: kfake puts it into metadata.
type guardListener struct {
	net.Listener
	b          *Broker
	advertised advertised
	stop       chan struct{}
	once       sync.Once
}

type advertised string

func (a advertised) Network() string { return "tcp" }
func (a advertised) String() string  { return string(a) }

func (b *Broker) listen(ctx context.Context, addr string) (*guardListener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		if isAddrInUse(err) {
			return nil, &PortTakenError{Addr: addr, Err: err}
		}
		return nil, fmt.Errorf("embedded broker: listen on %s: %w", addr, err)
	}
	adv, err := advertise(b.cfg.Advertised, ln.Addr())
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if b.cfg.TLS != nil {
		// Outside of the guard, which must see frames and not ciphertext.
		ln = tls.NewListener(ln, b.cfg.TLS)
	}
	return &guardListener{Listener: ln, b: b, advertised: advertised(adv), stop: make(chan struct{})}, nil
}

// listenFn gives kfake the listener that is already bound, and binds further ones for nodes that a test adds.
func (b *Broker) listenFn(first *guardListener) func(network, address string) (net.Listener, error) {
	return func(_, address string) (net.Listener, error) {
		if ln := first; ln != nil {
			first = nil
			return ln, nil
		}
		return b.listen(context.Background(), address)
	}
}

// advertise completes the configured host or host:port with what the listener is bound to.
func advertise(configured string, bound net.Addr) (string, error) {
	host, port, err := net.SplitHostPort(bound.String())
	if err != nil {
		return "", fmt.Errorf("embedded broker: listening address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if configured != "" {
		h, p, err := net.SplitHostPort(configured)
		if err != nil { // a host alone
			h, p = configured, ""
		}
		host = h
		if p != "" && p != "0" {
			port = p
		}
	}
	return net.JoinHostPort(host, port), nil
}

// Addr is the advertised address.
func (l *guardListener) Addr() net.Addr { return l.advertised }

// Accept retries what passes, such as too many open files: kfake stops listening for ever after one error.
func (l *guardListener) Accept() (net.Conn, error) {
	select {
	case <-l.b.ready:
	case <-l.stop:
		return nil, net.ErrClosed
	}
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return newConn(l.b, c), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		l.b.cfg.Logger.Warn("embedded broker: accept failed, trying again", "error", err)
		select {
		case <-l.stop:
			return nil, net.ErrClosed
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Close ends the listener.
func (l *guardListener) Close() error {
	l.once.Do(func() { close(l.stop) })
	return l.Listener.Close()
}
