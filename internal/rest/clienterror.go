package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/moldau/moldau/internal/herder"
)

// peerError is a request to another worker that failed, there or on the way: the refusal to answer with, and the error_code of its body, which
// RestClient takes from the other worker's.
type peerError struct {
	refusal *herder.Error
	code    int
	// again is the Retry-After of the other worker, "" for none.
	again string
}

func (e *peerError) Error() string { return e.refusal.Message }

// Unwrap returns the refusal, which has the status.
func (e *peerError) Unwrap() error { return e.refusal }

// raised is another worker's error, raised again. Its text may repeat what the client sent.
func raised(status, code int, text, again string) error {
	return &peerError{&herder.Error{Status: status, Message: text, Private: true}, code, again}
}

func failed(text string, cause error) error {
	return &peerError{herder.Internal(cause, "%s", text), http.StatusInternalServerError, ""}
}

// notStarted, notSent and failures on the way are RestClient's, each with its words.
func notStarted(err error) error { return failed("Failed to start RestClient: "+err.Error(), err) }

func notSent(err error) error {
	return failed("Error trying to forward REST request: "+err.Error(), err)
}

const ioFailed = "IO Error trying to forward REST request: "

// notJSON is an answer that no worker gives, such as a proxy's page. The log gets to know where it came from.
func notJSON(err error, res *http.Response, out outgoing) error {
	kind := res.Header.Get("Content-Type")
	if kind == "" {
		kind = "no Content-Type"
	}
	return failed(ioFailed+err.Error(), fmt.Errorf("%s %s answered %s with %s, which is no answer of a worker", out.method, out.url, res.Status, kind))
}

// handshakeError is a TLS connection that was not agreed on.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + e.err.Error() }

// Unwrap returns the cause.
func (e *handshakeError) Unwrap() error { return e.err }

// ioError is a request without an answer. Java's text is that of the exception which the HTTP client's future ends with, so it begins with a class.
func ioError(ctx context.Context, err error, out outgoing) error {
	return failed(ioFailed+javaIO(ctx, err, out.url), fmt.Errorf("%s %s: %w", out.method, out.url, err))
}

func javaIO(ctx context.Context, err error, url string) string {
	var dns *net.DNSError
	var handshake *handshakeError
	var alert tls.AlertError
	var remote *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "java.util.concurrent.TimeoutException: no answer from " + url + " within the time for a request"
	case ctx.Err() != nil:
		return "java.lang.InterruptedException: the request to " + url + " was given up"
	case errors.As(err, &dns):
		return "java.net.UnknownHostException: " + dns.Name + ": Name or service not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "java.net.ConnectException: Connection refused"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "java.net.SocketTimeoutException: Connect Timeout"
	case errors.As(err, &remote) && remote.Op == "remote error":
		return "javax.net.ssl.SSLHandshakeException: Received fatal alert: " + alertName(remote.Err)
	case errors.As(err, &alert):
		return "javax.net.ssl.SSLHandshakeException: Received fatal alert: " + alertName(alert)
	case errors.As(err, &handshake):
		return "javax.net.ssl.SSLHandshakeException: " + untrusted(handshake.err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "java.net.SocketException: Connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "java.io.EOFException: " + url + " closed the connection before its answer was complete"
	}
	return "java.io.IOException: " + err.Error()
}

// alertName is Java's name of an alert, which is that of the RFC; Go says some of them in other words.
func alertName(err error) string {
	text := strings.TrimPrefix(err.Error(), "tls: ")
	switch text {
	case "unknown certificate authority":
		return "unknown_ca"
	case "unknown certificate", "expired certificate", "revoked certificate":
		return "certificate_" + strings.TrimSuffix(text, " certificate")
	case "protocol version not supported":
		return "protocol_version"
	}
	return strings.ReplaceAll(text, " ", "_")
}

// untrusted explains a certificate that is not accepted, Java's words first, since people search for them.
func untrusted(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"
	case errors.As(err, &name) && net.ParseIP(name.Host) != nil:
		return "No subject alternative names matching IP address " + name.Host + " found"
	case errors.As(err, &name):
		return "No subject alternative DNS name matching " + name.Host + " found."
	case errors.As(err, &record):
		return "Unsupported or unrecognized SSL message"
	}
	return err.Error()
}
