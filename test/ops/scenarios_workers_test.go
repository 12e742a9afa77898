//go:build unix

package ops

import (
	"syscall"
	"testing"
)

// workerScenarios are about the processes themselves.
func workerScenarios() []scenario {
	return []scenario{
		{"pauses", func(t *testing.T) *stage {
			c := newCluster(t, 0, nil)
			w := c.addWorker(map[string]string{"config.providers": ""}, "GOMEMLIMIT=12MiB")
			c.create("orders-in", config{"connector.class": "VerifiableSource", "topic": "orders", "throughput": "200", "name": "orders-in"})
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("orders.txt")})
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, before: map[int]func(){3: func() {
				w.env = []string{"GOMEMLIMIT=512MiB"}
				w.restart(syscall.SIGTERM)
			}}}
		}, []string{`go_gc_duration_seconds_count [1-9]\d`, `process_resident_memory_bytes`, `jvm_memory_max_bytes\{area="heap"\} 1\.2582912e\+07`, `jvm_memory_max_bytes\{area="heap"\} 5\.36870912e\+08`,
			bothRun, `go_gc_duration_seconds_count \d+`}},
		{"connector-upgrade", func(t *testing.T) *stage {
			c := newCluster(t, 2, nil)
			c.write("in.txt", numbered(1, 5))
			c.create("orders", config{"connector.class": "FileStreamSource", "file": c.in("in.txt"), "topic": "orders"})
			c.state("orders", "RUNNING", 1)
			return &stage{cluster: c, env: []string{"CONNECT2=" + c.workers[1].url}, before: map[int]func(){
				3: func() { c.workers[1].restart(syscall.SIGTERM) }, 5: func() { c.workers[0].restart(syscall.SIGTERM) }}}
		}, []string{`(?s)"version".*"version"`, backedUp, `^0\n$`, `(?m)^\+ group$`, bothRun, `(?m)^\+ group$`, bothRun, `(?s)"version".*"version"`}},
		{"burn-rate", func(t *testing.T) *stage {
			c := newCluster(t, 1, nil)
			c.produce("orders", "order 1")
			c.create("archive", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("archive.txt")})
			c.create("orders", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("missing/orders.txt")})
			c.state("orders", "FAILED", 1)
			return &stage{cluster: c, env: []string{"PROMETHEUS=" + startPrometheus(t, c).URL}}
		}, []string{`"slo":"tasks"`, `"connector":"orders"`, `^$`, `"state":"R`, bothRun, `"slo":"tasks".*"0"\]`}},
	}
}
