package servers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// registryVersion is the release of Apicurio Registry, whose API includes Confluent's. Confluent's own registry is in no public repository
// of Maven.
const registryVersion = "3.3.3"

// registryAPI is where that API begins.
const registryAPI = "/apis/ccompat/v7"

// RegistryNode is a running schema registry with Confluent's API.
type RegistryNode struct {
	url  string
	proc *process // nil where the server is not ours
}

var registryNode shared[RegistryNode]

// Registry is the test binary's schema registry: the one of MOLDAU_TEST_REGISTRY, or one that starts now. Its schemas are in memory. Tests
// share it, so they choose names of subjects of their own. Compatibility is BACKWARD, as Confluent's is by default.
func Registry(t testing.TB) *RegistryNode {
	t.Helper()
	Need(t)
	return registryNode.get(func() *RegistryNode {
		if url := os.Getenv("MOLDAU_TEST_REGISTRY"); url != "" {
			return &RegistryNode{url: strings.TrimSuffix(url, "/")}
		}
		return startRegistry(t)
	})
}

// URL is the value for schema.registry.url. It asks for no credentials; see Front for ways that do.
func (r *RegistryNode) URL() string { return r.url }

// Log is what the server has written, or nothing where it is not ours.
func (r *RegistryNode) Log() string {
	if r.proc == nil {
		return ""
	}
	return r.proc.output()
}

func startRegistry(t testing.TB) *RegistryNode {
	t.Helper()
	java := needJavaSince(t, registryJava)
	app := registryApp(t)
	ports := freePorts(t, 2)
	port := strconv.Itoa(ports[0])
	dir := filepath.Join(work(t), "registry")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port="+port,
		// The management interface cannot be turned off: that was settled when the program was built.
		"-Dquarkus.management.host=127.0.0.1", "-Dquarkus.management.port="+strconv.Itoa(ports[1]), "-Dquarkus.log.level=WARN",
		"-Dapicurio.rest.deletion.artifact.enabled=true", "-Dapicurio.rest.deletion.artifact-version.enabled=true", "-Dapicurio.rest.deletion.group.enabled=true", "-jar", filepath.Join(app, "quarkus-run.jar"))
	cmd.Dir = dir
	p, err := spawn(cmd, filepath.Join(dir, "out.log"))
	if err != nil {
		t.Fatal(err)
	}
	r := &RegistryNode{url: "http://127.0.0.1:" + port + registryAPI, proc: p}
	err = p.await("the schema registry", 120*time.Second, func() error { return registryCall(http.MethodGet, r.url+"/subjects", "") })
	if err == nil {
		err = registryCall(http.MethodPut, r.url+"/config", `{"compatibility":"BACKWARD"}`)
	}
	if err != nil {
		p.end(os.Kill)
		t.Fatal(err)
	}
	return r
}

// registryCall sends a request whose answer is of no interest.
func registryCall(method, url, body string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, url, answer.Status, text)
	}
	return err
}
