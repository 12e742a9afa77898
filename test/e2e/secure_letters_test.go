//go:build unix

package e2e

import (
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// TestDeadLettersWithoutRights wants tasks to fail, with the topic and the record, where the dead letter topic may not be created or written, and to
// lose nothing by it: once the right is there the same record gets its letter.
func TestDeadLettersWithoutRights(t *testing.T) {
	broker := servers.SecureKafka(t)
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", secured(t, dir, broker.SASLClient("SCRAM-SHA-256", "test", false)))
	rest := p.rest()
	client := kafkaClient(t, broker.Bootstrap())
	admin := kadm.NewClient(client)
	for _, topic := range []string{"letters-in", "letters-kept"} {
		if _, err := admin.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	for _, value := range []string{`{"a":1}`, "not json", `{"a":2}`} {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "letters-in", Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	grant(t, broker, "letters-in", "", kadm.OpDescribe, kadm.OpRead)
	grant(t, broker, "letters-unmade", "", kadm.OpDescribe)
	grant(t, broker, "letters-kept", "", kadm.OpDescribe)
	config := map[string]string{"connector.class": "FileStreamSink", "topics": "letters-in", "value.converter": jsonConverter, "value.converter.schemas.enable": "false",
		"errors.tolerance": "all", "errors.deadletterqueue.topic.replication.factor": "1"}
	create := func(name, topic string) {
		grant(t, broker, "", "connect-"+name, kadm.OpRead)
		c := maps.Clone(config)
		c["file"], c["errors.deadletterqueue.topic.name"] = filepath.Join(dir, name), topic
		rest.want(http.StatusCreated, http.MethodPut, "/connectors/"+name+"/config", c)
	}
	create("unmade", "letters-unmade")
	create("hidden", "letters-hidden")
	create("kept", "letters-kept")
	for name, parts := range map[string][]string{
		"unmade": {"Could not initialize dead letter queue with topic=letters-unmade", "TopicAuthorizationException"},
		"hidden": {"Could not initialize dead letter queue with topic=letters-hidden", "TopicAuthorizationException"},
		"kept": {"The dead letter of the record of topic 'letters-in', partition 0, offset 1 could not be written to topic 'letters-kept'", "TopicAuthorizationException",
			"Nothing was committed past the record"},
	} {
		trace := rest.failed(name)
		for _, part := range parts {
			if !strings.Contains(trace, part) {
				t.Errorf("%s: the trace lacks %q: %s", name, part, trace)
			}
		}
		var committed kadm.OffsetResponses
		p.await("the offsets of "+name, func() (err error) {
			committed, err = admin.FetchOffsets(t.Context(), "connect-"+name)
			return err
		})
		if o, ok := committed.Lookup("letters-in", 0); ok && o.At > 1 {
			t.Errorf("%s: offset %d is committed", name, o.At)
		}
	}
	grant(t, broker, "letters-kept", "", kadm.OpWrite)
	rest.want(http.StatusNoContent, http.MethodPost, "/connectors/kept/tasks/0/restart", nil)
	if got := consume(t, broker.Bootstrap(), "letters-kept", 1); got[0] != "not json" {
		t.Errorf("the dead letter is %q", got[0])
	}
}
