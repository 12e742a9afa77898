package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/rest/jackson"
	"github.com/moldau/moldau/internal/rest/roles"
)

// handler returns what answers the requests of one socket.
func (s *Server) handler(admin bool, scheme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		count := &counter{ResponseWriter: w}
		x, r := s.newExchange(r)
		defer func() {
			p := recover()
			if p != nil {
				s.log.Error(fmt.Sprintf("A request to %s failed by a fault of the REST server: %v", r.RequestURI, p), logs.TraceKey, string(debug.Stack()))
				if count.status == 0 {
					s.writeJSON(count, r, http.StatusInternalServerError, jsonType, errorBody{http.StatusInternalServerError, "Internal server error"})
					p = nil
				}
			}
			s.logRequest(r, count, x, started)
			s.account(x, r, count.status, started)
			if p != nil {
				panic(http.ErrAbortHandler)
			}
		}()
		s.answer(count, r, x, admin, scheme)
	})
}

// answer is the way of a request through Jetty's checks, the configured headers, the gate and Jersey's choice of a resource.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, x *exchange, admin bool, scheme string) {
	s.secure(w.Header(), r, x)
	path, status, message := segments(r)
	if status != 0 {
		writePage(w, r, status, message)
		return
	}
	setHeaders(w.Header(), s.settings.headers, time.Now())
	s.settings.cors.handle(w.Header(), r)
	if s.answerProbe(w, r, path) {
		return
	}
	a := s.api.Load()
	if a == nil || r.RequestURI == "*" {
		writePage(w, r, http.StatusNotFound, "Not Found")
		return
	}
	routes := a.main
	if admin {
		routes = a.admin
	}
	res, params := routes.find(path)
	verb := roles.None
	if res != nil {
		verb = res.methods[r.Method].verb
	}
	if err := s.enter(x, r, path, verb); err != nil {
		if e, ok := asLoginError(err); ok {
			s.writeLoginError(w, r, e)
		} else {
			s.writeError(w, r, "", err)
		}
		return
	}
	if s.answerOwn(w, r, path, admin) {
		return
	}
	if res == nil {
		s.writeError(w, r, "", statusError(http.StatusNotFound))
		return
	}
	s.dispatch(w, r, a.herder, res, params, scheme)
}

// dispatch does what Jersey does with a resource that was found: method, Content-Type and Accept, in this order, then filters, then the endpoint.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, h herder.Herder, res *resource, params []string, scheme string) {
	way, known := res.methods[r.Method]
	if res.raw != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.serveRaw(w, r, way.verb, res.raw)
		return
	}
	if !known {
		if r.Method == http.MethodOptions {
			s.options(w, r, res)
			return
		}
		s.writeError(w, r, "", statusError(http.StatusMethodNotAllowed))
		return
	}
	if given := r.Header.Get("Content-Type"); res.consumes && given != "" {
		m, ok := parseMediaType(given)
		if !ok {
			writePage(w, r, http.StatusBadRequest, "Bad Request")
			return
		}
		if !m.matches("application", "json") {
			s.writeError(w, r, "", statusError(http.StatusUnsupportedMediaType))
			return
		}
	}
	contentType, ok := accepted(r.Header.Values("Accept"))
	if !ok {
		s.writeError(w, r, "", statusError(http.StatusNotAcceptable))
		return
	}
	if way.verb != roles.Workers && way.verb != roles.Open {
		if refused, err := s.refuses(r); refused {
			writeText(w, r, http.StatusUnauthorized, contentType, unauthorized)
			return
		} else if err != nil {
			s.writeError(w, r, contentType, err)
			return
		}
	}
	ctx, cancel := budget(r, s.cfg.RequestTimeout)
	defer cancel()
	c := &call{Request: r, ctx: ctx, resource: res, params: params, query: query(r), herder: h, server: s, contentType: contentType}
	var out *reply
	err := c.permit(way.verb, res.connector(params))
	if err == nil {
		out, err = way.run(c)
	}
	if err != nil {
		s.writeError(w, r, contentType, timedOut(ctx, h, conflict(err)))
		return
	}
	if out.location != "" {
		w.Header().Set("Location", scheme+"://"+host(r)+out.location)
	}
	exchangeOf(ctx).note(out)
	s.writeJSON(w, r, out.status, contentType, out.body)
}

// connector is the connector that a resource is about, "" for none.
func (r *resource) connector(params []string) string {
	if len(params) > 0 && r.pattern[0] == "connectors" {
		return params[0]
	}
	return ""
}

