package kafka

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Login is what a SASL mechanism logs in with.
type Login struct {
	// Mechanism is the value of sasl.mechanism.
	Mechanism string
	// Module is the login module, from sasl.jaas.config or the JAAS file.
	Module LoginModule
	// Property returns a checked sasl.* property as text; lists are joined with commas, and a key without value is "".
	Property func(name string) string

	logins *logins
	system map[string]string // Java's system properties
	warn   func(key, reason string)
}

func (l Login) number(name string) int64 {
	n, _ := strconv.ParseInt(l.Property(name), 10, 64) // checked, or absent
	return n
}

func (l Login) float(name string) float64 {
	f, _ := strconv.ParseFloat(l.Property(name), 64)
	return f
}

func (l Login) millis(name string) time.Duration {
	return time.Duration(l.number(name)) * time.Millisecond
}

// A Mechanism builds the client's side of a SASL mechanism. It is called once per client, on the goroutine that builds it, and
// must not block; what it returns authenticates each connection. Its errors must not hold passwords.
type Mechanism func(Login) (sasl.Mechanism, error)

// The classes of Java's client that are built in, by the keys that name them.
var (
	clientHandlers = []string{"org.apache.kafka.common.security.authenticator.SaslClientCallbackHandler",
		oauthPackage + "internals.OAuthBearerSaslClientCallbackHandler", mskPackage + "IAMClientCallbackHandler"}
	loginHandlers = []string{oauthHandler, oauthHandler3, unsecuredHandler, "org.apache.kafka.common.security.authenticator.AbstractLogin$DefaultLoginCallbackHandler"}
	loginClasses  = []string{"org.apache.kafka.common.security.authenticator.DefaultLogin", "org.apache.kafka.common.security.kerberos.KerberosLogin",
		oauthPackage + "internals.OAuthBearerRefreshingLogin"}
)

// mechanisms are the mechanisms people name in sasl.mechanism.
func mechanisms() map[string]Mechanism {
	return map[string]Mechanism{
		"PLAIN":         plainLogin,
		"SCRAM-SHA-256": scramLogin,
		"SCRAM-SHA-512": scramLogin,
		"GSSAPI":        gssapiLogin,
		"OAUTHBEARER":   oauthLogin,
		"AWS_MSK_IAM":   mskLogin,
	}
}

// sasl adds the login where security.protocol asks for one.
func (b *builder) sasl() error {
	c := b.config
	if !strings.HasPrefix(strings.ToUpper(c.text("security.protocol")), "SASL_") {
		return nil
	}
	name := c.text("sasl.mechanism")
	build, known := b.environment.Mechanisms[name]
	if !known {
		build, known = mechanisms()[name]
	}
	if !known {
		return invalid("sasl.mechanism", name, "mechanism "+name+" is not known")
	}
	module, err := b.loginModule()
	if err != nil {
		return err
	}
	// JaasContext.throwIfLoginModuleIsNotAllowed
	if slices.Contains([]string{"com.sun.security.auth.module.JndiLoginModule", "com.sun.security.auth.module.LdapLoginModule"}, module.Class) {
		return &ConfigError{"sasl.jaas.config", module.Class + " is not allowed."}
	}
	login := Login{Mechanism: name, Module: module, logins: &b.environment.logins, system: b.environment.SystemProperties, Property: func(name string) string {
		switch v := c.value(name).(type) {
		case nil:
			return ""
		case []string:
			return strings.Join(v, ",")
		default:
			return show(v)
		}
	}}
	login.warn = func(key, reason string) { b.notice(Warning, key, reason) }
	mechanism, err := build(login)
	if err != nil {
		return err
	}
	key := "gate\x00" + strings.Join(c.list("bootstrap.servers"), ",") + "\x00" + login.key()
	b.add(kgo.SASL(&gated{mechanism, &lease[*loginGate]{logins: login.logins, key: key, build: newLoginGate}, b.watch}))
	return nil
}

// userAndPassword takes username and password from the login modules of PLAIN and SCRAM, which Java lets stand for each other.
// Vendors ship them under packages of their own, so the simple name decides.
func userAndPassword(l Login) (user, password string, err error) {
	switch simpleName(l.Module.Class) {
	case "PlainLoginModule", "ScramLoginModule":
	default:
		return "", "", &ConfigError{"sasl.jaas.config", fmt.Sprintf("No LoginModule found for %s: mechanism %s takes org.apache.kafka.common.security.plain.PlainLoginModule or org.apache.kafka.common.security.scram.ScramLoginModule.", l.Module.Class, l.Mechanism)}
	}
	user, password = l.Module.Options["username"], l.Module.Options["password"]
	for _, option := range []string{"username", "password"} {
		if l.Module.Options[option] == "" {
			return "", "", &ConfigError{"sasl.jaas.config", fmt.Sprintf("Login module %s needs the option %s for mechanism %s.", l.Module.Class, option, l.Mechanism)}
		}
	}
	return user, password, nil
}

func plainLogin(l Login) (sasl.Mechanism, error) {
	user, password, err := userAndPassword(l)
	if err != nil {
		return nil, err
	}
	return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
}

// scramLogin also serves delegation tokens, whose id and HMAC take the places of user and password.
func scramLogin(l Login) (sasl.Mechanism, error) {
	user, password, err := userAndPassword(l)
	if err != nil {
		return nil, err
	}
	auth := scram.Auth{
		User:    user,
		Pass:    password,
		IsToken: strings.EqualFold(l.Module.Options["tokenauth"], "true"),
	}
	if l.Mechanism == "SCRAM-SHA-512" {
		return auth.AsSha512Mechanism(), nil
	}
	return auth.AsSha256Mechanism(), nil
}
