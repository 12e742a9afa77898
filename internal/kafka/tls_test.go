package kafka

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	javakeys "github.com/moldau/moldau/internal/keystore"
	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

const stores = "testdata/stores/"

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func loadTLS(t *testing.T, ssl map[string]string) (*TLS, error) {
	t.Helper()
	return ClientTLS(ssl, "listeners.https.", nil)
}

// Files that keytool and openssl wrote.
func TestKeystores(t *testing.T) {
	t.Parallel()
	type props = map[string]string
	pem := readText(t, stores+"ec.pem")
	tests := []struct {
		name string
		ssl  props
		keys int
		rsa  bool
		err  string // a part of the message, "" for none
	}{
		{"jks rsa", props{"ssl.keystore.location": stores + "rsa.jks", "ssl.keystore.password": "storepw", "ssl.key.password": "keypw2"}, 1, true, ""},
		{"jks ec", props{"ssl.keystore.location": stores + "ec.jks", "ssl.keystore.password": "storepw", "ssl.key.password": "storepw"}, 1, false, ""},
		{"jks key password left out", props{"ssl.keystore.location": stores + "ec.jks", "ssl.keystore.password": "storepw"}, 1, false, ""},
		{"jks named pkcs12", props{"ssl.keystore.location": stores + "ec.jks", "ssl.keystore.password": "storepw", "ssl.keystore.type": "PKCS12"}, 1, false, ""},
		{"pkcs12 rsa", props{"ssl.keystore.location": stores + "rsa.p12", "ssl.keystore.password": "storepw", "ssl.keystore.type": "PKCS12"}, 1, true, ""},
		{"pkcs12 ec", props{"ssl.keystore.location": stores + "ec.p12", "ssl.keystore.password": "storepw", "ssl.keystore.type": "pkcs12", "ssl.key.password": "storepw"}, 1, false, ""},
		{"pkcs12 named jks", props{"ssl.keystore.location": stores + "ec.p12", "ssl.keystore.password": "storepw"}, 1, false, ""},
		{"pkcs12 of openssl", props{"ssl.keystore.location": stores + "openssl.p12", "ssl.keystore.password": "storepw", "ssl.keystore.type": "PKCS12"}, 1, false, ""},
		{"pkcs12 two keys", props{"ssl.keystore.location": stores + "two.p12", "ssl.keystore.password": "storepw", "ssl.keystore.type": "PKCS12"}, 2, false, ""},
		{"pem inline", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": readText(t, stores+"ec.key"), "ssl.keystore.certificate.chain": pem}, 1, false, ""},
		{"pem on one line", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": strings.ReplaceAll(readText(t, stores+"ec.key"), "\n", " "), "ssl.keystore.certificate.chain": strings.ReplaceAll(pem, "\n", " ")}, 1, false, ""},
		{"pem sec1", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": readText(t, stores+"sec1.key"), "ssl.keystore.certificate.chain": pem}, 1, false, ""},
		{"no keystore", props{}, 0, false, ""},

		{"wrong store password jks", props{"ssl.keystore.location": stores + "rsa.jks", "ssl.keystore.password": "wrongpw"}, 0, false, "Failed to load SSL keystore testdata/stores/rsa.jks of type JKS (ssl.keystore.location): keystore password was incorrect"},
		{"wrong store password pkcs12", props{"ssl.keystore.location": stores + "ec.p12", "ssl.keystore.password": "wrongpw", "ssl.keystore.type": "PKCS12"}, 0, false, "Failed to load SSL keystore testdata/stores/ec.p12 of type PKCS12 (ssl.keystore.location): keystore password was incorrect"},
		{"wrong key password jks", props{"ssl.keystore.location": stores + "rsa.jks", "ssl.keystore.password": "storepw"}, 0, false, "entry rsa: the password of the private key was incorrect (ssl.key.password)"},
		{"wrong key password pkcs12", props{"ssl.keystore.location": stores + "ec.p12", "ssl.keystore.password": "storepw", "ssl.key.password": "wrongpw"}, 0, false, "the password of the private key was incorrect (ssl.key.password)"},
		{"jceks", props{"ssl.keystore.location": stores + "jceks", "ssl.keystore.password": "storepw"}, 0, false, "JCEKS keystore; convert it"},
		{"unknown type", props{"ssl.keystore.location": stores + "ec.p12", "ssl.keystore.password": "storepw", "ssl.keystore.type": "BKS"}, 0, false, "BKS not found"},
		{"no key in it", props{"ssl.keystore.location": stores + "trust.jks", "ssl.keystore.password": "storepw"}, 0, false, "holds no private key"},
		{"not a keystore", props{"ssl.keystore.location": stores + "ec.pem", "ssl.keystore.password": "storepw"}, 0, false, "Invalid keystore format"},
		{"missing", props{"ssl.keystore.location": stores + "nope", "ssl.keystore.password": "storepw"}, 0, false, "no such file"},
		{"pem with store password", props{"ssl.keystore.type": "PEM", "ssl.keystore.location": stores + "ec.pem", "ssl.keystore.password": "storepw"}, 0, false, "SSL key store password cannot be specified with PEM format, only key password may be specified"},
		{"pem file without key", props{"ssl.keystore.type": "PEM", "ssl.keystore.location": stores + "ec.pem"}, 0, false, "Failed to load PEM SSL keystore testdata/stores/ec.pem (ssl.keystore.location): No matching PRIVATE KEY entries in PEM file"},
		{"key and location", props{"ssl.keystore.type": "PEM", "ssl.keystore.location": stores + "ec.pem", "ssl.keystore.key": "x", "ssl.keystore.certificate.chain": "x"}, 0, false, "Both SSL key store location and separate private key are specified."},
		{"key without chain", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": "x"}, 0, false, "SSL private key is specified, but certificate chain is not specified."},
		{"chain without key", props{"ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": "x"}, 0, false, "SSL certificate chain is specified, but private key is not specified"},
		{"key and store password", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": "x", "ssl.keystore.certificate.chain": "x", "ssl.keystore.password": "storepw"}, 0, false, "SSL key store password cannot be specified with PEM format, only key password may be specified."},
		{"key of another type", props{"ssl.keystore.key": "x"}, 0, false, "SSL private key can be specified only for PEM, but key store type is JKS."},
		{"key of another certificate", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": keyPEM(t, newAuthority(t).key), "ssl.keystore.certificate.chain": pem}, 0, false, "no certificate belongs to the private key"},
		{"encrypted without password", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": readText(t, stores+"aes256.key"), "ssl.keystore.certificate.chain": pem}, 0, false, "the private key is encrypted and ssl.key.password is not set"},
		{"encrypted with wrong password", props{"ssl.keystore.type": "PEM", "ssl.keystore.key": readText(t, stores+"aes256.key"), "ssl.keystore.certificate.chain": pem, "ssl.key.password": "wrongpw"}, 0, false, "(ssl.key.password)"},
	}
	for _, file := range []string{"aes256", "aes128-sha512", "des3", "pbe-sha1-3des", "pbe-md5-des", "pbe-sha1-des"} {
		key := readText(t, stores+file+".key")
		tests = append(tests, struct {
			name string
			ssl  props
			keys int
			rsa  bool
			err  string
		}{"encrypted " + file, props{"ssl.keystore.type": "PEM", "ssl.keystore.key": key, "ssl.keystore.certificate.chain": pem, "ssl.key.password": "keypw"}, 1, false, ""})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := loadTLS(t, test.ssl)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				for _, secret := range []string{"storepw", "wrongpw", "keypw"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("a password is in: %v", err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got.keys) != test.keys {
				t.Fatalf("%d keys", len(got.keys))
			}
			for _, k := range got.keys {
				switch k.PrivateKey.(type) {
				case *rsa.PrivateKey:
					if !test.rsa {
						t.Error("an RSA key")
					}
				case *ecdsa.PrivateKey:
					if test.rsa {
						t.Error("an EC key")
					}
				default:
					t.Errorf("a key of type %T", k.PrivateKey)
				}
			}
		})
	}
}

func TestTruststores(t *testing.T) {
	t.Parallel()
	type props = map[string]string
	pem := readText(t, stores+"ec.pem")
	certificates, err := javakeys.PEMCertificates(pem)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		ssl props
		err string
	}{
		"jks":                  {props{"ssl.truststore.location": stores + "trust.jks", "ssl.truststore.password": "storepw"}, ""},
		"jks without password": {props{"ssl.truststore.location": stores + "trust.jks"}, ""},
		"pkcs12":               {props{"ssl.truststore.location": stores + "trust.p12", "ssl.truststore.password": "storepw", "ssl.truststore.type": "PKCS12"}, ""},
		"pkcs12 of openssl":    {props{"ssl.truststore.location": stores + "openssl-trust.p12", "ssl.truststore.password": "storepw", "ssl.truststore.type": "PKCS12"}, "not marked as trusted"},
		"a keystore":           {props{"ssl.truststore.location": stores + "ec.jks"}, "x509"},
		"pem inline":           {props{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": pem}, ""},
		"pem file":             {props{"ssl.truststore.type": "PEM", "ssl.truststore.location": stores + "ec.pem"}, ""},
		"wrong password":       {props{"ssl.truststore.location": stores + "trust.p12", "ssl.truststore.password": "wrongpw"}, "keystore password was incorrect"},
		"wrong jks password":   {props{"ssl.truststore.location": stores + "trust.jks", "ssl.truststore.password": "wrongpw"}, "Failed to load SSL truststore testdata/stores/trust.jks of type JKS (ssl.truststore.location): keystore password was incorrect"},
		"no password":          {props{"ssl.truststore.location": stores + "trust.p12"}, "no password is set (ssl.truststore.password)"},
		"both":                 {props{"ssl.truststore.type": "PEM", "ssl.truststore.location": stores + "ec.pem", "ssl.truststore.certificates": pem}, "Both SSL trust store location and separate trust certificates are specified."},
		"pem password":         {props{"ssl.truststore.type": "PEM", "ssl.truststore.location": stores + "ec.pem", "ssl.truststore.password": "x"}, "SSL trust store password cannot be specified for PEM format."},
		"password only":        {props{"ssl.truststore.password": "x"}, "SSL trust store is not specified, but trust store password is specified."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := loadTLS(t, test.ssl)
			if test.err == "x509" { // a key entry: its own certificate is trusted
				if err != nil || got.roots == nil {
					t.Fatalf("roots %v, %v", got, err)
				}
				return
			}
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := x509.NewCertPool()
			want.AddCert(certificates[0])
			if !got.roots.Equal(want) {
				t.Error("other certificates are trusted")
			}
		})
	}
}

// Stores written by the libraries, for what keytool does not write.
func TestGeneratedStores(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	issued := a.issue(t, "localhost", "localhost")
	dir := t.TempDir()
	jks := keystore.New()
	der, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	chain := []keystore.Certificate{{Type: "X509", Content: issued.Leaf.Raw}, {Type: "X509", Content: a.cert.Raw}}
	if err := jks.SetPrivateKeyEntry("k", keystore.PrivateKeyEntry{PrivateKey: der, CertificateChain: chain}, []byte("other1")); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jks.Store(&b, []byte("storepw")); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/k.jks", b.Bytes())
	for name, encoder := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern2023, "legacy": pkcs12.LegacyDES, "rc2": pkcs12.LegacyRC2} {
		data, err := encoder.Encode(issued.PrivateKey, issued.Leaf, []*x509.Certificate{a.cert}, "storepw")
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir+"/"+name+".p12", data)
	}
	for _, file := range []string{"k.jks", "modern.p12", "legacy.p12", "rc2.p12"} {
		ssl := map[string]string{"ssl.keystore.location": filepath.Join(dir, file), "ssl.keystore.password": "storepw"}
		if file == "k.jks" {
			ssl["ssl.key.password"] = "other1"
		}
		got, err := loadTLS(t, ssl)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(got.keys) != 1 || len(got.keys[0].Certificate) != 2 || !got.keys[0].Leaf.Equal(issued.Leaf) {
			t.Errorf("%s: %d keys", file, len(got.keys))
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// handshake connects both sides and says a word from server to client.
func handshake(t *testing.T, server, client *tls.Config) (serverErr, clientErr error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	done := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			done <- err
			return
		}
		defer func() { _ = conn.Close() }()
		secure := tls.Server(conn, server)
		if err := secure.Handshake(); err != nil {
			done <- err
			return
		}
		_, err = secure.Write([]byte("x"))
		done <- err
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	secure := tls.Client(conn, client)
	if clientErr = secure.Handshake(); clientErr == nil {
		_, clientErr = io.ReadFull(secure, make([]byte, 1))
	}
	_ = conn.Close()
	return <-done, clientErr
}

func pemKeystore(t *testing.T, prefix string, c tls.Certificate) map[string]string {
	t.Helper()
	return map[string]string{
		prefix + "ssl.keystore.type":              "PEM",
		prefix + "ssl.keystore.key":               keyPEM(t, c.PrivateKey),
		prefix + "ssl.keystore.certificate.chain": certificatePEM(c.Leaf),
	}
}

func with(props map[string]string, pairs ...string) map[string]string {
	merged := map[string]string{}
	for k, v := range props {
		merged[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		merged[pairs[i]] = pairs[i+1]
	}
	return merged
}

func TestHandshakes(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	const prefix = "listeners.https."
	named := pemKeystore(t, prefix, a.issue(t, "ignored", "localhost", "*.example.com"))
	commonName := pemKeystore(t, prefix, a.issue(t, "localhost"))
	trust := []string{"ssl.truststore.type", "PEM", "ssl.truststore.certificates", a.pem()}
	required := with(named, prefix+"ssl.client.auth", "required", prefix+"ssl.truststore.type", "PEM", prefix+"ssl.truststore.certificates", a.pem())
	requested := with(required, prefix+"ssl.client.auth", "requested")
	client := with(nil, trust...)
	certified := with(pemKeystore(t, "", a.issue(t, "client")), trust...)
	foreign := with(pemKeystore(t, "", other.issue(t, "client")), trust...)
	own := func(prefix string) map[string]string {
		return with(nil, prefix+"ssl.keystore.location", stores+"rsa.jks", prefix+"ssl.keystore.password", "storepw", prefix+"ssl.key.password", "keypw2")
	}
	for name, test := range map[string]struct {
		server, client map[string]string
		host           string
		ok             bool
	}{
		"name":                         {named, client, "localhost", true},
		"wildcard":                     {named, client, "a.example.com", true},
		"other name":                   {named, client, "elsewhere", false},
		"other name, unchecked":        {named, with(client, "ssl.endpoint.identification.algorithm", ""), "elsewhere", true},
		"common name":                  {commonName, client, "localhost", true},
		"other common name":            {commonName, client, "elsewhere", false},
		"address is no common name":    {commonName, client, "127.0.0.1", false},
		"untrusted":                    {named, with(client, "ssl.truststore.certificates", other.pem()), "localhost", false},
		"untrusted and unchecked":      {named, with(client, "ssl.truststore.certificates", other.pem(), "ssl.endpoint.identification.algorithm", ""), "localhost", false},
		"certificate required":         {required, certified, "localhost", true},
		"certificate missing":          {required, client, "localhost", false},
		"foreign certificate":          {required, foreign, "localhost", false},
		"requested and given":          {requested, certified, "localhost", true},
		"requested and missing":        {requested, client, "localhost", true},
		"TLS 1.2":                      {with(named, prefix+"ssl.enabled.protocols", "TLSv1.2"), client, "localhost", true},
		"no common protocol":           {with(named, prefix+"ssl.enabled.protocols", "TLSv1.2"), with(client, "ssl.enabled.protocols", "TLSv1.3"), "localhost", false},
		"suite":                        {named, with(client, "ssl.cipher.suites", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), "localhost", true},
		"suite of TLS 1.3":             {named, with(client, "ssl.cipher.suites", "TLS_AES_256_GCM_SHA384"), "localhost", true},
		"suites of different versions": {with(named, prefix+"ssl.cipher.suites", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), with(client, "ssl.cipher.suites", "TLS_AES_256_GCM_SHA384"), "localhost", false},
		"prefix wins":                  {with(named, "ssl.keystore.location", "/nope"), client, "localhost", true},
		"without prefix":               {pemKeystore(t, "", a.issue(t, "x", "localhost")), client, "localhost", true},
		"expired":                      {pemKeystore(t, prefix, a.issueUntil(t, time.Now().Add(-time.Hour), "x", "localhost")), client, "localhost", false},
		"keystore as truststore":       {with(own(prefix), prefix+"ssl.client.auth", "required"), own(""), "localhost", true},
		"truststore, not keystore":     {with(own(prefix), prefix+"ssl.client.auth", "required"), with(own(""), trust...), "localhost", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := ServerTLS(test.server, prefix, nil)
			if err != nil {
				t.Fatal(err)
			}
			client, err := ClientTLS(test.client, "none.", nil)
			if err != nil {
				t.Fatal(err)
			}
			serverErr, clientErr := handshake(t, server.ServerConfig(), client.ClientConfig(test.host))
			if ok := serverErr == nil && clientErr == nil; ok != test.ok {
				t.Errorf("server %v, client %v", serverErr, clientErr)
			}
		})
	}
}

func TestServerNeedsKeystore(t *testing.T) {
	t.Parallel()
	for name, props := range map[string]map[string]string{
		"none":                {},
		"wrong client auth":   {"listeners.https.ssl.client.auth": "maybe"},
		"prefix counts alone": {"listeners.https.ssl.protocol": "TLSv1.3", "ssl.keystore.location": stores + "ec.jks", "ssl.keystore.password": "storepw"},
	} {
		if _, err := ServerTLS(props, "listeners.https.", nil); err == nil {
			t.Errorf("%s: passed", name)
		} else if name != "none" && !strings.Contains(err.Error(), "listeners.https.ssl.") {
			t.Errorf("%s: %v names no key", name, err)
		}
	}
}

// A client and a listener use what their files hold when a connection is made.
func TestReload(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	path := t.TempDir() + "/server.pem"
	put := func(c tls.Certificate, age time.Duration) {
		write(t, path, []byte(keyPEM(t, c.PrivateKey)+certificatePEM(c.Leaf)))
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	put(a.issue(t, "x", "before"), time.Hour)
	var warnings []string
	server, err := ServerTLS(map[string]string{"ssl.keystore.type": "PEM", "ssl.keystore.location": path}, "p.", func(key, reason string) { warnings = append(warnings, key+": "+reason) })
	if err != nil {
		t.Fatal(err)
	}
	client, err := ClientTLS(map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": a.pem()}, "p.", nil)
	if err != nil {
		t.Fatal(err)
	}
	config := server.ServerConfig()
	serves := func(host string) {
		t.Helper()
		if serverErr, clientErr := handshake(t, config, client.ClientConfig(host)); serverErr != nil || clientErr != nil {
			t.Errorf("%s: %v, %v", host, serverErr, clientErr)
		}
	}
	serves("before")
	write(t, path, []byte("half written"))
	serves("before")
	if len(warnings) != 1 || !strings.Contains(warnings[0], path) {
		t.Errorf("warnings %q", warnings)
	}
	put(a.issue(t, "x", "after"), time.Minute)
	serves("after")
	put(a.issueUntil(t, time.Now().Add(-time.Hour), "x", "after"), time.Second)
	_, _ = handshake(t, config, client.ClientConfig("after"))
	if len(warnings) != 2 || !strings.Contains(warnings[1], "expired on") || !strings.Contains(warnings[1], path) {
		t.Errorf("warnings %q", warnings)
	}
}

// What a user reads when a broker cannot be reached over TLS must name the key to look at.
func TestHandshakeErrors(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s, err := ClientTLS(map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.location": stores + "ec.pem"}, "p.", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		server tls.Certificate
		want   string
	}{
		"untrusted": {a.issue(t, "x", "localhost"), "TLS handshake with localhost:9093 failed: its certificate is signed by nobody in ssl.truststore.location (testdata/stores/ec.pem)"},
	} {
		_, err := handshake(t, &tls.Config{Certificates: []tls.Certificate{test.server}}, s.ClientConfig("localhost"))
		if got := s.explain("localhost:9093", err); !strings.HasPrefix(got.Error(), test.want) || !errors.Is(got, err) {
			t.Errorf("%s: %v", name, got)
		}
	}
	trusting, err := ClientTLS(map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": a.pem()}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		server tls.Certificate
		want   string
	}{
		"expired":      {a.issueUntil(t, time.Now().Add(-time.Hour), "x", "localhost"), "TLS handshake with localhost:9093 failed: its certificate is expired or not valid yet: renew the one of the broker"},
		"another host": {a.issue(t, "x", "elsewhere"), "TLS handshake with localhost:9093 failed: its certificate is for another host (an empty ssl.endpoint.identification.algorithm turns this check off)"},
	} {
		_, err := handshake(t, &tls.Config{Certificates: []tls.Certificate{test.server}}, trusting.ClientConfig("localhost"))
		if got := trusting.explain("localhost:9093", err); !strings.HasPrefix(got.Error(), test.want) || !errors.Is(got, err) {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, err = handshakeWithPlain(t, s.ClientConfig("localhost"))
	if got := s.explain("localhost:9092", err); !strings.Contains(got.Error(), "(security.protocol)") {
		t.Errorf("plaintext: %v", got)
	}
}

// handshakeWithPlain talks TLS to a server that answers something else.
func handshakeWithPlain(t *testing.T, client *tls.Config) (net.Conn, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		_, _ = theirs.Write([]byte("\x00\x00\x00\x10 not TLS at all"))
	}()
	return ours, tls.Client(ours, client).Handshake()
}
