package worker

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
)

// What SourceConnectorConfig and TopicCreationGroup make of groups, and what they refuse.
func TestTopicGroups(t *testing.T) {
	t.Parallel()
	const p = "topic.creation."
	both := map[string]string{p + "default.partitions": "2", p + "default.replication.factor": "-1"}
	for name, c := range map[string]struct {
		props map[string]string
		want  []string // the groups as Java prints them
		err   string
	}{
		"none": {map[string]string{"topic.creationx": "1"}, nil, ""},
		"default only": {both, []string{
			"TopicCreationGroup{name='default', inclusionPattern=.*, exclusionPattern=, numPartitions=2, replicationFactor=-1, otherConfigs={}}"}, ""},
		"groups keep their order": {with(both, p+"groups", " b , a, b", p+"a.include", "x.*, y", p+"b.include", ".*", p+"b.exclude", "z,w", p+"b.partitions", "9", p+"b.cleanup.policy", "compact",
			p+"b.max.message.bytes", "5"), []string{
			"TopicCreationGroup{name='b', inclusionPattern=.*, exclusionPattern=z|w, numPartitions=9, replicationFactor=-1, otherConfigs={cleanup.policy=compact, max.message.bytes=5}}",
			"TopicCreationGroup{name='a', inclusionPattern=x.*|y, exclusionPattern=, numPartitions=2, replicationFactor=-1, otherConfigs={}}",
			"TopicCreationGroup{name='default', inclusionPattern=.*, exclusionPattern=, numPartitions=2, replicationFactor=-1, otherConfigs={}}"}, ""},
		"default listed, its patterns ignored": {with(both, p+"groups", "default", p+"default.include", "nothing", p+"default.exclude", ".*"), []string{
			"TopicCreationGroup{name='default', inclusionPattern=.*, exclusionPattern=, numPartitions=2, replicationFactor=-1, otherConfigs={}}"}, ""},
		"defaults missing": {map[string]string{p + "groups": "a"}, nil, `Missing required configuration "topic.creation.default.replication.factor" which has no default value.`},
		"partitions missing": {map[string]string{p + "default.replication.factor": "1"}, nil,
			`Missing required configuration "topic.creation.default.partitions" which has no default value.`},
		"no factor": {with(both, p+"default.replication.factor", "0"), nil,
			"Invalid value 0 for configuration topic.creation.default.replication.factor: Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default"},
		"factor too large": {with(both, p+"default.replication.factor", "32768"), nil, "Invalid value 32768 for configuration topic.creation.default.replication.factor: Not a number of type SHORT"},
		"partitions": {with(both, p+"groups", "a", p+"a.partitions", "-2"), nil,
			"Invalid value -2 for configuration topic.creation.a.partitions: Number of partitions must be positive, or -1 to use the broker's default"},
		"partitions no number": {with(both, p+"default.partitions", "many"), nil, "Invalid value many for configuration topic.creation.default.partitions: Not a number of type INT"},
		"partitions empty":     {with(both, p+"default.partitions", ""), nil, "Invalid value  for configuration topic.creation.default.partitions: Not a number of type INT"},
		"include":              {with(both, p+"groups", "a", p+"a.include", "ok,a("), nil, "Invalid value [ok, a(] for configuration topic.creation.a.include: Syntax error in regular expression: Unclosed group near index 2\na("},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			groups, err := topicGroups(c.props, slog.New(slog.DiscardHandler))
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("got  %v\nwant %s", err, c.err)
				}
				return
			}
			if err != nil || len(groups) != len(c.want) {
				t.Fatalf("%v, %v", groups, err)
			}
			for i := range groups {
				if got := groups[i].String(); got != c.want[i] {
					t.Errorf("got  %s\nwant %s", got, c.want[i])
				}
			}
		})
	}
}

