package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Signal is what is sent, by its name in the paths of collectors.
type Signal string

// The signals.
const (
	Traces  Signal = "traces"
	Metrics Signal = "metrics"
)

// Settings say where a signal goes.
type Settings struct {
	// URL is whole, with the path of the signal.
	URL     string
	Headers map[string]string
	// Timeout is for one request.
	Timeout time.Duration
	// Compress makes requests smaller with gzip.
	Compress bool
	// TLS is for https; nil is the system's.
	TLS *tls.Config
}

// Given are the keys of a worker's configuration for a signal. What is zero is read from the environment.
type Given struct {
	// Endpoint is the address of the collector, with or without the path of the signal. Key names its key for errors.
	Endpoint, EndpointKey string
	// Headers are "name=value" pairs with commas between them.
	Headers, HeadersKey string
	Timeout             time.Duration
}

const (
	defaultEndpoint = "http://localhost:4318"
	defaultTimeout  = 10 * time.Second
)

// Resolve completes what was given by OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE, _CLIENT_CERTIFICATE, _CLIENT_KEY and
// _PROTOCOL, and by those with TRACES_ or METRICS_ in their names, which win. env looks variables up.
func Resolve(signal Signal, given Given, env func(string) string) (*Settings, error) {
	e := environment{signal, env}
	s := &Settings{Timeout: given.Timeout}
	var err error
	if s.URL, err = e.endpoint(given); err != nil {
		return nil, err
	}
	text, key := given.Headers, given.HeadersKey
	if text == "" {
		text, key = e.get("HEADERS")
	}
	if s.Headers, err = parseHeaders(text, key); err != nil {
		return nil, err
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
		if text, key := e.get("TIMEOUT"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n <= 0 {
				return nil, fmt.Errorf("%s=%s: a number of milliseconds is needed", key, text)
			}
			s.Timeout = time.Duration(n) * time.Millisecond
		}
	}
	if text, key := e.get("PROTOCOL"); text != "" && text != "http/protobuf" {
		return nil, fmt.Errorf("%s=%s: only http/protobuf is spoken here, which collectors take at port 4318", key, text)
	}
	switch text, key := e.get("COMPRESSION"); text {
	case "", "none":
	case "gzip":
		s.Compress = true
	default:
		return nil, fmt.Errorf("%s=%s: must be gzip or none", key, text)
	}
	s.TLS, err = e.tls()
	return s, err
}

// environment looks up the variables of a signal.
type environment struct {
	signal Signal
	env    func(string) string
}

const prefix = "OTEL_EXPORTER_OTLP_"

func (e environment) own(name string) string {
	return prefix + strings.ToUpper(string(e.signal)) + "_" + name
}

// get returns a value, and the name of the variable that it is from.
func (e environment) get(name string) (value, key string) {
	if key = e.own(name); strings.TrimSpace(e.env(key)) != "" {
		return strings.TrimSpace(e.env(key)), key
	}
	key = prefix + name
	return strings.TrimSpace(e.env(key)), key
}

func (e environment) endpoint(given Given) (string, error) {
	address, key, whole := given.Endpoint, given.EndpointKey, false
	if address == "" {
		key = e.own("ENDPOINT")
		address, whole = strings.TrimSpace(e.env(key)), true
	}
	if address == "" {
		key = prefix + "ENDPOINT"
		address, whole = strings.TrimSpace(e.env(key)), false
	}
	if address == "" {
		address = defaultEndpoint
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%s=%s: an address such as %s is needed", key, address, defaultEndpoint)
	}
	path := "/v1/" + string(e.signal)
	if !whole && !strings.HasSuffix(u.Path, path) {
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	return u.String(), nil
}

func parseHeaders(text, key string) (map[string]string, error) {
	headers := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || name == "" || err != nil || strings.ContainsAny(name+decoded, "\r\n") {
			// Not the text itself: it holds tokens.
			return nil, fmt.Errorf("%s: pairs name=value with commas between them are needed", key)
		}
		headers[name] = decoded
	}
	return headers, nil
}

func (e environment) tls() (*tls.Config, error) {
	ca, caKey := e.get("CERTIFICATE")
	cert, certKey := e.get("CLIENT_CERTIFICATE")
	key, _ := e.get("CLIENT_KEY")
	if ca == "" && cert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", caKey, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s=%s holds no certificate in PEM format", caKey, ca)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", certKey, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
