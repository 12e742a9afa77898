package rest

import (
	"net/http"
	"strings"

	"github.com/moldau/moldau/internal/rest/roles"
)

// endpoint answers one method of one path.
type endpoint func(*call) (*reply, error)

// route is an endpoint with what a client must be allowed to for it, where there are roles.
type route struct {
	run  endpoint
	verb roles.Verb
}

// methods are the routes of one path.
type methods = map[string]route

// resource is a path with the methods it knows.
type resource struct {
	// pattern has one element per segment; "{}" takes any and makes it a parameter.
	pattern []string
	methods methods
	// consumes says that the resource takes JSON only, whatever the method (Jersey's @Consumes on the class).
	consumes bool
	// raw answers GET in a form of its own, instead of methods.
	raw http.Handler
}

// router finds resources.
type router []*resource

// add declares a resource.
func (rt *router) add(path string, consumes bool, methods methods) *resource {
	var pattern []string
	if p := strings.Trim(path, "/"); p != "" {
		pattern = strings.Split(p, "/")
	}
	r := &resource{pattern: pattern, methods: methods, consumes: consumes}
	if get, ok := methods[http.MethodGet]; ok {
		methods[http.MethodHead] = get
	}
	*rt = append(*rt, r)
	return r
}

// addRaw declares a resource that negotiates and writes its answer to GET itself.
func (rt *router) addRaw(path string, verb roles.Verb, handler http.Handler) {
	rt.add(path, false, methods{http.MethodGet: {nil, verb}}).raw = handler
}

// find returns the resource of a path with its parameters, nil where there is none. Fixed segments go before parameters.
func (rt router) find(path []string) (*resource, []string) {
	var best *resource
	var params []string
	for _, r := range rt {
		if p, ok := r.match(path); ok && (best == nil || len(p) < len(params)) {
			best, params = r, p
		}
	}
	return best, params
}

func (r *resource) match(path []string) ([]string, bool) {
	if len(path) != len(r.pattern) {
		return nil, false
	}
	var params []string
	for i, p := range r.pattern {
		switch {
		case p == "{}":
			params = append(params, path[i])
		case p != path[i]:
			return nil, false
		}
	}
	return params, true
}

// methodOrder is the order in which Jersey's answers to OPTIONS list methods.
var methodOrder = []string{http.MethodHead, http.MethodDelete, http.MethodPost, http.MethodGet, http.MethodOptions, http.MethodPut, http.MethodPatch}

// allowed lists the resource's methods.
func (r *resource) allowed() []string {
	var list []string
	for _, m := range methodOrder {
		if _, ok := r.methods[m]; ok || m == http.MethodOptions {
			list = append(list, m)
		}
	}
	return list
}
