package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// gateTest is a connection with a gate, and its other end.
type gateTest struct {
	conn   *gatedConn
	broker net.Conn
	asked  chan int
	open   chan error
	left   chan struct{}
}

func newGateTest(t *testing.T) *gateTest {
	g := &gateTest{asked: make(chan int), open: make(chan error), left: make(chan struct{}, 10)}
	client, broker := net.Pipe()
	g.broker = broker
	g.conn = &gatedConn{Conn: client, gate: func(ctx context.Context, size int) (func(), error) {
		g.asked <- size
		select {
		case err := <-g.open:
			return func() { g.left <- struct{}{} }, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	t.Cleanup(func() { _ = errors.Join(g.conn.Close(), broker.Close()) })
	return g
}

// fetch has a request to fetch written.
func (g *gateTest) fetch(t *testing.T) {
	go func() { _, _ = io.ReadFull(g.broker, make([]byte, 8)) }()
	if _, err := g.conn.Write([]byte{0, 0, 0, 4, 0, fetchKey, 0, 0}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// respond writes responses of these sizes, cut into pieces.
func (g *gateTest) respond(piece int, sizes ...int) {
	var all []byte
	for _, n := range sizes {
		all = append(binary.BigEndian.AppendUint32(all, uint32(n)), make([]byte, n)...)
	}
	go func() {
		for len(all) > 0 {
			n, err := g.broker.Write(all[:min(piece, len(all))])
			if err != nil {
				return
			}
			all = all[n:]
		}
	}()
}

func TestGateIsAskedForEachFetch(t *testing.T) {
	t.Parallel()
	for _, piece := range []int{1, 3, 7, 100} {
		synctest.Test(t, func(t *testing.T) {
			g := newGateTest(t)
			g.respond(piece, 50)
			if _, err := io.ReadFull(g.conn, make([]byte, 54)); err != nil {
				t.Fatalf("before a fetch: %v", err)
			}
			g.fetch(t)
			sizes := []int{20, 0, 300}
			g.respond(piece, sizes...)
			got := make(chan error, 1)
			go func() {
				_, err := io.ReadFull(g.conn, make([]byte, 4+20+4+4+300))
				got <- err
			}()
			for i, want := range sizes {
				if size := <-g.asked; size != want {
					t.Fatalf("asked for %d bytes, want %d", size, want)
				}
				synctest.Wait()
				if len(got) > 0 || len(g.left) != i {
					t.Fatalf("response %d: read before the gate opened, or %d of those before released", i, len(g.left))
				}
				g.open <- nil
			}
			if err := <-got; err != nil {
				t.Fatal(err)
			}
			if err := g.conn.Close(); err != nil || len(g.left) != 3 {
				t.Errorf("%v, %d released at the end", err, len(g.left))
			}
		})
	}
}

func TestWaitingAtTheGateIsNotTheBrokersTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateTest(t)
		g.fetch(t)
		if err := g.conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		g.respond(100, 10)
		got := make(chan error, 2)
		read := func() {
			_, err := io.ReadFull(g.conn, make([]byte, 14))
			got <- err
		}
		go read()
		<-g.asked
		time.Sleep(time.Hour)
		g.open <- nil
		if err := <-got; err != nil {
			t.Fatalf("after an hour at the gate: %v", err)
		}
		if err := g.conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		go read() // nothing comes
		if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a broker that says nothing: %v", err)
		}
	})
}

func TestFetchIsGivenUpAtTheGate(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*gatedConn) error{
		"deadline": func(c *gatedConn) error { return c.SetReadDeadline(time.Now()) },
		"both":     func(c *gatedConn) error { return c.SetDeadline(time.Now()) },
		"close":    func(c *gatedConn) error { return c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGateTest(t)
				g.fetch(t)
				g.respond(100, 10)
				got := make(chan error, 1)
				go func() {
					_, err := g.conn.Read(make([]byte, 14))
					got <- err
				}()
				<-g.asked
				if err := end(g.conn); err != nil {
					t.Fatal(err)
				}
				if err := <-got; err == nil {
					t.Error("the read went on")
				}
				if len(g.left) != 0 {
					t.Error("what was not let in was released")
				}
				if name == "deadline" { // given up before the gate is reached
					if _, err := g.conn.Read(make([]byte, 1)); err == nil {
						t.Error("a read after the deadline went on")
					}
				}
			})
		})
	}
}
