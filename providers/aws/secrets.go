package aws

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// fiveMinutes is the time to live of the oldest provider's values.
const fiveMinutes = 300000

// secretsDef declares the keys of jcustenborder's provider and of Confluent's, which grew from it.
func secretsDef(ttl int) *config.Def {
	return config.NewDef(
		config.Key{Name: "aws.region", Default: "", Importance: config.High, Doc: "Region; without it that of the environment or of AWS's files."},
		config.Key{Name: "aws.access.key", Default: "", Importance: config.High, Doc: "Id of an access key; without it AWS's chain finds credentials."},
		config.Key{Name: "aws.secret.key", Type: config.Password, Default: "", Importance: config.High, Doc: "The secret access key."},
		config.Key{Name: "secret.prefix", Default: "", Doc: "Text put before every path."},
		config.Key{Name: "secret.ttl.ms", Type: config.Long, Default: ttl, Validator: config.AtLeast(0), Doc: "Milliseconds after which values are asked for again; 0 for never."},
		config.Key{Name: "endpoint.override", Default: "", Doc: "URL of the service, where it is not the public one of the region."},
		config.Key{Name: "use.json", Type: config.Boolean, Default: true, Importance: config.Medium,
			Doc: "Whether a secret is a JSON object of keys; otherwise it is one text, under the path as key."},
		config.Key{Name: "retry.count", Type: config.Int, Default: 3, Validator: config.AtLeast(1), Doc: "Number of attempts."},
		config.Key{Name: "retry.interval.seconds", Type: config.Long, Default: 10, Validator: config.AtLeast(0), Doc: "Seconds between two attempts."},
		config.Key{Name: "timeout.seconds", Type: config.Long, Default: 30, Validator: config.AtLeast(1), Doc: "Seconds that an attempt may take."},
		service.TTLDef(),
	)
}

// Secrets is the SecretsManagerConfigProvider of jcustenborder and of Confluent.
type Secrets struct {
	def    *config.Def
	values *config.Values
	client *client
	// slash puts one between prefix and path; needsAllKeys makes a missing key an error.
	slash, needsAllKeys bool
}

// Configure takes the keys of secretsDef.
func (p *Secrets) Configure(props map[string]string) (err error) {
	if p.values, err = p.def.ParseStrings(props); err != nil {
		return err
	}
	v := p.values
	p.client, err = newClient(context.Background(), secretsManager, access{region: v.String("aws.region"), endpoint: v.String("endpoint.override"),
		key: v.String("aws.access.key"), secret: v.Password("aws.secret.key").Reveal(), attempts: v.Int("retry.count"),
		wait: time.Duration(v.Int("retry.interval.seconds")) * time.Second, timeout: time.Duration(v.Int("timeout.seconds")) * time.Second})
	return err
}

// Get returns fields of the secret at path, which may have the parameters version and ttl.
func (p *Secrets) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	reference := service.ParseReference(path)
	ttl, err := reference.TTL(cmp.Or(p.values.Duration(service.TTLKey), p.values.Duration("secret.ttl.ms")))
	if err != nil {
		return connect.ConfigData{}, err
	}
	id := p.values.String("secret.prefix") + reference.Path
	if prefix := p.values.String("secret.prefix"); p.slash && prefix != "" {
		id = strings.TrimSuffix(prefix, "/") + "/" + strings.TrimPrefix(reference.Path, "/")
	}
	text, err := p.client.secret(ctx, id, reference.Params.Get("version"))
	if isMissing(err) {
		return connect.ConfigData{}, service.Failed("Could not find secret '"+id+"'", err)
	}
	if err != nil {
		return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+id+"'", err)
	}
	values := map[string]string{reference.Path: text}
	if p.values.Bool("use.json") {
		if values, err = service.Fields([]byte(text)); err != nil {
			return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+id+"'", err)
		}
	}
	data := service.Picked(values, keys, ttl)
	if p.needsAllKeys {
		err = service.NeedAll(data, path, keys)
	}
	return data, err
}

// Close drops connections.
func (p *Secrets) Close() error {
	p.client.close()
	return nil
}
