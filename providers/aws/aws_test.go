package aws

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/providers/internal/providertest"
)

// server is as much of the two services as the providers use, with the answers of AWS.
func server(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &in); err != nil {
			t.Error(err)
		}
		service := "secretsmanager"
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.") {
			service = "ssm"
		}
		credential := "AWS4-HMAC-SHA256 Credential=key-id/" + time.Now().UTC().Format("20060102") + "/eu-central-1/" + service + "/aws4_request, SignedHeaders="
		if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, credential) || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match"}`)
			return
		}
		answer := func(text string) { _, _ = io.WriteString(w, text) }
		switch operation := r.Header.Get("X-Amz-Target"); {
		case operation == "secretsmanager.GetSecretValue" && in["SecretId"] == "db" && in["VersionId"] == "v-2":
			answer(`{"SecretString":"{\"password\":\"old\"}"}`)
		case operation == "secretsmanager.GetSecretValue" && (in["SecretId"] == "db" || in["SecretId"] == "staging/db" || in["SecretId"] == "stagingdb"):
			answer(`{"Name":"db","SecretString":"{\"password\":\"pw\",\"port\":5432,\"base64_x\":\"aGk=\"}"}`)
		case operation == "secretsmanager.GetSecretValue" && in["SecretId"] == "binary":
			answer(`{"SecretBinary":"eyJhIjoiYiJ9"}`)
		case operation == "secretsmanager.GetSecretValue" && in["SecretId"] == "text":
			answer(`{"SecretString":"not-json-secret"}`)
		case operation == "secretsmanager.DescribeSecret" && in["SecretId"] == "db":
			answer(`{"RotationEnabled":true,"NextRotationDate":4102444800.5}`)
		case operation == "secretsmanager.DescribeSecret":
			answer(`{"RotationEnabled":false}`)
		case operation == "AmazonSSM.GetParameter" && in["Name"] == "/app/pw" && in["WithDecryption"] == true:
			answer(`{"Parameter":{"Name":"/app/pw","Value":"ssm-pw"}}`)
		case operation == "AmazonSSM.GetParameter" && in["Name"] == "/denied":
			w.WriteHeader(http.StatusBadRequest)
			answer(`{"__type":"AccessDeniedException","Message":"User is not authorized"}`)
		case service == "ssm":
			w.WriteHeader(http.StatusBadRequest)
			answer(`{"__type":"ParameterNotFound"}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			answer(`{"__type":"com.amazonaws#ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestMain keeps the tests from what this machine knows of AWS.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "key-id", "AWS_SECRET_ACCESS_KEY": "secret-key", "AWS_REGION": "eu-central-1", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_PROFILE": ""} {
		if os.Setenv(name, value) != nil {
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func TestProviders(t *testing.T) {
	t.Parallel()
	url := server(t)
	dir := t.TempDir()
	amazon := func(more ...string) map[string]string {
		props := map[string]string{"endpoint": url}
		for i := 0; i < len(more); i += 2 {
			props[more[i]] = more[i+1]
		}
		return props
	}
	old := func(more ...string) map[string]string {
		props := amazon(more...)
		delete(props, "endpoint")
		props["endpoint.override"], props["retry.count"] = url, "1"
		return props
	}
	lenses := func(more ...string) map[string]string {
		props := amazon(more...)
		delete(props, "endpoint")
		props["aws.endpoint.override"], props["aws.region"] = url, "eu-central-1"
		return props
	}
	type values = map[string]string
	for name, c := range map[string]struct {
		p     connect.ConfigProvider
		props map[string]string
		path  string
		keys  []string
		want  values
		ttl   time.Duration
		err   string
	}{
		"Amazon":                 {p: &AmazonSecrets{}, props: amazon("region", "eu-central-1"), path: "db", keys: []string{"password", "port?ttl=9000", "password?ttl=7000,x=1"}, want: values{"password": "pw", "port?ttl=9000": "5432", "password?ttl=7000,x=1": "pw"}, ttl: 7 * time.Second},
		"Amazon without":         {p: &AmazonSecrets{}, props: amazon(), path: "db", want: values{}},
		"Amazon ignores":         {p: &AmazonSecrets{}, props: amazon("ttl.ms", "60000"), path: "none", keys: []string{"a"}, want: values{"a": ""}, ttl: time.Minute},
		"Amazon ignores a key":   {p: &AmazonSecrets{}, props: amazon(), path: "db", keys: []string{"a"}, want: values{"a": ""}},
		"Amazon fails":           {p: &AmazonSecrets{}, props: amazon("NotFoundStrategy", "fail"), path: "none", keys: []string{"a"}, err: "Secret undefined none:a: "},
		"Amazon fails for a key": {p: &AmazonSecrets{}, props: amazon("NotFoundStrategy", "fail"), path: "db", keys: []string{"a"}, err: "Secret undefined db:a"},
		"Amazon structure":       {p: &AmazonSecrets{}, props: amazon(), path: "text", keys: []string{"a"}, err: "The secret text has an unexpected structure"},
		"parameters":             {p: &AmazonParameters{}, props: amazon(), keys: []string{"/app/pw?ttl=5000", "/none"}, want: values{"/app/pw?ttl=5000": "ssm-pw", "/none": ""}, ttl: 5 * time.Second},
		"parameters fail":        {p: &AmazonParameters{}, props: amazon("NotFoundStrategy", "fail"), keys: []string{"/none"}, err: "Secret undefined :/none"},
		"parameters denied":      {p: &AmazonParameters{}, props: amazon(), keys: []string{"/denied"}, err: "AccessDeniedException: User is not authorized"},
		"oldest":                 {p: &Secrets{def: secretsDef(fiveMinutes), slash: true}, props: old("secret.prefix", "staging", "aws.access.key", "key-id", "aws.secret.key", "x"), path: "db", keys: []string{"password", "none"}, want: values{"password": "pw"}, ttl: 5 * time.Minute},
		"Confluent":              {p: &Secrets{def: secretsDef(0), needsAllKeys: true}, props: old("secret.prefix", "staging"), path: "db", keys: []string{"password"}, want: values{"password": "pw"}},
		"Confluent version":      {p: &Secrets{def: secretsDef(0)}, props: old(), path: "db?version=v-2", want: values{"password": "old"}},
		"Confluent binary":       {p: &Secrets{def: secretsDef(0)}, props: old(), path: "binary", want: values{"a": "b"}},
		"Confluent text":         {p: &Secrets{def: secretsDef(0)}, props: old("use.json", "false"), path: "text", want: values{"text": "not-json-secret"}},
		"Confluent missing key":  {p: &Secrets{def: secretsDef(0), needsAllKeys: true}, props: old(), path: "db", keys: []string{"none"}, err: "Key(s) 'none' are missing for request 'db'"},
		"Confluent no JSON":      {p: &Secrets{def: secretsDef(0)}, props: old(), path: "text", err: "Exception thrown while reading secret 'text': Secret body must be a json object"},
		"Confluent missing":      {p: &Secrets{def: secretsDef(0)}, props: old(), path: "none", err: "Could not find secret 'none'"},
		"Lenses":                 {p: &LensesSecrets{}, props: lenses("aws.access.key", "key-id", "aws.secret.key", "x"), path: "text", err: "Unable to parse JSON in secret [text]"},
		"Lenses text":            {p: &LensesSecrets{}, props: lenses("aws.auth.method", "default", "secret.type", "string", "secret.default.ttl", "8"), path: "text", want: values{"value": "not-json-secret"}, ttl: 8 * time.Millisecond},
		"Lenses files":           {p: &LensesSecrets{}, props: lenses("aws.auth.method", "default", "file.write", "true", "file.dir", dir), path: "binary", want: values{"a": "b"}},
	} {
		providertest.Lookup{Path: c.path, Keys: c.keys, Want: connect.ConfigData{Values: c.want, TTL: c.ttl}, Err: c.err, Secrets: []string{"not-json-secret"}}.
			Check(t, name, providertest.Configured(t, c.p, c.props))
	}
	data, err := providertest.Configured(t, &LensesSecrets{}, lenses("aws.auth.method", "default", "file.dir", filepath.Join(dir, "x"))).Get(t.Context(), "db", []string{"base64_x"})
	if err != nil || data.Values["base64_x"] != "hi" || data.TTL < 24*time.Hour {
		t.Errorf("got %v, %v", data, err)
	}
}

func TestMistakes(t *testing.T) {
	for want, c := range map[string]struct {
		p     connect.ConfigProvider
		props map[string]string
	}{
		"aws.access.key not set":                        {&LensesSecrets{}, map[string]string{"aws.region": "r"}},
		"Unsupported authentication method":             {&LensesSecrets{}, map[string]string{"aws.region": "r", "aws.auth.method": "x"}},
		"not a valid secret type":                       {&LensesSecrets{}, map[string]string{"aws.region": "r", "aws.auth.method": "default", "secret.type": "x"}},
		"Missing required configuration \"aws.region\"": {&LensesSecrets{}, nil},
		"The endpoint of AWS is no URL":                 {&AmazonSecrets{}, map[string]string{"endpoint": "::"}},
		"NotFoundStrategy":                              {&AmazonSecrets{}, map[string]string{"NotFoundStrategy": "x"}},
	} {
		providertest.Refuses(t, c.p, c.props, want)
	}
	t.Setenv("AWS_REGION", "")
	providertest.Refuses(t, &AmazonSecrets{}, nil, "Unable to find a region")
	if domain("cn-north-1") != "amazonaws.com.cn" || domain("us-east-1") != "amazonaws.com" || domain("eusc-de-east-1") != "amazonaws.eu" {
		t.Error("domains of partitions")
	}
}
