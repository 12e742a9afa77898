//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// transformed is a line of what `moldau transform` prints.
type transformed struct {
	Line      int
	Result    string
	Topic     string
	Timestamp *int64
	Key       json.RawMessage
	Value     json.RawMessage
	Headers   []transformedHeader
	By        struct{ Alias string }
	Decoded   struct{ Key, Value json.RawMessage }
	Error     *struct {
		Stage, Alias, Class, Exception, Message string
		Index, Column                           int
	}
	DLQ   *transformed
	Steps []struct {
		After            string
		Applied, Dropped bool
		Value            json.RawMessage
	}
}

type transformedHeader struct {
	Key   string
	Value json.RawMessage
}

// transform runs the command on an input.
func transform(t *testing.T, dir, input string, args ...string) (out []transformed, errOut string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"transform"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(input), &stdout, &stderr
	_ = cmd.Run() // exit codes are read from the process state
	for text := range strings.Lines(stdout.String()) {
		var one transformed
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		out = append(out, one)
	}
	if strings.Contains(stderr.String(), "goroutine ") || strings.Contains(stderr.String(), "\tat ") {
		t.Errorf("a stack trace: %s", stderr.String())
	}
	return out, stderr.String(), cmd.ProcessState.ExitCode()
}

// text returns the text of a JSON string.
func text(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s is no text", raw)
	}
	return s
}

// bytesOf returns the bytes that a value of a result stands for.
func bytesOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var binary struct{ Base64 *string }
	switch {
	case string(raw) == "null":
		return "(null)"
	case raw[0] == '"':
		return text(t, raw)
	case json.Unmarshal(raw, &binary) == nil && binary.Base64 != nil:
		b, err := base64.StdEncoding.DecodeString(*binary.Base64)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return string(raw)
}

func nullable(b []byte) string {
	if b == nil {
		return "(null)"
	}
	return string(b)
}

// plain writes a record of Kafka in a form to compare.
func plain(topic, key, value string, headers ...string) string {
	return fmt.Sprintf("%s|%q|%q|%q", topic, key, value, headers)
}

func plainResult(t *testing.T, r *transformed) string {
	t.Helper()
	var headers []string
	for _, h := range r.Headers {
		headers = append(headers, h.Key+"="+bytesOf(t, h.Value))
	}
	return plain(r.Topic, bytesOf(t, r.Key), bytesOf(t, r.Value), headers...)
}

// consumeRecords reads the first n records of a topic with one partition.
func consumeRecords(t *testing.T, bootstrap, topic string, n int) []string {
	t.Helper()
	c := kafkaClient(t, bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.UnknownTopicRetries(-1))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []string
	for len(records) < n && ctx.Err() == nil {
		c.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			var headers []string
			for _, h := range r.Headers {
				headers = append(headers, h.Key+"="+nullable(h.Value))
			}
			records = append(records, plain(r.Topic, nullable(r.Key), nullable(r.Value), headers...))
		})
	}
	return records
}

