package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/audit"
	"github.com/moldau/moldau/internal/rest/roles"
)

// Server is the REST API on its sockets.
type Server struct {
	cfg        Config
	settings   *settings
	log        *slog.Logger
	auth       authenticator
	gate       *gate
	audit      []audit.Sink
	client     *Client
	sockets    []*socket
	admin      []*socket
	advertised *url.URL
	certified  []shown // what the sockets of https show
	servers    []*http.Server
	serving    sync.WaitGroup
	// api is nil until RegisterResources.
	api atomic.Pointer[api]
	// own answers below /api, nil until RegisterAPI.
	own atomic.Pointer[http.Handler]
	// group is nil for a worker without one.
	group  atomic.Pointer[Group]
	limits timeLimits
}

// api is what requests find once the herder is there: the resources of the listeners and those of admin.listeners.
type api struct {
	herder herder.Herder
	main   router
	admin  router
}

// New checks the configuration. Errors have Java's texts.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Logger}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.client = NewClient(cfg.Values, s.log)
	if s.cfg.RequestTimeout == 0 {
		s.cfg.RequestTimeout = requestTimeout
	}
	if s.cfg.HealthTimeout == 0 {
		s.cfg.HealthTimeout = healthTimeout
	}
	var err error
	if s.settings, err = parseSettings(cfg.Values); err != nil {
		return nil, err
	}
	if s.auth, err = newAuthenticator(cfg, s.settings.extensions); err != nil {
		return nil, &ExtensionError{err}
	}
	if s.gate, err = newGate(cfg.Values, s.auth, s.log); err != nil {
		return nil, err
	}
	s.limits = timeLimits{header: 30 * time.Second, request: 2 * time.Minute, idle: 30 * time.Second}
	return s, nil
}

// timeLimits are against clients that are slow on purpose: for the header of a request, for all of it, between two. Jetty's idle timeout is 30 s, too.
type timeLimits struct{ header, request, idle time.Duration }

// Start binds all sockets and serves them. Until RegisterResources every path answers 404.
func (s *Server) Start() error {
	s.log.Info("Initializing REST server")
	if err := s.openAudit(); err != nil {
		return err
	}
	tlsFor := func(use, prefix string) func() (*tls.Config, error) {
		return func() (*tls.Config, error) {
			t, c, err := serverTLS(s.cfg.Values, prefix, s.log)
			if err == nil {
				s.certified = append(s.certified, shown{use, t})
			}
			return c, err
		}
	}
	most := s.cfg.Values.Int("moldau.rest.limit.connections")
	for _, l := range s.settings.listeners {
		sock, err := bind(l, "listeners", most, tlsFor("rest", "listeners.https."))
		if err != nil {
			s.closeSockets()
			return fmt.Errorf("Unable to initialize REST server: %w", err)
		}
		s.sockets = append(s.sockets, sock)
	}
	for _, l := range s.settings.adminListeners {
		sock, err := bind(l, "admin.listeners", most, tlsFor("rest-admin", "admin.listeners.https."))
		if err != nil {
			s.closeSockets()
			return fmt.Errorf("Unable to initialize REST server: %w", err)
		}
		s.admin = append(s.admin, sock)
	}
	s.advertised = s.settings.advertisedURL(s.sockets)
	for _, sock := range s.sockets {
		s.serve(sock, false)
	}
	for _, sock := range s.admin {
		s.serve(sock, true)
	}
	s.warnExposed()
	s.log.Info("REST server listening at " + s.sockets[0].url() + "/, advertising URL " + s.advertised.String())
	return nil
}

func (s *Server) closeSockets() {
	s.gate.close()
	s.closeAudit()
	for _, sock := range append(s.sockets, s.admin...) {
		_ = sock.net.Close()
	}
}

// serve answers one socket's requests.
func (s *Server) serve(sock *socket, admin bool) {
	server := &http.Server{
		Handler:                      s.handler(admin, sock.listener.Protocol),
		ReadHeaderTimeout:            s.limits.header,
		ReadTimeout:                  s.limits.request,
		WriteTimeout:                 s.cfg.RequestTimeout + 3*time.Minute,
		IdleTimeout:                  s.limits.idle,
		MaxHeaderBytes:               4 * maxHeader,
		DisableGeneralOptionsHandler: true,
		ConnContext:                  func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		BaseContext:                  noteListener,
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(sock.net); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("REST server stopped accepting connections at " + sock.url() + ": " + err.Error())
		}
	})
}

// RegisterResources makes the API answer through the herder.
func (s *Server) RegisterResources(h herder.Herder) {
	s.log.Info("Initializing REST resources")
	a := &api{herder: h}
	a.main.addResources()
	switch {
	case s.settings.adminShared:
		a.main.addLoggers()
	case len(s.admin) > 0:
		a.admin.addLoggers()
	}
	if s.cfg.Metrics != nil {
		a.main.addRaw("/metrics", roles.Overview, s.cfg.Metrics)
		a.admin.addRaw("/metrics", roles.Overview, s.cfg.Metrics)
	}
	s.addDiagnostics(a)
	s.api.Store(a)
	s.log.Info("REST resources initialized; server is started and ready to handle requests")
}

// AdvertisedURL returns the URL that others know the worker by, after Start.
func (s *Server) AdvertisedURL() *url.URL { return s.advertised }

// WorkerID returns host:port of the advertised URL, after Start.
func (s *Server) WorkerID() string { return s.advertised.Host }

// Client returns the client that the server forwards requests with, for the herder's own requests to the leader.
func (s *Server) Client() *Client { return s.client }

// URLs returns the URLs of the bound sockets, after Start.
func (s *Server) URLs() []string {
	var out []string
	for _, sock := range s.sockets {
		out = append(out, sock.url())
	}
	return out
}

// AdminURLs returns the URLs of the sockets of admin.listeners, after Start.
func (s *Server) AdminURLs() []string {
	var out []string
	for _, sock := range s.admin {
		out = append(out, sock.url())
	}
	return out
}

// Stop closes the sockets and lets requests under way finish until ctx ends, then cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	s.log.Info("Stopping REST server")
	var wg sync.WaitGroup
	errs := make([]error, len(s.servers))
	for i, server := range s.servers {
		wg.Go(func() {
			if err := server.Shutdown(ctx); err != nil {
				errs[i] = errors.Join(fmt.Errorf("requests to the REST API that were under way were cut off: %w", err), server.Close())
			}
		})
	}
	wg.Wait()
	s.serving.Wait()
	s.gate.close()
	s.closeAudit()
	s.log.Info("REST server stopped")
	return errors.Join(errs...)
}
