//go:build unix

package ops

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// refuseCommits has the broker refuse commits of a group while the flag is set.
func (c *cluster) refuseCommits(group string) *atomic.Bool {
	refuse := &atomic.Bool{}
	k := c.broker.Cluster()
	k.ControlKey(int16(kmsg.OffsetCommit), func(r kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		request := r.(*kmsg.OffsetCommitRequest)
		if !refuse.Load() || request.Group != group {
			return nil, nil, false
		}
		answer := request.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, topic := range request.Topics {
			t := kmsg.NewOffsetCommitResponseTopic()
			t.Topic, t.TopicID = topic.Topic, topic.TopicID
			for _, partition := range topic.Partitions {
				p := kmsg.NewOffsetCommitResponseTopicPartition()
				p.Partition, p.ErrorCode = partition.Partition, kerr.GroupAuthorizationFailed.Code
				t.Partitions = append(t.Partitions, p)
			}
			answer.Topics = append(answer.Topics, t)
		}
		return answer, nil, true
	})
	return refuse
}

// slowCommits has the broker take two seconds for commits of the group connect-orders while the flag is set.
func (c *cluster) slowCommits() *atomic.Bool {
	slow := &atomic.Bool{}
	k := c.broker.Cluster()
	k.ControlKey(int16(kmsg.OffsetCommit), func(r kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		if slow.Load() && r.(*kmsg.OffsetCommitRequest).Group == "connect-orders" {
			k.SleepControl(func() { <-time.After(2 * time.Second) })
		}
		return nil, nil, false
	})
	return slow
}

// refuseExpired has the broker refuse the password "expired" as Kafka does; kfake's own way is to hang up.
func (c *cluster) refuseExpired() {
	k := c.broker.Cluster()
	k.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		request := r.(*kmsg.SASLAuthenticateRequest)
		if !strings.HasSuffix(string(request.SASLAuthBytes), "\x00expired") {
			return nil, nil, false
		}
		answer := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode, answer.ErrorMessage = kerr.SaslAuthenticationFailed.Code, kmsg.StringPtr("Authentication failed: Invalid username or password")
		return answer, nil, true
	})
}

