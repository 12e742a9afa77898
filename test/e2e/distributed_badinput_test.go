//go:build unix

package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// member writes the file of a worker of a group, whose name is that of its topics too.
func member(t *testing.T, dir, bootstrap, group string, more ...string) string {
	t.Helper()
	return write(t, dir, "connect-distributed.properties", strings.Join(append([]string{
		"bootstrap.servers=" + bootstrap,
		"group.id=" + group,
		"config.storage.topic=" + group + "-configs",
		"offset.storage.topic=" + group + "-offsets",
		"status.storage.topic=" + group + "-status",
		"config.storage.replication.factor=1",
		"offset.storage.replication.factor=1",
		"status.storage.replication.factor=1",
		"offset.storage.partitions=2",
		"status.storage.partitions=2",
		"key.converter=org.apache.kafka.connect.storage.StringConverter",
		"value.converter=org.apache.kafka.connect.storage.StringConverter",
		"offset.flush.interval.ms=200",
		"listeners=http://127.0.0.1:0",
	}, more...), "\n")+"\n")
}

// joined waits until a worker of a group answers with its connectors.
func (a api) joined() api {
	a.p.t.Helper()
	a.p.await("membership", func() error {
		code, body, err := a.call(http.MethodGet, "/connectors", nil)
		if err == nil && code == http.StatusOK {
			// Only a member knows who leads, which a request to an unknown connector must know.
			code, body, err = a.call(http.MethodDelete, "/connectors/nobody", nil)
			if err == nil && code == http.StatusNotFound {
				return nil
			}
		}
		return fmt.Errorf("%d %s %v", code, body, err)
	})
	return a
}

