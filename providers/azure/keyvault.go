package azure

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// apiVersion is the version of Key Vault's REST API.
const apiVersion = "7.4"

func keyVaultDef(s style) *config.Def {
	return config.NewDef(
		config.Key{Name: "vault.url", Default: config.NoDefault, Importance: config.High, Doc: "URL of the vault, such as https://NAME.vault.azure.net/."},
		config.Key{Name: "credential.type", Default: "DefaultAzure", Importance: config.High,
			Validator: config.ValidString("DefaultAzure", "ClientSecret", "ClientCertificate", "UsernamePassword"),
			Doc:       "DefaultAzure takes what the environment variables of Azure describe, or else the managed identity; the others take the keys below."},
		config.Key{Name: "tenant.id", Default: "", Importance: config.High, Doc: "Tenant of the client."},
		config.Key{Name: "client.id", Default: "", Importance: config.High, Doc: "The client."},
		config.Key{Name: "client.secret", Type: config.Password, Default: "", Importance: config.High, Doc: "Secret of credential.type=ClientSecret."},
		config.Key{Name: "client.certificate.path", Default: "", Importance: config.High, Doc: "File with certificate and key of credential.type=ClientCertificate."},
		config.Key{Name: "client.certificate.type", Default: "PEM", Validator: config.ValidString("PEM", "PFX"), Importance: config.High, Doc: "Format of that file."},
		config.Key{Name: "client.certificate.pfx.password", Type: config.Password, Default: "", Importance: config.High, Doc: "Password of a PFX file."},
		config.Key{Name: "client.certificate.send.certificate.chain.enabled", Type: config.Boolean, Default: false, Importance: config.High,
			Doc: "Whether the chain of the certificate is sent along."},
		config.Key{Name: "username", Default: "", Importance: config.High, Doc: "User of credential.type=UsernamePassword."},
		config.Key{Name: "password", Type: config.Password, Default: "", Importance: config.High, Doc: "Password of credential.type=UsernamePassword."},
		config.Key{Name: "secret.prefix", Default: "", Doc: "Text put before every name."},
		config.Key{Name: "secret.ttl.ms", Type: config.Long, Default: s.ttl, Validator: config.AtLeast(0), Doc: "Milliseconds after which values are asked for again; 0 for never."},
		config.Key{Name: "use.json", Type: config.Boolean, Default: true, Importance: config.Medium,
			Doc: "Whether a secret is a JSON object of keys; otherwise it is one text, under the name as key."},
		config.Key{Name: "retry.count", Type: config.Int, Default: 3, Validator: config.AtLeast(1), Doc: "Number of attempts."},
		config.Key{Name: "retry.interval.seconds", Type: config.Long, Default: 10, Validator: config.AtLeast(0), Doc: "Seconds between two attempts."},
		config.Key{Name: "timeout.seconds", Type: config.Long, Default: 30, Validator: config.AtLeast(1), Doc: "Seconds that an attempt may take."},
		service.TTLDef(),
	)
}

// KeyVault is the KeyVaultConfigProvider of jcustenborder and of Confluent.
type KeyVault struct {
	style  style
	values *config.Values
	vault  *url.URL
	reader *reader
}

// Configure takes the keys of the declaration. A token is asked for with the first secret.
func (p *KeyVault) Configure(props map[string]string) (err error) {
	if p.values, err = keyVaultDef(p.style).ParseStrings(props); err != nil {
		return err
	}
	v := p.values
	if p.vault, err = parseVault(v.String("vault.url")); err != nil {
		return err
	}
	own, err := p.credential()
	if err != nil {
		return err
	}
	p.reader = &reader{credential: own, http: service.NewClient(service.Options{Timeout: time.Duration(v.Int("timeout.seconds")) * time.Second,
		Attempts: v.Int("retry.count"), Wait: time.Duration(v.Int("retry.interval.seconds")) * time.Second, Message: refusal})}
	return nil
}