// serveRaw has a resource answer that is not one of Java's, behind the same authentication.
func (s *Server) serveRaw(w http.ResponseWriter, r *http.Request, verb roles.Verb, handler http.Handler) {
	if verb == roles.Open {
		handler.ServeHTTP(w, r)
	} else if refused, err := s.refuses(r); refused {
		writeText(w, r, http.StatusUnauthorized, "text/plain", unauthorized)
	} else if err != nil {
		s.writeError(w, r, "", err)
	} else if err := roles.From(r.Context()).Check(verb, ""); err != nil {
		s.writeError(w, r, jsonType, err)
	} else {
		exchangeOf(r.Context()).always = verb == roles.Admin // the inside of the process, secrets included
		handler.ServeHTTP(w, r)
	}
}

func host(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return "localhost"
}

// refuses asks Java's extension, where it is not the gate that has asked already.
func (s *Server) refuses(r *http.Request) (bool, error) {
	if s.auth == nil || s.gate.strict() {
		return false, nil
	}
	ok, err := s.auth.admits(r)
	return !ok && err == nil, err
}

// options answers OPTIONS with the resource's methods.
func (s *Server) options(w http.ResponseWriter, r *http.Request, res *resource) {
	contentType, text := optionsType(r.Header.Values("Accept"))
	if refused, err := s.refuses(r); refused {
		writeText(w, r, http.StatusUnauthorized, contentType, unauthorized)
		return
	} else if err != nil {
		s.writeError(w, r, contentType, err)
		return
	}
	list := res.allowed()
	w.Header().Set("Allow", strings.Join(list, ","))
	body := ""
	if text {
		body = strings.Join(list, ", ")
	}
	writeText(w, r, http.StatusOK, contentType, body)
}

// errorBody is the body of every error.
type errorBody struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// writeError sends an error as ConnectExceptionMapper does. contentType is "" for errors that arise before an endpoint is chosen.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, contentType string, err error) {
	status := statusOf(err)
	what := "Uncaught exception in REST call to " + oneLine(r.URL.Path)
	switch private := private(err); {
	case status >= http.StatusInternalServerError && private:
		s.log.Error(what + ": " + javafmt.ClassOf(err) + "; its message repeats what the client sent and is left out")
	case status >= http.StatusInternalServerError:
		s.log.Error(what, logs.ErrorKey, err)
	case !private:
		s.log.Debug(what + ": " + err.Error())
	}
	code := status
	var other *peerError
	if errors.As(err, &other) {
		code = other.code
		if other.again != "" {
			w.Header().Set("Retry-After", oneLine(other.again))
		}
	}
	s.writeJSON(w, r, status, contentType, errorBody{code, err.Error()})
}

// private reports whether the text of an error repeats what the client sent. The messages of Jackson quote values of the body.
func private(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) {
		case *herder.Error:
			if e.Private {
				return true
			}
		case *jackson.Error:
			return true
		}
	}
	return false
}

// statusOf maps errors to statuses as ConnectExceptionMapper maps exceptions: what is not known is a 500.
func statusOf(err error) int {
	var e *herder.Error
	if errors.As(err, &e) {
		return e.Status
	}
	var redirect *herder.RedirectError
	var rebalance *herder.RebalanceError
	if errors.As(err, &redirect) || errors.As(err, &rebalance) {
		return http.StatusConflict
	}
	switch javafmt.ClassOf(err) {
	case javafmt.BadRequestException:
		return http.StatusBadRequest
	case javafmt.NotFoundException:
		return http.StatusNotFound
	case javafmt.AlreadyExistsException:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// timedOut gives an error that comes from the end of the request's budget Java's text (HerderRequestHandler.completeRequest).
func timedOut(ctx context.Context, h herder.Herder, err error) error {
	// What another worker answered, or failed to answer, has its own text: this worker's stage is not why.
	var other *peerError
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil || errors.As(err, &other) {
		return err
	}
	var late *herder.TimeoutError
	if errors.As(err, &late) {
		return herder.Internal(err, "%s", "Request timed out. "+late.Stage.Summary()+".")
	}
	if stage, ok := h.Stage(); ok {
		return herder.Internal(err, "%s", "Request timed out. "+stage.Summary()+".")
	}
	return herder.Internal(err, "Request timed out")
}

func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, status int, contentType string, body any) {
	h := w.Header()
	if body == nil {
		h["Content-Type"] = nil
		if status != http.StatusNoContent {
			h.Set("Content-Length", "0")
		}
		w.WriteHeader(status)
		return
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		s.log.Error("An answer of the REST API cannot be written as JSON: " + err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	writeBytes(w, r, status, contentType, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

func writeText(w http.ResponseWriter, r *http.Request, status int, contentType, text string) {
	writeBytes(w, r, status, contentType, []byte(text))
}

func writeBytes(w http.ResponseWriter, r *http.Request, status int, contentType string, data []byte) {
	h := w.Header()
	h["Content-Type"] = nil
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// A client that went away is its own affair.
		_, _ = w.Write(data)
	}
}