func compacted(t *testing.T, bootstrap, topic string, partitions int32, policy string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	created, err := kadm.NewClient(kafkaClient(t, bootstrap)).CreateTopic(ctx, partitions, 1, map[string]*string{"cleanup.policy": &policy}, topic)
	if err == nil {
		err = created.Err
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestInternalTopicsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	for name, c := range map[string]struct {
		topic      string
		partitions int32
		policy     string
		want       string
	}{
		"configs that are deleted":               {"configs", 1, "delete", "Topic 'GROUP-configs' supplied via the 'config.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of connector configurations, but found the topic currently has 'cleanup.policy=delete'."},
		"configs that are compacted and deleted": {"configs", 1, "compact,delete", "but found the topic currently has 'cleanup.policy=compact,delete'."},
		"configs in many partitions":             {"configs", 3, "compact", "Topic 'GROUP-configs' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found 3 partitions."},
		"offsets that are deleted":               {"offsets", 2, "delete", "Topic 'GROUP-offsets' supplied via the 'offset.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of source connector offsets, but found"},
		"statuses that are deleted":              {"status", 2, "delete", "Topic 'GROUP-status' supplied via the 'status.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of connector and task statuses, but found"},
	} {
		group := strings.ReplaceAll(name, " ", "-")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compacted(t, bootstrap, group+"-"+c.topic, c.partitions, c.policy)
			dir := t.TempDir()
			p := moldau(t, dir, "distributed", member(t, dir, bootstrap, group))
			// DistributedHerder.run ends the JVM with 1.
			if code := p.exit(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			for _, want := range []string{"ERROR Uncaught exception in herder work thread, exiting: ", "org.apache.kafka.common.config.ConfigException: ", strings.ReplaceAll(c.want, "GROUP", group)} {
				if !strings.Contains(p.out.String(), want) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

func TestForeignRecordsInInternalTopics(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	for topic, partitions := range map[string]int32{"f-configs": 1, "f-offsets": 2, "f-status": 2} {
		compacted(t, bootstrap, topic, partitions, "compact")
	}
	kafka := kafkaClient(t, bootstrap)
	foreign := func() (places []string) {
		var records []*kgo.Record
		for _, r := range []struct{ topic, key, value string }{
			{"f-configs", "nonsense", `{"a":1}`},
			{"f-configs", "connector-cut", `{"properties":{"name":`},
			{"f-configs", "connector-list", `[1,2]`},
			{"f-configs", "connector-numbers", `{"properties":{"tasks.max":1}}`},
			{"f-configs", "task-without", `{"properties":{}}`},
			{"f-configs", "task-no-number", `{"properties":{}}`},
			{"f-configs", "tasks-fencing-x", `{"task-count":"many"}`},
			{"f-configs", "target-state-x", `{"state":"SLEEPING"}`},
			{"f-configs", "session-key", `{"key":"***"}`},
			{"f-configs", "", "\x00\x01\x02"},
			{"f-status", "status-nothing-x", `{}`},
			{"f-status", "status-task-x", `{"state":"RUNNING"}`},
			{"f-status", "status-connector-x", `{"state":`},
			{"f-status", "\xff\xfe", "\x00"},
			{"f-offsets", `{"a":1}`, `{"position":1}`},
			{"f-offsets", `["only"]`, `{"position":1}`},
			{"f-offsets", `["c",{"p":`, `{"position":1}`},
			{"f-offsets", "", `{}`},
		} {
			record := &kgo.Record{Topic: r.topic, Value: []byte(r.value)}
			if r.key != "" {
				record.Key = []byte(r.key)
			}
			records = append(records, record)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for _, r := range kafka.ProduceSync(ctx, records...) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			places = append(places, fmt.Sprintf("topic=%s partition=%d offset=%d", r.Record.Topic, r.Record.Partition, r.Record.Offset))
		}
		return places
	}
	places := foreign()
	dir := t.TempDir()
	p := moldau(t, dir, "distributed", member(t, dir, bootstrap, "f"))
	rest := p.rest().joined()
	named := func() {
		t.Helper()
		for _, place := range places {
			p.await("warning of "+place, func() error {
				for line := range strings.Lines(p.out.String()) {
					if strings.Contains(line, "] WARN ") && strings.Contains(line, place+" ") || strings.Contains(line, place+"\n") {
						return nil
					}
				}
				return fmt.Errorf("there is none")
			})
		}
	}
	named()
	// The worker does its work all the same, and what comes while it runs does not stop it either.
	in, out := write(t, dir, "in.txt", numbered("line ", 1, 100)), filepath.Join(dir, "out.txt")
	rest.create("src", source(in, "f-lines"))
	rest.create("snk", sink(out, "f-lines"))
	p.holds(out, numbered("line ", 1, 100))
	places = foreign()
	named()
	add(t, in, "one more\n")
	p.holds(out, numbered("line ", 1, 100)+"one more\n")
	rest.running("src")
	rest.running("snk")
	if names := rest.names(t); len(names) != 2 {
		t.Errorf("connectors: %v", names)
	}
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
}

func TestAConfigurationThatIsTooLarge(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	dir := t.TempDir()
	p := moldau(t, dir, "distributed", member(t, dir, bootstrap, "large"))
	rest := p.rest().joined()
	in := write(t, dir, "in.txt", "x\n")
	config := source(in, "large-lines")
	config["comment"] = strings.Repeat("x", 2<<20)
	for path, v := range map[string]any{
		"/connectors": map[string]any{"name": "big", "config": config, "initial_state": "PAUSED"},
	} {
		code, body, err := rest.call(http.MethodPost, path, v)
		if err != nil || code != http.StatusInternalServerError {
			t.Errorf("%d %.300s %v", code, body, err)
		}
		for _, want := range []string{"large-configs", "max.request.size"} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is missing in %.500s", want, body)
			}
		}
	}
	rest.want(http.StatusNotFound, http.MethodGet, "/connectors/big", nil)
	// Nothing of it was written: the connector that comes next has no state from before.
	config["comment"] = "short"
	rest.create("big", config)
	rest.running("big")
	config["comment"] = strings.Repeat("y", 2<<20)
	if code, body, err := rest.call(http.MethodPut, "/connectors/big/config", config); err != nil || code != http.StatusInternalServerError {
		t.Errorf("%d %.300s %v", code, body, err)
	}
	if body := rest.want(http.StatusOK, http.MethodGet, "/connectors/big/config", nil); !strings.Contains(body, `"short"`) {
		t.Errorf("the configuration is %.300s", body)
	}
	rest.running("big")
}

func TestForgedRequestsBetweenWorkers(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	dir := t.TempDir()
	p := moldau(t, dir, "distributed", member(t, dir, bootstrap, "forged"))
	rest := p.rest().joined()
	rest.create("src", source(write(t, dir, "in.txt", "x\n"), "forged-lines"))
	rest.running("src")
	before := rest.want(http.StatusOK, http.MethodGet, "/connectors/src/tasks", nil)
	for _, target := range []struct{ method, path, body string }{
		{http.MethodPost, "/connectors/src/tasks", `[{"task.class":"x"}]`},
		{http.MethodPut, "/connectors/src/fence", ``},
		{http.MethodPost, "/connectors/nobody/tasks", `[]`},
	} {
		for name, c := range map[string]struct {
			headers map[string]string
			want    int
		}{
			"no signature":         {nil, 400},
			"no algorithm":         {map[string]string{"X-Connect-Authorization": "AAAA"}, 400},
			"no base64":            {map[string]string{"X-Connect-Authorization": "***", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}, 400},
			"an unknown algorithm": {map[string]string{"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacNone"}, 400},
			"a weak algorithm":     {map[string]string{"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacMD5"}, 400},
			"a wrong signature": {map[string]string{"X-Connect-Authorization": base64.StdEncoding.EncodeToString(make([]byte, 32)),
				"X-Connect-Request-Signature-Algorithm": "HmacSHA256"}, 403},
		} {
			req, err := http.NewRequest(target.method, rest.url+target.path, strings.NewReader(target.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			for key, value := range c.headers {
				req.Header.Set(key, value)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != c.want {
				t.Errorf("%s %s with %s: %d %s %v, want %d", target.method, target.path, name, resp.StatusCode, body, err, c.want)
			}
		}
	}
	if after := rest.want(http.StatusOK, http.MethodGet, "/connectors/src/tasks", nil); after != before {
		t.Errorf("the tasks are %s, and were %s", after, before)
	}
	rest.running("src")
}

// TestAGroupOfAnotherKind gives the group's name to a consumer group that lives.
func TestAGroupOfAnotherKind(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	compacted(t, bootstrap, "taken-topic", 1, "compact")
	consumer, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup("taken"), kgo.ConsumeTopics("taken-topic"))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if id, _ := consumer.GroupMetadata(); id != "" {
			break
		}
		polling, done := context.WithTimeout(ctx, 100*time.Millisecond)
		consumer.PollFetches(polling)
		done()
		if ctx.Err() != nil {
			t.Fatal("the consumer does not join its group")
		}
	}
	dir := t.TempDir()
	p := moldau(t, dir, "distributed", member(t, dir, bootstrap, "taken"))
	if code := p.exit(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(p.out.String(), "group.id taken cannot be joined; is it the name of another kind of group") {
		t.Error("the log does not say what is wrong")
	}
}

// TestTwoClustersThatShareByMistake gives two clusters the same topics, and then a worker of a cluster other topics.
func TestTwoClustersThatShareByMistake(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	start := func(group, topics string) (*process, api) {
		dir := t.TempDir()
		p := moldau(t, dir, "distributed", member(t, dir, bootstrap, topics, "group.id="+group))
		return p, p.rest()
	}
	says := func(p *process, want string) {
		t.Helper()
		p.await("word of it", func() error {
			if !strings.Contains(p.out.String(), want) {
				return fmt.Errorf("%q is missing", want)
			}
			return nil
		})
	}
	one, rest := start("shared-one", "shared")
	rest.joined().create("src", source(write(t, t.TempDir(), "in.txt", "x\n"), "shared-lines"))
	rest.running("src")
	if strings.Contains(one.out.String(), "another cluster") {
		t.Error("the first worker complains before there is a second one")
	}
	two, _ := start("shared-two", "shared")
	says(one, "] WARN [src|task-0] Worker "+strings.TrimPrefix(two.rest().url, "http://")+" says that it runs task src-0, which this worker runs.")

	// The same group with other topics: the worker that knows less says so.
	three, _ := start("shared-one", "others")
	says(three, "] ERROR Another worker of the group has read a config topic that is longer than the one of this worker")
}
