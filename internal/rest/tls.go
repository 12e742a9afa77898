package rest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
)

// serverTLS loads the stores of the keys below prefix; where there are none, of the plain ssl keys (SSLUtils.createServerSideSslContextFactory).
func serverTLS(v *config.Values, prefix string, log *slog.Logger) (*kafka.TLS, *tls.Config, error) {
	props := v.Originals().Strings()
	for k := range v.OriginalsWithPrefix(prefix) {
		v.Ignore(prefix + k)
	}
	t, err := kafka.ServerTLS(props, prefix, func(key, reason string) { log.Warn(key + ": " + reason) })
	if err != nil {
		return nil, nil, fmt.Errorf("TLS of the REST server (%s): %w", prefix, err)
	}
	c := t.ServerConfig()
	c.NextProtos = []string{"http/1.1"}
	return t, c, nil
}

// shown are the TLS settings of the sockets of one kind.
type shown struct {
	use string
	tls *kafka.TLS
}

// Certificates gives those that clients of the listeners are shown, with "rest" or "rest-admin" for what they are used, after Start. It reads files
// again that changed.
func (s *Server) Certificates(give func(use string, c *x509.Certificate)) {
	for _, l := range s.certified {
		for _, c := range l.tls.CurrentCertificates() {
			give(l.use, c)
		}
	}
}
