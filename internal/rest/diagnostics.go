package rest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/moldau/moldau/internal/rest/roles"
)

// addDiagnostics declares what shows the inside of the process. It is on admin.listeners only. Where there are none, as admin.listeners is not set, it
// is on listeners that are bound to a loopback address, for people on the machine itself; with admin.listeners set to nothing it is nowhere.
func (s *Server) addDiagnostics(a *api) {
	if s.settings.adminShared {
		s.addInside(&a.main, s.onlyLocal)
	} else if len(s.admin) > 0 {
		s.addInside(&a.admin, func(next http.Handler) http.Handler { return next })
	}
}

func (s *Server) addInside(rt *router, guard func(http.Handler) http.Handler) {
	if s.cfg.Bundle != nil {
		rt.addRaw("/admin/support-bundle", roles.Admin, guard(s.cfg.Bundle))
	}
	for name, handler := range profiles() {
		rt.addRaw("/admin/pprof/"+name, roles.Admin, guard(handler))
	}
	rt.addRaw("/admin/pprof", roles.Admin, guard(http.HandlerFunc(listProfiles)))
}

// loopbackKey is the key of a truth value in the context of a connection: whether its listener is bound to a loopback address.
type loopbackKey struct{}

// noteListener gives requests the address that their listener is bound to.
func noteListener(l net.Listener) context.Context {
	loopback := false
	if address, ok := l.Addr().(*net.TCPAddr); ok {
		loopback = address.IP.IsLoopback()
	}
	return context.WithValue(context.Background(), loopbackKey{}, loopback)
}

// onlyLocal has requests answered that come from the machine itself, to a listener that nobody else reaches: neither through a proxy beside the worker
// nor from a page in a browser whose name was made to stand for a loopback address. For all others there is no such resource. A proxy that says nothing
// of itself cannot be told from a local client: HTTP/1.0 is refused as nginx speaks it to what is behind it unless told otherwise, with a local Host.
func (s *Server) onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		loopback, _ := r.Context().Value(loopbackKey{}).(bool)
		if !loopback || !isLocalName(r.Host) || !r.ProtoAtLeast(1, 1) || forwarded(r.Header) {
			s.writeError(w, r, "", statusError(http.StatusNotFound))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocalName(hostPort string) bool {
	name := hostPort
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		name = host
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && address.IsLoopback()
}

func forwarded(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains([]string{"Forwarded", "X-Real-Ip", "Via", "X-Original-Host", "X-Envoy-External-Address", "True-Client-Ip"}, name) {
			return true
		}
	}
	return false
}
