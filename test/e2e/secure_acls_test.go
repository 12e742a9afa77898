//go:build unix

package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// grant allows the user test some operations on a topic (cluster where its name is empty) or, with group, on a group.
func grant(t *testing.T, broker *servers.SecureNode, topic, group string, operations ...kadm.ACLOperation) {
	t.Helper()
	b := kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:test").AllowHosts("*").Operations(operations...)
	if topic != "" {
		b = b.Topics(topic)
	}
	if group != "" {
		b = b.Groups(group)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	created, err := kadm.NewClient(kafkaClient(t, broker.Bootstrap())).CreateACLs(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range created {
		if c.Err != nil {
			t.Fatal(c.Err)
		}
	}
}

// secured writes the file of a standalone worker whose clients all log in the same way.
func secured(t *testing.T, dir string, client map[string]string, more ...string) string {
	t.Helper()
	lines := append([]string{
		"key.converter=org.apache.kafka.connect.storage.StringConverter",
		"value.converter=org.apache.kafka.connect.storage.StringConverter",
		"offset.storage.file.filename=" + filepath.Join(dir, "offsets"),
		"offset.flush.interval.ms=200",
		"listeners=http://127.0.0.1:0",
	}, more...)
	for key, value := range client {
		value = strings.ReplaceAll(value, `\`, `\\`)
		lines = append(lines, key+"="+value)
		if key != "bootstrap.servers" {
			lines = append(lines, "producer."+key+"="+value, "consumer."+key+"="+value)
		}
	}
	return write(t, dir, "connect-standalone.properties", strings.Join(lines, "\n")+"\n")
}

// Rights are missing one at a time; each message names the resource and the right.
func TestMissingRights(t *testing.T) {
	broker := servers.SecureKafka(t)
	dir := t.TempDir()
	in := filepath.Join(dir, "in.txt")
	if err := os.WriteFile(in, []byte("a line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	worker := moldau(t, dir, "standalone", secured(t, dir, broker.SASLClient("SCRAM-SHA-256", "test", false)))
	rest := worker.rest()
	super := kadm.NewClient(kafkaClient(t, broker.Bootstrap()))
	for _, topic := range []string{"acl-write", "acl-describe", "acl-read", "acl-group", "acl-see"} {
		if _, err := super.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
		if err := kafkaClient(t, broker.Bootstrap()).ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	grant(t, broker, "acl-write", "", kadm.OpDescribe)
	grant(t, broker, "acl-create", "", kadm.OpDescribe, kadm.OpWrite)
	grant(t, broker, "acl-read", "", kadm.OpDescribe)
	grant(t, broker, "", "connect-acl-read", kadm.OpRead)
	grant(t, broker, "", "connect-acl-see", kadm.OpRead)
	grant(t, broker, "acl-group", "", kadm.OpDescribe, kadm.OpRead)
	source := map[string]string{"connector.class": "FileStreamSource", "tasks.max": "1", "file": in}
	sink := map[string]string{"connector.class": "FileStreamSink", "tasks.max": "1", "file": filepath.Join(dir, "out.txt")}
	creates := map[string]string{"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}
	cases := map[string]struct {
		config []map[string]string
		want   string
	}{
		"acl-write":    {[]map[string]string{source}, `TopicAuthorizationException: Not authorized to access topics: [acl-write] (the producer of connector acl-write needs the ACL operation Write`},
		"acl-describe": {[]map[string]string{source}, `TopicAuthorizationException: Not authorized to access topics: [acl-describe] (the producer of connector acl-describe needs the ACL operation Write (with Describe`},
		"acl-create": {[]map[string]string{source, creates}, `Task failed to create new topic (name=acl-create, numPartitions=1, replicationFactor=1, replicasAssignments=null, configs={}). ` +
			`Ensure that the task is authorized to create topics or that the topic exists and restart the task (the admin client of connector acl-create needs the ACL operation Create`},
		"acl-look": {[]map[string]string{source, creates}, `TopicAuthorizationException: Not authorized to access topics: [acl-look] ` +
			`(the admin client of connector acl-look needs the ACL operation Describe on the topic "acl-look")`},
		"acl-read": {[]map[string]string{sink}, `TopicAuthorizationException: Not authorized to access topics: [acl-read] (the consumer of connector acl-read needs the ACL operation Read`},
		"acl-see":  {[]map[string]string{sink}, `TopicAuthorizationException: Not authorized to access topics: [acl-see] (the consumer of connector acl-see needs the ACL operation Read`},
		"acl-group": {[]map[string]string{sink}, `GroupAuthorizationException: Not authorized to access group: connect-acl-group ` +
			`(the consumer of connector acl-group needs the ACL operation Read on the group "connect-acl-group")`},
	}
	for name, c := range cases {
		config := map[string]string{"topic": name, "topics": name}
		for _, more := range c.config {
			for key, value := range more {
				config[key] = value
			}
		}
		if config["connector.class"] == "FileStreamSource" {
			delete(config, "topics")
		} else {
			delete(config, "topic")
		}
		rest.want(http.StatusCreated, http.MethodPut, "/connectors/"+name+"/config", config)
	}
	for name, c := range cases {
		if trace := rest.failed(name); !strings.Contains(trace, c.want) {
			t.Errorf("%s: %s", name, trace)
		}
	}
}
