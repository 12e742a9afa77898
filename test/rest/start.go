package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// running are the workers of a profile.
type running struct {
	workers []*process
	vars    vars
	bases   map[string]string
}

// process is a worker.
type process struct {
	cmd   *exec.Cmd
	ended chan error
	log   string
	base  string
}

// names are those of the bases of a profile's workers; the first leads where they are a group.
var names = []string{"main", "follower", "third"}

// start writes the files of a profile into dir and starts its workers of the binary with them, one after the other. It returns when all answer.
func start(ctx context.Context, binary, dir, bootstrap string, p *Profile) (*running, error) {
	ports, err := freePorts(len(p.Workers) + 1)
	if err != nil {
		return nil, err
	}
	r := &running{vars: vars{"DIR": dir, "BOOTSTRAP": bootstrap, "TAG": letters(), "ADMIN_PORT": ports[len(p.Workers)]}, bases: map[string]string{}}
	for i := range p.Workers {
		r.vars["PORT"+strconv.Itoa(i)] = ports[i]
		r.bases[names[i]] = scheme(p) + "://127.0.0.1:" + ports[i]
	}
	for name, url := range p.Bases {
		r.bases[name] = r.vars.text(url)
	}
	if p.Scheme == "https" {
		if err := makeStores(dir); err != nil {
			return nil, err
		}
	}
	for name, text := range p.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(r.vars.text(text)), 0o644); err != nil {
			return nil, err
		}
	}
	for i := range p.Workers {
		w, err := r.launch(binary, dir, p, i)
		if err == nil {
			r.workers = append(r.workers, w)
			err = w.ready(ctx, p, r.vars.text(p.Cert))
		}
		if err != nil {
			return nil, errors.Join(err, r.stop())
		}
	}
	return r, nil
}

func (r *running) launch(binary, dir string, p *Profile, i int) (*process, error) {
	props := maps.Clone(p.Common)
	if props == nil {
		props = map[string]string{}
	}
	maps.Copy(props, p.Workers[i])
	var text strings.Builder
	for k, value := range props {
		fmt.Fprintf(&text, "%s=%s\n", k, r.vars.text(value))
	}
	name := filepath.Join(dir, "worker"+strconv.Itoa(i))
	if err := os.WriteFile(name+".properties", []byte(text.String()), 0o644); err != nil {
		return nil, err
	}
	w := &process{cmd: exec.Command(binary, p.Mode, name+".properties"), ended: make(chan error, 1), log: name + ".log", base: r.bases[names[i]]}
	out, err := os.Create(w.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	w.cmd.Dir, w.cmd.Stdout, w.cmd.Stderr, w.cmd.Env = dir, out, out, os.Environ()
	for k, value := range p.Env {
		w.cmd.Env = append(w.cmd.Env, k+"="+r.vars.text(value))
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { w.ended <- w.cmd.Wait() }()
	return w, nil
}

func scheme(p *Profile) string {
	if p.Scheme != "" {
		return p.Scheme
	}
	return "http"
}

// ready waits until GET /connectors answers, and GET / knows the cluster.
func (w *process) ready(ctx context.Context, p *Profile, cert string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	headers := map[string]string{}
	if p.Auth != "" {
		headers["Authorization"] = basic(p.Auth)
	}
	for {
		for _, path := range []string{"/connectors", "/", "/health"} {
			res, err := (&request{base: w.base, method: http.MethodGet, path: path, headers: headers, cert: cert}).send(ctx)
			if err != nil || res.status != http.StatusOK || strings.Contains(string(res.body), `"kafka_cluster_id":""`) {
				break
			}
			if path == "/health" {
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

// tail is the end of the workers' logs.
func (r *running) tail() string {
	var all []string
	for _, w := range r.workers {
		all = append(all, w.tail())
	}
	return strings.Join(all, "\n…\n")
}

func (w *process) tail() string {
	data, err := os.ReadFile(w.log)
	if err != nil {
		return err.Error()
	}
	const most = 3000
	return string(data[max(0, len(data)-most):])
}

// stop ends the workers as a service manager does, all at once.
func (r *running) stop() error {
	stopped := make(chan error, len(r.workers))
	for _, w := range r.workers {
		go func() { stopped <- w.stop() }()
	}
	var err error
	for range r.workers {
		err = errors.Join(err, <-stopped)
	}
	return err
}

func (w *process) stop() error {
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
