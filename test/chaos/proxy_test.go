//go:build unix

package chaos

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// proxy is one worker's way to the broker, which a test can cut. Answers that name the broker are rewritten to name the proxy, so that nothing goes
// around it.
type proxy struct {
	broker   string
	listener net.Listener
	host     string
	port     int32
	done     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	// cut refuses connections. frozen, while it is not nil, lets them stand and passes nothing on; closing it lets everything through.
	cut    bool
	frozen chan struct{}
	closed bool
}

func newProxy(t *testing.T, broker string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{broker: broker, listener: l, host: "127.0.0.1", port: int32(l.Addr().(*net.TCPAddr).Port), conns: map[net.Conn]bool{}}
	p.done.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) address() string { return net.JoinHostPort(p.host, strconv.Itoa(int(p.port))) }

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close() // nothing is accepted any more either way
	p.heal()
	p.drop()
	p.done.Wait()
}

// sever ends all connections and refuses new ones, as when the peer's host answers with resets.
func (p *proxy) sever() {
	p.mu.Lock()
	p.cut = true
	p.mu.Unlock()
	p.drop()
}

// freeze passes nothing on while connections stand, as when packets are lost.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil {
		p.frozen = make(chan struct{})
	}
}

// heal ends sever and freeze.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	if p.frozen != nil {
		close(p.frozen)
		p.frozen = nil
	}
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close() // that is all there is to do with it
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.serve(c) })
	}
}

// keep remembers a connection so that it can be cut; it returns false where that has happened already.
func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || p.closed {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) forget(c net.Conn) {
	_ = c.Close() // it has ended
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// thaw waits while the way is frozen.
func (p *proxy) thaw() {
	p.mu.Lock()
	frozen := p.frozen
	p.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
}

func (p *proxy) serve(client net.Conn) {
	defer p.forget(client)
	if !p.keep(client) {
		return
	}
	p.thaw()
	server, err := net.Dial("tcp", p.broker)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.keep(server) {
		return
	}
	var asked sync.Map // correlation id -> kmsg.Response of requests whose answers name the broker
	p.done.Go(func() {
		defer client.Close()
		defer server.Close()
		for {
			frame, err := p.frame(client)
			if err != nil {
				return
			}
			if len(frame) >= 8 {
				key, version := int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
				if key == 3 || key == 10 || key == 60 {
					response := kmsg.ResponseForKey(key)
					response.SetVersion(version)
					asked.Store(binary.BigEndian.Uint32(frame[4:]), response)
				}
			}
			if send(server, frame) != nil {
				return
			}
		}
	})
	for {
		frame, err := p.frame(server)
		if err != nil || len(frame) < 4 {
			return
		}
		if r, ok := asked.LoadAndDelete(binary.BigEndian.Uint32(frame)); ok {
			if frame, err = p.rewrite(frame, r.(kmsg.Response)); err != nil {
				return
			}
		}
		if send(client, frame) != nil {
			return
		}
	}
}

// frame reads a request or an answer, whole, and waits with it while the way is frozen.
func (p *proxy) frame(c net.Conn) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > 1<<28 {
		return nil, errors.New("no frame of Kafka's protocol")
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(c, frame)
	p.thaw()
	return frame, err
}

func send(c net.Conn, frame []byte) error {
	_, err := c.Write(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(frame)), uint32(len(frame))), frame...))
	return err
}

// rewrite puts the proxy's address in the place of the broker's.
func (p *proxy) rewrite(frame []byte, r kmsg.Response) ([]byte, error) {
	header := 4
	if r.IsFlexible() {
		header++ // the count of tagged fields, which is 0
	}
	if err := r.ReadFrom(frame[header:]); err != nil {
		return nil, err
	}
	switch r := r.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = p.host, p.port
		}
	case *kmsg.FindCoordinatorResponse:
		if r.Port > 0 {
			r.Host, r.Port = p.host, p.port
		}
		for i := range r.Coordinators {
			if r.Coordinators[i].Port > 0 {
				r.Coordinators[i].Host, r.Coordinators[i].Port = p.host, p.port
			}
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = p.host, p.port
		}
	}
	return r.AppendTo(append([]byte(nil), frame[:header]...)), nil
}
