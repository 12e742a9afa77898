package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
)

const mskModule = mskPackage + "IAMLoginModule required "

func TestMSKConfigurations(t *testing.T) {
	t.Parallel()
	for jaas, want := range map[string]string{
		"a.B required;":                                      "No LoginModule found for a.B: mechanism AWS_MSK_IAM takes software.amazon.msk.auth.iam.IAMLoginModule.",
		mskModule + `awsRoleSessionName="x";`:                "The option awsRoleSessionName of software.amazon.msk.auth.iam.IAMLoginModule needs the option awsRoleArn.",
		mskModule + `awsRoleArn="r" awsRoleAccessKeyId="x";`: "awsRoleAccessKeyId and awsRoleSecretAccessKey",
		mskModule + `awsMaxRetries="x";`:                     "The option awsMaxRetries of software.amazon.msk.auth.iam.IAMLoginModule is no number: x",
	} {
		_, err := mskLogin(loginOf(t, "AWS_MSK_IAM", jaas, nil))
		var e *ConfigError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &e) || e.Key != "sasl.jaas.config" {
			t.Errorf("%s: %v", jaas, err)
		}
	}
	_, err := mskLogin(loginOf(t, "AWS_MSK_IAM", mskModule+";", nil, "sasl.client.callback.handler.class", oauthPackage+"internals.OAuthBearerSaslClientCallbackHandler"))
	if err == nil || !strings.Contains(err.Error(), "Known are software.amazon.msk.auth.iam.IAMClientCallbackHandler") {
		t.Error(err)
	}
}

// Credentials come from where Amazon's tools look; what is sent is signed for the broker and its region and holds no secret key.
func TestMSKCredentials(t *testing.T) {
	profiles := fileOf(t, "credentials", "[default]\naws_access_key_id = DEFAULTKEY\naws_secret_access_key = s3cret\n[other]\naws_access_key_id = OTHERKEY\naws_secret_access_key = s3cret2\naws_session_token = tok\n")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", profiles)
	t.Setenv("AWS_CONFIG_FILE", fileOf(t, "config", ""))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for name, c := range map[string]struct {
		options, environment, key, session string
	}{
		"environment": {"", "ENVKEY", "ENVKEY", ""},
		"default":     {"", "", "DEFAULTKEY", ""},
		"profile":     {`awsProfileName="other"`, "", "OTHERKEY", "tok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", c.environment)
			t.Setenv("AWS_SECRET_ACCESS_KEY", strings.Repeat("s3cret", len(c.environment)/6))
			m, err := mskLogin(loginOf(t, "AWS_MSK_IAM", mskModule+c.options+";", nil, "sasl.client.callback.handler.class", mskPackage+"IAMClientCallbackHandler"))
			if err != nil {
				t.Fatal(err)
			}
			defer m.(interface{ Close() }).Close()
			_, first, err := m.Authenticate(t.Context(), "b-1.demo.kafka.eu-central-1.amazonaws.com:9098")
			if err != nil {
				t.Fatal(err)
			}
			var sent map[string]string
			if err := json.Unmarshal(first, &sent); err != nil {
				t.Fatal(err)
			}
			if credential := sent["x-amz-credential"]; !strings.HasPrefix(credential, c.key+"/") || !strings.HasSuffix(credential, "/eu-central-1/kafka-cluster/aws4_request") ||
				sent["x-amz-security-token"] != c.session || sent["action"] != "kafka-cluster:Connect" || strings.Contains(string(first), "s3cret") {
				t.Errorf("%s", first)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		m, err := mskLogin(loginOf(t, "AWS_MSK_IAM", mskModule+`awsProfileName="nobody";`, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer m.(interface{ Close() }).Close()
		_, _, err = m.Authenticate(t.Context(), "b-1.demo.kafka.eu-central-1.amazonaws.com:9098")
		var login *LoginError
		if !errors.As(err, &login) || !strings.Contains(err.Error(), "no credentials of AWS (sasl.jaas.config names a profile or role") {
			t.Error(err)
		}
	})
}

// A role is assumed with the options of Java's login module.
func TestMSKRole(t *testing.T) {
	asked := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked <- r.PostForm
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ROLEKEY</AccessKeyId>`+
			`<SecretAccessKey>s3cret</SecretAccessKey><SessionToken>roletoken</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	t.Setenv("AWS_CONFIG_FILE", fileOf(t, "config", ""))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", fileOf(t, "credentials", ""))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	m, err := mskLogin(loginOf(t, "AWS_MSK_IAM", mskModule+`awsRoleArn="arn:aws:iam::123456789012:role/r" awsRoleSessionName="s" awsRoleExternalId="e" awsStsRegion="eu-west-1" `+
		`awsRoleAccessKeyId="STATICKEY" awsRoleSecretAccessKey="s3cret2";`, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer m.(interface{ Close() }).Close()
	for range 2 { // the second comes from what was kept
		_, first, err := m.Authenticate(t.Context(), "b-1.demo.kafka.eu-central-1.amazonaws.com:9098")
		if err != nil || !strings.Contains(string(first), `"x-amz-credential":"ROLEKEY/`) || !strings.Contains(string(first), `"x-amz-security-token":"roletoken"`) {
			t.Fatalf("%s, %v", first, err)
		}
	}
	form := <-asked
	if form.Get("Action") != "AssumeRole" || form.Get("RoleArn") != "arn:aws:iam::123456789012:role/r" || form.Get("RoleSessionName") != "s" || form.Get("ExternalId") != "e" {
		t.Errorf("%v", form)
	}
}

// TestMSKClientThatCloses has a client close while credentials are looked for: the next client is not told of it.
func TestMSKClientThatCloses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := 0
	m := &mskCredentials{turn: newTurn(), restraint: restraint{initial: time.Hour, limit: time.Hour}}
	m.provider = sdk.CredentialsProviderFunc(func(ctx context.Context) (sdk.Credentials, error) {
		if asked++; asked == 1 {
			cancel()
			return sdk.Credentials{}, ctx.Err()
		}
		return sdk.Credentials{AccessKeyID: "id"}, nil
	})
	if _, err := m.get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if c, err := m.get(t.Context()); err != nil || c.AccessKeyID != "id" {
		t.Errorf("got %v, %v", c.AccessKeyID, err)
	}
}
