package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/internal/rest/roles"
)

const (
	issuer   = "https://idp.example.org/realms/x"
	audience = "moldau"
)

// keys are those of the test's issuer.
type keys struct {
	rsa, small *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
	ed         ed25519.PrivateKey
}

func newKeys(t *testing.T) *keys {
	t.Helper()
	k := &keys{}
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if k.small, err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
		t.Fatal(err)
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, k.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return k
}

// published is the key set as an issuer publishes it, with keys that must not be used among them.
func (k *keys) published(t *testing.T) []byte {
	t.Helper()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &k.rsa.PublicKey, KeyID: "rsa", Use: "sig"},
		{Key: &k.rsa.PublicKey, KeyID: "encryption", Use: "enc"},
		{Key: &k.rsa.PublicKey, KeyID: "ps", Algorithm: "PS256"},
		{Key: &k.small.PublicKey, KeyID: "small"},
		{Key: &k.ec.PublicKey, KeyID: "ec"},
		{Key: k.ed.Public(), KeyID: "ed"},
		{Key: []byte("a secret that everybody can read"), KeyID: "hmac"},
	}}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func claims(change map[string]any) map[string]any {
	now := time.Now().Unix()
	all := map[string]any{"iss": issuer, "aud": audience, "sub": "ann", "exp": now + 300, "nbf": now - 10, "iat": now - 10, "groups": []string{"ops", "dev"}}
	maps.Copy(all, change)
	for name, value := range all {
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, content any) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType("JWT")
	if id != "" {
		opts = opts.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := content.(string)
	if !ok {
		raw, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		text = string(raw)
	}
	signed, err := signer.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// forge makes a token by hand, with the signature that f makes.
func forge(header string, content map[string]any, f func(signed []byte) []byte) string {
	raw, _ := json.Marshal(content) // texts and numbers
	signed := part(header) + "." + part(string(raw))
	return signed + "." + base64.RawURLEncoding.EncodeToString(f([]byte(signed)))
}

func config(file string) Config {
	return Config{Prefix: "moldau.rest.oidc.", Issuer: issuer, Audience: []string{"other", audience}, KeysFile: file, Algorithms: Algorithms,
		Skew: time.Minute, PrincipalClaim: "sub", GroupsClaim: "groups", Refresh: time.Hour}
}

func keyFile(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTokens(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	v, err := New(config(keyFile(t, k.published(t))))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&k.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	withKey := func(secret []byte) func([]byte) []byte {
		return func(signed []byte) []byte {
			mac := hmac.New(sha256.New, secret)
			mac.Write(signed)
			return mac.Sum(nil)
		}
	}
	rsaSign := func(key *rsa.PrivateKey) func([]byte) []byte {
		return func(signed []byte) []byte {
			sum := sha256.Sum256(signed)
			out, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) // the key is good
			return out
		}
	}
	none := func([]byte) []byte { return nil }
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	good := sign(t, jose.RS256, k.rsa, "rsa", claims(nil))
	const malformed, algorithm, unknown, signature = "the token is malformed", "the token is not signed with an accepted algorithm",
		"the token is signed with a key that its issuer does not publish", "the token's signature is not valid"
	const expired, early, audienceOf, issuerOf = "the token has expired", "the token is not valid yet", "the token is for another audience", "the token is from another issuer"
	const nobody = "the token does not say whose it is in the claim sub"
	for name, c := range map[string]struct{ token, want string }{
		"RS256":                        {good, ""},
		"RS512":                        {sign(t, jose.RS512, k.rsa, "rsa", claims(nil)), ""},
		"PS256":                        {sign(t, jose.PS256, k.rsa, "ps", claims(nil)), ""},
		"ES256":                        {sign(t, jose.ES256, k.ec, "ec", claims(nil)), ""},
		"EdDSA":                        {sign(t, jose.EdDSA, k.ed, "ed", claims(nil)), ""},
		"no kid":                       {sign(t, jose.ES256, k.ec, "", claims(nil)), ""},
		"several audiences":            {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"aud": []string{"x", audience}})), ""},
		"just expired":                 {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"exp": now - 30})), ""},
		"almost valid":                 {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"nbf": now + 30})), ""},
		"empty":                        {"", malformed},
		"no token":                     {"x", malformed},
		"two parts":                    {"a.b", malformed},
		"four parts":                   {good + ".x", malformed},
		"no JSON":                      {part("x") + "." + part("{}") + "." + part("s"), malformed},
		"JSON form":                    {`{"payload":"e30","signatures":[]}`, malformed},
		"encrypted form":               {"a.b.c.d.e", malformed},
		"blanks":                       {good + " " + good, malformed},
		"alg none":                     {forge(`{"alg":"none","typ":"JWT"}`, claims(nil), none), algorithm},
		"alg NoNe":                     {forge(`{"alg":"NoNe","kid":"rsa"}`, claims(nil), none), algorithm},
		"alg missing":                  {forge(`{"kid":"rsa"}`, claims(nil), none), algorithm},
		"alg empty":                    {forge(`{"alg":"","kid":"rsa"}`, claims(nil), none), algorithm},
		"HS256 with the public key":    {forge(`{"alg":"HS256","kid":"rsa"}`, claims(nil), withKey(publicPEM)), algorithm},
		"HS256 with the public DER":    {forge(`{"alg":"HS256","kid":"rsa"}`, claims(nil), withKey(der)), algorithm},
		"HS256 with a published key":   {forge(`{"alg":"HS256","kid":"hmac"}`, claims(nil), withKey([]byte("a secret that everybody can read"))), algorithm},
		"RS256 without signature":      {forge(`{"alg":"RS256","kid":"rsa"}`, claims(nil), none), signature},
		"signed by a stranger":         {sign(t, jose.RS256, stranger, "rsa", claims(nil)), signature},
		"stranger without kid":         {sign(t, jose.RS256, stranger, "", claims(nil)), signature},
		"stranger's key in the header": {embedded(t, stranger), signature},
		"changed claims":               {strings.Split(good, ".")[0] + "." + part(`{"sub":"root"}`) + "." + strings.Split(good, ".")[2], signature},
		"ES256 over an RSA key":        {forge(`{"alg":"ES256","kid":"rsa"}`, claims(nil), rsaSign(k.rsa)), unknown},
		"key for encryption":           {sign(t, jose.RS256, k.rsa, "encryption", claims(nil)), unknown},
		"key of another algorithm":     {sign(t, jose.RS256, k.rsa, "ps", claims(nil)), unknown},
		"weak key":                     {forge(`{"alg":"RS256","kid":"small"}`, claims(nil), rsaSign(k.small)), unknown},
		"unknown kid":                  {sign(t, jose.RS256, k.rsa, "rotated", claims(nil)), unknown},
		"kid as a path":                {sign(t, jose.RS256, k.rsa, "../../../../dev/null", claims(nil)), unknown},
		"critical header":              {forge(`{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}`, claims(nil), rsaSign(k.rsa)), signature},
		"expired":                      {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"exp": now - 120})), expired},
		"never expires":                {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"exp": nil})), "the token never expires"},
		"expires at a text":            {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"exp": "tomorrow"})), malformed},
		"not yet valid":                {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"nbf": now + 120})), early},
		"issued in the future":         {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"iat": now + 3600, "nbf": nil})), early},
		"wrong audience":               {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"aud": "shop"})), audienceOf},
		"no audience":                  {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"aud": nil})), audienceOf},
		"wrong issuer":                 {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"iss": issuer + "/"})), issuerOf},
		"no issuer":                    {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"iss": nil})), issuerOf},
		"no subject":                   {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"sub": nil})), nobody},
		"subject with a line break":    {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"sub": "ann\nroot"})), nobody},
		"subject that is no text":      {sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"sub": 7})), malformed},
		"claims that are a list":       {sign(t, jose.RS256, k.rsa, "rsa", "[]"), malformed},
		"claims that are null":         {sign(t, jose.RS256, k.rsa, "rsa", "null"), malformed},
		"claims that are no JSON":      {sign(t, jose.RS256, k.rsa, "rsa", "x"), malformed},
		"huge":                         {good + strings.Repeat("A", largestToken), "the token is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := v.Verify(context.Background(), c.token)
			if c.want == "" {
				want := roles.Principal{Kind: roles.Bearer, Name: "ann", Groups: []string{"ops", "dev"}}
				if diff := cmp.Diff(want, p); err != nil || diff != "" {
					t.Fatalf("%v %s", err, diff)
				}
				return
			}
			var refusal *RefusedError
			if !errors.As(err, &refusal) || refusal.Reason != c.want || p.Name != "" {
				t.Fatalf("got %v, %v, want %q", p, err, c.want)
			}
		})
	}
}