// TestTransformDoesWhatASourceDoes runs lines through a worker and through the command.
func TestTransformDoesWhatASourceDoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	input := "17\n4 ä\n\n-5\n{\"a\": 1}\n9223372036854775807\n"
	config := source(write(t, dir, "in.txt", input), "numbers")
	for key, value := range map[string]string{
		"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1", "errors.tolerance": "all",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter": "org.apache.kafka.connect.converters.LongConverter",
		"transforms":           "wrap,key,unwrap,cast,head,route",
		"transforms.wrap.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.wrap.field": "n",
		"transforms.key.type": "org.apache.kafka.connect.transforms.ValueToKey", "transforms.key.fields": "n",
		"transforms.unwrap.type": "org.apache.kafka.connect.transforms.ExtractField$Key", "transforms.unwrap.field": "n",
		"transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Key", "transforms.cast.spec": "int64",
		"transforms.head.type": "org.apache.kafka.connect.transforms.InsertHeader", "transforms.head.header": "h", "transforms.head.value.literal": "[1,2]",
		"transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.route.regex": "(.*)", "transforms.route.replacement": "of-$1",
	} {
		config[key] = value
	}
	workerFile, file := worker(t, dir), properties(t, dir, "src", config)
	results, errOut, code := transform(t, dir, input, file, "--worker", workerFile, "--text")
	if code != 0 || len(results) != 6 {
		t.Fatalf("exit code %d, %d results: %s", code, len(results), errOut)
	}
	var want []string
	for i, r := range results {
		if r.Line != i+1 {
			t.Errorf("result %d is of line %d", i, r.Line)
		}
		if wantResult := []string{"kept", "skipped", "skipped", "kept", "skipped", "kept"}[i]; r.Result != wantResult {
			t.Errorf("line %d was %s, want %s", r.Line, r.Result, wantResult)
		} else if r.Result == "kept" {
			want = append(want, plainResult(t, &r))
		} else if r.Error.Stage != "TRANSFORMATION" || r.Error.Alias != "cast" || r.Error.Index != 3 {
			t.Errorf("line %d: %+v", r.Line, r.Error)
		}
	}
	if got := `{"schema":{"type":"int64","optional":true},"payload":17}`; string(results[0].Decoded.Key) != got {
		t.Errorf("the key reads back as %s", results[0].Decoded.Key)
	}
	moldau(t, dir, "standalone", workerFile, file)
	if diff := cmp.Diff(want, consumeRecords(t, broker(t), "of-numbers", len(want))); diff != "" {
		t.Errorf("the command (-) and the worker (+) differ:\n%s", diff)
	}
}

