//go:build unix

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// change adds rights, or their refusals.
func change(t *testing.T, broker *servers.SecureNode, b *kadm.ACLBuilder) {
	t.Helper()
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

// grantID gives the user test all rights on a transactional id.
func grantID(t *testing.T, broker *servers.SecureNode, id string) {
	t.Helper()
	change(t, broker, kadm.NewACLs().TransactionalIDs(id).ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:test").AllowHosts("*").Operations(kadm.OpAll))
}

// deny takes a right from the user test, who has all rights on what begins with test.
func deny(t *testing.T, broker *servers.SecureNode, on func(*kadm.ACLBuilder) *kadm.ACLBuilder, operation kadm.ACLOperation) {
	t.Helper()
	change(t, broker, on(kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral)).Deny("User:test").DenyHosts("*").Operations(operation))
}

func topicNamed(name string) func(*kadm.ACLBuilder) *kadm.ACLBuilder {
	return func(b *kadm.ACLBuilder) *kadm.ACLBuilder { return b.Topics(name) }
}

func groupNamed(name string) func(*kadm.ACLBuilder) *kadm.ACLBuilder {
	return func(b *kadm.ACLBuilder) *kadm.ACLBuilder { return b.Groups(name) }
}

func idNamed(name string) func(*kadm.ACLBuilder) *kadm.ACLBuilder {
	return func(b *kadm.ACLBuilder) *kadm.ACLBuilder { return b.TransactionalIDs(name) }
}

// TestMissingRightsOfWorkers takes one right at a time from a worker of a group: what the log, the answer or the task says names the right and what it is
// missing on.
func TestMissingRightsOfWorkers(t *testing.T) {
	broker := servers.SecureKafka(t)
	const (
		log   = iota // the worker's log says it
		trace        // the state of the task
	)
	for name, c := range map[string]struct {
		on        func(group string) func(*kadm.ACLBuilder) *kadm.ACLBuilder
		operation kadm.ACLOperation
		filled    string // an internal topic that has a record already
		more      []string
		says      int
		want      string // a pattern; GROUP stands for the group's name
	}{
		"config topic, Describe": {on: topicOf("-configs"), operation: kadm.OpDescribe, want: `Not authorized to describe topic\(s\) 'GROUP-configs'.*needs the ACL operation Describe`},
		"config topic, Create":   {on: topicOf("-configs"), operation: kadm.OpCreate, want: `needs the ACL operation Create on the topic "GROUP-configs"`},
		"config topic, Read":     {on: topicOf("-configs"), operation: kadm.OpRead, filled: "-configs", want: `needs the ACL operation Read .*topic "GROUP-configs"`},
		"config topic, Write":    {on: topicOf("-configs"), operation: kadm.OpWrite, want: `Error writing connector configuration to Kafka\n.*needs the ACL operation Write .*topic "GROUP-configs`},
		"offset topic, Describe": {on: topicOf("-offsets"), operation: kadm.OpDescribe, want: `Not authorized to describe topic\(s\) 'GROUP-offsets'.*needs the ACL operation Describe`},
		"offset topic, Read":     {on: topicOf("-offsets"), operation: kadm.OpRead, filled: "-offsets", want: `needs the ACL operation Read .*topic "GROUP-offsets"`},
		"offset topic, Write":    {on: topicOf("-offsets"), operation: kadm.OpWrite, want: `Failed to commit source offsets(.*\n)+?.*needs the ACL operation Write .*topic "GROUP-offsets"`},
		"status topic, Read":     {on: topicOf("-status"), operation: kadm.OpRead, filled: "-status", want: `needs the ACL operation Read .*topic "GROUP-status"`},
		"status topic, Write":    {on: topicOf("-status"), operation: kadm.OpWrite, want: `Failed to write status update(.*\n)+?.*needs the ACL operation Write .*topic "GROUP-status"`},
		"group, Read": {on: func(g string) func(*kadm.ACLBuilder) *kadm.ACLBuilder { return groupNamed(g) }, operation: kadm.OpRead,
			want: `Not authorized to access group: GROUP \(the worker needs the ACL operation Read on the group "GROUP"\)`},
		"exactly once, leader's id": {on: func(g string) func(*kadm.ACLBuilder) *kadm.ACLBuilder { return idNamed("connect-cluster-" + g) }, operation: kadm.OpWrite,
			more: []string{"exactly.once.source.support=enabled"}, want: `(?i)Write and Describe on the transactional id "?connect-cluster-GROUP`},
		"exactly once, task's id": {on: func(g string) func(*kadm.ACLBuilder) *kadm.ACLBuilder { return idNamed(g + "-source-0") }, operation: kadm.OpWrite,
			more: []string{"exactly.once.source.support=enabled"}, says: trace, want: `(?i)Write and Describe on the transactional id "?GROUP-source-0`},
		"exactly once, topic": {on: topicOf("-data"), operation: kadm.OpWrite, more: []string{"exactly.once.source.support=enabled"}, says: trace,
			want: `needs the ACL operation Write .*topic "GROUP-data"`},
		"exactly once, offset topic": {on: topicOf("-offsets"), operation: kadm.OpWrite, more: []string{"exactly.once.source.support=enabled"}, says: trace,
			want: `needs the ACL operation Write .*topic "GROUP-offsets"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			group := "test-" + regexp.MustCompile(`[^a-z]+`).ReplaceAllString(strings.ToLower(name), "-")
			if len(c.more) > 0 {
				grantID(t, broker, "connect-cluster-"+group)
			}
			deny(t, broker, c.on(group), c.operation)
			super := kadm.NewClient(kafkaClient(t, broker.Bootstrap()))
			topics := map[string]int32{group + "-data": 1}
			if c.filled != "" {
				topics[group+c.filled] = map[string]int32{"-configs": 1, "-offsets": 2, "-status": 2}[c.filled]
			}
			for topic, partitions := range topics {
				compact := "compact"
				if topic == group+"-data" {
					compact = "delete" // records without keys
				}
				if _, err := super.CreateTopic(t.Context(), partitions, 1, map[string]*string{"cleanup.policy": &compact}, topic); err != nil {
					t.Fatal(err)
				}
				if topic != group+"-data" {
					if err := kafkaClient(t, broker.Bootstrap()).ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte("other"), Value: []byte("{}")}).FirstErr(); err != nil {
						t.Fatal(err)
					}
				}
			}
			in := filepath.Join(dir, "in.txt")
			if err := os.WriteFile(in, []byte("a line\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			client := broker.SASLClient("SCRAM-SHA-256", "test", false)
			more := c.more
			for key, value := range client {
				if key != "bootstrap.servers" {
					more = append(more, key+"="+value, "producer."+key+"="+value, "consumer."+key+"="+value, "admin."+key+"="+value)
				}
			}
			w := moldau(t, dir, "distributed", member(t, dir, client["bootstrap.servers"], group, more...))
			want := regexp.MustCompile(strings.ReplaceAll(c.want, "GROUP", group))
			config := map[string]string{"connector.class": "FileStreamSource", "tasks.max": "1", "file": in, "topic": group + "-data"}
			a := api{w, w.prints(`REST server listening at (http://[^ ,]+)/, advertising`)[1]}
			created, refusal, asked := false, "", time.Time{}
			requests := regexp.MustCompile(`(?m)^.*"(GET|PUT) /.*\n`)
			w.await("a message about "+name, func() error {
				text := requests.ReplaceAllString(w.out.String(), "")
				if code, _ := a.probe("/readyz"); code == http.StatusOK && !created && time.Since(asked) > time.Second {
					asked = time.Now()
					code, body, err := a.call(http.MethodPut, "/connectors/source/config", config)
					created, refusal = err == nil && code < 300, body
				}
				if c.says == trace && created {
					_, text, _ = a.call(http.MethodGet, "/connectors/source/status", nil)
					text = strings.ReplaceAll(text, `\"`, `"`)
				}
				if !want.MatchString(text) {
					return fmt.Errorf("%s %s does not match %s", refusal, tail(text), want)
				}
				return nil
			})
			w.signal(syscall.SIGTERM)
		})
	}
}

func topicOf(suffix string) func(string) func(*kadm.ACLBuilder) *kadm.ACLBuilder {
	return func(group string) func(*kadm.ACLBuilder) *kadm.ACLBuilder { return topicNamed(group + suffix) }
}
