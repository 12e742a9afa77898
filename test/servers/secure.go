package servers

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// SecureNode is an Apache Kafka with every way of logging in. Users are admin (password admin, may do everything) and test (password test,
// may do everything with topics, groups and transactional ids that begin with test).
type SecureNode struct {
	*Node                // Bootstrap is a plain listener where everybody may do everything
	SSL           string // a client certificate is optional; the user is its common name, or ANONYMOUS
	SASLSSL       string // its OAuth tokens are signed by Issuer
	SASLPlaintext string // its OAuth tokens are unsecured
	Certs         Certs
	Issuer        *Issuer
	kdc           *KDC // nil where there is none on this machine
}

// KDC is where the users of GSSAPI log in; a test is skipped, or fails where servers are required, if this machine has none.
func (s *SecureNode) KDC(t testing.TB) *KDC {
	t.Helper()
	if s.kdc == nil {
		t.Skip("the key distribution centre is not installed: " + getKerberos)
	}
	return s.kdc
}

// SecureKafka is the test binary's secured Kafka. Its names are localhost:port, which its certificate has.
func SecureKafka(t testing.TB) *SecureNode {
	t.Helper()
	Need(t)
	return secure.get(func() *SecureNode { return startSecure(t) })
}

func startSecure(t testing.TB) *SecureNode {
	t.Helper()
	dir := filepath.Join(work(t), "secure-certs")
	ports := freePorts(t, 5)
	at := func(i int) string { return "localhost:" + strconv.Itoa(ports[i]) }
	s := &SecureNode{SSL: at(2), SASLSSL: at(3), SASLPlaintext: at(4), Certs: NewCerts(t, dir)}
	local := func(i int) string { return "127.0.0.1:" + strconv.Itoa(ports[i]) }
	props := map[string]string{
		"listeners": fmt.Sprintf("PLAINTEXT://%s,CONTROLLER://%s,SSL://%s,SASL_SSL://%s,SASL_PLAINTEXT://%s",
			local(0), local(1), local(2), local(3), local(4)),
		"advertised.listeners":           fmt.Sprintf("PLAINTEXT://%s,SSL://%s,SASL_SSL://%s,SASL_PLAINTEXT://%s", local(0), at(2), at(3), at(4)),
		"controller.quorum.voters":       "1@" + local(1),
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
		"authorizer.class.name":          "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":                    "User:ANONYMOUS;User:admin",
		"allow.everyone.if.no.acl.found": "false",
		"ssl.keystore.type":              "PKCS12",
		"ssl.keystore.location":          s.Certs.ServerP12,
		"ssl.keystore.password":          StorePassword,
		"ssl.key.password":               StorePassword,
		"ssl.truststore.type":            "PKCS12",
		"ssl.truststore.location":        s.Certs.TrustP12,
		"ssl.truststore.password":        StorePassword,
		"ssl.client.auth":                "requested",
		"ssl.principal.mapping.rules":    "RULE:^CN=([^,]*).*$/$1/,DEFAULT",
		"sasl.enabled.mechanisms":        "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER",
		"sasl.kerberos.service.name":     "kafka",
		"connections.max.reauth.ms":      "3600000", // so that a session ends with its token
	}
	s.Issuer = newIssuer(t, dir)
	options := []string{"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file:" + s.Issuer.Keys}
	if s.kdc = startKDC(t, filepath.Join(work(t), "kdc")); s.kdc != nil {
		props["sasl.enabled.mechanisms"] += ",GSSAPI"
		options = append(options, "-Djava.security.krb5.conf="+s.kdc.Config)
	}
	const login = "org.apache.kafka.common.security."
	for _, listener := range []string{"sasl_ssl", "sasl_plaintext"} {
		prefix := "listener.name." + listener + "."
		props[prefix+"scram-sha-256.sasl.jaas.config"] = login + "scram.ScramLoginModule required;"
		props[prefix+"scram-sha-512.sasl.jaas.config"] = login + "scram.ScramLoginModule required;"
		props[prefix+"oauthbearer.sasl.jaas.config"] = login + `oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="admin";`
		if s.kdc != nil {
			props[prefix+"gssapi.sasl.jaas.config"] = fmt.Sprintf(`com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="%s" principal="kafka/localhost@%s";`,
				s.kdc.Keytab("kafka"), Realm)
		}
		props[prefix+"plain.sasl.jaas.config"] = login + `plain.PlainLoginModule required user_admin="admin" user_test="test";`
	}
	const oauth = "listener.name.sasl_ssl.oauthbearer."
	props[oauth+"sasl.server.callback.handler.class"] = login + "oauthbearer.OAuthBearerValidatorCallbackHandler"
	props["sasl.oauthbearer.jwks.endpoint.url"] = "file:" + s.Issuer.Keys
	props["sasl.oauthbearer.expected.audience"] = Audience
	var format []string
	for _, user := range []string{"admin", "test"} {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			format = append(format, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, user))
		}
	}
	s.Node = startKafka(t, "secure", local(0), format, props, options...)
	allowTest(t, local(0))
	return s
}

