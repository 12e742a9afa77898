//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	session  = 10 * time.Second
	maxDelay = 5 * time.Second
)

// group is the cluster under test.
type group struct {
	dir     string
	o       options
	broker  *process
	workers []*process
}

// process is a worker, or the embedded broker.
type process struct {
	cmd  *exec.Cmd
	args []string
	log  string
	url  string
}

func (p *process) start() error {
	out, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	return p.cmd.Start()
}

func (p *process) kill() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
		_ = p.cmd.Wait()                          // it was killed
		p.cmd = nil
	}
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts broker and workers and waits until these are a group.
func (g *group) start() error {
	broker := g.o.kafka
	if broker == "" {
		var err error
		if broker, err = free(); err != nil {
			return err
		}
		g.broker = &process{log: filepath.Join(g.dir, "broker.log"), args: []string{g.o.binary, "dev", "--data", filepath.Join(g.dir, "broker"),
			"--rest", "127.0.0.1:0", "--kafka", broker}}
		if err := g.broker.start(); err != nil {
			return err
		}
		if err := g.await("broker", func() error {
			c, err := net.Dial("tcp", broker)
			if err == nil {
				err = c.Close()
			}
			return err
		}); err != nil {
			return err
		}
	}
	name := "scale-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	for i := range g.o.workers {
		address, err := free()
		if err != nil {
			return err
		}
		file := filepath.Join(g.dir, fmt.Sprint("worker", i+1, ".properties"))
		text := strings.Join([]string{
			"bootstrap.servers=" + broker, "listeners=http://" + address, "group.id=" + name,
			"config.storage.topic=" + name + "-configs", "offset.storage.topic=" + name + "-offsets", "status.storage.topic=" + name + "-status",
			"config.storage.replication.factor=1", "offset.storage.replication.factor=1", "status.storage.replication.factor=1",
			"key.converter=org.apache.kafka.connect.storage.StringConverter", "value.converter=org.apache.kafka.connect.storage.StringConverter",
			fmt.Sprint("session.timeout.ms=", session.Milliseconds()), fmt.Sprint("scheduled.rebalance.max.delay.ms=", maxDelay.Milliseconds()), "",
		}, "\n")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		w := &process{url: "http://" + address, log: filepath.Join(g.dir, fmt.Sprint("worker", i+1, ".log")), args: []string{g.o.binary, "distributed", file}}
		if err := w.start(); err != nil {
			return err
		}
		g.workers = append(g.workers, w)
	}
	return g.await("group", func() error {
		for _, w := range g.workers {
			// Whoever knows the leader says that there is no such connector.
			if code, body, err := w.call(http.MethodDelete, "/connectors/nobody", nil); err != nil || code != http.StatusNotFound {
				return fmt.Errorf("%d %s %w", code, body, err)
			}
		}
		return nil
	})
}

func (g *group) end() {
	for _, w := range g.workers {
		w.kill()
	}
	if g.broker != nil {
		g.broker.kill()
	}
}

func (g *group) await(what string, cond func() error) error {
	deadline := time.Now().Add(g.o.limit)
	for {
		err := cond()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no %s in %v: %w", what, g.o.limit, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

var client = &http.Client{Timeout: 2 * time.Minute}

func (p *process) call(method, path string, v any) (int, []byte, error) {
	var payload io.Reader
	if v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return 0, nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, p.url+path, payload)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

// create makes the connectors, eight at a time, and returns how many tasks they have in all.
func (g *group) create() (tasks int, err error) {
	var todo sync.WaitGroup
	var failed atomic.Pointer[error]
	places := make(chan struct{}, 8)
	for i := range g.o.connectors {
		name := fmt.Sprintf("connector-%04d", i)
		config := map[string]string{"name": name, "connector.class": "FileStreamSink", "topics": fmt.Sprint("scale-topic-", i%10), "tasks.max": strconv.Itoa(g.o.tasks), "file": os.DevNull}
		n := g.o.tasks
		if g.o.kinds == "sources" || g.o.kinds == "both" && i%2 == 1 {
			n = 1
			config = map[string]string{"name": name, "connector.class": "FileStreamSource", "topic": fmt.Sprint("scale-topic-", i%10), "file": filepath.Join(g.dir, name+".in")}
		}
		tasks += n
		places <- struct{}{}
		todo.Go(func() {
			defer func() { <-places }()
			err := g.await("connector "+name, func() error {
				code, body, err := g.workers[0].call(http.MethodPut, "/connectors/"+name+"/config", config)
				if err == nil && code >= 300 {
					err = fmt.Errorf("%d %s", code, body)
				}
				return err
			})
			if err != nil {
				failed.Store(&err)
			}
		})
	}
	todo.Wait()
	if err := failed.Load(); err != nil {
		return tasks, *err
	}
	return tasks, nil
}

// entry is what GET /connectors?expand=status says of a connector.
type entry struct {
	Status struct {
		Connector part
		Tasks     []part
	}
}

type part struct {
	State, Trace string
	WorkerID     string `json:"worker_id"`
}

// owners returns how many tasks run on each worker that lives, and an error unless everything does.
func (g *group) owners(tasks int) (map[string]int, error) {
	code, body, err := g.workers[0].call(http.MethodGet, "/connectors?expand=status", nil)
	if err != nil || code != http.StatusOK {
		return nil, fmt.Errorf("%d %.200s %w", code, body, err)
	}
	var all map[string]entry
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	live := map[string]int{}
	for _, w := range g.workers {
		if w.cmd != nil {
			live[strings.TrimPrefix(w.url, "http://")] = 0
		}
	}
	connectors, run := 0, 0
	var odd error
	good := func(p part) bool {
		_, here := live[p.WorkerID]
		if p.State == "FAILED" {
			odd = fmt.Errorf("on %s: %.500s", p.WorkerID, p.Trace)
		}
		return here && p.State == "RUNNING"
	}
	for _, e := range all {
		if good(e.Status.Connector) {
			connectors++
		}
		for _, t := range e.Status.Tasks {
			if good(t) {
				run++
				live[t.WorkerID]++
			}
		}
	}
	if connectors < g.o.connectors || run < tasks {
		return live, errors.Join(fmt.Errorf("%d of %d connectors and %d of %d tasks run", connectors, g.o.connectors, run, tasks), odd)
	}
	return live, nil
}

func (g *group) running(tasks int) error {
	return g.await("running group", func() error {
		_, err := g.owners(tasks)
		return err
	})
}

// balanced waits until every worker has its share.
func (g *group) balanced(tasks int) error {
	return g.await("balanced group", func() error {
		owners, err := g.owners(tasks)
		if err != nil {
			return err
		}
		for id, n := range owners {
			if n < tasks/len(owners)-1 {
				return fmt.Errorf("%s runs %d tasks", id, n)
			}
		}
		return nil
	})
}
