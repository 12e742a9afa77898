package rest

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/rest/audit"
	"github.com/moldau/moldau/internal/workerconfig"
)

// Config is what a Server needs.
type Config struct {
	// Values is the worker's configuration with placeholders resolved. The server reads the keys of RestServerConfig, ssl.*,
	// listeners.https.* and admin.listeners.https.*.
	Values *config.Values
	// Logger takes messages and the request log; nil is slog.Default.
	Logger *slog.Logger
	// RequestTimeout is how long a request may take, 90 s where it is zero; HealthTimeout the same for GET /health, 10 s.
	RequestTimeout time.Duration
	HealthTimeout  time.Duration
	// JAAS is the file that java.security.auth.login.config names, for the basic authentication extension; nil where there is none.
	JAAS *kafka.JAAS
	// Masker finds the secrets of configurations, for the audit; nil finds none.
	Masker Masker
	// AuditTopic opens the topic that the audit's events go to, beside the file of moldau.rest.audit.file; nil for none. The server closes what it
	// returns.
	AuditTopic func() audit.Sink
	// Metrics answers GET /metrics on all listeners; nil for none.
	Metrics http.Handler
	// Prober is asked for GET /livez and /readyz; nil for none.
	Prober Prober
	// Bundle answers GET /admin/support-bundle where diagnostics are shown; nil for none.
	Bundle http.Handler
}

const (
	requestTimeout = 90 * time.Second
	healthTimeout  = 10 * time.Second
)

// settings are the parsed keys.
type settings struct {
	listeners []workerconfig.Listener
	// adminListeners are the sockets for admin resources; adminShared says that those share the normal ones.
	adminListeners []workerconfig.Listener
	adminShared    bool
	advertised     struct{ host, listener, port string }
	headers        []workerconfig.HeaderRule
	cors           *cors
	extensions     []string
}

func parseSettings(v *config.Values) (*settings, error) {
	s := &settings{adminShared: !v.IsSet("admin.listeners"), extensions: v.List("rest.extension.classes")}
	var err error
	if s.listeners, err = parseListeners(v.List("listeners")); err != nil {
		return nil, err
	}
	if s.adminListeners, err = parseListeners(v.List("admin.listeners")); err != nil {
		return nil, err
	}
	s.advertised.host = v.String("rest.advertised.host.name")
	s.advertised.listener = strings.ToLower(v.String("rest.advertised.listener"))
	if v.IsSet("rest.advertised.port") {
		s.advertised.port = strconv.Itoa(v.Int("rest.advertised.port"))
	}
	if s.headers, err = workerconfig.ParseHeaderRules(v.String("response.http.headers.config")); err != nil {
		return nil, err
	}
	s.cors = newCORS(v.String("access.control.allow.origin"), v.String("access.control.allow.methods"))
	return s, nil
}

func parseListeners(urls []string) ([]workerconfig.Listener, error) {
	var out []workerconfig.Listener
	for _, u := range urls {
		l, err := workerconfig.ParseListener(strings.TrimSpace(u))
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// advertisedURL builds the URL that other workers and status records know this worker by (RestServer.advertisedUrl): a configured part where
// there is one, else that of the bound socket whose protocol is asked for, http before https; where there is none of that protocol, that of
// the first socket.
func (s *settings) advertisedURL(sockets []*socket) *url.URL {
	scheme := s.advertised.listener
	if scheme == "" {
		if scheme = "http"; pick(sockets, scheme) == nil {
			scheme = "https"
		}
	}
	chosen := pick(sockets, scheme)
	if chosen == nil {
		chosen = sockets[0]
	}
	host, port := s.advertised.host, s.advertised.port
	if host == "" {
		host = chosen.listener.Host
	}
	if host == "" {
		host = sockets[0].listener.Host
	}
	if host == "" {
		host = localHost()
	}
	if port == "" {
		port = strconv.Itoa(chosen.port())
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port), Path: "/"}
}

func pick(sockets []*socket, scheme string) *socket {
	for _, s := range sockets {
		if s.listener.Protocol == scheme {
			return s
		}
	}
	return nil
}
