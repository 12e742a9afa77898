package azure

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// lensesDef declares the keys of Lenses' provider.
func lensesDef() *config.Def {
	return config.NewDef(
		config.Key{Name: "azure.client.id", Default: "", Importance: config.High, Doc: "The client of azure.auth.method=credentials."},
		config.Key{Name: "azure.tenant.id", Default: "", Importance: config.High, Doc: "Tenant of the client."},
		config.Key{Name: "azure.secret.id", Type: config.Password, Default: "", Importance: config.High, Doc: "Secret of the client."},
		config.Key{Name: "azure.auth.method", Default: "credentials", Importance: config.Medium,
			Doc: "credentials takes the given client, default what the environment variables of Azure describe or the managed identity."},
		config.Key{Name: "file.dir", Default: "", Importance: config.Medium,
			Doc: "Directory for secrets whose tag file-encoding is utf8-file or base64-file: their value is the name of the file."},
		service.TTLDef(),
	)
}

// LensesKeyVault is io.lenses.connect.secrets.providers.AzureSecretProvider: the path is the host of a vault, the key a secret in it.
type LensesKeyVault struct {
	values *config.Values
	reader *reader
}

// Configure takes the keys of lensesDef.
func (p *LensesKeyVault) Configure(props map[string]string) (err error) {
	if p.values, err = lensesDef().ParseStrings(props); err != nil {
		return err
	}
	var own *credential
	switch v := p.values; strings.ToLower(v.String("azure.auth.method")) {
	case "default":
		if own, err = byDefault(); err != nil {
			return err
		}
	case "credentials":
		secret := v.Password("azure.secret.id").Reveal()
		for key, text := range map[string]string{"azure.client.id": v.String("azure.client.id"), "azure.tenant.id": v.String("azure.tenant.id"), "azure.secret.id": secret} {
			if text == "" {
				return config.Failed(key + " not set")
			}
		}
		own = withSecret(v.String("azure.tenant.id"), v.String("azure.client.id"), secret)
	default:
		return config.Failed("Unsupported authentication method: azure.auth.method is credentials or default")
	}
	p.reader = &reader{credential: own, http: service.NewClient(service.Options{Attempts: 3, Message: refusal})}
	return nil
}

// Get returns the secrets that the keys name; without keys it returns nothing, as in Java.
func (p *LensesKeyVault) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	data := connect.ConfigData{Values: map[string]string{}, TTL: p.values.Duration(service.TTLKey)}
	if len(keys) == 0 {
		return data, nil
	}
	address := path
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	vault, err := parseVault(address)
	if err != nil {
		return connect.ConfigData{}, err
	}
	// Whoever writes a connector's configuration chooses the host, and must not choose one that collects tokens.
	if cloudOf(vault) == "" && vault.Scheme == "https" {
		return connect.ConfigData{}, config.Failed("The host " + vault.Host + " is no Azure Key Vault: it must be of the form NAME.vault.azure.net")
	}
	for _, key := range keys {
		found, err := p.reader.secret(ctx, vault, key, "")
		if err != nil {
			return connect.ConfigData{}, service.Failed("Failed to look up secret ["+key+"] at ["+service.Shown(vault)+"]", err)
		}
		if data.Values[key], err = p.decode(vault.Host, key, found); err != nil {
			return connect.ConfigData{}, err
		}
		if found.Attributes.Expires > 0 {
			left := max(time.Until(time.Unix(found.Attributes.Expires, 0)), time.Minute)
			if data.TTL == 0 || left < data.TTL {
				data.TTL = left
			}
		}
	}
	return data, nil
}

func (p *LensesKeyVault) decode(host, key string, found *secret) (string, error) {
	encoding := service.Plain
	switch strings.ToLower(strings.ReplaceAll(found.Tags["file-encoding"], "-", "_")) {
	case "base64":
		encoding = service.Base64
	case "base64_file", "base64file":
		encoding = service.Base64File
	case "utf8_file", "utf8file", "utf_8_file":
		encoding = service.UTF8File
	}
	return encoding.Decode(key, found.Value, service.FileIn(p.values.String("file.dir"), filepath.Join(host, strings.ToLower(key))))
}

// Close drops connections.
func (p *LensesKeyVault) Close() error {
	p.reader.close()
	return nil
}