// login are a client's properties for PLAIN.
func login(prefix, user, password string) map[string]string {
	return map[string]string{prefix + "security.protocol": "SASL_PLAINTEXT", prefix + "sasl.mechanism": "PLAIN",
		prefix + "sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="` + user + `" password="` + password + `";`}
}

// loggedIn starts a cluster whose broker asks for passwords: the worker's, and of two users of connectors.
func loggedIn(t *testing.T) *cluster {
	c := newCluster(t, 0, nil, kfake.EnableSASL(), kfake.Superuser("PLAIN", "connect", "secret"), kfake.User("PLAIN", "app-2", "new"), kfake.User("PLAIN", "app-1", "old"))
	c.refuseExpired()
	props := map[string]string{"config.providers": "file", "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider"}
	for _, prefix := range []string{"", "producer.", "consumer.", "admin."} {
		for k, v := range login(prefix, "connect", "secret") {
			props[k] = v
		}
	}
	c.addWorker(props)
	return c
}

// kafkaScenarios are about what the brokers refuse or lose.
func kafkaScenarios() []scenario {
	withLogin := func(c *cluster, secrets string) config {
		c.write("in.txt", numbered(1, 5))
		c.write("secrets.properties", secrets)
		conf := config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"}
		for k, v := range login("producer.override.", "${file:"+c.in("secrets.properties")+":user}", "${file:"+c.in("secrets.properties")+":password}") {
			conf[k] = v
		}
		return conf
	}
	return []scenario{
		{"commit-failures", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			refuse := c.refuseCommits("connect-orders")
			refuse.Store(true)
			c.produce("orders", "order 1", "order 2")
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			return &stage{cluster: c, before: map[int]func(){2: func() { refuse.Store(false) }}}
		}, []string{`connector="orders",reason="GROUP_AUTHORIZATION_FAILED",task="0"\} [1-9]`, `GROUP_AUTHORIZATION_FAILED|GroupAuthorization`, isOrders, bothRun, `"kafka_offset":2`}},
		{"slow-commits", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			slow := c.slowCommits()
			slow.Store(true)
			c.produce("orders", "order 1", "order 2")
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			return &stage{cluster: c, before: map[int]func(){2: func() { slow.Store(false) }, 3: func() { c.keepProducing("orders") }}}
		}, []string{`(?s)le="1\.024"\} 0\n.*le="\+Inf"\} [1-9]`, `commit_latency_avg\{.*orders.*\} [1-9]\d{3,}`, isOrders, `"kafka_offset":([3-9]|\d\d)`,
			`offset_commit_seconds_bucket\{connector="orders",task="0",le="1\.024"\} [1-9]`}},
		{"credentials-expired", func(t *testing.T) *stage {
			c := loggedIn(t)
			c.create("orders", withLogin(c, "user=app-2\npassword=expired\n"))
			return &stage{cluster: c, env: []string{"SECRETS=" + c.in("secrets.properties")}}
		}, []string{`client="producer"\} [1-9]`, `SASL|[Aa]uthenticat`, `^$`, isOrders, bothRun, `"position":40`}},
		{"credential-rotation", func(t *testing.T) *stage {
			c := loggedIn(t)
			c.create("orders", withLogin(c, "user=app-1\npassword=old\n"))
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, env: []string{"SECRETS=" + c.in("secrets.properties")},
				before: map[int]func(){4: func() { c.write("in.txt", numbered(1, 7)) }}}
		}, []string{`\$\{file:`, `^$`, isOrders, bothRun, `"position":56`, `failed_authentication_total\{clientid="connector-producer-orders-0"\} 0`}},
		{"internal-topic-lost", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.write("in.txt", numbered(1, 5))
			c.create("orders", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			c.state("orders", "RUNNING", 1)
			st := &stage{cluster: c}
			st.run(t, "curl -s $CONNECT/connectors/orders/offsets", pattern(`"position":40`))
			st.before = map[int]func(){1: func() {
				c.workers[0].end(syscall.SIGTERM)
				c.deleteTopics("connect-configs", "connect-offsets", "connect-status")
				c.workers[0].restart(syscall.SIGTERM)
			}}
			return st
		}, []string{backedUp, `^\[\]`, `(?m)^orders +create .* 1 +-\n`, `(?m)^orders +create .* 1 +done\n`, bothRun, `"position":40`}},
		{"rebalance-storm", func(t *testing.T) *stage {
			c := newCluster(t, 2, nil)
			c.write("in.txt", numbered(1, 5))
			c.create("orders", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			for range 3 {
				c.workers[1].restart(syscall.SIGTERM)
			}
			return &stage{cluster: c, env: []string{"CONNECT2=" + c.workers[1].url}, before: map[int]func(){4: func() { c.workers[1].restart(syscall.SIGTERM) }}}
		}, []string{`completed_rebalances_total ([4-9]|[1-9]\d)`, `rebalancing 0`, `moldau_rebalances_total\{cause=`, `session.timeout.ms=30000`, `rebalancing 0`, `"healthy"`, bothRun}},
		{"worker-down", func(t *testing.T) *stage {
			c := newCluster(t, 2, soon)
			c.write("in.txt", numbered(1, 5))
			c.create("orders", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			c.create("archive", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("archive.txt")})
			c.state("orders", "RUNNING", 1)
			c.workers[1].end(syscall.SIGKILL)
			return &stage{cluster: c, env: []string{"DOWN=" + c.workers[1].url, "DOWN_LOG=" + c.workers[1].log}, before: map[int]func(){
				4: func() { c.workers[1].restart(syscall.SIGKILL) }}}
		}, []string{`^000`, `INFO|WARN|ERROR`, bothRun, `^2\n$`, `(?m)^\+ group$`, `^2\n$`}},
		{"uneven-tasks", func(t *testing.T) *stage {
			c := newCluster(t, 2, nil)
			for _, name := range []string{"a", "b", "c", "orders"} {
				c.create(name, config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in(name + ".txt")})
			}
			c.state("orders", "RUNNING", 1)
			c.workers[1].end(syscall.SIGTERM)
			st := &stage{cluster: c, env: []string{"CONNECT2=" + c.workers[1].url}}
			st.before = map[int]func(){2: func() { c.workers[1].restart(syscall.SIGTERM) }}
			return st
		}, []string{`assigned_tasks\{.*\} 4`, `"orders":\["127\.0\.0\.1:\d+"\]`, `rebalancing 0`, `assigned_tasks\{.*\} 2`, `assigned_tasks\{.*\} 2`}},
	}
}
