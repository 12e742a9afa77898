package azure

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// asker requests a token for a scope; it is called again for each token.
type asker func(ctx context.Context, scope string) (*http.Request, error)

// credential gets tokens and keeps each until shortly before its end.
type credential struct {
	client *service.Client
	ask    asker
	now    func() time.Time

	mu     sync.Mutex
	tokens map[string]bearer
}

type bearer struct {
	token   string
	expires time.Time
}

func newCredential(ask asker, direct bool) *credential {
	return &credential{ask: ask, now: time.Now, tokens: map[string]bearer{},
		client: service.NewClient(service.Options{Attempts: 3, Message: oauthRefusal, Direct: direct})}
}

// oauthRefusal returns the code of a refusal: descriptions repeat what was sent.
func oauthRefusal(body []byte) string {
	var reason struct {
		Error json.RawMessage `json:"error"`
		Codes []int           `json:"error_codes"`
	}
	var code string
	if json.Unmarshal(body, &reason) != nil || json.Unmarshal(reason.Error, &code) != nil {
		return ""
	}
	for _, n := range reason.Codes {
		code += " AADSTS" + strconv.Itoa(n)
	}
	return code
}

// token returns a token for a scope.
func (c *credential) token(ctx context.Context, scope string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.tokens[scope]; c.now().Before(known.expires) {
		return known.token, nil
	}
	var out struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		ExpiresOn   json.Number `json:"expires_on"`
	}
	if err := c.client.JSON(ctx, func(ctx context.Context) (*http.Request, error) { return c.ask(ctx, scope) }, &out); err != nil {
		return "", service.Failed("no token from Azure", err)
	}
	if out.AccessToken == "" {
		return "", config.Failed("no token from Azure: the answer holds none")
	}
	const margin = 5 * time.Minute
	expires := c.now()
	if seconds, err := out.ExpiresIn.Int64(); err == nil {
		expires = expires.Add(time.Duration(seconds) * time.Second)
	} else if at, err := out.ExpiresOn.Int64(); err == nil {
		expires = time.Unix(at, 0)
	}
	c.tokens[scope] = bearer{out.AccessToken, expires.Add(-margin)}
	return out.AccessToken, nil
}

func (c *credential) close() {
	if c != nil {
		c.client.Close()
	}
}

// authority returns the address of the token service.
func authority() string {
	host := cmp.Or(os.Getenv("AZURE_AUTHORITY_HOST"), "https://login.microsoftonline.com")
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	return strings.TrimSuffix(host, "/")
}

// fromEntra asks Microsoft Entra with a form that more fills in for each token.
func fromEntra(tenant, client string, more func(endpoint string, form url.Values) error) asker {
	endpoint := authority() + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
	return func(ctx context.Context, scope string) (*http.Request, error) {
		form := url.Values{"client_id": {client}, "scope": {scope}, "grant_type": {"client_credentials"}}
		if err := more(endpoint, form); err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	}
}

func withSecret(tenant, client, secret string) *credential {
	return newCredential(fromEntra(tenant, client, func(_ string, form url.Values) error {
		form.Set("client_secret", secret)
		return nil
	}), false)
}

