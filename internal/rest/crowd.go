package rest

import (
	"net"
	"sync"
)

// crowdListener accepts a connection only while fewer than a limit are open. Others wait in the system's queue.
type crowdListener struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// crowded bounds the open connections of a listener, 0 for no limit.
func crowded(l net.Listener, most int) net.Listener {
	if most <= 0 {
		return l
	}
	return &crowdListener{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

func (l *crowdListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &crowdConn{Conn: c, leave: func() { <-l.places }}, nil
}

func (l *crowdListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// crowdConn gives its place back when it is closed.
type crowdConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (c *crowdConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
