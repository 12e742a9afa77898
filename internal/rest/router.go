package rest

import (
	"net/http"
	"strings"
)

// endpoint answers one method of one path.
type endpoint func(*call) (*reply, error)

// resource is a path with the methods it knows.
type resource struct {
	// pattern has one element per segment; "{}" takes any and makes it a parameter.
	pattern []string
	methods map[string]endpoint
	// consumes says that the resource takes JSON only, whatever the method (Jersey's @Consumes on the class).
	consumes bool
	// internal marks requests between workers, which basic authentication leaves alone.
	internal map[string]bool
	// raw answers GET in a form of its own, instead of methods.
	raw http.Handler
}

// router finds resources.
type router []*resource

// add declares a resource.
func (rt *router) add(path string, consumes bool, methods map[string]endpoint) *resource {
	var pattern []string
	if p := strings.Trim(path, "/"); p != "" {
		pattern = strings.Split(p, "/")
	}
	r := &resource{pattern: pattern, methods: methods, consumes: consumes}
	if get := methods[http.MethodGet]; get != nil {
		methods[http.MethodHead] = get
	}
	*rt = append(*rt, r)
	return r
}

// addRaw declares a resource that negotiates and writes its answer itself.
func (rt *router) addRaw(path string, handler http.Handler) {
	rt.add(path, false, map[string]endpoint{http.MethodGet: nil}).raw = handler
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
		if m == http.MethodOptions || r.methods[m] != nil || r.raw != nil && (m == http.MethodGet || m == http.MethodHead) {
			list = append(list, m)
		}
	}
	return list
}
