package vault

import (
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// The names of keys. Three Java classes ask for the same under other names; every class here takes them all.
const (
	lensesAddress  = "vault.addr"
	address        = "vault.address"
	namespace      = "vault.namespace"
	token          = "vault.token"
	confluentToken = "vault.auth.token"
	authMethod     = "vault.auth.method"
	loginBy        = "vault.login.by"
	authMount      = "vault.auth.mount"
	authRole       = "vault.auth.role"
	authSecret     = "vault.auth.secret"
	authUser       = "vault.auth.username"
	authPassword   = "vault.auth.password"

	engineVersion          = "vault.engine.version"
	confluentEngineVersion = "vault.secrets.version"
	prefixDepth            = "vault.prefix.depth"
	prefixPath             = "vault.prefixpath"
	oldPrefixPath          = "vault.prefix"
	tokenRenewal           = "token.renewal.ms"
	defaultTTL             = "secret.default.ttl"
	minimumTTL             = "vault.secret.minimum.ttl.ms"
	maxRetries             = "vault.max.retries"
	retryInterval          = "vault.retry.interval.ms"
	retryCount             = "retry.count"
	retrySeconds           = "retry.interval.seconds"
	timeoutSeconds         = "timeout.seconds"

	sslVerify      = "vault.ssl.verify.enabled"
	pemCert        = "vault.ssl.pem_cert_path"
	pemKey         = "vault.ssl.pem_key_path"
	pemTrust       = "vault.ssl.pem_trust_path"
	lensesTrust    = "vault.pem"
	lensesClient   = "vault.client.pem"
	truststore     = "vault.ssl.truststore.location"
	truststorePass = "vault.ssl.truststore.password"
	keystoreFile   = "vault.ssl.keystore.location"
	keystorePass   = "vault.ssl.keystore.password"

	writeFiles = "file.write"
	fileDir    = "file.dir"
)

func text(name, doc string) config.Key {
	return config.Key{Name: name, Default: "", Importance: config.Medium, Doc: doc}
}

func textOr(name, otherwise, doc string) config.Key {
	return config.Key{Name: name, Default: otherwise, Importance: config.Medium, Doc: doc}
}

func secret(name, doc string) config.Key {
	return config.Key{Name: name, Type: config.Password, Default: "", Importance: config.High, Doc: doc}
}

func number(name string, otherwise, least int, doc string) config.Key {
	return config.Key{Name: name, Type: config.Long, Default: otherwise, Validator: config.AtLeast(least), Importance: config.Low, Doc: doc}
}

// Def returns the declaration of the provider's parameters.
func Def() *config.Def {
	return config.NewDef(
		text(address, "URL of the Vault server; without it vault.addr, then the environment variable VAULT_ADDR, then http://localhost:8200."),
		text(lensesAddress, "Another name of vault.address."),
		text(namespace, "Namespace that everything is in; without it the environment variable VAULT_NAMESPACE."),
		text(authMethod, "How to log in: token, approle, kubernetes, jwt, userpass, ldap, cert (or certificate), github, gcp or awsiam, in any case. The default is token."),
		text(loginBy, "Another name of vault.auth.method."),
		secret(token, "Token of the method token; without it the environment variable VAULT_TOKEN."),
		secret(confluentToken, "Another name of vault.token."),
		text(authMount, "Mount of the auth method, where the method has no key of its own for it; the default is the method's name."),
		text(authRole, "Role of approle (its role id), kubernetes, jwt or cert."),
		secret(authSecret, "Secret id of approle."),
		text(authUser, "User of userpass and ldap."),
		secret(authPassword, "Password of userpass and ldap."),

		textOr("app.role.path", "approle", "Mount of approle."),
		text("app.role.id", "Role id of approle."),
		secret("app.role.secret.id", "Secret id of approle."),
		text("kubernetes.role", "Role of kubernetes."),
		textOr("kubernetes.token.path", "/var/run/secrets/kubernetes.io/serviceaccount/token", "File of the service account's token, read at every login."),
		textOr("kubernetes.auth.path", "auth/kubernetes", "Path of the mount of kubernetes."),
		text("jwt.role", "Role of jwt."),
		text("jwt.provider", "Mount of jwt; the default is jwt."),
		secret("jwt", "Token of jwt."),
		text("username", "User of userpass."),
		secret("password", "Password of userpass."),
		textOr("mount", "userpass", "Mount of userpass."),
		text("ldap.username", "User of ldap."),
		secret("ldap.password", "Password of ldap."),
		textOr("ldap.mount", "ldap", "Mount of ldap."),
		textOr("cert.mount", "cert", "Mount of cert."),
		secret("github.token", "Token of github."),
		textOr("github.mount", "github", "Mount of github."),
		text("gcp.role", "Role of gcp."),
		secret("gcp.jwt", "Signed identity token of gcp."),
		text("aws.role", "Role of awsiam."),
		text("aws.request.url", "URL, in base 64, of the signed request of awsiam."),
		secret("aws.request.headers", "Headers, in base 64 or JSON, of the signed request of awsiam."),
		secret("aws.request.body", "Body, in base 64, of the signed request of awsiam."),
		textOr("aws.mount", "aws", "Mount of awsiam."),

		config.Key{Name: engineVersion, Type: config.Int, Default: nil, Importance: config.Medium,
			Doc: "Version of the key/value engine, 1 or 2. Without it Vault is asked what is mounted at a path, and 2 is taken where it does not tell."},
		config.Key{Name: confluentEngineVersion, Type: config.Int, Default: nil, Importance: config.Medium, Doc: "Another name of vault.engine.version."},
		number(prefixDepth, 1, 1, "How many parts of a path are the mount of the key/value engine, where Vault does not tell."),
		text(prefixPath, "Mount of the key/value engine: its number of parts is the depth. Paths are written with it."),
		text(oldPrefixPath, "Another name of vault.prefixpath."),
		number(tokenRenewal, 600000, 1, "Greatest number of milliseconds between two renewals of the token."),
		number(defaultTTL, 0, 0, "Milliseconds that a secret without a lease is good for; 0 for ever."),
		number(minimumTTL, 0, 0, "Milliseconds that a secret without a lease is good for, and the least that one with a lease is; 0 for none."),
		service.TTLDef(),
		number(maxRetries, 5, 0, "How often a request is repeated after a failure that may pass."),
		number(retryInterval, 2000, 1, "Milliseconds between two attempts."),
		number(retryCount, 0, 0, "Number of attempts; 0 leaves it to vault.max.retries."),
		number(retrySeconds, 0, 0, "Seconds between two attempts; 0 leaves it to vault.retry.interval.ms."),
		number(timeoutSeconds, 30, 1, "Seconds that an attempt may take."),

		config.Key{Name: sslVerify, Type: config.Boolean, Default: true, Importance: config.High, Doc: "Whether the server's certificate must be trusted."},
		text(pemTrust, "File of the certificates to trust, PEM; without it the environment variable VAULT_CACERT, then those of the system."),
		text(lensesTrust, "Another name of vault.ssl.pem_trust_path."),
		text(pemCert, "File of the client's certificate, PEM."),
		text(pemKey, "File of the client's private key, PEM."),
		text(lensesClient, "File of the client's certificate and private key, PEM."),
		text(truststore, "Truststore, JKS or PKCS12; wins over PEM files."),
		secret(truststorePass, "Password of the truststore."),
		text(keystoreFile, "Keystore of the client, JKS or PKCS12; wins over PEM files."),
		secret(keystorePass, "Password of the keystore and its key."),

		config.Key{Name: writeFiles, Type: config.Boolean, Default: false, Doc: "Whether values of keys that begin with utf8_file or base64_file become files."},
		text(fileDir, "Directory of those files, in its folder secrets."),
	)
}