// TestTransformDoesWhatASinkDoes runs records of a topic through a worker and through the command.
func TestTransformDoesWhatASinkDoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.UnixMilli(1_700_000_000_000)
	envelope := `{"schema":{"type":"struct","fields":[{"field":"price","type":"string"},{"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}]},"payload":{"price":"12.50","at":1700000000000}}`
	records := []*kgo.Record{
		{Key: []byte("k1"), Value: []byte(envelope), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1.5")}, {Key: "null"}}},
		{Key: []byte("k2"), Value: []byte(strings.Replace(envelope, "12.50", "cheap", 1))},
		{Key: []byte("k3")},
		{Value: []byte{0xff, 0}},
		{Key: []byte{0xc3, 0x28}, Value: []byte(strings.Replace(envelope, "12.50", "1e400", 1))},
		{Key: []byte("k6"), Value: []byte(`{"price": 1}`)},
		{Key: []byte("k7"), Value: []byte(strings.Replace(envelope, "12.50", "-0.125", 1))},
	}
	client := kafkaClient(t, broker(t), kgo.AllowAutoTopicCreation(), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var input strings.Builder
	encoded := func(b []byte) any {
		if b == nil {
			return nil
		}
		return map[string][]byte{"base64": b}
	}
	for _, r := range records {
		r.Topic, r.Timestamp = "prices", at
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		headers := []any{}
		for _, h := range r.Headers {
			headers = append(headers, map[string]any{"key": h.Key, "value": encoded(h.Value)})
		}
		line, err := json.Marshal(map[string]any{"key": encoded(r.Key), "value": encoded(r.Value), "headers": headers, "timestamp": at.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&input, "%s\n", line)
	}
	out := filepath.Join(dir, "out.txt")
	config := sink(out, "prices")
	for key, value := range map[string]string{
		"consumer.override.auto.offset.reset": "earliest", "errors.tolerance": "all",
		"errors.deadletterqueue.topic.name": "dead", "errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true",
		"value.converter":        "org.apache.kafka.connect.json.JsonConverter",
		"transforms":             "stones,cast,mark,json",
		"transforms.stones.type": "org.apache.kafka.connect.transforms.Filter", "transforms.stones.predicate": "stone",
		"predicates":            "stone",
		"predicates.stone.type": "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
		"transforms.cast.type":  "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec": "price:float64",
		"transforms.mark.type": "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.mark.offset.field": "offset",
		"transforms.mark.timestamp.field": "timestamp",
		"transforms.json.type":            "com.github.jcustenborder.kafka.connect.transform.common.ToJSON$Value", "transforms.json.schemas.enable": "true",
	} {
		config[key] = value
	}
	workerFile, file := worker(t, dir), properties(t, dir, "snk", config)
	results, errOut, code := transform(t, dir, input.String(), file, "--worker", workerFile, "--records", "--dlq", "--schemas", "none")
	if code != 0 || len(results) != len(records) {
		t.Fatalf("exit code %d, %d results: %s", code, len(results), errOut)
	}
	var fates, letters []string
	lines := ""
	for _, r := range results {
		fates = append(fates, r.Result)
		switch r.Result {
		case "kept":
			lines += text(t, r.Value) + "\n"
		case "skipped":
			letters = append(letters, plainResult(t, withoutTrace(r.DLQ)))
		}
	}
	if want := []string{"kept", "skipped", "dropped", "skipped", "kept", "skipped", "kept"}; !slices.Equal(fates, want) {
		t.Fatalf("%v, want %v", fates, want)
	}
	if results[2].By.Alias != "stones" || results[1].Error.Alias != "cast" || results[3].Error.Stage != "VALUE_CONVERTER" {
		t.Errorf("wrong steps: %+v", results)
	}
	moldau(t, dir, "standalone", workerFile, file).holds(out, lines)
	var sent []string
	for _, letter := range consumeRecords(t, broker(t), "dead", len(letters)) {
		before, _, _ := strings.Cut(letter, ` "__connect.errors.exception.stacktrace=`)
		sent = append(sent, before+"]")
	}
	if diff := cmp.Diff(letters, sent); diff != "" {
		t.Errorf("the command's dead letters (-) and the worker's (+) differ:\n%s", diff)
	}
}

func withoutTrace(r *transformed) *transformed {
	r.Headers = slices.DeleteFunc(r.Headers, func(h transformedHeader) bool { return strings.HasSuffix(h.Key, ".stacktrace") })
	return r
}

// TestTransformPage runs the commands of docs/transform.md. With MOLDAU_UPDATE_DOCS set it writes what they print into the page.
func TestTransformPage(t *testing.T) {
	t.Parallel()
	const page = "../../docs/transform.md"
	dir := t.TempDir()
	if err := os.Symlink(binary, filepath.Join(dir, "moldau")); err != nil {
		t.Fatal(err)
	}
	written := read(t, page)
	got := runPage(t, dir, written)
	if got == written {
		return
	}
	if os.Getenv("MOLDAU_UPDATE_DOCS") == "" {
		t.Errorf("the page (-) does not print what its commands print (+):\n%s", cmp.Diff(strings.Split(written, "\n"), strings.Split(got, "\n")))
	} else if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runPage returns the page with the output of its commands: lines that begin with four blanks and a dollar, up to the end of their
// here-document, followed by what they print.
func runPage(t *testing.T, dir, page string) string {
	t.Helper()
	const indent = "    "
	var out strings.Builder
	lines := strings.SplitAfter(page, "\n")
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		command, ok := strings.CutPrefix(lines[i], indent+"$ ")
		if !ok {
			continue
		}
		for _, end, heredoc := strings.Cut(command, "<<'"); heredoc && !strings.HasPrefix(strings.TrimSpace(lines[i]), strings.Split(end, "'")[0]); {
			i++
			out.WriteString(lines[i])
			command += strings.TrimPrefix(lines[i], indent)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		printed, _ := cmd.CombinedOutput() // a page may show a failure
		for text := range strings.Lines(string(printed)) {
			out.WriteString(indent + text)
		}
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], indent) && !strings.HasPrefix(lines[i+1], indent+"$ ") {
			i++ // what was printed when the page was written
		}
	}
	return out.String()
}
