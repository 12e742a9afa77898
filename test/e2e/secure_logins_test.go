//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// A worker reads a file into a topic and the topic into another file, whatever way its clients log in.
func TestWorkersLogIn(t *testing.T) {
	broker := servers.SecureKafka(t)
	jaas := func(dir, module string) string {
		return "-Djava.security.auth.login.config=" + write(t, dir, "jaas.conf", "KafkaClient {\n  "+module+"\n};\n")
	}
	for name, way := range map[string]func(t *testing.T, dir string) (client map[string]string, opts string){
		"ssl": func(*testing.T, string) (map[string]string, string) { return broker.SSLClient("PEM"), "" },
		"plain": func(*testing.T, string) (map[string]string, string) {
			return broker.SASLClient("PLAIN", "test", true), ""
		},
		"scram": func(_ *testing.T, dir string) (map[string]string, string) {
			client := broker.SASLClient("SCRAM-SHA-512", "test", true)
			module := client["sasl.jaas.config"]
			delete(client, "sasl.jaas.config")
			return client, jaas(dir, module)
		},
		"oauth": func(*testing.T, string) (map[string]string, string) {
			return broker.SASLClient("OAUTHBEARER", "test", false), ""
		},
		"kerberos": func(t *testing.T, dir string) (map[string]string, string) {
			kdc := broker.KDC(t)
			client := broker.SASLClient("GSSAPI", "test", true)
			module := client["sasl.jaas.config"]
			delete(client, "sasl.jaas.config")
			return client, jaas(dir, module) + " -Djava.security.krb5.conf=" + kdc.Config
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			client, opts := way(t, dir)
			in, out := filepath.Join(dir, "in.txt"), filepath.Join(dir, "out.txt")
			if err := os.WriteFile(in, []byte("one\ntwo\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			p := start(t, dir, "/usr/bin/env", "KAFKA_OPTS="+opts, binary, "standalone", secured(t, dir, client))
			rest := p.rest()
			topic := "test-login-" + name
			rest.create("test-src-"+name, map[string]string{"connector.class": "FileStreamSource", "file": in, "topic": topic,
				"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "-1"})
			rest.create("test-snk-"+name, map[string]string{"connector.class": "FileStreamSink", "file": out, "topics": topic,
				"consumer.override.group.id": "test-" + name})
			p.holds(out, "one\ntwo\n")
			if strings.Contains(p.out.String()+p.errOut.String(), `password="test"`) {
				t.Error("a password is in the log")
			}
		})
	}
}

// Credentials that the broker refuses fail the task with the reason, after few attempts.
func TestWrongCredentials(t *testing.T) {
	broker := servers.SecureKafka(t)
	dir := t.TempDir()
	in := filepath.Join(dir, "in.txt")
	if err := os.WriteFile(in, []byte("a line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := moldau(t, dir, "standalone", secured(t, dir, broker.SASLClient("SCRAM-SHA-256", "test", false)))
	rest := p.rest()
	const login, wrong = "org.apache.kafka.common.security.", "hunter2hunter2"
	for name, c := range map[string]struct{ mechanism, module, want string }{
		"scram-256": {"SCRAM-SHA-256", "scram.ScramLoginModule", "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256"},
		"scram-512": {"SCRAM-SHA-512", "scram.ScramLoginModule", "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512"},
		"plain":     {"PLAIN", "plain.PlainLoginModule", "Authentication failed: Invalid username or password"},
	} {
		for _, client := range []string{"producer", "consumer"} {
			connector := "test-wrong-" + client + "-" + name
			config := map[string]string{"connector.class": "FileStreamSource", "file": in, "topic": "test-wrong"}
			if client == "consumer" {
				config = map[string]string{"connector.class": "FileStreamSink", "file": filepath.Join(dir, "out.txt"), "topics": "test-wrong"}
			}
			config[client+".override.sasl.mechanism"] = c.mechanism
			config[client+".override.sasl.jaas.config"] = login + c.module + ` required username="test" password="` + wrong + `";`
			rest.create(connector, config)
			trace := rest.failed(connector)
			want := fmt.Sprintf("org.apache.kafka.common.errors.SaslAuthenticationException: %s (%s of connector %s: look at sasl.mechanism and sasl.jaas.config)", c.want, client, connector)
			if !strings.Contains(trace, want) || strings.Contains(trace, wrong) {
				t.Errorf("%s: %s", connector, trace)
			}
		}
	}
	if strings.Contains(p.out.String(), wrong) {
		t.Error("a password is in the log")
	}
	rest.want(http.StatusOK, http.MethodGet, "/connectors", nil)
}
