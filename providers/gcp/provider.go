package gcp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/crc32"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

const (
	scope    = "https://www.googleapis.com/auth/cloud-platform"
	endpoint = "https://secretmanager.googleapis.com"
)

func def(s style) *config.Def {
	return config.NewDef(
		config.Key{Name: "project.id", Default: config.NoDefault, Importance: config.High, Doc: "Project that the secrets are in, its id or number."},
		config.Key{Name: "credential.location", Default: "ApplicationDefault", Validator: config.ValidString("ApplicationDefault", "File", "Inline"), Importance: config.High,
			Doc: "Where credentials are: ApplicationDefault (GOOGLE_APPLICATION_CREDENTIALS, the file of gcloud, the metadata service), File or Inline."},
		config.Key{Name: "credential.file", Default: "", Importance: config.High, Doc: "The file of credential.location=File, as gcloud or the console writes it."},
		config.Key{Name: "credential.inline", Type: config.Password, Default: "", Importance: config.High, Doc: "The content of such a file, for credential.location=Inline."},
		config.Key{Name: "secret.prefix", Default: "", Doc: "Text put before every name."},
		config.Key{Name: "secret.ttl.ms", Type: config.Long, Default: s.ttl, Validator: config.AtLeast(0), Doc: "Milliseconds after which values are asked for again; 0 for never."},
		config.Key{Name: "use.json", Type: config.Boolean, Default: true, Importance: config.Medium,
			Doc: "Whether a secret is a JSON object of keys; otherwise it is one text, under the name as key."},
		config.Key{Name: "endpoint", Default: endpoint, Doc: "URL of the service; Moldau's own key, for private and regional endpoints."},
		config.Key{Name: "retry.count", Type: config.Int, Default: 3, Validator: config.AtLeast(1), Doc: "Number of attempts."},
		config.Key{Name: "retry.interval.seconds", Type: config.Long, Default: 10, Validator: config.AtLeast(0), Doc: "Seconds between two attempts."},
		config.Key{Name: "timeout.seconds", Type: config.Long, Default: 30, Validator: config.AtLeast(1), Doc: "Seconds that an attempt may take."},
		service.TTLDef(),
	)
}

// Provider gives secrets of Secret Manager.
type Provider struct {
	style  style
	values *config.Values
	base   *url.URL
	http   *service.Client
	tokens oauth2.TokenSource
}

// Configure takes the keys of the declaration. Credentials are read, a token is asked for with the first secret.
func (p *Provider) Configure(props map[string]string) (err error) {
	if p.values, err = def(p.style).ParseStrings(props); err != nil {
		return err
	}
	v := p.values
	if p.base, err = url.Parse(v.String("endpoint")); err != nil || p.base.Host == "" {
		return config.Failed("endpoint is no URL, such as " + endpoint)
	}
	// Tokens are asked for while the worker lives, whatever becomes of the call at hand.
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Timeout: time.Duration(v.Int("timeout.seconds")) * time.Second})
	credentials, err := p.credentials(ctx)
	if err != nil {
		return err
	}
	p.tokens = credentials.TokenSource
	p.http = service.NewClient(service.Options{Timeout: time.Duration(v.Int("timeout.seconds")) * time.Second, Attempts: v.Int("retry.count"),
		Wait: time.Duration(v.Int("retry.interval.seconds")) * time.Second, Message: refusal})
	return nil
}

func (p *Provider) credentials(ctx context.Context) (*google.Credentials, error) {
	var text []byte
	switch p.values.String("credential.location") {
	case "File":
		file := p.values.String("credential.file")
		if file == "" {
			return nil, config.Invalid("credential.file", "", "Cannot be null or blank.")
		}
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, service.Failed("Cannot read the credentials of Google Cloud", err)
		}
	case "Inline":
		if text = []byte(p.values.Password("credential.inline").Reveal()); len(text) == 0 {
			return nil, config.Failed("credential.inline cannot be null or blank.")
		}
	default:
		found, err := google.FindDefaultCredentials(ctx, scope)
		if err != nil {
			return nil, service.Failed("Cannot find the default credentials of Google Cloud", err)
		}
		return found, nil
	}
	var about struct {
		Type google.CredentialsType `json:"type"`
	}
	if json.Unmarshal(text, &about) != nil || about.Type == "" {
		return nil, config.Failed("The credentials of Google Cloud are no JSON object with a type, as gcloud or the console writes it")
	}
	// Whoever writes worker properties may name any kind of credentials.
	found, err := google.CredentialsFromJSONWithType(ctx, text, about.Type, scope)
	if err != nil {
		return nil, config.Failed("The credentials of Google Cloud of type " + string(about.Type) + " cannot be used: a field is missing or wrong")
	}
	return found, nil
}

// refusal returns the reason that Google gives, which names resources and never holds their content.
func refusal(body []byte) string {
	var reason struct {
		Error struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &reason) != nil {
		return ""
	}
	return strings.TrimPrefix(reason.Error.Status+": "+reason.Error.Message, ": ")
}

// Get returns fields of the secret at path, which may have the parameters version, projectid and ttl.
func (p *Provider) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	reference := service.ParseReference(path)
	ttl, err := reference.TTL(cmp.Or(p.values.Duration(service.TTLKey), p.values.Duration("secret.ttl.ms")))
	if err != nil {
		return connect.ConfigData{}, err
	}
	name := strings.Join([]string{"projects", cmp.Or(reference.Params.Get("projectid"), p.values.String("project.id")), "secrets",
		p.values.String("secret.prefix") + strings.Trim(reference.Path, "/"), "versions", cmp.Or(reference.Params.Get("version"), "latest")}, "/")
	content, err := p.access(ctx, name)
	if err != nil {
		return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+name+"'", err)
	}
	values := map[string]string{reference.Path: string(content)}
	if p.values.Bool("use.json") {
		if values, err = service.Fields(content); err != nil {
			return connect.ConfigData{}, service.Failed("Exception thrown while reading secret '"+name+"'", err)
		}
	}
	data := service.Picked(values, keys, ttl)
	if p.style.needsAllKeys {
		err = service.NeedAll(data, path, keys)
	}
	return data, err
}

func (p *Provider) access(ctx context.Context, name string) ([]byte, error) {
	escaped, err := service.EscapedPath(name)
	if err != nil {
		return nil, err
	}
	var out struct {
		Payload struct {
			Data       string `json:"data"`
			DataCrc32c string `json:"dataCrc32c"`
		} `json:"payload"`
	}
	err = p.http.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
		token, err := p.tokens.Token()
		if err != nil {
			return nil, tokenError(err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base.JoinPath("v1", escaped+":access").String(), nil)
		if err == nil {
			token.SetAuthHeader(req)
		}
		return req, err
	}, &out)
	if err != nil {
		return nil, err
	}
	content, err := base64.StdEncoding.DecodeString(out.Payload.Data)
	if err != nil {
		return nil, config.Failed("the answer is not in base 64")
	}
	if sum := out.Payload.DataCrc32c; sum != "" && sum != strconv.FormatUint(uint64(crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))), 10) {
		return nil, config.Failed("the answer was damaged on its way: its checksum differs")
	}
	return content, nil
}

// tokenError says why there is no token, without the answer's body.
func tokenError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return config.Failed("no token from Google Cloud: " + strings.TrimSpace(refused.Response.Status+" "+refused.ErrorCode))
	}
	return service.Failed("no token from Google Cloud", err)
}

// Close drops connections.
func (p *Provider) Close() error {
	if p.http != nil {
		p.http.Close()
	}
	return nil
}