func withPassword(tenant, client, user, password string) *credential {
	return newCredential(fromEntra(tenant, client, func(_ string, form url.Values) error {
		form.Set("grant_type", "password")
		form.Set("username", user)
		form.Set("password", password)
		return nil
	}), false)
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// withTokenFile is workload identity: the file holds a token of the cluster and changes.
func withTokenFile(tenant, client, file string) *credential {
	return newCredential(fromEntra(tenant, client, func(_ string, form url.Values) error {
		token, err := os.ReadFile(file)
		if err != nil {
			return service.Failed("Cannot read the token of AZURE_FEDERATED_TOKEN_FILE", err)
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", strings.TrimSpace(string(token)))
		return nil
	}), false)
}

// withCertificate signs an assertion for each token.
func withCertificate(tenant, client string, own tls.Certificate, sendChain bool) (*credential, error) {
	key, ok := own.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return nil, config.Failed("client.certificate.path: the private key must be an RSA key")
	}
	return newCredential(fromEntra(tenant, client, func(endpoint string, form url.Values) error {
		assertion, err := sign(endpoint, client, key, own.Certificate, sendChain, time.Now())
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
		return err
	}), false), nil
}

// sign makes the JWT that proves that the client has the private key.
func sign(audience, client string, key *rsa.PrivateKey, chain [][]byte, sendChain bool, now time.Time) (string, error) {
	thumbprint := sha1.Sum(chain[0])
	header := map[string]any{"alg": "RS256", "typ": "JWT", "x5t": base64.RawURLEncoding.EncodeToString(thumbprint[:])}
	if sendChain {
		header["x5c"] = chain
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	claims := map[string]any{"aud": audience, "iss": client, "sub": client, "jti": base64.RawURLEncoding.EncodeToString(id),
		"nbf": now.Add(-time.Minute).Unix(), "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}
	var parts []string
	for _, part := range []any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	text := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

// metadata is the address of the metadata service of virtual machines.
const metadata = "http://169.254.169.254/metadata/identity/oauth2/token"

// managed asks the platform that the process runs on: App Service and its like by environment variables, else a virtual machine.
func managed(client string) *credential {
	endpoint, header, secret, version := metadata, "Metadata", "true", "2018-02-01"
	if own := os.Getenv("IDENTITY_ENDPOINT"); own != "" {
		endpoint, header, secret, version = own, "X-IDENTITY-HEADER", os.Getenv("IDENTITY_HEADER"), "2019-08-01"
	} else if host := os.Getenv("AZURE_POD_IDENTITY_AUTHORITY_HOST"); host != "" {
		endpoint = strings.TrimSuffix(host, "/") + "/metadata/identity/oauth2/token"
	}
	return newCredential(func(ctx context.Context, scope string) (*http.Request, error) {
		query := url.Values{"api-version": {version}, "resource": {strings.TrimSuffix(scope, "/.default")}}
		if client != "" {
			query.Set("client_id", client)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"?"+query.Encode(), nil)
		if err == nil {
			req.Header.Set(header, secret)
		}
		return req, err
	}, true)
}

// byDefault is the part of DefaultAzureCredential that servers use: environment, workload identity, managed identity. It takes the first one that
// the environment describes.
func byDefault() (*credential, error) {
	tenant, client := os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID")
	if tenant != "" && client != "" {
		if secret := os.Getenv("AZURE_CLIENT_SECRET"); secret != "" {
			return withSecret(tenant, client, secret), nil
		}
		if path := os.Getenv("AZURE_CLIENT_CERTIFICATE_PATH"); path != "" {
			own, err := readCertificate(path, os.Getenv("AZURE_CLIENT_CERTIFICATE_PASSWORD"))
			if err != nil {
				return nil, err
			}
			return withCertificate(tenant, client, own, strings.EqualFold(os.Getenv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"), "true"))
		}
		if user, password := os.Getenv("AZURE_USERNAME"), os.Getenv("AZURE_PASSWORD"); user != "" && password != "" {
			return withPassword(tenant, client, user, password), nil
		}
		if file := os.Getenv("AZURE_FEDERATED_TOKEN_FILE"); file != "" {
			return withTokenFile(tenant, client, file), nil
		}
	}
	return managed(client), nil
}

// readCertificate reads a certificate with its key, PEM or PFX.
func readCertificate(path, password string) (tls.Certificate, error) {
	settings := service.TLS{CertPEM: path}
	if lower := strings.ToLower(path); strings.HasSuffix(lower, ".pfx") || strings.HasSuffix(lower, ".p12") {
		settings = service.TLS{KeyStore: path, KeyStorePassword: password}
	}
	c, err := settings.Config()
	if err != nil {
		return tls.Certificate{}, err
	}
	return c.Certificates[0], nil
}
