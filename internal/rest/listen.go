package rest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/moldau/moldau/internal/workerconfig"
)

// socket is a bound listener.
type socket struct {
	listener workerconfig.Listener
	net      net.Listener
}

func (s *socket) port() int {
	if a, ok := s.net.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return s.listener.Port
}

// url is the socket's URL with the port it got.
func (s *socket) url() string {
	host := s.listener.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return s.listener.Protocol + "://" + host + ":" + strconv.Itoa(s.port())
}

// bind opens a listener's socket. key names the configuration key, for the error.
func bind(l workerconfig.Listener, key string, tlsConfig func() (*tls.Config, error)) (*socket, error) {
	address := net.JoinHostPort(l.Host, strconv.Itoa(max(l.Port, 0)))
	var secure *tls.Config
	if l.Protocol == "https" {
		var err error
		if secure, err = tlsConfig(); err != nil {
			return nil, err
		}
	}
	n, err := net.Listen("tcp", address)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("address %s of %s is in use by another process; choose another port: %w", address, key, err)
		}
		return nil, fmt.Errorf("binding %s of %s: %w", address, key, err)
	}
	return &socket{l, &pageListener{n, secure}}, nil
}

// localHost is the host that is advertised where no listener names one.
func localHost() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		if addrs, err := net.LookupHost(name); err == nil && len(addrs) > 0 {
			return name
		}
	}
	return "localhost"
}
