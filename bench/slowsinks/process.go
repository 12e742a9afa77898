//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is the broker or the worker.
type process struct {
	cmd *exec.Cmd
	log string
	url string
}

func start(log string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(args[0], args[1:]...), log: log}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	return p, p.cmd.Start()
}

func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()         // it was killed
}

// status returns bytes that /proc/PID/status has behind a word.
func (p *process) status(word string) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), word)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return n * 1024
}

func (p *process) peak() int64 { return p.status("VmHWM:") }

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits for a condition.
func await(what string, cond func() error) error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		err := cond()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no %s: %w", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func startBroker(o options) (*process, string, error) {
	address, err := free()
	if err != nil {
		return nil, "", err
	}
	p, err := start(filepath.Join(o.dir, "broker.log"), o.binary, "dev", "--data", filepath.Join(o.dir, "broker"), "--rest", "127.0.0.1:0", "--kafka", address)
	if err != nil {
		return nil, "", err
	}
	err = await("broker", func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	if err != nil {
		p.end()
	}
	return p, address, err
}

// startWorker starts a standalone worker without connectors.
func startWorker(o options, broker string) (*process, error) {
	address, err := free()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(o.dir, "worker.properties")
	text := append([]string{
		"bootstrap.servers=" + broker, "listeners=http://" + address, "offset.storage.file.filename=" + filepath.Join(o.dir, "offsets"),
		"key.converter=org.apache.kafka.connect.storage.StringConverter", "value.converter=org.apache.kafka.connect.storage.StringConverter",
	}, o.set...)
	if err := os.WriteFile(file, []byte(strings.Join(text, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	p, err := start(filepath.Join(o.dir, "worker.log"), o.binary, "standalone", file)
	if err != nil {
		return nil, err
	}
	p.url = "http://" + address
	err = await("worker", func() error { return p.get("/", nil) })
	if err != nil {
		p.end()
	}
	return p, err
}

var client = &http.Client{Timeout: time.Minute}

func (p *process) get(path string, v any) error {
	resp, err := client.Get(p.url + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	if v == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(v)
}

// create makes a connector.
func (p *process) create(name string, config map[string]string) error {
	text, err := json.Marshal(map[string]any{"name": name, "config": config})
	if err != nil {
		return err
	}
	resp, err := client.Post(p.url+"/connectors", "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("creating connector %s: %s", name, resp.Status)
	}
	return nil
}

// allRun reports tasks that do not run.
func (p *process) allRun(connectors int) error {
	var all map[string]struct {
		Status struct {
			Tasks []struct{ State, Trace string }
		}
	}
	if err := p.get("/connectors?expand=status", &all); err != nil {
		return err
	}
	run := 0
	for name, c := range all {
		for _, t := range c.Status.Tasks {
			if t.State != "RUNNING" {
				return fmt.Errorf("the task of %s is %s: %.500s", name, t.State, t.Trace)
			}
			run++
		}
	}
	if run != connectors {
		return fmt.Errorf("%d of %d tasks run", run, connectors)
	}
	return nil
}
