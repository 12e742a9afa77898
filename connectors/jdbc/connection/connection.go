// Package connection holds what the source and the sink share: the keys that say which database is meant, and how it is reached.
package connection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Names of keys.
const (
	KeyURL      = "connection.url"
	KeyUser     = "connection.user"
	KeyPassword = "connection.password"
	KeyAttempts = "connection.attempts"
	KeyBackoff  = "connection.backoff.ms"
	KeyDialect  = "dialect.name"
	KeyProvider = "jdbc.credentials.provider.class"

	prefix          = "connection."
	defaultProvider = "io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider"
)

// Keys declares the keys. The URL of a sink has no default, that of a source the empty one, which is refused later.
func Keys(urlDefault any) []config.Key {
	const group = "Database"
	return []config.Key{
		{Name: KeyURL, Type: config.String, Default: urlDefault, Importance: config.High, Group: group, Order: 1, Width: config.WidthLong,
			Doc: "JDBC URL of the database, as in jdbc:postgresql://localhost:5432/shop?currentSchema=sales. The sub-protocol decides the dialect; parameters of the Java drivers are mapped or reported."},
		{Name: KeyUser, Type: config.String, Default: nil, Importance: config.High, Group: group, Order: 2, Width: config.WidthMedium, Doc: "User of the database."},
		{Name: KeyPassword, Type: config.Password, Default: nil, Importance: config.High, Group: group, Order: 3, Width: config.WidthMedium, Doc: "Password of the user."},
		{Name: KeyProvider, Type: config.Class, Default: defaultProvider, AnyClass: true, Importance: config.Low, Group: group, Order: 4,
			Doc: "Class that gets user and password. Only the default is supported, which takes them from connection.user and connection.password; secrets come through config providers."},
		{Name: KeyAttempts, Type: config.Int, Default: 3, Validator: config.AtLeast(1), Importance: config.Low, Group: group, Order: 5, Doc: "How often a connection is tried before the task or the validation fails."},
		{Name: KeyBackoff, Type: config.Long, Default: 10000, Importance: config.Low, Group: group, Order: 6, Doc: "Milliseconds between two tries to connect."},
		{Name: KeyDialect, Type: config.String, Default: "", Importance: config.Low, Group: group, Order: 7,
			Doc: "Dialect to use whatever the URL says, such as PostgreSqlDatabaseDialect, MySqlDatabaseDialect or SqliteDatabaseDialect; empty takes that of the URL."},
	}
}

// Settings say how a database is reached.
type Settings struct {
	Target   dialect.Target
	Dialect  dialect.Dialect
	Attempts int
	Backoff  time.Duration
	// UserKey is the key of the user where that is not KeyUser.
	UserKey string
	// Notes are parameters without effect, to be logged once.
	Notes []string
}

// Read reads the keys; an error names its key.
func Read(v *config.Values, all []dialect.Dialect) (Settings, error) {
	if p := v.Class(KeyProvider); p != defaultProvider {
		return Settings{}, connect.NewBadConfig(KeyProvider, fmt.Errorf("%s cannot be loaded: only user and password of the configuration are supported; fill them by a config provider", p))
	}
	own := []string{KeyURL, KeyUser, KeyPassword, KeyAttempts, KeyBackoff}
	s, err := Find(all, v.String(KeyURL), v.String(KeyDialect), v.String(KeyUser), v.Password(KeyPassword).Reveal(), Properties(v, own...))
	s.Attempts, s.Backoff = v.Int(KeyAttempts), v.Duration(KeyBackoff)
	return s, err
}

// Properties are the connection.* keys that are not among own, without their prefix.
func Properties(v *config.Values, own ...string) map[string]string {
	properties := map[string]string{}
	for k, text := range v.OriginalsWithPrefix(prefix) {
		if text != nil && !slices.Contains(own, prefix+k) {
			properties[k] = *text
		}
	}
	return properties
}

// Find returns the settings for a database without those of retrying. A name asks for a dialect whatever the URL says. An error names its key.
func Find(all []dialect.Dialect, url, name, user, password string, properties map[string]string) (Settings, error) {
	var s Settings
	if url == "" {
		return s, connect.NewBadConfig(KeyURL, errors.New("the database to connect to is not given: set it to a JDBC URL, as in jdbc:postgresql://localhost:5432/shop"))
	}
	var err error
	if s.Target.URL, err = dialect.ParseURL(url); err != nil {
		return s, connect.NewBadConfig(KeyURL, err)
	}
	if s.Dialect, err = dialect.Find(all, s.Target.URL, name); err != nil {
		key := KeyURL
		if name != "" {
			key = KeyDialect
		}
		return s, connect.NewBadConfig(key, err)
	}
	s.Target.User, s.Target.Password, s.Target.Properties = user, password, properties
	if s.Notes, err = s.Dialect.Check(s.Target); err != nil {
		return s, connect.NewBadConfig(KeyURL, err)
	}
	return s, nil
}

// Dial connects, once.
func (s Settings) Dial(ctx context.Context) (dialect.Conn, error) {
	c, err := s.Dialect.Open(ctx, s.Target)
	if err != nil && ctx.Err() == nil {
		err = s.explain(err, s.Dialect.Classify(err))
	}
	return c, err
}

// Open connects, as often as the configuration says. It blocks until ctx ends; a login that is refused is not tried again.
func (s Settings) Open(ctx context.Context, log *slog.Logger) (dialect.Conn, error) {
	for attempt := 1; ; attempt++ {
		c, err := s.Dialect.Open(ctx, s.Target)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		fault := s.Dialect.Classify(err)
		err = s.explain(err, fault)
		if attempt >= s.Attempts || fault == dialect.Login {
			return nil, err
		}
		log.Warn("The database cannot be reached; it is tried again", "attempt", attempt, "of", s.Attempts, "error", err)
		if !Sleep(ctx, s.Backoff) {
			return nil, ctx.Err()
		}
	}
}

// Zone reads a time zone as Java names them: a place, UTC, GMT+02:00 or +02:00.
func Zone(key, name string) (*time.Location, error) {
	if name == "" || name == "Z" {
		return time.UTC, nil
	}
	if l, err := time.LoadLocation(name); err == nil {
		return l, nil
	}
	text := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "GMT"), "UTC"), "UT")
	for _, form := range []string{"-07:00", "-0700", "-07", "-7"} {
		if t, err := time.Parse(form, text); err == nil {
			_, offset := t.Zone()
			return time.FixedZone(name, offset), nil
		}
	}
	return nil, connect.NewBadConfig(key, fmt.Errorf("%s is no time zone: use the name of one, such as UTC or Europe/Prague", name))
}

// Sleep waits for d and reports false when ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