func (p *KeyVault) credential() (*credential, error) {
	v := p.values
	tenant, client := v.String("tenant.id"), v.String("client.id")
	kind := v.String("credential.type")
	if kind == "DefaultAzure" {
		return byDefault()
	}
	need := []string{"tenant.id", "client.id"}
	switch kind {
	case "ClientCertificate":
		need = append(need, "client.certificate.path")
	case "UsernamePassword":
		need = append(need, "username")
	}
	for _, key := range need {
		if v.String(key) == "" {
			return nil, config.Invalid(key, "", "Cannot be null or blank.")
		}
	}
	switch kind {
	case "ClientSecret":
		return withSecret(tenant, client, v.Password("client.secret").Reveal()), nil
	case "UsernamePassword":
		return withPassword(tenant, client, v.String("username"), v.Password("password").Reveal()), nil
	}
	file := v.String("client.certificate.path")
	settings := service.TLS{CertPEM: file}
	if v.String("client.certificate.type") == "PFX" {
		settings = service.TLS{KeyStore: file, KeyStorePassword: v.Password("client.certificate.pfx.password").Reveal()}
	}
	own, err := settings.Config()
	if err != nil {
		return nil, err
	}
	return withCertificate(tenant, client, own.Certificates[0], v.Bool("client.certificate.send.certificate.chain.enabled"))
}

// Get returns fields of the secret at path, which may have the parameters version and ttl.
func (p *KeyVault) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	reference := service.ParseReference(path)
	ttl, err := reference.TTL(cmp.Or(p.values.Duration(service.TTLKey), p.values.Duration("secret.ttl.ms")))
	if err != nil {
		return connect.ConfigData{}, err
	}
	name := p.values.String("secret.prefix") + reference.Path
	secret, err := p.reader.secret(ctx, p.vault, name, reference.Params.Get("version"))
	if err != nil {
		return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+name+"'", err)
	}
	values := map[string]string{reference.Path: secret.Value}
	if p.values.Bool("use.json") {
		if values, err = service.Fields([]byte(secret.Value)); err != nil {
			return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+name+"'", err)
		}
	}
	data := service.Picked(values, keys, ttl)
	if p.style.needsAllKeys {
		err = service.NeedAll(data, path, keys)
	}
	return data, err
}

// Close drops connections.
func (p *KeyVault) Close() error {
	p.reader.close()
	return nil
}

// reader reads secrets of vaults.
type reader struct {
	credential *credential
	http       *service.Client
}

// secret is what a vault answers.
type secret struct {
	Value      string            `json:"value"`
	Tags       map[string]string `json:"tags"`
	Attributes struct {
		Expires int64 `json:"exp"`
	} `json:"attributes"`
}

// refusal returns the reason that Key Vault gives, which names resources and never holds their content.
func refusal(body []byte) string {
	var reason struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &reason) != nil {
		return ""
	}
	return strings.TrimPrefix(reason.Error.Code+": "+reason.Error.Message, ": ")
}

func (r *reader) secret(ctx context.Context, vault *url.URL, name, version string) (*secret, error) {
	path, err := service.EscapedPath(strings.TrimSuffix("secrets/"+name+"/"+version, "/"))
	if err != nil {
		return nil, err
	}
	var out secret
	err = r.http.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
		token, err := r.credential.token(ctx, scopeOf(vault))
		if err != nil {
			return nil, err
		}
		target := vault.JoinPath(path)
		target.RawQuery = "api-version=" + apiVersion
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		return req, err
	}, &out)
	return &out, err
}

func (r *reader) close() {
	if r != nil {
		r.credential.close()
		r.http.Close()
	}
}

// parseVault reads the URL of a vault. Tokens go over TLS only, but for a test server on this machine.
func parseVault(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")) {
		return nil, config.Failed("The URL of a vault must have the form https://NAME.vault.azure.net")
	}
	return u, nil
}

// clouds are the domains of vaults.
var clouds = []string{"vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "vault.microsoftazure.de", "managedhsm.azure.net"}

// cloudOf returns the domain of the cloud that a vault is in, "" for one elsewhere.
func cloudOf(vault *url.URL) string {
	for _, domain := range clouds {
		if strings.HasSuffix(strings.ToLower(vault.Hostname()), "."+domain) {
			return domain
		}
	}
	return ""
}

// scopeOf returns the scope of a vault's cloud.
func scopeOf(vault *url.URL) string {
	return "https://" + cmp.Or(cloudOf(vault), clouds[0]) + "/.default"
}
