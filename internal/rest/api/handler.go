package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/roles"
)

// Config is what the handler needs.
type Config struct {
	// Letters answers for dead letter queues.
	Letters *deadletter.Service
	// Redact hides the secrets of configurations in texts of errors; nil leaves them as they are.
	Redact func(text string) string
	// Logger hears of failures; nil is the default logger.
	Logger *slog.Logger
}

// Handler answers requests for paths under /api. The REST server authenticates them before.
type Handler struct {
	letters *deadletter.Service
	redact  func(string) string
	log     *slog.Logger
	mux     *http.ServeMux
	routes  []Route
	reading chan struct{} // has room for the readings that may be under way
}

// mostReadings bounds the readings at once: each has a consumer of its own and may read a whole topic, for up to a minute.
const mostReadings = 8

// New returns a handler.
func New(cfg Config) *Handler {
	h := &Handler{letters: cfg.Letters, redact: cfg.Redact, log: cfg.Logger, mux: http.NewServeMux(), reading: make(chan struct{}, mostReadings)}
	if h.redact == nil {
		h.redact = func(text string) string { return text }
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	h.handle("GET /api/dlq", roles.Known, h.dlqOverview)
	h.handle("GET /api/dlq/{connector}", roles.Operate, h.dlqList)
	h.handle("GET /api/dlq/{connector}/{partition}/{offset}", roles.Operate, h.dlqShow)
	h.handle("POST /api/dlq/{connector}/redrive", roles.Operate, h.dlqRedrive)
	return h
}

// endpoint returns the body of an answer with status 200.
type endpoint func(ctx context.Context, r *http.Request) (any, error)

// Route is a pattern of http.ServeMux with what a client must be allowed to for it, where there are roles.
type Route struct {
	Pattern string
	Verb    roles.Verb
}

// Routes returns all routes.
func (h *Handler) Routes() []Route { return h.routes }

func (h *Handler) handle(pattern string, verb roles.Verb, run endpoint) {
	h.routes = append(h.routes, Route{pattern, verb})
	h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if r.Method == http.MethodPost {
			// As with Connect's own requests, what was asked for is carried out when the client goes away.
			ctx = context.WithoutCancel(ctx)
		} else {
			select {
			case h.reading <- struct{}{}:
				defer func() { <-h.reading }()
			default:
				w.Header().Set("Retry-After", "5")
				h.write(w, http.StatusServiceUnavailable, errorBody{http.StatusServiceUnavailable,
					fmt.Sprintf("%d requests are reading dead letter topics on this worker: ask again when one has ended", mostReadings)})
				return
			}
		}
		body, err := any(nil), roles.From(ctx).Check(verb, r.PathValue("connector"))
		if err == nil {
			body, err = run(ctx, r)
		}
		if ctx.Err() != nil {
			return // nobody waits for an answer
		}
		if err != nil {
			h.writeError(w, r, err)
			return
		}
		h.write(w, http.StatusOK, body)
	})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := h.mux.Handler(r); pattern != "" {
		h.mux.ServeHTTP(w, r)
		return
	}
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := h.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		h.writeError(w, r, herder.NotFound("HTTP 404 Not Found"))
		return
	}
	w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ","))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusOK)
		return
	}
	h.writeError(w, r, &herder.Error{Status: http.StatusMethodNotAllowed, Message: "HTTP 405 Method Not Allowed"})
}

type errorBody struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (h *Handler) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var e *herder.Error
	if errors.As(err, &e) {
		status = e.Status
	}
	if status >= http.StatusInternalServerError {
		h.log.Error("A request to "+r.URL.EscapedPath()+" failed", "error", err)
	}
	h.write(w, status, errorBody{status, h.redact(err.Error())})
}

func (h *Handler) write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		h.log.Error("An answer cannot be written as JSON: " + err.Error())
		status, text = http.StatusInternalServerError, []byte(`{"error_code":500,"message":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that went away is its own affair
}

// maxBody bounds request bodies.
const maxBody = 4 << 20

// read decodes the body of a request, which must be JSON and say so: browsers ask before they send that to another site.
func read(r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &herder.Error{Status: http.StatusUnsupportedMediaType, Message: "the body must have the Content-Type application/json"}
	}
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	dec.DisallowUnknownFields()
	err = dec.Decode(into)
	if err == nil {
		if _, err = dec.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("something follows the object")
	}
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return &herder.Error{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is larger than %d bytes", maxBody)}
	case errors.Is(err, io.EOF):
		return herder.BadRequest("the body is empty: a JSON object is needed")
	}
	return herder.BadRequest("the body cannot be read: %v", err)
}
