package aws

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// api is one of the two services: both speak JSON with the name of the operation in a header.
type api struct {
	// host is the first part of the service's address, which its signatures name as well; target is the prefix of operations.
	host, target string
	// variable names the environment variable of the service's own endpoint.
	variable string
}

var (
	secretsManager = api{"secretsmanager", "secretsmanager.", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}
	parameterStore = api{"ssm", "AmazonSSM.", "AWS_ENDPOINT_URL_SSM"}
)

// access says where a service is and who asks it.
type access struct {
	region, endpoint string
	// key and secret are given credentials; without them the chain of AWS finds some: environment, files, web identity, container, instance.
	key, secret string
	attempts    int
	wait        time.Duration
	timeout     time.Duration
}

// client asks one of the services.
type client struct {
	api      api
	access   access
	http     *service.Client
	now      func() time.Time
	settings aws.Config
	endpoint *url.URL
}

// newClient finds region and credentials; only what is written in files and variables is read, credentials are asked for when they are needed.
func newClient(ctx context.Context, a api, x access) (*client, error) {
	settings, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, service.Failed("Cannot read the configuration of AWS", err)
	}
	if x.key != "" {
		settings.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: x.key, SecretAccessKey: x.secret, Source: "parameters of the config provider"}, nil
		})
	}
	region := cmp.Or(x.region, settings.Region)
	if region == "" {
		return nil, config.Failed("Unable to find a region for AWS: set it among the provider's parameters or as the environment variable AWS_REGION")
	}
	address := cmp.Or(x.endpoint, os.Getenv(a.variable), aws.ToString(settings.BaseEndpoint), "https://"+a.host+"."+region+"."+domain(region))
	endpoint, err := url.Parse(address)
	if err != nil || endpoint.Host == "" {
		return nil, config.Failed("The endpoint of AWS is no URL, such as https://" + a.host + "." + region + "." + domain(region))
	}
	if endpoint.Path == "" {
		endpoint.Path = "/"
	}
	settings.Region = region
	return &client{api: a, access: x, settings: settings, endpoint: endpoint, now: time.Now,
		http: service.NewClient(service.Options{Timeout: x.timeout, Attempts: max(x.attempts, 3), Wait: x.wait, Message: refusal})}, nil
}

// domain is the ending of addresses in the partition of a region.
func domain(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "amazonaws.com.cn"
	case strings.HasPrefix(region, "eusc-"):
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// refusal returns the error's type and AWS's words about it, which name resources and never hold their content.
func refusal(body []byte) string {
	var reason struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Upper   string `json:"Message"`
	}
	if json.Unmarshal(body, &reason) != nil {
		return ""
	}
	kind := reason.Type[strings.LastIndexByte(reason.Type, '#')+1:]
	return strings.TrimSuffix(kind+": "+cmp.Or(reason.Message, reason.Upper), ": ")
}

// isMissing reports whether an error says that there is no such secret or parameter.
func isMissing(err error) bool {
	var answer *service.StatusError
	return errors.As(err, &answer) && (strings.HasPrefix(answer.Message, "ResourceNotFoundException") || strings.HasPrefix(answer.Message, "ParameterNotFound"))
}

// call carries out an operation.
func (c *client) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return c.http.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
		credentials, err := c.settings.Credentials.Retrieve(ctx)
		if err != nil {
			return nil, service.Failed("No credentials for AWS", err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.String(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		req.Header.Set("X-Amz-Target", c.api.target+operation)
		err = v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), c.api.host, c.settings.Region, c.now())
		return req, err
	}, out)
}

// secretValue is a secret's content.
type secretValue struct {
	SecretString *string
	SecretBinary []byte
}

// text returns the content as text.
func (v secretValue) text(id string) (string, error) {
	switch {
	case v.SecretString != nil:
		return *v.SecretString, nil
	case v.SecretBinary != nil:
		return string(v.SecretBinary), nil
	}
	return "", config.Failed("Secret " + id + " contained neither secretString nor secretBinary.")
}

// secret reads a secret, of the version with that id where one is given.
func (c *client) secret(ctx context.Context, id, version string) (string, error) {
	in := map[string]string{"SecretId": id}
	if version != "" {
		in["VersionId"] = version
	}
	var out secretValue
	if err := c.call(ctx, "GetSecretValue", in, &out); err != nil {
		return "", err
	}
	return out.text(id)
}

func (c *client) close() {
	if c != nil {
		c.http.Close()
	}
}
