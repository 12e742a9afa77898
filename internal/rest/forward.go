package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/moldau/moldau/internal/herder"
)

// The texts of HerderRequestHandler's conflicts.
const (
	tooManyHops = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"
	noLeader    = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
	staleConfig = "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"
)

// onward is what a request takes along when another worker must serve it.
type onward struct {
	// body is written as JSON, nil for none.
	body any
	// query holds the endpoint's own parameters.
	query url.Values
	// result is the Java class of the answer's body, "" where there is none.
	result string
}

// elsewhere takes the herder's error and, where that says that another worker must serve the request, sends the request there and returns its
// answer. Any other error it returns as it is. A request makes two hops at most: from the worker that the client asked to the leader, and from
// there to the owner of a connector or task (HerderRequestHandler.completeOrForwardRequest).
func (c *call) elsewhere(err error, o onward) (*reply, error) {
	var redirect *herder.RedirectError
	if !errors.As(err, &redirect) {
		return nil, err
	}
	first := c.query.Get("forward") == ""
	if !first && !c.flag("forward", false) {
		c.server.log.Error("Request '" + c.Method + " " + oneLine(c.URL.Path) +
			"' failed because it couldn't find the target Connect worker within two hops (between workers).")
		return nil, &herder.Error{Status: http.StatusConflict, Message: tooManyHops, Cause: err}
	}
	if redirect.URL == "" {
		return nil, &herder.Error{Status: http.StatusConflict, Message: noLeader, Cause: err}
	}
	query := url.Values{"forward": {"false"}}
	if first {
		query.Set("forward", "true")
	}
	for name, values := range o.query {
		query[name] = values
	}
	target, problem := workerURL(redirect.URL, c.resource.path(c.params), query)
	if problem != nil {
		return nil, notSent(problem)
	}
	c.server.log.Debug("Forwarding request " + c.Method + " " + target)
	out, problem := c.server.client.send(c.ctx, outgoing{
		method: c.Method, url: target, body: o.body, result: o.result,
		authorization: strings.Join(c.Header.Values("Authorization"), ","), sign: func(body []byte, h http.Header) error { return c.vouches(target, body, h) },
	})
	if problem != nil {
		return nil, cleaned(err, problem)
	}
	if out.body == nil {
		return empty(out.status)
	}
	body, problem := returned(err, out.body)
	if problem != nil {
		return nil, problem
	}
	return &reply{status: out.status, body: body}, nil
}

// workerURL is the URL of a resource on another worker, whose own URL may have a path. Segments are escaped one by one: UriBuilder.path leaves
// a semicolon as it is, and the other worker would take what follows it for a matrix parameter and change a connector of another name.
func workerURL(base string, segments []string, query url.Values) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("the URL %q of the other worker is none of HTTP", base)
	}
	var path strings.Builder
	path.WriteString(strings.TrimRight(u.EscapedPath(), "/"))
	for _, s := range segments {
		path.WriteByte('/')
		path.WriteString(url.PathEscape(s))
	}
	target := u.Scheme + "://" + u.Host + path.String()
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	return target, nil
}

// path returns the segments of the resource's path with the parameters in their places.
func (r *resource) path(params []string) []string {
	out := slices.Clone(r.pattern)
	n := 0
	for i, segment := range out {
		if segment == "{}" {
			out[i] = params[n]
			n++
		}
	}
	return out
}

// conflict gives a request that must wait for a rebalance Java's text.
func conflict(err error) error {
	var rebalance *herder.RebalanceError
	if errors.As(err, &rebalance) {
		return &herder.Error{Status: http.StatusConflict, Message: staleConfig, Cause: err}
	}
	return err
}
