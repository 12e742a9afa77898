package rest

import (
	"net"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// warnExposed says once that anybody on the network may use the API, and that workers cannot be told from others.
func (s *Server) warnExposed() {
	var open []string
	look := func(sockets []*socket, prefix string) {
		for _, sock := range sockets {
			address, ok := sock.net.Addr().(*net.TCPAddr)
			if ok && !address.IP.IsLoopback() && !s.guarded(sock, prefix) {
				open = append(open, sock.url())
			}
		}
	}
	look(s.sockets, "listeners.https.")
	look(s.admin, "admin.listeners.https.")
	if open != nil {
		s.log.Warn("The REST API listens beyond this machine at " + strings.Join(open, ", ") + " without asking for a login, so that whoever reaches it can read, " +
			"change and delete all connectors and run what their plugins can: see docs/security.md")
	}
	if lookup := s.cfg.Values.Def().Lookup("connect.protocol"); lookup != nil && s.gate.asks() {
		if protocol := s.cfg.Values.String("connect.protocol"); !strings.EqualFold(protocol, "sessioned") {
			s.log.Warn("With connect.protocol=" + protocol + " workers do not sign their requests to each other, so that whoever reaches the REST API can write " +
				"the configurations of tasks without a login: set connect.protocol=sessioned")
		}
	}
}

// guarded reports whether a login or a certificate is needed on a socket.
func (s *Server) guarded(sock *socket, prefix string) bool {
	if s.gate.strict() {
		return true
	}
	if auth, ok := s.auth.(basicAuth); ok && !auth.admitsAll() {
		return true
	}
	return sock.listener.Protocol == "https" && clientAuth(s.cfg.Values, prefix) == "required"
}

// clientAuth is ssl.client.auth of the listeners whose TLS keys have a prefix: keys with the prefix count alone where there are any.
func clientAuth(v *config.Values, prefix string) string {
	if len(v.OriginalsWithPrefix(prefix)) == 0 {
		return v.String("ssl.client.auth")
	}
	asked, _ := v.Originals().Get(prefix + "ssl.client.auth")
	return asked
}
