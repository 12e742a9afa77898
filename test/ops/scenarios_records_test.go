//go:build unix

package ops

import (
	"maps"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recordScenarios are about records: how many wait, which fail, which come twice.
func recordScenarios() []scenario {
	// refusing is a sink that refuses every record that is no JSON.
	refusing := func(c *cluster) config {
		return config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt"),
			"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}
	}
	return []scenario{
		{"lag", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.topic("orders", 4)
			c.produce("orders", orders(1, 500)...)
			l := c.lookupService(time.Second)
			c.create("orders", c.enriching(l, "orders.txt"))
			return &stage{cluster: c, before: map[int]func(){4: func() { l.delay.Store(0) }}}
		}, []string{`moldau_sink_lag_total_records\{connector="orders",task="0"\} [1-9]\d{2,}`, `moldau_sink_put_seconds_(sum|count)`, `record_active_count\{connector="orders",task="0"\} [1-9]`,
			isOrders, `^\["RUNNING","RUNNING","RUNNING","RUNNING","RUNNING"\]\n$`, `(?s)^(moldau_sink_lag_total_records\{connector="orders",task="\d"\} 0\n){4}$`}},
		{"schema-errors", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.produce("orders", `{"id":1}`, `order 2`, `{"id":3}`)
			c.create("orders", refusing(c))
			c.state("orders", "FAILED", 1)
			return &stage{cluster: c}
		}, []string{`stage VALUE_CONVERTER .* record of topic 'orders', partition 0, offset 1`, `failed_task_count.*orders.* 1`, isOrders, isOrders + `.*\}202\n$`, bothRun,
			`orders-dead`, `(?m)^\{id=3\}$`}},
		{"schema-migration", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.produce("orders", `{"id":1}`)
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, before: map[int]func(){5: func() { c.produce("orders", `{"id":2,"region":"eu"}`) }}}
		}, []string{`"connector.class": "FileStreamSink"`, `^0\n$`, `"result":"kept".*"value":\{"id":2`, `moldau_sink_lag_total_records\{connector="orders",task="0"\} 0`, isOrders, bothRun, `region`}},
		{"dead-letters", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			conf := refusing(c)
			conf["errors.tolerance"], conf["errors.deadletterqueue.topic.name"] = "all", "orders-dead"
			conf["errors.deadletterqueue.topic.replication.factor"], conf["errors.deadletterqueue.context.headers.enable"] = "1", "true"
			c.produce("orders", `{"id":1}`, `order 2`, `order 3`)
			c.create("orders", conf)
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c}
		}, []string{`deadletterqueue_produce_requests\{connector="orders",task="0"\} 2`, `orders-dead .* 2 +2 +0 +0`, `(?s)stage +VALUE_CONVERTER.*order 2`, isOrders, `^0:0 would(?s:.*)\n2 letters would be redriven, 0 skipped, 0 failed`, `^2 letters redriven, 0 skipped, 0 failed, 0 uncertain`, `(?s)order 2.*order 3`, `orders-dead .* 2 +0 +2 +0`}},
		{"duplicates", func(t *testing.T) *stage {
			c := newCluster(t, 0, nil)
			props := maps.Clone(soon)
			props["offset.flush.interval.ms"] = "3600000"
			w := c.addWorker(props)
			// No source writes them: it would write them again after each crash, and what is in the topic twice is twice in any file.
			c.produce("orders", strings.Split(strings.TrimSpace(numbered(1, 10)), "\n")...)
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			st := &stage{cluster: c, env: []string{"FILE=" + c.in("orders.txt"), "ONCE=" + c.in("orders-once.txt")}}
			st.run(t, "sort $FILE | uniq | wc -l", lineCount(10))
			w.restart(syscall.SIGKILL)
			crash := func() {
				st.run(t, "sort $ONCE | uniq | wc -l", lineCount(10))
				w.restart(syscall.SIGKILL)
				// All that comes again is in the file before a record that comes behind it.
				c.produce("orders", "order 11")
				st.run(t, "grep -c 'order 11' $ONCE", lineCount(1))
			}
			st.before = map[int]func(){7: crash}
			return st
		}, []string{`^10\n$`, `orders`, noContent, `"exactly.once":"true"`, isStopped, `^\{"message":"The .*offsets .*reset successfully`, accepted, `^0\n$`, `^11\n$`}},
		{"offset-reset", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.write("in.txt", numbered(1, 10))
			c.create("orders-in", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			return &stage{cluster: c, env: []string{"FILE=" + c.in("orders.txt")}}
		}, []string{`"kafka_offset":10`, noContent, isStopped, `^\{"message":"The offsets .*altered successfully`, `"kafka_offset":4`, accepted, `^6\n$`, `^16\n$`}},
	}
}
