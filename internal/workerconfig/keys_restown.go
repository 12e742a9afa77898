package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// restOwnKeys are keys of the REST server that Java does not have: who may use it, what is written down about it, and how much it takes.
func restOwnKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.rest.users.file", Beyond: true,
			Doc: "Properties file with a line user=password for each user who may log in with basic authentication; read again when it changes."},
		{Name: "moldau.rest.mask.secrets", Type: config.Boolean, Default: false, Beyond: true,
			Doc: "Whether answers show [hidden] in place of the literal secrets of configurations."},
		{Name: "moldau.rest.certificate.login", Type: config.Boolean, Default: false, Beyond: true,
			Doc: "Whether a client certificate that an https listener accepts (ssl.client.auth) is a login, as the subject that it names."},
		{Name: "moldau.rest.oidc.issuer", Beyond: true,
			Doc: "Issuer whose signed bearer tokens (JWT) are a login, a URL as the tokens name it; empty accepts no tokens."},
		{Name: "moldau.rest.oidc.audience", Type: config.List, Default: []string{}, Beyond: true,
			Doc: "Audiences separated by commas; a token must name one of them. Needed with an issuer."},
		{Name: "moldau.rest.oidc.jwks.url", Beyond: true,
			Doc: "URL of the issuer's key set; null asks the issuer for it (OpenID Connect Discovery)."},
		{Name: "moldau.rest.oidc.jwks.file", Beyond: true,
			Doc: "File with the issuer's key set instead of a URL; read again when it changes."},
		{Name: "moldau.rest.oidc.jwks.refresh.ms", Type: config.Long, Default: 3_600_000, Validator: config.AtLeast(1000), Beyond: true,
			Doc: "After how long keys are fetched again; a token with an unknown key has them fetched at once, every ten seconds at most."},
		{Name: "moldau.rest.oidc.algorithms", Type: config.List, Default: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}, Beyond: true,
			Doc: "Algorithms that tokens may be signed with; symmetric ones and none cannot be chosen."},
		{Name: "moldau.rest.oidc.clock.skew.ms", Type: config.Long, Default: 60_000, Validator: config.Between(0, 600_000), Beyond: true,
			Doc: "By how much the clocks of issuer and worker may differ."},
		{Name: "moldau.rest.oidc.principal.claim", Default: "sub", Beyond: true,
			Doc: "Claim with the name of who uses the API; dots lead into objects."},
		{Name: "moldau.rest.oidc.groups.claim", Default: "groups", Beyond: true,
			Doc: "Claim with the groups that roles may be given to, a list or a text with blanks; dots lead into objects, as in realm_access.roles."},
		{Name: "moldau.rest.roles.file", Beyond: true,
			Doc: "File that says who may do what with which connectors, YAML or JSON; read again when it changes. Null lets everybody who may log in do everything."},
		{Name: "moldau.rest.audit.file", Beyond: true,
			Doc: "File that gets a line of JSON for each change over the REST API and each refusal."},
		{Name: "moldau.rest.audit.file.max.bytes", Type: config.Long, Default: 100 << 20, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Size at which the audit file is renamed and begun anew, 0 for never."},
		{Name: "moldau.rest.audit.file.max.files", Type: config.Int, Default: 10, Validator: config.Between(1, 1000), Beyond: true,
			Doc: "How many renamed audit files are kept."},
		{Name: "moldau.rest.audit.topic", Beyond: true,
			Doc: "Topic that gets the same events as the audit file, with the client settings of the worker."},
		{Name: "moldau.rest.audit.reads", Type: config.Boolean, Default: false, Beyond: true,
			Doc: "Whether requests that only read are audited, too."},
		{Name: "moldau.rest.limit.requests.per.second", Type: config.Double, Default: 0.0, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Requests a second that each principal may make, or each address where nobody logs in; 0 for no limit. More are answered with 429."},
		{Name: "moldau.rest.limit.requests.burst", Type: config.Int, Default: 50, Validator: config.AtLeast(1), Beyond: true,
			Doc: "Requests that may come at once after a pause, where there is a limit."},
		{Name: "moldau.rest.limit.failed.logins.per.minute", Type: config.Double, Default: 60.0, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Wrong passwords a minute for one user from one address before further logins of that user from there are answered with 429; 0 for no limit."},
		{Name: "moldau.rest.limit.body.bytes", Type: config.Long, Default: 64 << 20, Validator: config.AtLeast(1), Beyond: true,
			Doc: "Largest body of a request; a larger one is answered with 413."},
		{Name: "moldau.rest.limit.connections", Type: config.Int, Default: 0, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Connections that a listener serves at once, 0 for no limit; further ones wait."},
		{Name: "moldau.rest.security.headers", Type: config.Boolean, Beyond: true,
			Doc: "Whether answers carry headers that keep browsers from framing, sniffing and storing them; null has them where a moldau.rest key asks for a login."},
	}
}
