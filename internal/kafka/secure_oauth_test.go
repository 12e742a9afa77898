package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// tokenServer is an OAuth endpoint that knows the client moldau with the secret s3cret, and takes assertions that are well-formed.
type tokenServer struct {
	url    string
	client map[string]string
	broker *servers.SecureNode

	mu    sync.Mutex
	asked int
	files []string
}

func krb5(options string) string {
	return "com.sun.security.auth.module.Krb5LoginModule required " + options + ";"
}

// tokens starts a token endpoint; life says how long its tokens live, nil an hour.
func tokens(t *testing.T, broker *servers.SecureNode, life func() time.Duration) *tokenServer {
	t.Helper()
	s := &tokenServer{broker: broker}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked++
		s.mu.Unlock()
		id, secret, _ := r.BasicAuth()
		assertion := r.PostFormValue("assertion") + r.PostFormValue("client_assertion")
		if (id != "moldau" || secret != "s3cret") && assertion == "" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"who are you"}`)
			return
		}
		lasting := time.Hour
		if life != nil {
			lasting = life()
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": broker.Issuer.Token("test", lasting, nil), "token_type": "Bearer"})
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/token"
	s.client = changed(broker.SASLClient("OAUTHBEARER", "test", true),
		"sasl.login.callback.handler.class", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
		"sasl.oauthbearer.token.endpoint.url", s.url, "sasl.login.retry.backoff.max.ms", "500",
		"sasl.jaas.config", `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="moldau" clientSecret="s3cret" scope="kafka";`)
	return s
}

func (s *tokenServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// system are the properties that allow what the tests use.
func (s *tokenServer) system() map[string]string {
	urls, files := s.url, ""
	for _, file := range s.files {
		urls += ",file:" + file
		files += file + ","
	}
	return map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.urls": urls, "org.apache.kafka.sasl.oauthbearer.allowed.files": files}
}

func fileToken(t *testing.T, s *tokenServer) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(s.broker.Issuer.Token("test", time.Hour, nil)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.files = append(s.files, path)
	return changed(s.client, "sasl.oauthbearer.token.endpoint.url", "file:"+path,
		"sasl.jaas.config", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;")
}

func assertion(t *testing.T, s *tokenServer) map[string]string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.files = append(s.files, path)
	return changed(s.client, "sasl.oauthbearer.jwt.retriever.class", "org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever",
		"sasl.oauthbearer.assertion.algorithm", "ES256", "sasl.oauthbearer.assertion.private.key.file", path, "sasl.oauthbearer.assertion.claim.iss", "moldau",
		"sasl.jaas.config", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;")
}
