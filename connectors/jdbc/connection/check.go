package connection

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Test connects once and runs nothing: what validation can find out. A login that is refused and a database that is not there are errors of
// class BadConfig; everything else may be over when a task connects. Each names its key.
func Test(ctx context.Context, s Settings) error {
	err := s.probe(ctx)
	if err == nil {
		return nil
	}
	fault := s.Dialect.Classify(err)
	bad := &connect.Error{Class: connect.Retriable, Key: KeyURL, Err: s.explain(err, fault)}
	switch fault {
	case dialect.Login:
		bad.Class = connect.BadConfig
		switch {
		case s.Target.Password != "":
			bad.Key = KeyPassword
		case s.Target.User != "":
			bad.Key = s.userKey()
		}
	case dialect.Absent:
		bad.Class = connect.BadConfig
	}
	return bad
}

func (s Settings) userKey() string {
	if s.UserKey != "" {
		return s.UserKey
	}
	return KeyUser
}

func (s Settings) probe(ctx context.Context) error {
	if p, ok := s.Dialect.(dialect.Prober); ok {
		return p.Probe(ctx, s.Target)
	}
	c, err := s.Dialect.Open(ctx, s.Target)
	if err != nil {
		return err
	}
	return c.Close()
}

// explain says what to do about an error of connecting.
func (s Settings) explain(err error, fault dialect.Fault) error {
	what := "the database of jdbc:" + s.Target.URL.Protocol + ": cannot be opened"
	switch {
	case fault == dialect.Login:
		what = "the database refuses the login: check " + s.userKey() + " and connection.password"
	case fault == dialect.Absent:
		what = "there is no such database: check its name in connection.url"
	case fault == dialect.Busy:
		what = "the database takes no connection now"
	case isTLS(err):
		what = "the database and this worker do not agree on TLS: check the parameters for it in connection.url, such as the mode and the file of trusted certificates"
	case fault == dialect.Network:
		what = "the database cannot be reached: check host and port in connection.url, and whether it runs"
	}
	return &failure{what + ": " + s.masked(oneLine(err.Error())), err}
}

// masked hides what is secret of the target. No driver puts that into its errors, but errors may repeat a URL, ours or the driver's.
func (s Settings) masked(text string) string {
	var params dialect.Params
	if r, ok := s.Dialect.(dialect.ParamsReader); ok {
		params = r.ReadParams(s.Target.URL)
	} else if server, err := dialect.ParseServer(s.Target.URL.Rest); err == nil {
		params = server.Params
	}
	secrets := params.Secrets() // before a property of the same name takes its place
	params.SetAll(s.Target.Properties)
	secrets = append(secrets, params.Secrets()...)
	if s.Target.Password != "" {
		secrets = append(secrets, s.Target.Password)
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	for _, p := range secrets {
		for _, form := range []string{p, url.QueryEscape(p), url.PathEscape(p), strings.TrimPrefix(url.UserPassword("", p).String(), ":")} {
			text = strings.ReplaceAll(text, form, config.Hidden)
		}
	}
	return text
}

// failure is an error of connecting with what to do about it.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string { return f.text }

// Unwrap returns the driver's error.
func (f *failure) Unwrap() error { return f.err }

// oneLine joins the lines of an error, of which pgx has one for each address and way of encryption that it tried.
func oneLine(text string) string {
	var b strings.Builder
	last := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == last || line == "" {
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(last, ":") {
			b.WriteString("; ")
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		last = line
	}
	return b.String()
}

func isTLS(err error) bool {
	var (
		header   tls.RecordHeaderError
		alert    tls.AlertError
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
	)
	return errors.As(err, &header) || errors.As(err, &alert) || errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &hostname) || errors.As(err, &invalid)
}