func TestTopicGroupPatterns(t *testing.T) {
	t.Parallel()
	const p = "topic.creation."
	groups, err := topicGroups(map[string]string{p + "default.partitions": "1", p + "default.replication.factor": "1", p + "groups": "a,b,empty",
		p + "a.include": "(?i)x.*,Y", p + "a.exclude": "xx", p + "b.include": "(?!no).*-b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{"X1": "a", "y": "a", "xx": "default", "some-b": "b", "no-b": "default", "-": "default"} {
		for i := range groups {
			if groups[i].matches(topic) {
				if groups[i].name != want {
					t.Errorf("%s belongs to %s, want %s", topic, groups[i].name, want)
				}
				break
			}
		}
	}
}

// lines is a log that a test may read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var creates = []string{"topic.creation.default.partitions", "3", "topic.creation.default.replication.factor", "1"}

// creation returns what makes topics for a task, with its log.
func (r *rig) creation(props ...string) (*topicCreation, *lines) {
	r.t.Helper()
	log := &lines{}
	c, err := newTopicCreation(r.worker, TaskID{Connector: "src", Task: 0}, with(sourceProps, props...), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.close)
	return c, log
}

func TestTopicCreationSaysWhatJavaSays(t *testing.T) {
	r := newRig(t).start()
	c, log := r.creation(creates...)
	r.topic("there", 1)
	for _, topic := range []string{"new", "there", "new"} {
		if err := c.ensure(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"The task will send records to topic 'new' for the first time. Checking whether topic exists", "Creating topic 'new'",
		"Topic 'new' matched topic creation group: TopicCreationGroup{name='default', inclusionPattern=.*",
		"Created topic '(name=new, numPartitions=3, replicationFactor=1, replicasAssignments=null, configs={})' using creation group TopicCreationGroup{",
		"Topic 'there' already exists.",
	} {
		if n := strings.Count(log.String(), want); n != 1 {
			t.Errorf("%d times %q in\n%s", n, want, log)
		}
	}
	if got := r.partitions("there"); got != 1 {
		t.Errorf("a topic that existed has %d partitions", got)
	}
}

// Another task creates the topic between the look and the creation.
func TestTopicCreationRace(t *testing.T) {
	r := newRig(t).start()
	c, log := r.creation(creates...)
	r.cluster.ControlKey(int16(kmsg.CreateTopics), func(request kmsg.Request) (kmsg.Response, error, bool) {
		response := request.ResponseKind().(*kmsg.CreateTopicsResponse)
		response.Topics = []kmsg.CreateTopicsResponseTopic{{Topic: "raced", ErrorCode: kerr.TopicAlreadyExists.Code}}
		return response, nil, true
	})
	if err := c.ensure(t.Context(), "raced"); err != nil {
		t.Fatal(err)
	}
	if want := "Found existing topic '(name=raced, "; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in\n%s", want, log)
	}
}

func TestTopicCreationRefused(t *testing.T) {
	for name, code := range map[string]int16{"cluster": kerr.ClusterAuthorizationFailed.Code, "topic": kerr.TopicAuthorizationFailed.Code, "too old": kerr.UnsupportedVersion.Code} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).start()
			c, _ := r.creation(creates...)
			r.cluster.ControlKey(int16(kmsg.CreateTopics), func(request kmsg.Request) (kmsg.Response, error, bool) {
				r.cluster.KeepControl()
				response := request.ResponseKind().(*kmsg.CreateTopicsResponse)
				response.Topics = []kmsg.CreateTopicsResponseTopic{{Topic: "mine", ErrorCode: code}}
				return response, nil, true
			})
			err := c.ensure(t.Context(), "mine")
			const want = "Task failed to create new topic (name=mine, numPartitions=3, replicationFactor=1, replicasAssignments=null, configs={}). Ensure that the task is authorized to create topics or that the topic exists and restart the task"
			if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), `needs the ACL operation Create on the topic "mine" or on the cluster`) {
				t.Error(err)
			}
		})
	}
}

// Errors that pass are waited for, and stopping the task ends the wait.
func TestTopicCreationWaits(t *testing.T) {
	r := newRig(t).start()
	c, _ := r.creation(creates...)
	failures := 2
	r.cluster.ControlKey(int16(kmsg.CreateTopics), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if failures--; failures < 0 {
			return nil, nil, false
		}
		r.cluster.KeepControl()
		response := request.ResponseKind().(*kmsg.CreateTopicsResponse)
		response.Topics = []kmsg.CreateTopicsResponseTopic{{Topic: "late", ErrorCode: kerr.RequestTimedOut.Code}}
		return response, nil, true
	})
	if err := c.ensure(t.Context(), "late"); err != nil {
		t.Fatal(err)
	}
	if got := r.partitions("late"); got != 3 {
		t.Errorf("%d partitions", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.cluster.ControlKey(int16(kmsg.CreateTopics), func(request kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		cancel()
		response := request.ResponseKind().(*kmsg.CreateTopicsResponse)
		response.Topics = []kmsg.CreateTopicsResponseTopic{{Topic: "never", ErrorCode: kerr.RequestTimedOut.Code}}
		return response, nil, true
	})
	if err := c.ensure(ctx, "never"); err != errStopping {
		t.Errorf("stopped: %v", err)
	}
}

func TestTopicCreationDisabledByWorker(t *testing.T) {
	r := newRig(t)
	r.props["topic.creation.enable"] = "false"
	r.start()
	c, log := r.creation("topic.creation.default.partitions", "none at all")
	if err := c.ensure(t.Context(), "auto"); err != nil || len(c.groups) > 0 || r.cluster.TopicInfo("auto") != nil {
		t.Errorf("%v, %v", c.groups, err)
	}
	if !strings.Contains(log.String(), "Connector src configures topic.creation.* but topic creation is disabled") {
		t.Error(log)
	}
	if _, log := r.creation(); log.String() != "" {
		t.Error(log)
	}
}

// A connector with groups that Java refuses fails at its start, and so do its tasks.
func TestInvalidTopicGroupsFailTheConnector(t *testing.T) {
	r := newRig(t)
	r.connector = func() connect.Connector {
		return &testConnector{start: func(context.Context, connect.ConnectorContext, map[string]string) error {
			t.Error("the connector was started")
			return nil
		}}
	}
	r.source = func() connect.SourceTask { return &counterTask{} }
	r.start()
	props := with(sourceProps, "topic.creation.default.partitions", "0", "topic.creation.default.replication.factor", "1")
	if err := r.worker.StartConnector(t.Context(), "src", props, TargetStarted); err == nil {
		t.Error("the connector started")
	}
	id := TaskID{Connector: "src", Task: 0}
	if err := r.worker.StartTask(id, props, nil, TargetStarted); err == nil {
		t.Error("the task started")
	}
	const want = "org.apache.kafka.common.config.ConfigException: Invalid value 0 for configuration topic.creation.default.partitions: Number of partitions must be positive, or -1 to use the broker's default"
	for _, st := range [][]Status{r.statuses.connectors["src"], r.statuses.tasks[id]} {
		if len(st) != 1 || st[0].State != Failed || !strings.HasPrefix(st[0].Trace, want) {
			t.Errorf("%v", st)
		}
	}
}
