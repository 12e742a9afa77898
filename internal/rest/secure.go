package rest

import (
	"net/http"
	"strings"
)

// secure sets the headers that tell browsers not to frame, sniff or store answers. Java sends none of them, so they are there where Moldau's own
// keys ask for a login, or moldau.rest.security.headers does, and for what Java does not have.
func (s *Server) secure(h http.Header, r *http.Request, x *exchange) {
	if x.id != "" {
		h.Set(requestID, x.id)
	}
	if len(r.TransferEncoding) > 0 {
		// A request with a Content-Length besides is read by its chunks. A proxy that goes by the length takes what follows for a request of its
		// own, which must not be answered on this connection (RFC 9112, 6.1).
		h.Set("Connection", "close")
	}
	own := strings.HasPrefix(r.URL.Path, "/api/")
	if !own && !s.securityHeaders() {
		return
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) securityHeaders() bool {
	const key = "moldau.rest.security.headers"
	if s.cfg.Values.IsSet(key) {
		return s.cfg.Values.Bool(key)
	}
	return s.gate.strict()
}
