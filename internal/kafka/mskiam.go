package kafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
)

const mskPackage = "software.amazon.msk.auth.iam."

// mskLogin is AWS_MSK_IAM with the options of IAMLoginModule. Credentials come from where Amazon's tools look for them: the environment, the
// shared profile, a web identity, a container's or a machine's role.
func mskLogin(l Login) (sasl.Mechanism, error) {
	if simpleName(l.Module.Class) != "IAMLoginModule" {
		return nil, &ConfigError{"sasl.jaas.config", "No LoginModule found for " + l.Module.Class + ": mechanism AWS_MSK_IAM takes " + mskPackage + "IAMLoginModule."}
	}
	if handler := l.Property("sasl.client.callback.handler.class"); handler != "" && handler != mskPackage+"IAMClientCallbackHandler" {
		return nil, unknownClass("sasl.client.callback.handler.class", handler, mskPackage+"IAMClientCallbackHandler")
	}
	options := l.Module.Options
	if options["awsRoleArn"] == "" {
		for _, option := range []string{"awsRoleExternalId", "awsRoleSessionName", "awsRoleAccessKeyId"} {
			if options[option] != "" {
				return nil, &ConfigError{"sasl.jaas.config", "The option " + option + " of " + l.Module.Class + " needs the option awsRoleArn."}
			}
		}
	}
	if (options["awsRoleAccessKeyId"] == "") != (options["awsRoleSecretAccessKey"] == "") {
		return nil, &ConfigError{"sasl.jaas.config", "The options awsRoleAccessKeyId and awsRoleSecretAccessKey of " + l.Module.Class + " belong together."}
	}
	attempts, pause := 3, 5*time.Second
	for option, set := range map[string]func(int){
		"awsMaxRetries": func(n int) { attempts = n + 1 }, "awsMaxBackOffTimeMs": func(n int) { pause = time.Duration(n) * time.Millisecond }} {
		if text := options[option]; text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return nil, &ConfigError{"sasl.jaas.config", "The option " + option + " of " + l.Module.Class + " is no number: " + text}
			}
			set(n)
		}
	}
	held := &lease[*mskCredentials]{logins: l.logins, key: l.key(), build: func() *mskCredentials {
		return &mskCredentials{options: options, attempts: attempts, pause: pause, turn: newTurn(), restraint: restraint{initial: firstLoginPause, limit: longestLoginPause}}
	}}
	return &mskMechanism{held, aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) {
		source, err := held.get()
		if err != nil {
			return aws.Auth{}, err
		}
		c, err := source.get(ctx)
		if err != nil {
			return aws.Auth{}, &LoginError{Mechanism: l.Mechanism, Err: fmt.Errorf("no credentials of AWS (sasl.jaas.config names a profile or role; else the environment, the shared profile or the role of the machine): %w", err)}
		}
		return aws.Auth{AccessKey: c.AccessKeyID, SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken, UserAgent: "moldau"}, nil
	})}, nil
}

type mskMechanism struct {
	*lease[*mskCredentials]
	sasl.Mechanism
}

// mskCredentials finds credentials once and keeps them until shortly before they expire.
type mskCredentials struct {
	options  map[string]string
	attempts int
	pause    time.Duration
	turn     turn

	provider  sdk.CredentialsProvider
	restraint restraint
}

func (m *mskCredentials) get(ctx context.Context) (sdk.Credentials, error) {
	if err := m.turn.take(ctx); err != nil {
		return sdk.Credentials{}, err
	}
	defer m.turn.give()
	if err := m.restraint.check(time.Now()); err != nil {
		return sdk.Credentials{}, err
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := m.retrieve(limited)
	// A client that closes meanwhile says nothing about the credentials, which other clients share.
	if ctx.Err() == nil {
		m.restraint.note(time.Now(), err)
	}
	return c, err
}

func (m *mskCredentials) retrieve(ctx context.Context) (sdk.Credentials, error) {
	if m.provider == nil {
		provider, err := m.find(ctx)
		if err != nil {
			return sdk.Credentials{}, err
		}
		m.provider = provider
	}
	return m.provider.Retrieve(ctx)
}

// find builds the chain of MSKCredentialProvider.
func (m *mskCredentials) find(ctx context.Context) (sdk.CredentialsProvider, error) {
	o := m.options
	load := []func(*config.LoadOptions) error{config.WithRetryer(func() sdk.Retryer {
		return retry.NewStandard(func(s *retry.StandardOptions) { s.MaxAttempts, s.MaxBackoff = m.attempts, m.pause })
	})}
	if profile := o["awsProfileName"]; profile != "" {
		load = append(load, config.WithSharedConfigProfile(profile))
	}
	if id := o["awsRoleAccessKeyId"]; id != "" {
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(id, o["awsRoleSecretAccessKey"], o["awsRoleSessionToken"])))
	}
	c, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, err
	}
	role := o["awsRoleArn"]
	if role == "" {
		return c.Credentials, nil
	}
	if region := o["awsStsRegion"]; region != "" {
		c.Region = region
	} else if c.Region == "" {
		c.Region = "aws-global"
	}
	assume := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), role, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName = "aws-msk-iam-auth"
		if name := strings.TrimSpace(o["awsRoleSessionName"]); name != "" {
			a.RoleSessionName = name
		}
		if id := o["awsRoleExternalId"]; id != "" {
			a.ExternalID = &id
		}
	})
	return sdk.NewCredentialsCache(assume, func(c *sdk.CredentialsCacheOptions) { c.ExpiryWindow = time.Minute }), nil
}
