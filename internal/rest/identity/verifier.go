package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/moldau/moldau/internal/rest/reload"
	"github.com/moldau/moldau/internal/rest/roles"
)

// Config is what a Verifier needs. The names of keys in errors begin with Prefix.
type Config struct {
	// Prefix begins the names of the configuration keys, such as "moldau.rest.oidc.".
	Prefix string
	// Issuer and Audience are what tokens must name; of several audiences one is enough.
	Issuer   string
	Audience []string
	// KeysURL or KeysFile is where the keys are; with neither they are discovered from the issuer.
	KeysURL, KeysFile string
	// Refresh is after how long keys are fetched again.
	Refresh time.Duration
	// Algorithms are those that tokens may be signed with.
	Algorithms []string
	// Skew is by how much clocks may differ.
	Skew time.Duration
	// PrincipalClaim and GroupsClaim name the claims that say who it is, and in which groups.
	PrincipalClaim, GroupsClaim string
	// Transport carries requests to the provider, nil for the default one.
	Transport http.RoundTripper
	// Logger hears when keys cannot be had.
	Logger *slog.Logger
}

// Algorithms are those that a configuration may choose. Symmetric ones are none of them: whoever can check such a signature can make one.
var Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// RefusedError is a token that is not accepted. Its text is for the client and says nothing that the client does not know.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// errUnavailable is a token that cannot be checked since the provider's keys could not be had.
var errUnavailable = errors.New("tokens cannot be checked at the moment: the keys of their issuer cannot be had")

// IsUnavailable reports whether a token could not be checked, which says nothing of the token.
func IsUnavailable(err error) bool { return errors.Is(err, errUnavailable) }

// Verifier checks tokens. Its methods may be called by several goroutines.
type Verifier struct {
	cfg        Config
	algorithms []jose.SignatureAlgorithm
	keys       *keySet
	file       *reload.File[[]jose.JSONWebKey]
	end        context.CancelFunc
}

// New checks the configuration. It does not wait for the provider, which may come up later; a file of keys must be there.
func New(cfg Config) (*Verifier, error) {
	bad := func(key, reason string) error { return fmt.Errorf("configuration %s%s: %s", cfg.Prefix, key, reason) }
	if len(cfg.Audience) == 0 {
		return nil, bad("audience", "is needed: without it tokens for other services of the issuer would be accepted")
	}
	if cfg.KeysURL != "" && cfg.KeysFile != "" {
		return nil, bad("jwks.file", "cannot stand beside "+cfg.Prefix+"jwks.url")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	v := &Verifier{cfg: cfg}
	if len(cfg.Algorithms) == 0 {
		return nil, bad("algorithms", "names none")
	}
	for _, a := range cfg.Algorithms {
		if !slices.Contains(Algorithms, a) {
			return nil, bad("algorithms", fmt.Sprintf("%q is none of the asymmetric algorithms %v", a, Algorithms))
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(a))
	}
	if cfg.KeysFile != "" {
		var err error
		v.file, err = reload.Open(cfg.Prefix+"jwks.file", cfg.KeysFile, cfg.Logger, parseKeys)
		return v, err
	}
	from := &provider{issuer: cfg.Issuer, keys: cfg.KeysURL, client: newClient(cfg.Transport)}
	key, address := "jwks.url", cfg.KeysURL
	if address == "" {
		key, address = "issuer", cfg.Issuer
	}
	if err := safe(address); err != nil {
		return nil, bad(key, err.Error())
	}
	life, end := context.WithCancel(context.Background())
	v.keys, v.end = &keySet{fetch: from.fetch, refresh: cfg.Refresh, log: cfg.Logger, life: life}, end
	return v, nil
}

// Close ends what the verifier has under way.
func (v *Verifier) Close() {
	if v.keys != nil {
		v.end()
		v.keys.jobs.Wait()
	}
}

// find returns the keys that may have signed a token.
func (v *Verifier) find(ctx context.Context, id string, algorithm jose.SignatureAlgorithm) ([]jose.JSONWebKey, error) {
	if v.file != nil {
		return suiting(v.file.Get(), id, algorithm), nil
	}
	return v.keys.find(ctx, id, algorithm)
}

// Verify returns who a token is about. It may wait for the provider's keys until ctx ends. Errors are a *RefusedError or one that IsUnavailable
// knows.
func (v *Verifier) Verify(ctx context.Context, token string) (roles.Principal, error) {
	payload, err := v.signed(ctx, token)
	if err != nil {
		return roles.Principal{}, err
	}
	return v.read(payload, time.Now())
}
