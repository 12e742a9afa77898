package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

type tlsSide bool

const (
	clientSide tlsSide = false
	serverSide tlsSide = true
)

// TLS holds the keys and trusted certificates that ssl.* properties name, and reads their files again when they change. Its
// methods may be called by several goroutines.
type TLS struct {
	side            tlsSide
	settings        *tlsSettings
	warn            func(key, reason string)
	lowest, highest uint16
	suites          []uint16

	mu    sync.Mutex
	files map[string]fileStamp
	keys  []tls.Certificate
	roots *x509.CertPool // nil: the system's, as Java falls back to those of the JVM
}

type fileStamp struct {
	modified time.Time
	size     int64
}

// ServerTLS builds the TLS side of a listener from properties such as those of the REST server, whose prefix is
// "listeners.https.". Warn is told about certificates that are not valid now; it may be nil.
func ServerTLS(properties map[string]string, prefix string, warn func(key, reason string)) (*TLS, error) {
	settings, err := listenerSettings(properties, prefix)
	if err != nil {
		return nil, err
	}
	t, err := newTLS(serverSide, settings, warn)
	if err == nil && len(t.keys) == 0 {
		return nil, &ConfigError{settings.prefix + "ssl.keystore.location", "Configuration " + settings.prefix +
			"ssl.keystore.location is needed for an HTTPS listener: no keystore with a private key is set"}
	}
	return t, err
}

// ClientTLS builds the client's side of the same properties, with which workers call each other over HTTPS.
func ClientTLS(properties map[string]string, prefix string, warn func(key, reason string)) (*TLS, error) {
	settings, err := listenerSettings(properties, prefix)
	if err != nil {
		return nil, err
	}
	return newTLS(clientSide, settings, warn)
}

func newTLS(side tlsSide, settings *tlsSettings, warn func(key, reason string)) (*TLS, error) {
	if warn == nil {
		warn = func(string, string) {}
	}
	t := &TLS{side: side, settings: settings, warn: warn}
	lowest, highest, err := settings.versions()
	if err != nil {
		return nil, err
	}
	if t.suites, t.lowest, t.highest, err = settings.suites(lowest, highest, warn); err != nil {
		return nil, err
	}
	switch strings.ToLower(settings.endpointAlgorithm) {
	case "", "https", "ldaps":
	default:
		return nil, invalid(settings.prefix+"ssl.endpoint.identification.algorithm", settings.endpointAlgorithm, "Unknown identification algorithm: "+settings.endpointAlgorithm)
	}
	return t, t.load(t.stamps())
}

// stamps looks at the files in use.
func (t *TLS) stamps() map[string]fileStamp {
	files := map[string]fileStamp{}
	for _, path := range []*string{t.settings.keystoreLocation, t.settings.truststoreLocation} {
		if path == nil {
			continue
		}
		if info, err := os.Stat(*path); err == nil {
			files[*path] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return files
}

func (t *TLS) load(files map[string]fileStamp) error {
	keys, err := t.settings.loadKeys()
	if err != nil {
		return err
	}
	trusted, err := t.settings.loadTrusted()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, k := range keys {
		t.checkDates(t.settings.keySource(), k.Leaf, now)
	}
	var roots *x509.CertPool
	for _, c := range trusted {
		t.checkDates(t.settings.trustSource(), c, now)
	}
	if trusted == nil {
		if trusted, err = t.settings.loadOwn(keys); err != nil {
			return err
		}
	}
	if trusted != nil {
		roots = x509.NewCertPool()
		for _, c := range trusted {
			roots.AddCert(c)
		}
	}
	t.keys, t.roots, t.files = keys, roots, files
	return nil
}

// checkDates warns about a certificate that peers will refuse. Java starts with such certificates too.
func (t *TLS) checkDates(source string, c *x509.Certificate, now time.Time) {
	switch {
	case now.After(c.NotAfter):
		t.warn(source, fmt.Sprintf("the certificate of %s expired on %s", c.Subject, c.NotAfter.UTC().Format(time.RFC3339)))
	case now.Before(c.NotBefore):
		t.warn(source, fmt.Sprintf("the certificate of %s is not valid before %s", c.Subject, c.NotBefore.UTC().Format(time.RFC3339)))
	}
}

// current returns keys and trusted certificates, read again when a file changed. While a changed file cannot be read (it may be
// half written) the old content stays in use.
func (t *TLS) current() ([]tls.Certificate, *x509.CertPool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	files := t.stamps()
	changed := len(files) != len(t.files)
	for path, stamp := range files {
		changed = changed || t.files[path] != stamp
	}
	if changed {
		if err := t.load(files); err != nil {
			t.warn(t.settings.prefix+"ssl.keystore.location, "+t.settings.prefix+"ssl.truststore.location", "changed files are not used: "+err.Error())
		}
	}
	return t.keys, t.roots
}

// Certificates are those that peers have been shown since files were read last. It does not block.
func (t *TLS) Certificates() []*x509.Certificate {
	t.mu.Lock()
	defer t.mu.Unlock()
	return leaves(t.keys)
}

// CurrentCertificates are those that the next peer is shown. It looks whether files changed, and reads them then.
func (t *TLS) CurrentCertificates() []*x509.Certificate {
	keys, _ := t.current()
	return leaves(keys)
}

func leaves(keys []tls.Certificate) []*x509.Certificate {
	var all []*x509.Certificate
	for _, k := range keys {
		if k.Leaf != nil {
			all = append(all, k.Leaf)
		}
	}
	return all
}

// ClientConfig returns the configuration for one connection to a host.
func (t *TLS) ClientConfig(host string) *tls.Config { return t.clientConfig(host) }

func (t *TLS) clientConfig(host string) *tls.Config {
	keys, roots := t.current()
	return &tls.Config{
		ServerName:         host,
		Certificates:       keys,
		MinVersion:         t.lowest,
		MaxVersion:         t.highest,
		CipherSuites:       t.suites,
		InsecureSkipVerify: true, // VerifyConnection does it, with Java's rules for names
		VerifyConnection:   func(state tls.ConnectionState) error { return t.verify(state, host, roots) },
	}
}

// ServerConfig returns the configuration of a listener; each connection uses what the files hold then.
func (t *TLS) ServerConfig() *tls.Config {
	return &tls.Config{
		MinVersion: t.lowest,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return t.listenerConfig(), nil
		},
		// net/http looks for a certificate before it serves.
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			keys, _ := t.current()
			for i := range keys {
				if hello.SupportsCertificate(&keys[i]) == nil {
					return &keys[i], nil
				}
			}
			return &keys[0], nil
		},
	}
}

