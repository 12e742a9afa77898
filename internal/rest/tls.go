package rest

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
)

// serverTLS loads the stores of the keys below prefix; where there are none, of the plain ssl keys (SSLUtils.createServerSideSslContextFactory).
func serverTLS(v *config.Values, prefix string, log *slog.Logger) (*tls.Config, error) {
	props := v.Originals().Strings()
	for k := range v.OriginalsWithPrefix(prefix) {
		v.Ignore(prefix + k)
	}
	t, err := kafka.ServerTLS(props, prefix, func(key, reason string) { log.Warn(key + ": " + reason) })
	if err != nil {
		return nil, fmt.Errorf("TLS of the REST server (%s): %w", prefix, err)
	}
	c := t.ServerConfig()
	c.NextProtos = []string{"http/1.1"}
	return c, nil
}