// embedded is a token of a stranger who puts the key into the header.
func embedded(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "mine"}}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestClaimsOfProviders(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	file := keyFile(t, k.published(t))
	for _, c := range []struct {
		principal, groups string
		claims            map[string]any
		want              roles.Principal
	}{
		{"preferred_username", "realm_access.roles", map[string]any{"preferred_username": "bob", "realm_access": map[string]any{"roles": []any{"a", 7, "", "b"}}},
			roles.Principal{Kind: roles.Bearer, Name: "bob", Groups: []string{"a", "b"}}},
		{"sub", "https://example.org/roles", map[string]any{"https://example.org/roles": "x y"}, roles.Principal{Kind: roles.Bearer, Name: "ann", Groups: []string{"x", "y"}}},
		{"sub", "a.b.c", map[string]any{"a.b": map[string]any{"c": []any{"deep"}}}, roles.Principal{Kind: roles.Bearer, Name: "ann", Groups: []string{"deep"}}},
		{"sub", "groups.x", nil, roles.Principal{Kind: roles.Bearer, Name: "ann"}},
		{"sub", "", nil, roles.Principal{Kind: roles.Bearer, Name: "ann"}},
	} {
		cfg := config(file)
		cfg.PrincipalClaim, cfg.GroupsClaim = c.principal, c.groups
		v, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Verify(context.Background(), sign(t, jose.ES256, k.ec, "ec", claims(c.claims)))
		if diff := cmp.Diff(c.want, p); err != nil || diff != "" {
			t.Errorf("%s, %s: %v %s", c.principal, c.groups, err, diff)
		}
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	file := keyFile(t, k.published(t))
	for want, change := range map[string]func(*Config){
		"configuration moldau.rest.oidc.audience: is needed":                                   func(c *Config) { c.Audience = nil },
		"configuration moldau.rest.oidc.jwks.file: cannot stand beside":                        func(c *Config) { c.KeysURL = "https://x" },
		`configuration moldau.rest.oidc.algorithms: "HS256" is none of the`:                    func(c *Config) { c.Algorithms = []string{"RS256", "HS256"} },
		`configuration moldau.rest.oidc.algorithms: "none" is none of the`:                     func(c *Config) { c.Algorithms = []string{"none"} },
		"configuration moldau.rest.oidc.algorithms: names none":                                func(c *Config) { c.Algorithms = nil },
		"configuration moldau.rest.oidc.jwks.file: open ":                                      func(c *Config) { c.KeysFile += "x" },
		"the key set is no JSON object":                                                        func(c *Config) { c.KeysFile = keyFile(t, []byte("-----BEGIN")) },
		"the key set has no public key for signatures":                                         func(c *Config) { c.KeysFile = keyFile(t, []byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"new"}]}`)) },
		`configuration moldau.rest.oidc.issuer: "http://idp.example.org" is not https`:         func(c *Config) { c.KeysFile, c.Issuer = "", "http://idp.example.org" },
		`configuration moldau.rest.oidc.issuer: "idp" is no URL`:                               func(c *Config) { c.KeysFile, c.Issuer = "", "idp" },
		`configuration moldau.rest.oidc.jwks.url: "file:///etc/passwd" is no URL`:              func(c *Config) { c.KeysFile, c.KeysURL = "", "file:///etc/passwd" },
		"configuration moldau.rest.oidc.jwks.url: a URL with a user and password is not taken": func(c *Config) { c.KeysFile, c.KeysURL = "", "https://u:p@idp/keys" },
	} {
		cfg := config(file)
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
