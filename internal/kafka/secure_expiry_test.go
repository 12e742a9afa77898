package kafka_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/test/servers"
)

// refusal makes a producer and returns what it is told when the broker and it refuse each other.
func refusal(t *testing.T, env *kafka.Environment, props map[string]string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := env.NewProducer(ctx, "producer of connector c", props)
	if err != nil {
		return err
	}
	defer client.Close()
	told := make(chan error, 1)
	kafka.OnAuthenticationFailure(client, func(err error) { told <- err })
	client.Produce(ctx, &kgo.Record{Topic: "test-refused", Partition: kafka.AnyPartition}, func(*kgo.Record, error) {})
	select {
	case err := <-told:
		return err
	case <-ctx.Done():
		t.Error("nothing was refused")
		return nil
	}
}

func TestLoginsThatBrokersRefuse(t *testing.T) {
	broker := servers.SecureKafka(t)
	good := tokens(t, broker, nil)
	env := func() *kafka.Environment { return &kafka.Environment{SystemProperties: good.system()} }
	const oauth = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
	for name, c := range map[string]struct {
		props map[string]string
		want  string
	}{
		"wrong secret": {changed(good.client, "sasl.jaas.config", oauth+`clientId="moldau" clientSecret="hunter2hunter2";`),
			`The response code 401 and error response {"invalid_client" - "who are you"}`},
		"expired token": {tokens(t, broker, func() time.Duration { return -time.Minute }).client, "the token expired at "},
		"unsecured token where signed ones are asked for": {broker.SASLClient("OAUTHBEARER", "test", true), `the broker's answer is not accepted`},
		"wrong mechanism": {changed(broker.SASLClient("PLAIN", "test", false), "sasl.mechanism", "SCRAM-SHA-256", "sasl.jaas.config",
			`org.apache.kafka.common.security.scram.ScramLoginModule required username="nobody" password="hunter2hunter2";`), "invalid credentials with SASL mechanism SCRAM-SHA-256"},
		"no trust": {without(broker.SASLClient("PLAIN", "test", true), "ssl.truststore."), "signed by nobody in the system's certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			e := env()
			e.SystemProperties["org.apache.kafka.sasl.oauthbearer.allowed.urls"] += "," + c.props["sasl.oauthbearer.token.endpoint.url"]
			err := refusal(t, e, c.props)
			var refused *kafka.RefusedError
			if err == nil || !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "producer of connector c") ||
				strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// A session ends with its token; the client gets another one and goes on.
func TestTokensExpireWhileConnected(t *testing.T) {
	broker := servers.SecureKafka(t)
	endpoint := tokens(t, broker, func() time.Duration { return 4 * time.Second })
	env := &kafka.Environment{SystemProperties: endpoint.system()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := env.NewProducer(ctx, "producer", endpoint.client)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n := 0; endpoint.count() < 3 || n == 0; { // tokens live for seconds, so they are replaced every two
		err := client.ProduceSync(ctx, &kgo.Record{Topic: "test-expiry", Partition: kafka.AnyPartition, Value: []byte("v")}).FirstErr()
		switch {
		case err == nil:
			n++
		case !kafka.AuthenticationFailed(err) || ctx.Err() != nil: // on a machine that stands still a token is too old before it is used
			t.Fatal(err)
		}
	}
}

func TestKerberosAgainstBroker(t *testing.T) {
	broker := servers.SecureKafka(t)
	kdc := broker.KDC(t)
	dir := t.TempDir()
	expired, lasting := filepath.Join(dir, "expired"), filepath.Join(dir, "lasting")
	kdc.Kinit(t, expired, "1s", "")
	kdc.Kinit(t, lasting, "10m", "")
	obtained := time.Now()
	env := func() *kafka.Environment {
		return &kafka.Environment{SystemProperties: map[string]string{"java.security.krb5.conf": kdc.Config}}
	}
	keytab := func(principal string) map[string]string {
		return changed(broker.SASLClient("GSSAPI", "test", false), "sasl.jaas.config", krb5(`useKeyTab=true keyTab="`+kdc.Keytab("test")+`" principal="`+principal+`"`))
	}
	cache := func(path string) map[string]string {
		return changed(broker.SASLClient("GSSAPI", "test", false), "sasl.jaas.config", krb5(`useTicketCache=true ticketCache="`+path+`"`))
	}
	for name, c := range map[string]struct {
		props map[string]string
		want  string
	}{
		"unknown principal":   {keytab("nobody"), "the key distribution centre does not know the principal"},
		"key of another":      {keytab("admin"), "the key in the keytab is not (or no longer) that of the principal"},
		"unknown service":     {changed(keytab("test"), "sasl.kerberos.service.name", "nosuch"), "no Kerberos ticket for the service nosuch/localhost (sasl.kerberos.service.name"},
		"unknown realm":       {keytab("test@NO.SUCH"), "GSSAPI login failed: "},
		"cache of another":    {changed(cache(lasting), "sasl.jaas.config", krb5(`useTicketCache=true ticketCache="`+lasting+`" principal="admin"`)), "is of test@TEST.LOCAL, not of admin@TEST.LOCAL"},
		"ticket that expired": {cache(expired), "renew it with kinit"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "ticket that expired" {
				<-time.After(time.Until(obtained.Add(2 * time.Second)))
			}
			err := refusal(t, env(), c.props)
			var refused *kafka.RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}
