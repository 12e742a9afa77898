package rest

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// unauthorized is the body of a 401.
const unauthorized = "User cannot access the resource."

const (
	basicAuthExtension = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"
	fileLoginModule    = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"
	jaasEntry          = "KafkaConnect"
)

// ExtensionError is returned by New for a REST extension that cannot be had. Java makes extensions only when the worker starts, and its
// process ends with another exit code than for other keys.
type ExtensionError struct{ Err error }

func (e *ExtensionError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ExtensionError) Unwrap() error { return e.Err }

// authenticator decides who may use the API.
type authenticator interface {
	// admits reports whether the request may pass; an error is a 500.
	admits(r *http.Request) (bool, error)
}

// newAuthenticator returns that of rest.extension.classes, nil where there is none.
func newAuthenticator(cfg Config, classes []string) (authenticator, error) {
	log := cfg.Logger
	if log == nil {
		log = slog.Default()
	}
	wanted := false
	for _, class := range classes {
		switch class {
		case basicAuthExtension, "BasicAuthSecurityRestExtension", "BasicAuthSecurity":
			wanted = true
		default:
			return nil, javafmt.NewException(javafmt.ConnectException, "Failed to find any class that implements interface "+
				"org.apache.kafka.connect.rest.ConnectRestExtension and which name matches "+class+"; the one that is built in is "+basicAuthExtension, nil)
		}
	}
	if cfg.Values.String(usersFile) != "" {
		return nil, nil // these users stand in place of the extension's
	}
	if !wanted {
		return nil, nil
	}
	if cfg.JAAS == nil || len(cfg.JAAS.Entries[jaasEntry]) == 0 {
		return nil, javafmt.NewException(javafmt.ConnectException, "Failed to register REST extension "+basicAuthExtension+
			": it needs a JAAS file with an entry "+jaasEntry+", named by KAFKA_OPTS=-Djava.security.auth.login.config=FILE, or the key "+usersFile, nil)
	}
	var auth basicAuth
	for _, m := range cfg.JAAS.Entries[jaasEntry] {
		auth = append(auth, newLogin(m, log))
	}
	return auth, nil
}

// basicAuth admits requests that every login takes (JaasBasicAuthFilter).
type basicAuth []login

// admitsAll reports whether no login asks for a password.
func (a basicAuth) admitsAll() bool {
	for _, l := range a {
		if f, ok := l.(fileLogin); !ok || len(f.users) > 0 {
			return false
		}
	}
	return true
}

type login interface {
	login(user, password *string) bool
}

func newLogin(m kafka.LoginModule, log *slog.Logger) login {
	if m.Class != fileLoginModule {
		log.Error("Nobody can log in to the REST API: login module " + m.Class + " of the JAAS entry " + jaasEntry + " is not known; " + fileLoginModule + " is")
		return nobody{}
	}
	path := m.Options["file"]
	if path == "" {
		log.Error("Nobody can log in to the REST API: Property Credentials file must be specified")
		return nobody{}
	}
	users, err := readUsers(path)
	if err != nil {
		log.Error("Nobody can log in to the REST API: Error loading credentials file: " + err.Error())
		return nobody{}
	}
	if len(users) == 0 {
		log.Warn("The file " + path + " has no users, so everybody may use the REST API")
	}
	return fileLogin{users}
}

func readUsers(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	props, err := javafmt.LoadProperties(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return props.Map(), nil
}

// fileLogin is PropertyFileLoginModule: a file without users admits everybody.
type fileLogin struct{ users map[string]string }

func (f fileLogin) login(user, password *string) bool {
	if len(f.users) == 0 {
		return true
	}
	if user == nil || password == nil {
		return false
	}
	want, known := f.users[*user]
	// Equal lengths, whatever the texts, so that the time taken tells nothing.
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(*password))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && known
}

// nobody admits nobody: a login module that does not work refuses everybody.
type nobody struct{}

func (nobody) login(_, _ *string) bool { return false }

func (a basicAuth) admits(r *http.Request) (bool, error) {
	user, password, err := credentials(r.Header.Get("Authorization"))
	if err != nil {
		return false, herder.Internal(err, "%s", err.Error())
	}
	for _, l := range a {
		if !l.login(user, password) {
			return false, nil
		}
	}
	return true, nil
}

// credentials reads an Authorization header; nil, nil where it holds none of the scheme Basic.
func credentials(header string) (user, password *string, err error) {
	scheme, text, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return nil, nil, nil
	}
	data, err := decodeBase64(text)
	if err != nil {
		return nil, nil, err
	}
	u, p, ok := strings.Cut(string(data), ":")
	if !ok || u == "" {
		return nil, nil, nil
	}
	return &u, &p, nil
}
