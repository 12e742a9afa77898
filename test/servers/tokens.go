package servers

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Issuer signs the tokens that a secured Kafka takes on its TLS listener.
type Issuer struct {
	key *rsa.PrivateKey
	// Keys is the file with the public key, as a JSON web key set.
	Keys string
}

// Audience is what a token must be for.
const Audience = "kafka"

func newIssuer(t testing.TB, dir string) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{"kty": "RSA", "kid": "test", "alg": "RS256", "use": "sig",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}}})
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{key, filepath.Join(dir, "jwks.json")}
	if err := os.WriteFile(i.Keys, set, 0o644); err != nil {
		t.Fatal(err)
	}
	return i
}

// Token signs a token of a subject that lives for a while; claims come over those that every token has. It may be called by any goroutine.
func (i *Issuer) Token(subject string, life time.Duration, claims map[string]any) string {
	now := time.Now()
	all := map[string]any{"sub": subject, "aud": Audience, "iss": "https://issuer.test", "scope": "kafka", "iat": now.Unix(), "exp": now.Add(life).Unix()}
	maps.Copy(all, claims)
	payload, err := json.Marshal(all)
	if err != nil {
		panic(err) // of the test's own claims
	}
	encode := base64.RawURLEncoding.EncodeToString
	content := encode([]byte(`{"alg":"RS256","kid":"test","typ":"JWT"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // of a sound key never
	}
	return content + "." + encode(signature)
}
