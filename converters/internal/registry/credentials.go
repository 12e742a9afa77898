package registry

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// credentials are what requests are authorized by.
type credentials struct {
	user, password string
	// inURL says that user and password stand in the URL.
	inURL bool
	// token returns the bearer token; it may block while it asks for one.
	token func() (string, error)
	// headers are those that go with a token.
	headers map[string]string
}

func newCredentials(c clientValues, s *Settings) (credentials, error) {
	if c.given(basicSourceKey) && c.given(bearerSourceKey) {
		return credentials{}, config.Failed("Only one of '" + basicSourceKey + "' and '" + bearerSourceKey + "' may be specified")
	}
	if source := c.text(bearerSourceKey); source != "" {
		return newBearer(c, s, source)
	}
	return newBasic(c)
}

func newBasic(c clientValues) (credentials, error) {
	switch c.text(basicSourceKey) {
	case "USER_INFO":
		info := c.secret(userInfoKey)
		if info == "" {
			return credentials{}, config.Failed("UserInfo must be provided when basic.auth.credentials.source is set to USER_INFO")
		}
		user, password, _ := strings.Cut(info, ":")
		return credentials{user: user, password: password}, nil
	case "SASL_INHERIT":
		options := jaasOptions(c.secret(saslJaasKey))
		if options["username"] == "" {
			return credentials{}, config.Failed("Provided SASL Login module doesn't provide username and password options and can't be inherited")
		}
		return credentials{user: options["username"], password: options["password"]}, nil
	}
	return credentials{inURL: true}, nil
}

func newBearer(c clientValues, s *Settings, source string) (credentials, error) {
	x := credentials{headers: map[string]string{}}
	pool := c.text(bearerPoolKey)
	switch source {
	case staticToken:
		token := c.secret(bearerTokenKey)
		if token == "" {
			return x, config.Failed("Token must be provided via " + bearerTokenKey + " config when " + bearerSourceKey + " is set to " + source)
		}
		x.token = func() (string, error) { return token, nil }
	case customBearer:
		return x, config.Invalid(bearerSourceKey, source, "Java class "+c.text(bearerClassKey)+" cannot be loaded: use "+staticToken+", "+oauthBearer+", "+
			oauthInherit+" or "+uami+".")
	case uami:
		source, err := newIdentitySource(c, s)
		if err != nil {
			return x, err
		}
		x.token = source.token
	default:
		options := map[string]string{}
		if source == oauthInherit {
			if options = jaasOptions(c.secret(saslJaasKey)); len(options) == 0 {
				return x, config.Failed("Must supply exactly 1 non-null JAAS mechanism configuration (size was 0)")
			}
			if pool == "" {
				pool = options["extension_identityPoolId"]
			}
		}
		source, err := newOAuthSource(c, s, options)
		if err != nil {
			return x, err
		}
		x.token = source.token
	}
	if cluster := c.text(bearerClusterKey); cluster != "" {
		x.headers["target-sr-cluster"] = cluster
	}
	if pool != "" {
		x.headers["Confluent-Identity-Pool-Id"] = pool
	}
	return x, nil
}

// authorize adds the credentials to a request, which may ask for a token.
func (c *credentials) authorize(r *http.Request, user *url.Userinfo) error {
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	switch {
	case c.token != nil:
		token, err := c.token()
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	case c.inURL && user != nil:
		password, _ := user.Password()
		r.SetBasicAuth(user.Username(), password)
	case c.user != "":
		r.SetBasicAuth(c.user, c.password)
	}
	return nil
}

var (
	jaasOption = regexp.MustCompile(`([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"']+))`)
	jaasEscape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)
)

// jaasOptions returns the options of the login module in a text like sasl.jaas.config.
func jaasOptions(text string) map[string]string {
	options := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(text, -1) {
		options[m[1]] = jaasEscape.Replace(m[2]) + m[3] + m[4]
	}
	return options
}
