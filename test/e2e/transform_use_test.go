//go:build unix

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestTransformExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, more map[string]string) string {
		config := sink("out.txt", "t")
		maps.Copy(config, more)
		return properties(t, dir, name, config)
	}
	good := file("good", nil)
	noTopic := properties(t, dir, "regex", map[string]string{"connector.class": "FileStreamSink", "file": "x", "topics.regex": "a.*"})
	for _, c := range []struct {
		name, input string
		args        []string
		code        int
		want        string
	}{
		{"nothing", "", []string{good}, 0, ""},
		{"blank lines", "\n  \n", []string{good}, 0, ""},
		{"failed", "x\n", []string{good, "--text"}, 1, "standard input: line 1: VALUE_CONVERTER (org.apache.kafka.connect.json.JsonConverter): org.apache.kafka.connect.errors.DataException: "},
		{"malformed", "\n{\n", []string{good}, 1, "standard input: line 2, column 2: the JSON does not end on this line"},
		{"goes on", "{\n1\n", []string{good, "--keep-going"}, 1, "1 of 2 records failed or could not be read"},
		{"like a record", `{"key": 1, "value": 2}` + "\n", []string{good}, 0, "--records takes them for records"},
		{"schema of bytes", `{"value": 1, "headers": [{"key": "a", "value": 1, "schema": {"type": "int8"}}]}`, []string{good, "--records"}, 1,
			"column 61: headers: a schema belongs to data"},
		{"base64", `{"value": {"base64": "?"}}`, []string{good, "--records"}, 1, "column 22: base64: this is no base64 text"},
		{"no topic", "1\n", []string{noTopic}, 1, "give it in the record or with --topic"},
		{"topic given", "1\n", []string{noTopic, "--topic", "a1"}, 0, ""},
		{"no input", "", []string{good, "--input", "no.jsonl"}, 1, "--input: open no.jsonl: no such file"},
		{"no file", "", nil, 1, "transform needs one connector file"},
		{"two forms", "", []string{good, "--text", "--records"}, 1, "--records and --text exclude each other"},
		{"time", "", []string{good, "--timestamp", "soon"}, 1, "--timestamp soon: milliseconds"},
		{"schemas", "", []string{good, "--schemas", "some"}, 1, "it can be envelope or none"},
		{"no letters", "", []string{good, "--dlq"}, 1, "errors.deadletterqueue.topic.name of a sink names one"},
		{"missing connector", "", []string{"no.json"}, 3, "no.json: no such file"},
		{"nameless connector", "", []string{write(t, dir, "nameless.json", "{}")}, 3, "is missing the mandatory 'name' configuration"},
		{"null", "", []string{write(t, dir, "null.json", `{"name":"n","connector.class":"FileStreamSink","topics":"t","x":null}`)}, 3,
			"null.json: Non-string value found in original settings for key x: null"},
		{"bad connector", "", []string{file("bad", map[string]string{"errors.tolerance": "most", "transforms": "a", "transforms.a.type": "HoistFeld"})}, 3,
			"\n  transforms.a.type: Invalid value HoistFeld for configuration transforms.a.type: Class HoistFeld could not be found. " +
				"(similar: org.apache.kafka.connect.transforms.HoistField$Key, org.apache.kafka.connect.transforms.HoistField$Value)\n"},
		{"bad keys", "", []string{file("keys", map[string]string{"errors.tolerance": "most"})}, 3,
			"\n  errors.tolerance: Invalid value most for configuration errors.tolerance: String must be one of: none, all\n"},
		{"unknown class", "", []string{file("unknown", map[string]string{"connector.class": "FileStremSink"})}, 3,
			"which name matches FileStremSink (similar: org.apache.kafka.connect.file.FileStreamSinkConnector); with --source or --sink"},
		{"unknown class, bad keys", "", []string{file("unknown2", map[string]string{"connector.class": "com.acme.Sink", "transforms": "a"}), "--sink"}, 3, "  transforms.a.type: "},
		{"known class", "", []string{good, "--source"}, 3, "FileStreamSink is a sink: leave out --source and --sink"},
		{"missing worker", "", []string{good, "--worker", "no.properties"}, 2, "no.properties: no such file"},
		{"bad worker", "", []string{good, "--worker", write(t, dir, "bad-worker.properties", "a=b\n")}, 2,
			`bad-worker.properties: Missing required configuration "bootstrap.servers" which has no default value.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, errOut, code := transform(t, dir, c.input, c.args...)
			if code != c.code || !strings.Contains(errOut, c.want) || c.want == "" && errOut != "" {
				t.Errorf("exit code %d, want %d: %s\nwant %s", code, c.code, errOut, c.want)
			}
			if code > 1 && len(out) > 0 {
				t.Errorf("results: %+v", out)
			}
		})
	}
}

// TestTransformAnswersAtOnce reads the result of a line before it writes the next one.
func TestTransformAnswersAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "transform", properties(t, dir, "snk", sink("x", "t")))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	results := bufio.NewReader(out)
	for _, value := range []string{"1", `{"a":[]}`, "null"} {
		if _, err := io.WriteString(in, value+"\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := results.ReadString('\n'); err != nil || !strings.Contains(line, `"value":`+value) {
			t.Errorf("%s: %s, %v", value, line, err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestTransformWithAWorkerFile takes converters and config providers from worker files of both kinds.
func TestTransformWithAWorkerFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "names.properties", "field=from-file\n")
	shared := "bootstrap.servers=127.0.0.1:1\nkey.converter=org.apache.kafka.connect.storage.StringConverter\n" +
		"value.converter=${file:" + dir + "/converters.properties:value}\nconfig.providers=file\n" +
		"config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"
	write(t, dir, "converters.properties", "value=org.apache.kafka.connect.storage.StringConverter\n")
	config := sink("x", "t")
	maps.Copy(config, map[string]string{"transforms": "w", "transforms.w.type": "org.apache.kafka.connect.transforms.HoistField$Value",
		"transforms.w.field": "${file:" + dir + "/names.properties:field}"})
	file := properties(t, dir, "snk", config)
	for name, more := range map[string]string{
		"standalone.properties":  "offset.storage.file.filename=x\n",
		"distributed.properties": "group.id=g\nconfig.storage.topic=c\noffset.storage.topic=o\nstatus.storage.topic=s\n",
	} {
		out, errOut, code := transform(t, dir, "not JSON\n", file, "--text", "--schemas", "none", "--worker", write(t, dir, name, shared+more))
		if code != 0 || len(out) != 1 || string(out[0].Value) != `{"from-file":"not JSON"}` {
			t.Errorf("%s: exit code %d, %+v, %s", name, code, out, errOut)
		}
	}
}

// TestTransformWithASchemaRegistry writes Avro and reads it again.
func TestTransformWithASchemaRegistry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var schema string
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
		answer := map[string]any{}
		switch {
		case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/subjects/avro-value"):
			var body struct{ Schema string }
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			schema = body.Schema
			answer["id"] = 7
		case strings.HasPrefix(r.URL.Path, "/schemas/ids/7"):
			answer["schema"] = schema
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer registry.Close()
	avro := map[string]string{"value.converter": "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url": registry.URL}
	from := map[string]string{"connector.class": "FileStreamSource", "file": "x", "topic": "avro"}
	to := sink("x", "avro")
	maps.Copy(from, avro)
	maps.Copy(to, avro)
	data := `{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"a"}],"optional":false,"name":"R"},"payload":{"a":5}}`
	out, errOut, code := transform(t, dir, data, properties(t, dir, "src", from))
	if code != 0 || len(out) != 1 || bytesOf(t, out[0].Value) != "\x00\x00\x00\x00\x07\x0a" || !strings.Contains(string(out[0].Decoded.Value), `"payload":{"a":5}`) {
		t.Fatalf("exit code %d, %+v, %s", code, out, errOut)
	}
	record, err := json.Marshal(map[string]any{"value": out[0].Value})
	if err != nil {
		t.Fatal(err)
	}
	out, errOut, code = transform(t, dir, string(record), properties(t, dir, "snk", to), "--records", "--schemas", "none")
	if code != 0 || len(out) != 1 || string(out[0].Value) != `{"a":5}` {
		t.Errorf("exit code %d, %+v, %s", code, out, errOut)
	}
}

// TestTransformStreams gives the command more than it may keep, and lines of the greatest length.
func TestTransformStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const lines, mostKB = 100_000, 100_000
	file := properties(t, dir, "snk", sink("x", "t"))
	cmd := exec.CommandContext(t.Context(), binary, "transform", file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(in, strings.Repeat(`{"a": [1, 2, 3], "b": "text"}`+"\n", lines))
		written <- err
	}()
	results := bufio.NewScanner(out)
	for n := 0; n < lines && results.Scan(); n++ {
	}
	if err := errors.Join(results.Err(), <-written); err != nil {
		t.Error(err)
	}
	// What the kernel tells of an ended child counts the memory of this process too.
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
		_, peak, _ := strings.Cut(string(status), "VmHWM:")
		if kB, err := strconv.Atoi(strings.Fields(peak)[0]); err != nil || kB > mostKB {
			t.Errorf("%d lines took %d kB of memory, %v", lines, kB, err)
		}
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
	long := `"` + strings.Repeat("9", 16<<20-2) + `"`
	shown, errOut, code := transform(t, dir, long+"\n"+long+" \n", file, "--data", "--keep-going")
	if code != 1 || len(shown) != 2 || len(shown[0].Value) != len(long) || shown[1].Error.Message != "the line is longer than 16 MB" {
		t.Errorf("exit code %d, %d results, %s", code, len(shown), short(errOut))
	}
}
