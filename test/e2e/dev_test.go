//go:build unix

package e2e

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// dev is a running `moldau dev`.
type dev struct {
	*process
	rest  api
	kafka string
	data  string
}

func startDev(t *testing.T, data string, args ...string) *dev {
	t.Helper()
	p := moldau(t, t.TempDir(), append([]string{"dev", "--data", data, "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0"}, args...)...)
	return p.dev()
}

// dev waits for the addresses that the process prints.
func (p *process) dev() *dev {
	p.t.Helper()
	found := p.prints(`REST API +(\S+)\n +Kafka +(\S+)\n +data +(.+)\n`)
	return &dev{process: p, rest: api{p, found[1]}, kafka: found[2], data: found[3]}
}

func TestDevPrintsItsAddressesAndStops(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	d := startDev(t, data)
	if d.data != data {
		t.Errorf("data is %s, want %s", d.data, data)
	}
	d.await("cluster id", func() error { _, err := d.rest.clusterID(); return err })
	if !strings.Contains(d.out.String(), "for development only") {
		t.Error("it does not say what the embedded broker is for")
	}
	plugins := d.rest.want(http.StatusOK, http.MethodGet, "/connector-plugins", nil)
	if !strings.Contains(plugins, "FileStreamSource") {
		t.Error(plugins)
	}
	within(t, 10*time.Second, "the stop", func() {
		if code := d.stop(syscall.SIGINT); code != 0 {
			t.Errorf("exit code %d after SIGINT, want 0", code)
		}
	})
	if text := d.errOut.String(); text != "" {
		t.Errorf("standard error: %s", text)
	}
}

func TestDevKeepsTopicsAndOffsets(t *testing.T) {
	t.Parallel()
	data, in := filepath.Join(t.TempDir(), "odd [name] *"), filepath.Join(t.TempDir(), "in.txt")
	add(t, in, numbered("line ", 1, 3))
	d := startDev(t, data)
	d.rest.create("src", source(in, "lines"))
	if got := consume(t, d.kafka, "lines", 3); got[2] != `"line 3"` {
		t.Errorf("topic: %q", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: "lines", Partition: 0, At: 2, LeaderEpoch: -1})
	if err := kadm.NewClient(kafkaClient(t, d.kafka)).CommitAllOffsets(ctx, "readers", offsets); err != nil {
		t.Fatal(err)
	}
	d.rest.create("gone", source(in, "lines-2"))
	d.rest.want(http.StatusNoContent, http.MethodDelete, "/connectors/gone", nil)
	d.rest.create("idle", sink(filepath.Join(data, "idle.txt"), "lines"))
	d.rest.want(http.StatusNoContent, http.MethodPut, "/connectors/idle/stop", nil)
	d.stop(syscall.SIGTERM)

	add(t, in, numbered("line ", 4, 5))
	d = startDev(t, data)
	names := d.rest.names(t)
	slices.Sort(names)
	if want := []string{"idle", "src"}; !slices.Equal(names, want) {
		t.Errorf("connectors after the restart: %v, want %v", names, want)
	}
	if s, err := d.rest.status("idle"); err != nil || s.Connector.State != "STOPPED" {
		t.Errorf("the stopped connector is %+v (%v)", s, err)
	}
	got := consume(t, d.kafka, "lines", 5)
	if want := `"line 1" "line 2" "line 3" "line 4" "line 5"`; strings.Join(got, " ") != want {
		t.Errorf("topic: %s, want %s", got, want)
	}
	kept, err := kadm.NewClient(kafkaClient(t, d.kafka)).FetchOffsets(ctx, "readers")
	if o, ok := kept.Lookup("lines", 0); err != nil || !ok || o.At != 2 {
		t.Errorf("the group's offset is %v (%v), want 2", o.At, err)
	}
}

func TestDevRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // after the parallel subtests
	port := taken.Addr().String()
	_, number, _ := net.SplitHostPort(port)
	file := write(t, t.TempDir(), "file", "")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"REST port taken":      {[]string{"--rest", port}, []string{"--rest", number, "in use"}},
		"Kafka port taken":     {[]string{"--kafka", port}, []string{"--kafka", number, "taken"}},
		"REST for everybody":   {[]string{"--rest", "0.0.0.0:0"}, []string{"--rest 0.0.0.0:0", "this machine only"}},
		"REST on all":          {[]string{"--rest", ":0"}, []string{"--rest :0", "this machine only"}},
		"broker for everybody": {[]string{"--kafka", "[::]:0"}, []string{"--kafka [::]:0", "this machine only"}},
		"REST without a port":  {[]string{"--rest", "127.0.0.1"}, []string{"--rest", "HOST:PORT"}},
		"Kafka without a port": {[]string{"--kafka", "127.0.0.1"}, []string{"--kafka", "HOST:PORT"}},
		"REST odd port":        {[]string{"--rest", "127.0.0.1:http8"}, []string{"--rest", "http8"}},
		"file without demo":    {[]string{"--file", file}, []string{"--file", "--demo"}},
		"no such file":         {[]string{"--demo", "--file", file + ".no"}, []string{"--file", file + ".no", "no such file"}},
		"a folder as file":     {[]string{"--demo", "--file", filepath.Dir(file)}, []string{"--file", filepath.Dir(file), "directory"}},
		"rate":                 {[]string{"--demo", "--rate", "0"}, []string{"--rate"}},
		"data is a file":       {[]string{"--data", file}, []string{"--data", file}},
		"unknown flag":         {[]string{"--port", "1"}, []string{"--port"}},
		"argument":             {[]string{"x"}, []string{"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := moldau(t, dir, append([]string{"dev", "--data", filepath.Join(dir, "data"), "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0"}, c.args...)...)
			if code := p.exit(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			message := p.errOut.String()
			for _, want := range c.want {
				if !strings.Contains(message, want) {
					t.Errorf("it says %q; %q is missing", message, want)
				}
			}
			if strings.Count(strings.TrimSpace(message), "\n") > 0 {
				t.Errorf("one clear error is one line: %q", message)
			}
		})
	}
}

func TestDevRefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	startDev(t, data)
	p := moldau(t, t.TempDir(), "dev", "--data", data, "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0")
	if code := p.exit(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if message := p.errOut.String(); !strings.Contains(message, data) || !strings.Contains(message, "--data") || !strings.Contains(message, "in use") {
		t.Errorf("it says %q", message)
	}
}

func TestDevKeepsItsDataInTheCurrentFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	moldau(t, dir, "dev", "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0").dev()
	if _, err := os.Stat(filepath.Join(dir, ".moldau", "broker")); err != nil {
		t.Error(err)
	}
}
