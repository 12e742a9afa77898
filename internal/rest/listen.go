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

// bind opens a listener's socket for so many connections at once, 0 for no limit. key names the configuration key, for the error.
func bind(l workerconfig.Listener, key string, most int, tlsConfig func() (*tls.Config, error)) (*socket, error) {
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
	return &socket{l, &pageListener{crowded(n, most), secure}}, nil
}

// localHost is the host that is advertised where no listener names one: the address that the machine's name stands for, IPv4 before IPv6, as of
// InetAddress.getLocalHost. Where the name has none, which Java does not start with, it is an address of the machine.
func localHost() string {
	if name, err := os.Hostname(); err == nil {
		if addresses, err := net.LookupIP(name); err == nil {
			if ip := firstIP(addresses); ip != nil {
				return ip.String()
			}
		}
	}
	var own []net.IP
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			own = append(own, n.IP)
		}
	}
	if ip := firstIP(own); ip != nil {
		return ip.String()
	}
	return "localhost"
}

func firstIP(addresses []net.IP) net.IP {
	for _, ip := range addresses {
		if ip.To4() != nil {
			return ip
		}
	}
	if len(addresses) > 0 {
		return addresses[0]
	}
	return nil
}
