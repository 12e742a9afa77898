package servers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Prometheus is a running Prometheus.
type Prometheus struct {
	// URL is where it answers, without a slash at the end.
	URL string
}

const getPrometheus = "get it, for example with apt-get install prometheus"

// StartPrometheus starts a Prometheus with a configuration file; relative paths in it begin at the file. It ends with the test.
func StartPrometheus(t testing.TB, config string) *Prometheus {
	t.Helper()
	Need(t)
	program := needProgram(t, "prometheus", getPrometheus)
	dir := t.TempDir()
	address := "127.0.0.1:" + strconv.Itoa(freePorts(t, 1)[0])
	p, err := spawn(exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address,
		"--log.level=warn", "--query.lookback-delta=15s"), filepath.Join(dir, "out.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end(os.Interrupt)
		if t.Failed() {
			t.Logf("Prometheus said:\n%s", p.tail())
		}
	})
	s := &Prometheus{URL: "http://" + address}
	err = p.await("Prometheus", time.Minute, func() error {
		answer, err := http.Get(s.URL + "/-/ready")
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", answer.Status)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Query asks for the present value of an expression; it returns the elements of the answer as Prometheus writes them.
func (p *Prometheus) Query(ctx context.Context, expression string) ([]json.RawMessage, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/api/v1/query?"+url.Values{"query": {expression}}.Encode(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct {
		Error string
		Data  struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("%s: %w", answer.Status, err)
	}
	if body.Error != "" {
		return nil, fmt.Errorf("query %s: %s", expression, body.Error)
	}
	return body.Data.Result, nil
}

// Promtool runs Prometheus' tool for rules and returns what it printed.
func Promtool(t testing.TB, args ...string) (string, error) {
	t.Helper()
	Need(t)
	out, err := exec.Command(needProgram(t, "promtool", getPrometheus), args...).CombinedOutput()
	return string(out), err
}
