//go:build unix

package ops

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

const (
	bothRun   = `^\["RUNNING","RUNNING"\]\n$`
	noContent = `^204\n$`
	accepted  = `^202\n$`
	isOrders  = `"name":"orders"`
	// isStopped is a connector whose tasks have ended too: only then may its offsets be changed.
	isStopped = `"state":"STOPPED".*"tasks":\[\]`
	// backedUp and bundled are what the programs say when the file is there.
	backedUp = `(?m)^connect\.backup: 1 connectors and \d+ offsets of Kafka cluster \S+$`
	bundled  = `(?m)^bundle\.tar\.gz: \d+ bytes$`
)

// taskScenarios are about connectors and tasks that fail, hang or are started again.
func taskScenarios() []scenario {
	return []scenario{
		{"crash-loop", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.produce("orders", "order 1")
			c.create("archive", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("archive.txt")})
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt"), "transforms": "add",
				"transforms.add.type": "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.add.static.field": "a", "transforms.add.static.value": "b"})
			// An operator's script restarts what has failed.
			for i := range 5 {
				if i > 0 {
					c.want(204, "POST", "/connectors/orders/tasks/0/restart", nil)
				}
				c.shows(fmt.Sprintf(`moldau_task_failures_total\{connector="orders",error="DataException"\} %d`, i+1))
			}
			return &stage{cluster: c}
		}, []string{`moldau_task_restarts_total\{after="failure",connector="orders"\} [4-9]`, `^Caused by: .*DataException: Only Struct objects supported`, noContent, isOrders, accepted, bothRun, bothRun}},
		{"failed-task", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.produce("orders", "order 1")
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("archive/orders.txt")})
			c.state("orders", "FAILED", 1)
			return &stage{cluster: c}
		}, []string{`"orders":`, `no such file or directory`, `ERROR .*orders`, `^$`, `"state":"R`, bothRun, `order 1`}},
		{"restart", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.write("in.txt", numbered(1, 5))
			c.create("orders", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, before: map[int]func(){4: func() { c.workers[0].restart(syscall.SIGTERM) }}}
		}, []string{bothRun, `startup_attempts_total \d+`, noContent, isOrders, `"healthy"`, bothRun, `"position":40`}},
		{"stuck-task", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			l := c.lookupService(-1)
			c.produce("orders", orders(1, 20)...)
			c.create("orders", c.enriching(l, "orders.txt"))
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, before: map[int]func(){7: func() { l.delay.Store(0) }}}
		}, []string{bothRun, `record_active_count\{connector="orders",task="0"\} [1-9]`, `record_send_total\{connector="orders",task="0"\} 0`, `queue_bytes`, bundled, `httplookup`, isOrders, noContent, bothRun, `^20\n$`}},
		{"out-of-disk", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			// A device that is always full stands for a disk; a link, so that it can be given room.
			if err := os.Symlink("/dev/full", c.in("orders.txt")); err != nil {
				t.Fatal(err)
			}
			c.produce("orders", strings.Fields("one two three")...)
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			c.state("orders", "FAILED", 1)
			return &stage{cluster: c, before: map[int]func(){3: func() {
				if err := os.Remove(c.in("orders.txt")); err != nil {
					t.Fatal(err)
				}
			}}}
		}, []string{`no space left on device`, `Filesystem|Use%`, `failed_task_count.* 1`, `"state":"R`, bothRun, `(?s)one.*two.*three`}},
		{"plugin-versions", func(t *testing.T) *stage {
			c := newCluster(t, 2, nil)
			c.produce("orders", "order 1")
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, env: []string{"CONNECT2=" + c.workers[1].url}}
		}, []string{`FileStreamSinkConnector`, `"version":"4\.3\.1"`, `(?s)"version".*"version"`, `"connector.plugin.version"`, isOrders, bothRun}},
	}
}
