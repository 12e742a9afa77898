package kafka

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

const tokenEndpoint = "sasl.oauthbearer.token.endpoint.url"

// newTokenRetriever is DefaultJwtRetriever, or the class that sasl.oauthbearer.jwt.retriever.class names: it gets tokens from a file, or from
// an endpoint for the credentials of a client or for a signed assertion.
func newTokenRetriever(l Login) (func(context.Context) (string, error), error) {
	if err := checkValidator(l); err != nil {
		return nil, err
	}
	endpoint, err := l.endpoint()
	if err != nil {
		return nil, err
	}
	const key = "sasl.oauthbearer.jwt.retriever.class"
	class := l.Property(key)
	kind := strings.TrimPrefix(class, oauthPackage)
	if kind == "DefaultJwtRetriever" || kind == "" {
		kind = "ClientCredentialsJwtRetriever"
		if strings.EqualFold(endpoint.Scheme, "file") {
			kind = "FileJwtRetriever"
		}
	}
	switch kind {
	case "FileJwtRetriever":
		path := endpoint.Path
		if err := checkReadable(tokenEndpoint, path); err != nil {
			return nil, err
		}
		return func(context.Context) (string, error) { return readTokenFile(tokenEndpoint, path) }, nil
	case "ClientCredentialsJwtRetriever", "JwtBearerJwtRetriever":
		form, err := clientCredentials(l)
		if kind == "JwtBearerJwtRetriever" {
			form, err = jwtBearer(l)
		}
		if err != nil {
			return nil, err
		}
		return newTokenRequest(l, endpoint, form)
	}
	return nil, unknownClass(key, class, oauthPackage+"DefaultJwtRetriever", oauthPackage+"ClientCredentialsJwtRetriever",
		oauthPackage+"JwtBearerJwtRetriever", oauthPackage+"FileJwtRetriever")
}

// checkValidator accepts the validators of clients; that of brokers checks signatures, which is the broker's part.
func checkValidator(l Login) error {
	const key = "sasl.oauthbearer.jwt.validator.class"
	switch class := l.Property(key); strings.TrimPrefix(class, oauthPackage) {
	case "", "DefaultJwtValidator", "ClientJwtValidator":
		return nil
	default:
		return unknownClass(key, class, oauthPackage+"DefaultJwtValidator", oauthPackage+"ClientJwtValidator")
	}
}

// endpoint is ConfigurationUtils.validateUrl. Which URLs may be used is up to who runs the worker, not to who configures a connector
// (CVE-2025-27817): a system property lists them.
func (l Login) endpoint() (*url.URL, error) {
	bad := func(text string) (*url.URL, error) { return nil, &ConfigError{tokenEndpoint, text} }
	text, err := l.needed(tokenEndpoint)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return bad(fmt.Sprintf("The OAuth configuration option %s contains a URL (%s) that is malformed: %v", tokenEndpoint, text, err))
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "file":
	case "":
		return bad(fmt.Sprintf("The OAuth configuration option %s contains a URL (%s) that is malformed: no protocol: %s", tokenEndpoint, text, text))
	default:
		return bad(fmt.Sprintf(`The OAuth configuration option %s contains a URL (%s) that contains an invalid protocol (%s); only "http", "https", and "file" protocol are supported`,
			tokenEndpoint, text, strings.ToLower(u.Scheme)))
	}
	return u, l.allowed("URL", tokenEndpoint, text, "org.apache.kafka.sasl.oauthbearer.allowed.urls")
}

// file is ConfigurationUtils.validateFile.
func (l Login) file(key string) (string, error) {
	text, err := l.needed(key)
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(text)
	if err != nil {
		return "", &ConfigError{key, err.Error()}
	}
	if err := checkReadable(key, path); err != nil {
		return "", err
	}
	return path, l.allowed("file", key, path, "org.apache.kafka.sasl.oauthbearer.allowed.files")
}

func (l Login) allowed(what, key, value, property string) error {
	for _, allowed := range strings.Split(l.system[property], ",") {
		if strings.TrimSpace(allowed) == value {
			return nil
		}
	}
	return invalid(key, value, fmt.Sprintf("The %s cannot be accessed due to restrictions. Update the system property '%s' to allow the %s to be accessed.", what, property, what))
}

// needed is ConfigurationUtils.validateString.
func (l Login) needed(key string) (string, error) {
	text := strings.TrimSpace(l.Property(key))
	if text == "" {
		return "", &ConfigError{key, "The OAuth configuration option " + key + " value is required"}
	}
	return text, nil
}

func checkReadable(key, path string) error {
	bad := func(format string) error { return &ConfigError{key, fmt.Sprintf(format, key, path)} }
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return bad("The OAuth configuration option %s contains a file (%s) that doesn't exist")
	case err == nil && info.IsDir():
		return bad("The OAuth configuration option %s references a directory (%s), not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return bad("The OAuth configuration option %s contains a file (%s) that doesn't have read permission")
	}
	return f.Close()
}

// readTokenFile reads a token anew each time, so that what writes it (a service account of Kubernetes, for instance) may replace it.
func readTokenFile(key, path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file of %s: %w", key, err)
	}
	return strings.TrimSpace(string(text)), nil
}
