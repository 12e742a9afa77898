//go:build unix

package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau"
	"github.com/moldau/moldau/plugins/standard"
	"github.com/moldau/moldau/test/servers"
)

// asWorker makes the test binary a Moldau with the relay among its plugins.
const asWorker = "MOLDAU_PIPELINE_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		os.Exit(moldau.Main(os.Args, append(standard.Plugins(), relayPlugins()...)...))
	}
	code := m.Run()
	servers.Stop()
	os.Exit(code)
}

const (
	patience = time.Minute
	each     = 100 // records of each form
)

const (
	oldForm = `{"schema":{"type":"struct","name":"shop.Order","optional":false,"fields":[{"field":"id","type":"int64","optional":false},` +
		`{"field":"name","type":"string","optional":false}]},"payload":{"id":%d,"name":"order %d"}}`
	newForm = `{"schema":{"type":"struct","name":"shop.Order","optional":false,"fields":[{"field":"id","type":"int64","optional":false},` +
		`{"field":"name","type":"string","optional":false},{"field":"city","type":"string","optional":true}]},"payload":{"id":%d,"name":"order %d","city":"Praha"}}`
)

// registryConverters are those that keep schemas in a registry, with further settings.
var registryConverters = []struct {
	name, class string
	props       map[string]string
}{
	{"avro", "io.confluent.connect.avro.AvroConverter", nil},
	{"protobuf", "io.confluent.connect.protobuf.ProtobufConverter", nil},
	// A JSON Schema that admits any property can get no further one: data that it admitted might not fit that.
	{"jsonschema", "io.confluent.connect.json.JsonSchemaConverter", map[string]string{"value.converter.object.additional.properties": "false"}},
}

// TestJSONToRegistryToJSON sends records from a topic of JSON with schemas to a topic in the form of a converter with a registry, and from there
// to a file of JSON. In the middle the schema gets another field, and the worker is killed.
func TestJSONToRegistryToJSON(t *testing.T) {
	for _, c := range registryConverters {
		t.Run(c.name, func(t *testing.T) { runPipeline(t, c.name, c.class, c.props) })
	}
}

func runPipeline(t *testing.T, name, class string, settings map[string]string) {
	kafka, registry := servers.Kafka(t), servers.Registry(t)
	in, out, dir := "pipeline-"+name+"-in", "pipeline-"+name+"-out", t.TempDir()
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Bootstrap()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopics(t.Context(), 1, 1, nil, in, out); err != nil {
		t.Fatal(err)
	}
	files := writeConfigs(t, dir, kafka.Bootstrap(), registry.URL(), class, settings, in, out)

	produce(t, client, in, oldForm, 0)
	w := startWorker(t, files)
	await(t, w, "the records of the old form", func() bool { return len(lines(dir)) >= each })
	w.kill()
	produce(t, client, in, newForm, each)
	w = startWorker(t, files)
	await(t, w, "the records of the new form", func() bool { return len(unique(lines(dir))) >= 2*each })
	w.kill()

	// After a kill records may come twice, but none is missing and the first copies are in order.
	for i, line := range unique(lines(dir)) {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("line %d, %q: %v", i, line, err)
		}
		city, cityThere := got["city"]
		if got["id"] != float64(i) || got["title"] != fmt.Sprint("order ", i) || got["via"] != "avro topic" || cityThere != (i >= each) || cityThere && city != "Praha" {
			t.Fatalf("line %d is %s", i, line)
		}
	}
	if versions := get(t, registry.URL()+"/subjects/"+out+"-value/versions"); versions != "[1,2]" {
		t.Errorf("the registry holds the versions %s", versions)
	}
}

// writeConfigs returns the files of the worker and of its three connectors.
func writeConfigs(t *testing.T, dir, bootstrap, registry, class string, settings map[string]string, in, out string) []string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"
	var files []string
	for i, props := range []map[string]string{
		{"bootstrap.servers": bootstrap, "listeners": "http://" + address, "key.converter": jsonConverter, "value.converter": jsonConverter,
			"offset.storage.file.filename": filepath.Join(dir, "offsets"), "offset.flush.interval.ms": "200",
			// A killed worker leaves its groups when its session ends.
			"consumer.session.timeout.ms": "6000"},
		{"name": in + "-relay-sink", "connector.class": relaySinkClass, "topics": in},
		{"name": in + "-relay-source", "connector.class": relaySourceClass, "topic": out, "value.converter": class, "value.converter.schema.registry.url": registry},
		{"name": in + "-file", "connector.class": "FileStreamSink", "topics": out, "file": filepath.Join(dir, "out.json"),
			"value.converter": class, "value.converter.schema.registry.url": registry, "transforms": "insert,replace,json",
			"transforms.insert.type":         "org.apache.kafka.connect.transforms.InsertField$Value",
			"transforms.insert.static.field": "via", "transforms.insert.static.value": "avro topic",
			"transforms.replace.type": "org.apache.kafka.connect.transforms.ReplaceField$Value", "transforms.replace.renames": "name:title",
			"transforms.json.type": "com.github.jcustenborder.kafka.connect.transform.common.ToJSON$Value"},
	} {
		var text strings.Builder
		if props["value.converter"] == class {
			maps.Copy(props, settings)
		}
		for k, v := range props {
			fmt.Fprintf(&text, "%s=%s\n", k, v)
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.properties", i))
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func produce(t *testing.T, client *kgo.Client, topic, form string, from int) {
	t.Helper()
	var records []*kgo.Record
	for i := range each {
		records = append(records, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, form, from+i, from+i)})
	}
	if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

type running struct {
	cmd *exec.Cmd
	log string
}

func startWorker(t *testing.T, files []string) *running {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &running{cmd: exec.Command(binary, append([]string{"standalone"}, files...)...), log: filepath.Join(t.TempDir(), "log")}
	log, err := os.Create(w.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	w.cmd.Env = append(os.Environ(), asWorker+"=1")
	w.cmd.Stdout, w.cmd.Stderr = log, log
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kill)
	return w
}

// kill ends the worker as kill -9 does.
func (w *running) kill() {
	if w.cmd.ProcessState == nil {
		_ = w.cmd.Process.Kill() // it may have ended
		_ = w.cmd.Wait()         // that it was killed is known
	}
}

func await(t *testing.T, w *running, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !cond() {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(w.log)
			t.Fatalf("%s did not arrive within %v; the worker wrote:\n%s", what, patience, log)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// lines returns the complete lines of the output.
func lines(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		return nil
	}
	all := strings.Split(string(text), "\n")
	return all[:len(all)-1]
}

func unique(all []string) (first []string) {
	seen := map[string]bool{}
	for _, line := range all {
		if !seen[line] {
			seen[line] = true
			first = append(first, line)
		}
	}
	return first
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body))
}
