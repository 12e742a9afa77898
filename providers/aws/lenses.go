package aws

import (
	"cmp"
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
		config.Key{Name: "aws.region", Default: config.NoDefault, Importance: config.High, Doc: "Region that the secrets are in."},
		config.Key{Name: "aws.access.key", Default: "", Importance: config.High, Doc: "Id of the access key of aws.auth.method=credentials."},
		config.Key{Name: "aws.secret.key", Type: config.Password, Default: "", Importance: config.High, Doc: "The secret access key of aws.auth.method=credentials."},
		config.Key{Name: "aws.auth.method", Default: "credentials", Importance: config.High,
			Doc: "credentials takes the given access key, default has AWS's chain find credentials."},
		config.Key{Name: "aws.endpoint.override", Default: "", Doc: "URL of the service, where it is not the public one of the region."},
		config.Key{Name: "secret.type", Default: "", Doc: "json for secrets that are objects of keys, which is the default, string for one text under the key value."},
		config.Key{Name: "secret.default.ttl", Type: config.Long, Default: 0, Validator: config.AtLeast(0), Importance: config.Medium,
			Doc: "Milliseconds after which a secret without rotation is asked for again; 0 for never."},
		config.Key{Name: "file.write", Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc: "Whether values of keys that begin with utf8_file or base64_file become files."},
		config.Key{Name: "file.dir", Default: "", Importance: config.Medium, Doc: "Directory of those files, in its folder secrets."},
		service.TTLDef(),
	)
}

// LensesSecrets is io.lenses.connect.secrets.providers.AWSSecretProvider.
type LensesSecrets struct {
	values *config.Values
	client *client
	dir    string
	text   bool
}

// Configure takes the keys of lensesDef.
func (p *LensesSecrets) Configure(props map[string]string) (err error) {
	if p.values, err = lensesDef().ParseStrings(props); err != nil {
		return err
	}
	v := p.values
	x := access{region: v.String("aws.region"), endpoint: v.String("aws.endpoint.override")}
	switch method := strings.ToLower(v.String("aws.auth.method")); method {
	case "default":
	case "credentials":
		x.key, x.secret = v.String("aws.access.key"), v.Password("aws.secret.key").Reveal()
		if x.key == "" {
			return config.Failed("aws.access.key not set")
		}
		if x.secret == "" {
			return config.Failed("aws.secret.key not set")
		}
	default:
		return config.Failed("Unsupported authentication method: aws.auth.method is credentials or default")
	}
	switch kind := v.String("secret.type"); strings.ToLower(kind) {
	case "", "json":
	case "string":
		p.text = true
	default:
		return config.Failed(kind + " is not a valid secret type. Please check your secret.type property.")
	}
	if v.Bool("file.write") {
		p.dir = filepath.Join(v.String("file.dir"), "secrets")
	}
	p.client, err = newClient(context.Background(), secretsManager, x)
	return err
}

// Get returns fields of the secret at path, which are to be asked for again when the secret is rotated next.
func (p *LensesSecrets) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	ttl, err := p.untilRotation(ctx, path)
	if err != nil {
		return connect.ConfigData{}, service.Failed("Cannot describe the secret "+path, err)
	}
	text, err := p.client.secret(ctx, path, "")
	if err != nil {
		return connect.ConfigData{}, service.Failed("Cannot read the secret "+path, err)
	}
	if p.text {
		return service.Picked(map[string]string{"value": text}, keys, ttl), nil
	}
	values, err := service.Fields([]byte(text))
	if err != nil {
		return connect.ConfigData{}, config.Failed("Unable to parse JSON in secret [" + path + "]")
	}
	data := service.Picked(values, keys, ttl)
	for key, value := range data.Values {
		encoding, _ := service.EncodingOf(key)
		if data.Values[key], err = encoding.Decode(key, value, service.FileIn(p.dir, filepath.Join(strings.Trim(path, "/"), strings.ToLower(key)))); err != nil {
			return connect.ConfigData{}, err
		}
	}
	return data, nil
}

func (p *LensesSecrets) untilRotation(ctx context.Context, id string) (time.Duration, error) {
	otherwise := cmp.Or(p.values.Duration(service.TTLKey), p.values.Duration("secret.default.ttl"))
	var about struct {
		RotationEnabled  bool
		NextRotationDate float64
	}
	if err := p.client.call(ctx, "DescribeSecret", map[string]string{"SecretId": id}, &about); err != nil {
		return 0, err
	}
	if !about.RotationEnabled || about.NextRotationDate == 0 {
		return otherwise, nil
	}
	until := time.UnixMilli(int64(about.NextRotationDate * 1000)).Sub(p.client.now())
	// A rotation that is overdue comes any moment.
	return max(until, time.Minute), nil
}

// Close drops connections.
func (p *LensesSecrets) Close() error {
	p.client.close()
	return nil
}
