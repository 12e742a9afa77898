package app

import (
	"context"
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
	"syscall"
	"time"
)

// devGroup are the workers of `moldau dev --workers N`: processes of their own, so that one can be killed to watch the others take over.
type devGroup struct {
	workers []*devMember
	ended   chan *devMember
}

// devMember is one of them.
type devMember struct {
	number int
	url    string
	log    string
	cmd    *exec.Cmd
	err    error // why it ended
}

const (
	// devDelay is how long a group of development waits for a worker that went away, where a real one waits five minutes.
	devDelay     = 5 * time.Second
	mostWorkers  = 16
	devReadyTime = 30 * time.Second
)

// groupFile is the worker file of one worker of a group of development.
func groupFile(bootstrap, rest string) string {
	var b strings.Builder
	for _, kv := range [][2]string{
		{"bootstrap.servers", bootstrap}, {"group.id", "moldau-dev"}, {"listeners", "http://" + rest},
		{"key.converter", "org.apache.kafka.connect.json.JsonConverter"}, {"key.converter.schemas.enable", "false"},
		{"value.converter", "org.apache.kafka.connect.json.JsonConverter"}, {"value.converter.schemas.enable", "false"},
		{"config.storage.topic", "moldau-dev-configs"}, {"config.storage.replication.factor", "1"},
		{"offset.storage.topic", "moldau-dev-offsets"}, {"offset.storage.replication.factor", "1"}, {"offset.storage.partitions", "5"},
		{"status.storage.topic", "moldau-dev-status"}, {"status.storage.replication.factor", "1"}, {"status.storage.partitions", "2"},
		{"offset.flush.interval.ms", "1000"}, {"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "2000"},
		{"consumer.session.timeout.ms", "6000"}, {"consumer.heartbeat.interval.ms", "2000"},
		{"scheduled.rebalance.max.delay.ms", strconv.FormatInt(devDelay.Milliseconds(), 10)},
	} {
		b.WriteString(kv[0] + "=" + kv[1] + "\n")
	}
	return b.String()
}

// startGroup starts n workers, the first with its REST API at rest and the others on the ports after it, or on free ones, and waits until all
// answer.
func startGroup(ctx context.Context, dir, bootstrap, rest string, n int) (*devGroup, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g := &devGroup{ended: make(chan *devMember, n)}
	for i := range n {
		w, err := g.startMember(binary, dir, bootstrap, rest, i)
		if err != nil {
			return nil, errors.Join(err, g.stop())
		}
		g.workers = append(g.workers, w)
	}
	for _, w := range g.workers {
		if err := g.await(ctx, w); err != nil {
			return nil, errors.Join(err, g.stop())
		}
	}
	return g, nil
}

func (g *devGroup) startMember(binary, dir, bootstrap, rest string, i int) (*devMember, error) {
	host, text, err := net.SplitHostPort(rest)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err == nil && port > 0 {
		port += i
	} else if err == nil {
		port, err = freePort(host)
	}
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	w := &devMember{number: i + 1, url: "http://" + address, log: filepath.Join(dir, fmt.Sprintf("worker-%d.log", i+1))}
	file := filepath.Join(dir, fmt.Sprintf("worker-%d.properties", i+1))
	if err := os.WriteFile(file, []byte(groupFile(bootstrap, address)), 0o600); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	log, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	defer log.Close()
	w.cmd = exec.Command(binary, "distributed", file)
	w.cmd.Stdout, w.cmd.Stderr = log, log
	dieWithUs(w.cmd)
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		w.err = w.cmd.Wait()
		g.ended <- w
	}()
	return w, nil
}

func freePort(host string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, fmt.Errorf("--rest: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// await returns once the worker has joined its group.
func (g *devGroup) await(ctx context.Context, w *devMember) error {
	ctx, cancel := context.WithTimeout(ctx, devReadyTime)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if healthy(ctx, w.url) {
			return nil
		}
		select {
		case ended := <-g.ended:
			g.ended <- ended
			return fmt.Errorf("worker %d ended at its start, %s says why: %v", ended.number, ended.log, ended.err)
		case <-ctx.Done():
			return fmt.Errorf("worker %d did not answer within %s, %s may say why", w.number, devReadyTime, w.log)
		case <-tick.C:
		}
	}
}

// healthy reports whether the worker is in its group. A worker that is not takes its time to say so.
func healthy(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// report prints where the workers are, and says of each that ends what becomes of its work, until ctx ends.
func (g *devGroup) report(ctx context.Context, out io.Writer) {
	for _, w := range g.workers {
		fmt.Fprintf(out, "  worker %d  %s  pid %d  log %s\n", w.number, w.url, w.cmd.Process.Pid, w.log)
	}
	fmt.Fprintf(out, "\nThe workers share connectors and tasks: any of them answers for all. Kill one (kill -9 PID) and ask another for\n"+
		"/connectors?expand=status: its work moves once its session of 6 s and the delay of %s are over. The embedded broker is a single process, so\n"+
		"what this cannot show is the loss of a broker.\n\nCtrl-C stops.\n", devDelay)
	for left := len(g.workers); left > 0; left-- {
		select {
		case <-ctx.Done():
			return
		case w := <-g.ended:
			fmt.Fprintf(out, "worker %d ended (%v); %d are left\n", w.number, w.err, left-1)
			g.remove(w)
		}
	}
	fmt.Fprintln(out, "No worker is left.")
}

func (g *devGroup) remove(gone *devMember) {
	for i, w := range g.workers {
		if w == gone {
			g.workers = append(g.workers[:i:i], g.workers[i+1:]...)
			return
		}
	}
}

// stop asks all workers to stop and waits until they have.
func (g *devGroup) stop() error {
	var errs []error
	for _, w := range g.workers {
		if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, fmt.Errorf("stopping worker %d: %w", w.number, err))
		}
	}
	late := time.After(stopTime)
	for range g.workers {
		select {
		case <-g.ended:
		case <-late:
			for _, w := range g.workers {
				_ = w.cmd.Process.Kill() // it may have ended
			}
			return errors.Join(append(errs, errors.New("not all workers stopped in time: they were killed"))...)
		}
	}
	return errors.Join(errs...)
}
