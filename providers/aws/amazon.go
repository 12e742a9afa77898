package aws

import (
	"context"
	"log/slog"
	"regexp"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

const notFoundKey = "NotFoundStrategy"

// amazonDef declares the keys of the providers that Amazon publishes for MSK.
func amazonDef() *config.Def {
	return config.NewDef(
		config.Key{Name: "region", Default: "", Importance: config.Medium, Doc: "Region; without it that of the environment or of AWS's files."},
		config.Key{Name: "endpoint", Default: "", Importance: config.Medium, Doc: "URL of the service, where it is not the public one of the region."},
		config.Key{Name: notFoundKey, Default: "ignore", Validator: config.ValidString("fail", "ignore"),
			Doc: "What a secret or key that does not exist is: ignore makes it an empty text, fail an error."},
		service.TTLDef(),
	)
}

// amazon is what both providers of Amazon have in common: options stand behind the key, as in ${name:path:key?ttl=60000}.
type amazon struct {
	values *config.Values
	client *client
}

func (p *amazon) configure(a api, props map[string]string) (err error) {
	if p.values, err = amazonDef().ParseStrings(props); err != nil {
		return err
	}
	p.client, err = newClient(context.Background(), a, access{region: p.values.String("region"), endpoint: p.values.String("endpoint")})
	return err
}

// Close drops connections.
func (p *amazon) Close() error {
	p.client.close()
	return nil
}

var optionsOfKey = regexp.MustCompile(`^(.*?)\?(.*)$`)

var ttlOption = regexp.MustCompile(`(?:^|,)ttl=([^,]*)`)

// parseKey splits a key from its options and returns the shorter one of the time to live among them and that of keys before, 0 for none.
func parseKey(key string, ttl time.Duration) (string, time.Duration) {
	m := optionsOfKey.FindStringSubmatch(key)
	if m == nil {
		return key, ttl
	}
	option := ttlOption.FindStringSubmatch(m[2])
	if option == nil {
		return m[1], ttl
	}
	ms, err := strconv.ParseInt(option[1], 10, 48)
	if err != nil {
		slog.Warn("config provider: the time to live of a key is not a number", "key", m[1], "ttl", option[1])
		return m[1], ttl
	}
	if given := time.Duration(ms) * time.Millisecond; ttl == 0 || given < ttl {
		ttl = given
	}
	return m[1], ttl
}

func (p *amazon) missing(path, key string, cause error) (string, error) {
	if p.values.String(notFoundKey) == "fail" {
		if cause != nil {
			return "", service.Failed("Secret undefined "+path+":"+key, cause)
		}
		return "", config.Failed("Secret undefined " + path + ":" + key)
	}
	slog.Warn("config provider: not found, taken as an empty text since "+notFoundKey+"=ignore", "path", path, "key", key)
	return "", nil
}

// AmazonSecrets is com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider.
type AmazonSecrets struct{ amazon }

// Configure takes region, endpoint and NotFoundStrategy.
func (p *AmazonSecrets) Configure(props map[string]string) error {
	return p.configure(secretsManager, props)
}

// Get returns fields of the secret at path. Nothing is asked for without path or keys.
func (p *AmazonSecrets) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	data := connect.ConfigData{Values: map[string]string{}, TTL: p.values.Duration(service.TTLKey)}
	if path == "" || len(keys) == 0 {
		return data, nil
	}
	text, err := p.client.secret(ctx, path, "")
	found := err == nil
	if err != nil && !isMissing(err) {
		return data, service.Failed("Cannot read the secret "+path, err)
	}
	var fields map[string]string
	if found {
		if fields, err = service.Fields([]byte(text)); err != nil {
			return data, config.Failed("The secret " + path + " has an unexpected structure: it must be a JSON object")
		}
		err = nil
	}
	ttl := time.Duration(0)
	for _, written := range keys {
		var key string
		key, ttl = parseKey(written, ttl)
		value, ok := fields[key]
		if !ok {
			var failure error
			if value, failure = p.missing(path, key, err); failure != nil {
				return connect.ConfigData{}, failure
			}
		}
		data.Values[written] = value
	}
	if ttl > 0 {
		data.TTL = ttl
	}
	return data, nil
}

// AmazonParameters is com.amazonaws.kafka.config.providers.SsmParamStoreConfigProvider.
type AmazonParameters struct{ amazon }

// Configure takes region, endpoint and NotFoundStrategy.
func (p *AmazonParameters) Configure(props map[string]string) error {
	return p.configure(parameterStore, props)
}

// Get returns the parameters that the keys name; path is not used, as in Java.
func (p *AmazonParameters) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	data := connect.ConfigData{Values: map[string]string{}, TTL: p.values.Duration(service.TTLKey)}
	ttl := time.Duration(0)
	for _, written := range keys {
		var key string
		key, ttl = parseKey(written, ttl)
		var out struct{ Parameter struct{ Value string } }
		err := p.client.call(ctx, "GetParameter", map[string]any{"Name": key, "WithDecryption": true}, &out)
		value := out.Parameter.Value
		switch {
		case isMissing(err):
			if value, err = p.missing(path, key, err); err != nil {
				return connect.ConfigData{}, err
			}
		case err != nil:
			return connect.ConfigData{}, service.Failed("Cannot read the parameter "+key, err)
		}
		data.Values[written] = value
	}
	if ttl > 0 {
		data.TTL = ttl
	}
	return data, nil
}