func allowTest(t testing.TB, addr string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, acl := range []*kadm.ACLBuilder{
		kadm.NewACLs().Topics("test").Groups("test").TransactionalIDs("test").ResourcePatternType(kadm.ACLPatternPrefixed).
			Allow("User:test").AllowHosts("*").Operations(kadm.OpAll),
		kadm.NewACLs().Clusters().ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:test").AllowHosts("*").Operations(kadm.OpIdempotentWrite),
	} {
		created, err := kadm.NewClient(c).CreateACLs(t.Context(), acl)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range created {
			if r.Err != nil {
				t.Fatalf("%v: %s", r.Err, r.ErrMessage)
			}
		}
	}
}

// SSLClient are a Java client's settings for the SSL listener, with the stores in the form PEM, JKS or PKCS12.
func (s *SecureNode) SSLClient(form string) map[string]string {
	p := s.trust(form)
	p["bootstrap.servers"], p["security.protocol"], p["ssl.keystore.type"] = s.SSL, "SSL", form
	switch form {
	case "PEM":
		p["ssl.keystore.location"] = s.Certs.ClientPEM
		return p
	case "JKS":
		p["ssl.keystore.location"] = s.Certs.ClientJKS
	default:
		p["ssl.keystore.location"] = s.Certs.ClientP12
	}
	p["ssl.keystore.password"], p["ssl.key.password"] = StorePassword, StorePassword
	return p
}

// SASLClient are a Java client's settings for a mechanism (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; GSSAPI after asking for the KDC; OAUTHBEARER
// with an unsecured token) and a user (admin, test), over TLS or not. Java's own tools need -Djava.security.krb5.conf for GSSAPI, Moldau's clients
// the same system property.
func (s *SecureNode) SASLClient(mechanism, user string, tls bool) map[string]string {
	p := map[string]string{"bootstrap.servers": s.SASLPlaintext, "security.protocol": "SASL_PLAINTEXT"}
	if tls {
		p = s.trust("PKCS12")
		p["bootstrap.servers"], p["security.protocol"] = s.SASLSSL, "SASL_SSL"
	}
	const login = "org.apache.kafka.common.security."
	p["sasl.mechanism"] = mechanism
	switch mechanism {
	case "OAUTHBEARER": // unsecured
		p["sasl.jaas.config"] = fmt.Sprintf(`%soauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="%s";`, login, user)
		return p
	case "GSSAPI":
		p["sasl.kerberos.service.name"] = "kafka"
		p["sasl.jaas.config"] = fmt.Sprintf(`com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="%s" principal="%s@%s";`,
			s.kdc.Keytab(user), user, Realm)
		return p
	}
	module := "plain.PlainLoginModule"
	if strings.HasPrefix(mechanism, "SCRAM") {
		module = "scram.ScramLoginModule"
	}
	p["sasl.jaas.config"] = fmt.Sprintf(`%s%s required username="%s" password="%s";`, login, module, user, user)
	return p
}

func (s *SecureNode) trust(form string) map[string]string {
	p := map[string]string{"ssl.truststore.type": form}
	switch form {
	case "PEM":
		p["ssl.truststore.location"] = s.Certs.CA
		return p
	case "JKS":
		p["ssl.truststore.location"] = s.Certs.TrustJKS
	default:
		p["ssl.truststore.location"] = s.Certs.TrustP12
	}
	p["ssl.truststore.password"] = StorePassword
	return p
}
