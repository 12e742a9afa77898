package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// running is a worker process.
type running struct {
	cmd   *exec.Cmd
	ended chan error
	log   string
	vars  vars
	bases map[string]string
}

// start writes the files of a profile into dir and starts a worker of the binary with them. It returns when the worker answers.
func start(ctx context.Context, binary, dir, bootstrap string, p *Profile) (*running, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	v := vars{"DIR": dir, "BOOTSTRAP": bootstrap, "PORT0": ports[0], "ADMIN_PORT": ports[1]}
	if p.Scheme == "https" {
		if err := makeStores(dir); err != nil {
			return nil, err
		}
	}
	for name, text := range p.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(v.text(text)), 0o644); err != nil {
			return nil, err
		}
	}
	var props strings.Builder
	for k, value := range p.Workers[0] {
		fmt.Fprintf(&props, "%s=%s\n", k, v.text(value))
	}
	file := filepath.Join(dir, "worker.properties")
	if err := os.WriteFile(file, []byte(props.String()), 0o644); err != nil {
		return nil, err
	}
	w := &running{cmd: exec.Command(binary, "standalone", file), ended: make(chan error, 1), log: filepath.Join(dir, "worker.log"), vars: v,
		bases: map[string]string{"main": scheme(p) + "://127.0.0.1:" + ports[0]}}
	for name, url := range p.Bases {
		w.bases[name] = v.text(url)
	}
	out, err := os.Create(w.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	w.cmd.Dir, w.cmd.Stdout, w.cmd.Stderr, w.cmd.Env = dir, out, out, os.Environ()
	for k, value := range p.Env {
		w.cmd.Env = append(w.cmd.Env, k+"="+v.text(value))
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { w.ended <- w.cmd.Wait() }()
	if err := w.ready(ctx, p); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return w, nil
}

func scheme(p *Profile) string {
	if p.Scheme != "" {
		return p.Scheme
	}
	return "http"
}

// ready waits until GET /connectors answers, and GET / knows the cluster.
func (w *running) ready(ctx context.Context, p *Profile) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	headers := map[string]string{}
	if p.Auth != "" {
		headers["Authorization"] = basic(p.Auth)
	}
	for {
		for _, path := range []string{"/connectors", "/"} {
			res, err := (&request{base: w.bases["main"], method: http.MethodGet, path: path, headers: headers, cert: w.vars.text(p.Cert)}).send(ctx)
			if err != nil || res.status != http.StatusOK || strings.Contains(string(res.body), `"kafka_cluster_id":""`) {
				break
			}
			if path == "/" {
				return nil
			}
		}
		select {
		case err := <-w.ended:
			w.ended <- err
			return fmt.Errorf("the worker ended (%w): %s", err, w.tail())
		default:
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("the worker does not answer: %s", w.tail())
		}
	}
}

// tail is the end of the worker's log.
func (w *running) tail() string {
	data, err := os.ReadFile(w.log)
	if err != nil {
		return err.Error()
	}
	const most = 3000
	return string(data[max(0, len(data)-most):])
}

// stop ends the worker as a service manager does.
func (w *running) stop() error {
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-w.ended:
		return nil
	case <-time.After(40 * time.Second):
		return errors.Join(errors.New("the worker did not stop within 40 s of SIGTERM: "+w.tail()), w.cmd.Process.Kill())
	}
}

func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}
