package store

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/kafka"
)

// guarded is a broker whose clients may do what grant allowed and revoke did not take away again. They need not log in.
func guarded(t *testing.T) *cluster {
	t.Helper()
	alter := kfake.ACL{Resource: kmsg.ACLResourceTypeCluster, Name: "kafka-cluster", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationAlter, Allow: true}
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true, NoAutoCreate: true,
		Options: []kfake.Opt{kfake.EnableACLs(), kfake.User("PLAIN", "ANONYMOUS", "none", alter)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	c := newCluster(t, b.Addr())
	c.addr = b.Addr()
	return c
}

// anew makes the log's clients new ones: those that there are know for a while what they were told of a topic.
func (c *cluster) anew(cfg LogConfig) LogConfig {
	cfg.Admin = newCluster(c.t, c.addr).admin
	return cfg
}

func rights(topic string, operations []kadm.ACLOperation) *kadm.ACLBuilder {
	return kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Topics(topic).Allow("User:ANONYMOUS").AllowHosts("*").Operations(operations...)
}

func (c *cluster) grant(topic string, operations ...kadm.ACLOperation) {
	c.t.Helper()
	created, err := kadm.NewClient(c.admin.Client()).CreateACLs(c.t.Context(), rights(topic, operations))
	c.must(err)
	for _, r := range created {
		c.must(r.Err)
	}
}

func (c *cluster) revoke(topic string, operations ...kadm.ACLOperation) {
	c.t.Helper()
	deleted, err := kadm.NewClient(c.admin.Client()).DeleteACLs(c.t.Context(), rights(topic, operations))
	c.must(err)
	for _, r := range deleted {
		c.must(r.Err)
	}
}

// lines is a log that a test can wait for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

func says(t *testing.T, when string, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error()+causes(err), w) {
			t.Errorf("%s: got %v%s, want %q", when, err, causes(err), w)
		}
	}
}

func causes(err error) string {
	text := ""
	for err = errors.Unwrap(err); err != nil; err = errors.Unwrap(err) {
		text += "; " + err.Error()
	}
	return text
}

// TestMissingRights takes the rights on an internal topic away, one at a time, before a store is opened and while it is open. What is said names the
// topic and the right, and a topic that may not be read does not keep a worker waiting without end, as it does in Java.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	c := guarded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out := new(lines)
	cfg := ConfigStoreConfig{Log: c.log(kafka.Configs, 1)}
	cfg.Log.Logger = slog.New(slog.NewTextHandler(out, nil))
	topic := cfg.Log.Topic.Name

	_, err := OpenConfigs(ctx, cfg)
	says(t, "without any right", err, "Not authorized to describe topic(s) '"+topic+"'", "needs the ACL operation Describe, and Create where the topic \""+topic+"\" does not exist")
	c.grant(topic, kadm.OpCreate, kadm.OpDescribe)
	cfg.Log = c.anew(cfg.Log)
	empty, err := OpenConfigs(ctx, cfg)
	if err != nil {
		t.Fatalf("an empty topic that may be described: %v", err)
	}
	empty.Close()
	c.grant(topic, kadm.OpWrite)
	c.must(kadmProduce(ctx, c, topic))
	c.revoke(topic, kadm.OpWrite)
	_, err = OpenConfigs(ctx, cfg)
	says(t, "without Read", err, "Not authorized to access topics: ["+topic+"]", "needs the ACL operation Read (with Describe, which Read brings) on the topic \""+topic+"\"")

	c.grant(topic, kadm.OpRead)
	s, err := OpenConfigs(ctx, cfg)
	c.must(err)
	defer s.Close()
	const noWrite = "needs the ACL operation Write (with Describe, which Write brings) on the topic "
	says(t, "without Write", s.PutConnector(ctx, "c", props("name", "c"), ""), "Error writing connector configuration to Kafka", "Not authorized to access topics: ["+topic+"]", noWrite)
	c.grant(topic, kadm.OpWrite)
	c.must(s.PutConnector(ctx, "c", props("name", "c"), ""))

	// While it is open.
	c.revoke(topic, kadm.OpWrite)
	says(t, "Write taken away", s.PutTargetState(ctx, "c", TargetPaused), "Error writing target state to Kafka", noWrite)
	c.grant(topic, kadm.OpWrite)
	before := out.count("Error polling")
	c.revoke(topic, kadm.OpRead)
	for out.count("Error polling") == before {
		if !sleep(ctx, 10*time.Millisecond) {
			t.Fatal("nobody said that the topic may not be read any more")
		}
	}
	if out.count("needs the ACL operation Read") == 0 {
		t.Errorf("the log says %s", out.text.String())
	}
	c.must(s.PutTargetState(ctx, "c", TargetPaused))
	short, done := context.WithTimeout(ctx, 8*time.Second)
	says(t, "Read taken away", s.Refresh(short), "Error trying to read to end of topic "+topic, "needs the ACL operation Read")
	done()
	c.grant(topic, kadm.OpRead)
	c.must(s.Refresh(ctx))
	if got := s.Snapshot().TargetState("c"); got != TargetPaused {
		t.Errorf("read on with %s", got)
	}
}

func kadmProduce(ctx context.Context, c *cluster, topic string) error {
	settings := c.w.InternalProducer(kafka.Configs)
	client, err := c.env.NewProducer(ctx, settings.Source, settings.Properties)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: kafka.AnyPartition, Key: []byte("k"), Value: []byte("v")}).FirstErr()
}

// TestStatusesWithoutTheRightToWrite wants each state that cannot be written in the log, with the right that is missing.
func TestStatusesWithoutTheRightToWrite(t *testing.T) {
	t.Parallel()
	c := guarded(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := new(lines)
	log := c.log(kafka.Statuses, 1)
	log.Logger = slog.New(slog.NewTextHandler(out, nil))
	c.grant(log.Topic.Name, kadm.OpCreate, kadm.OpDescribe, kadm.OpRead)
	s, err := OpenStatuses(ctx, log)
	c.must(err)
	defer s.Close()
	s.PutConnector("c", Status{State: "RUNNING", WorkerID: "w"}, false)
	for out.count("Failed to write status update") == 0 {
		if !sleep(ctx, 10*time.Millisecond) {
			t.Fatal("nobody said that the state was not written")
		}
	}
	for _, want := range []string{"key=status-connector-c", log.Topic.Name, "needs the ACL operation Write"} {
		if out.count(want) == 0 {
			t.Errorf("%q is missing: %s", want, out.text.String())
		}
	}
}
