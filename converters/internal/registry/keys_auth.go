package registry

import "github.com/moldau/moldau/connect/config"

// Names of the settings of credentials. The prefix schema.registry. may stand before each.
const (
	basicSourceKey   = "basic.auth.credentials.source"
	oldUserInfoKey   = clientPrefix + userInfoKey
	userInfoKey      = "basic.auth.user.info"
	saslJaasKey      = "sasl.jaas.config"
	saslEndpointKey  = "sasl.oauthbearer.token.endpoint.url"
	saslScopeKey     = "sasl.oauthbearer.scope.claim.name"
	saslSubKey       = "sasl.oauthbearer.sub.claim.name"
	bearerSourceKey  = "bearer.auth.credentials.source"
	bearerTokenKey   = "bearer.auth.token"
	bearerIssuerKey  = "bearer.auth.issuer.endpoint.url"
	bearerClientKey  = "bearer.auth.client.id"
	bearerSecretKey  = "bearer.auth.client.secret"
	bearerScopeKey   = "bearer.auth.scope"
	scopeClaimKey    = "bearer.auth.scope.claim.name"
	subClaimKey      = "bearer.auth.sub.claim.name"
	bearerBufferKey  = "bearer.auth.cache.expiry.buffer.seconds"
	bearerClusterKey = "bearer.auth.logical.cluster"
	bearerPoolKey    = "bearer.auth.identity.pool.id"
	bearerClassKey   = "bearer.auth.custom.provider.class"
	uamiEndpointKey  = "bearer.auth.uami.endpoint.url"
	uamiQueryKey     = "bearer.auth.uami.endpoint.query"
)

// Values of bearer.auth.credentials.source: the aliases of Confluent's classes.
const (
	staticToken  = "STATIC_TOKEN"
	oauthBearer  = "OAUTHBEARER"
	oauthInherit = "SASL_OAUTHBEARER_INHERIT"
	uami         = "UAMI"
	customBearer = "CUSTOM"
)

func authKeys() []config.Key {
	text := func(name, doc string) config.Key {
		return config.Key{Name: name, Default: nil, Importance: config.Medium, Doc: doc}
	}
	secret := func(name string, def any, doc string) config.Key {
		return config.Key{Name: name, Type: config.Password, Default: def, Importance: config.Medium, Doc: doc}
	}
	return []config.Key{
		{
			Name: basicSourceKey, Default: "URL", Importance: config.Medium, Validator: config.ValidString("URL", "USER_INFO", "SASL_INHERIT"),
			Doc: "Where user and password come from: the URL, basic.auth.user.info (USER_INFO) or sasl.jaas.config (SASL_INHERIT).",
		},
		secret(userInfoKey, "", "User and password as USER:PASSWORD, with basic.auth.credentials.source=USER_INFO."),
		{
			Name: oldUserInfoKey, Type: config.Password, Default: "", Importance: config.Medium, Deprecated: "use basic.auth.user.info",
			Doc: "The older name of basic.auth.user.info, which it wins over.",
		},
		secret(saslJaasKey, nil, "With SASL_INHERIT and SASL_OAUTHBEARER_INHERIT: the login as for Kafka, whose options are used."),
		{
			Name: bearerSourceKey, Default: nil, Importance: config.Medium,
			Validator: config.ValidStringOrNull(staticToken, oauthBearer, oauthInherit, uami, customBearer),
			Doc: "Where the bearer token of requests comes from: bearer.auth.token (STATIC_TOKEN), an OAuth server by client credentials (OAUTHBEARER; with " +
				"SASL_OAUTHBEARER_INHERIT those of sasl.jaas.config), or Azure's endpoint for managed identities (UAMI). Classes of one's own (CUSTOM) cannot " +
				"be loaded. It cannot be combined with basic authentication.",
		},
		secret(bearerTokenKey, "", "The token that requests carry with bearer.auth.credentials.source=STATIC_TOKEN."),
		text(bearerIssuerKey, "The URL at which the OAuth server gives tokens."),
		text(bearerClientKey, "The client id for the OAuth server."),
		secret(bearerSecretKey, nil, "The client secret for the OAuth server."),
		text(bearerScopeKey, "The scope that the OAuth server is asked for; none if it is not set."),
		{Name: scopeClaimKey, Default: "scope", Importance: config.Low, Doc: "The claim of a token that holds its scopes."},
		{Name: subClaimKey, Default: "sub", Importance: config.Low, Doc: "The claim of a token that names its subject."},
		{
			Name: bearerBufferKey, Type: config.Short, Default: int16(300), Importance: config.Low, Validator: config.Between(int16(0), int16(3600)),
			Doc: "How many seconds before a token of an OAuth server expires at the latest a new one is asked for.",
		},
		text(bearerClusterKey, "The value of the header target-sr-cluster, by which Confluent Cloud finds the registry that a token is for."),
		text(bearerPoolKey, "The value of the header Confluent-Identity-Pool-Id, for tokens of an identity pool."),
		text(bearerClassKey, "Not supported: the class that gives the token with CUSTOM."),
		text(uamiEndpointKey, "The URL of Azure's endpoint for managed identities; "+uamiEndpoint+" by default."),
		text(uamiQueryKey, "The query for that endpoint: api-version, resource and client_id of the identity."),
		text(saslEndpointKey, "With SASL_OAUTHBEARER_INHERIT: the URL of the OAuth server where bearer.auth.issuer.endpoint.url is not set."),
		{Name: saslScopeKey, Default: nil, Importance: config.Low, Doc: "With SASL_OAUTHBEARER_INHERIT: wins over bearer.auth.scope.claim.name."},
		{Name: saslSubKey, Default: nil, Importance: config.Low, Doc: "With SASL_OAUTHBEARER_INHERIT: wins over bearer.auth.sub.claim.name."},
	}
}