func (t *TLS) listenerConfig() *tls.Config {
	keys, roots := t.current()
	config := &tls.Config{
		Certificates: keys,
		ClientCAs:    roots,
		MinVersion:   t.lowest,
		MaxVersion:   t.highest,
		CipherSuites: t.suites,
		NextProtos:   []string{"http/1.1"}, // as Connect's server
	}
	switch t.settings.clientAuth {
	case "required":
		config.ClientAuth = tls.RequireAndVerifyClientCert
	case "requested":
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return config
}

// verify checks the peer's certificate chain and name.
func (t *TLS) verify(state tls.ConnectionState, host string, roots *x509.CertPool) error {
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	leaf := state.PeerCertificates[0]
	if _, err := leaf.Verify(options); err != nil {
		return err
	}
	if t.settings.endpointAlgorithm == "" {
		return nil
	}
	return verifyName(leaf, host)
}

// verifyName is sun.security.util.HostnameChecker: the subject alternative names, and only where there is none of the wanted kind
// the common name, which Go no longer looks at.
func verifyName(leaf *x509.Certificate, host string) error {
	err := leaf.VerifyHostname(host)
	if err == nil || len(leaf.DNSNames) > 0 || net.ParseIP(host) != nil {
		return err
	}
	named := &x509.Certificate{DNSNames: []string{leaf.Subject.CommonName}, Raw: leaf.Raw}
	if leaf.Subject.CommonName == "" || named.VerifyHostname(host) != nil {
		return err
	}
	return nil
}

// explain adds to a failed handshake with a broker which key a user should look at.
func (t *TLS) explain(address string, err error) error {
	s := t.settings
	hint := ""
	var invalidCert x509.CertificateInvalidError
	var hostname x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var remote *net.OpError
	switch {
	case errors.As(err, &unknown):
		hint = ": its certificate is signed by nobody in " + s.trustSource()
	case errors.As(err, &invalidCert) && invalidCert.Reason == x509.Expired:
		hint = ": its certificate is expired or not valid yet: renew the one of the broker, or set the clock of this machine"
	case errors.As(err, &hostname):
		hint = ": its certificate is for another host (an empty ssl.endpoint.identification.algorithm turns this check off)"
	case errors.As(err, &record), errors.Is(err, io.EOF):
		hint = ": it does not seem to speak TLS on this port (security.protocol)"
	case errors.As(err, &alert), errors.As(err, &remote) && remote.Op == "remote error":
		hint = ": it refused the handshake, look at " + s.keySource() + ", ssl.enabled.protocols and ssl.cipher.suites"
	}
	return fmt.Errorf("TLS handshake with %s failed%s: %w", address, hint, err)
}

// tlsRefusal reports whether an error says that the two sides of TLS do not trust or suit each other, rather than that the connection broke. With
// TLS 1.3 a broker says so only after the handshake.
func tlsRefusal(err error) bool {
	var unknown x509.UnknownAuthorityError
	var invalidCert x509.CertificateInvalidError
	var hostname x509.HostnameError
	var alert tls.AlertError
	var remote *net.OpError
	return errors.As(err, &unknown) || errors.As(err, &invalidCert) || errors.As(err, &hostname) || errors.As(err, &alert) ||
		errors.As(err, &remote) && remote.Op == "remote error"
}
