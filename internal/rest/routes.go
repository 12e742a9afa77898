package rest

import (
	"net/http"
	"slices"
	"strings"

	own "github.com/moldau/moldau/internal/rest/api"
	"github.com/moldau/moldau/internal/rest/roles"
)

// Route is a method and path that the server answers, with what a client must be allowed to for it where there are roles. The parameters of paths are
// written {}, or with a name.
type Route struct {
	Method, Path string
	Verb         roles.Verb
}

// Routes returns everything that a server may answer, on whichever listener, for tests that look at all of it.
func Routes() []Route {
	a := &api{}
	a.main.addResources()
	a.main.addLoggers()
	a.main.addRaw("/metrics", roles.Overview, http.NotFoundHandler())
	(&Server{cfg: Config{Bundle: http.NotFoundHandler()}}).addInside(&a.main, func(h http.Handler) http.Handler { return h })
	all := a.main.routes()
	for _, r := range own.New(own.Config{}).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		all = append(all, Route{method, path, r.Verb})
	}
	return append(all, Route{http.MethodGet, "/livez", roles.Open}, Route{http.MethodGet, "/readyz", roles.Open})
}

func (rt router) routes() (all []Route) {
	for _, r := range rt {
		for method, way := range r.methods {
			all = append(all, Route{method, "/" + strings.Join(r.pattern, "/"), way.verb})
		}
	}
	slices.SortFunc(all, func(x, y Route) int { return strings.Compare(x.Path+" "+x.Method, y.Path+" "+y.Method) })
	return all
}
