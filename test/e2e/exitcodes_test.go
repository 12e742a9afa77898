//go:build unix

package e2e

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The rows of the table that was recorded from Java's connect-standalone 4.3.1, by their names there. Where one of them differs here,
// its comment says why.
func TestExitCodesOfWorkerFiles(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	bootstrap := broker(t)
	for name, c := range map[string]struct {
		without string   // a key that is left out
		more    []string // further lines; Java takes the last of two lines with one key
		text    *string  // the whole file instead
		args    []string
		code    int
		want    []string
	}{
		"no-arguments": {args: []string{}, code: 1, want: []string{"INFO Usage: ConnectStandalone worker.properties [connector1.properties connector2.json ...]"}},
		"help":         {args: []string{"--help"}, code: 1, want: []string{"INFO Usage: ConnectStandalone worker.properties [connector1.properties connector2.json ...]"}},
		"missing-file": {args: []string{"nope.properties"}, code: 2, want: []string{"ERROR Stopping due to error", "java.nio.file.NoSuchFileException: nope.properties"}},
		"-h":           {args: []string{"-h"}, code: 2, want: []string{"java.nio.file.NoSuchFileException: -h"}},
		"directory":    {args: []string{"."}, code: 2, want: []string{"java.io.IOException: Is a directory"}},
		"bad-escape":   {more: []string{`key=\uZZZZ`}, code: 2, want: []string{`java.lang.IllegalArgumentException: `, `Malformed \uxxxx encoding.`, "worker.properties"}},
		"empty":        {text: new(string), code: 2, want: []string{`org.apache.kafka.common.config.ConfigException: Missing required configuration "bootstrap.servers" which has no default value.`}},
		"noconv":       {without: "key.converter", code: 2, want: []string{`ConfigException: Missing required configuration "key.converter" which has no default value.`}},
		"nofile":       {without: "offset.storage.file.filename", code: 2, want: []string{`ConfigException: Missing required configuration "offset.storage.file.filename" which has no default value.`}},
		"badtype":      {more: []string{"offset.flush.interval.ms=soon"}, code: 2, want: []string{`ConfigException: Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG`}},
		"badconv":      {more: []string{"key.converter=nope"}, code: 2, want: []string{`ConfigException: Invalid value nope for configuration key.converter: Class nope could not be found.`}},
		"badpolicy": {more: []string{"connector.client.config.override.policy=nope"}, code: 2,
			want: []string{`ConnectException: Failed to find any class that implements interface org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy and which name matches nope`}},
		"listener":  {more: []string{"listeners=ftp://127.0.0.1:0"}, code: 2, want: []string{`ConfigException: Listener protocol must be either "http" or "https".`}},
		"listener2": {more: []string{"listeners=127.0.0.1:21700"}, code: 2, want: []string{`ConfigException: Listener doesn't have the right format (protocol://hostname:port).`}},
		"listener3": {more: []string{"listeners="}, code: 2, want: []string{`ConfigException: Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.`}},
		"adminl":    {more: []string{"admin.listeners=http://127.0.0.1:21701,"}, code: 2, want: []string{`ConfigException: Configuration 'admin.listeners' values must not be empty.`}},
		"hdr":       {more: []string{"response.http.headers.config=bogus X: 1"}, code: 2, want: []string{`ConfigException: Invalid header config action: 'bogus'. Expected one of [set, add, setDate, addDate]`}},
		"hdr2": {more: []string{"response.http.headers.config=set X-A: http://x"}, code: 2,
			want: []string{`ConfigException: Invalid format of header name and header value pair 'X-A: http://x'. Expected: '[header name]:[header value]'`}},
		"ext": {more: []string{"rest.extension.classes=nope"}, code: 3,
			want: []string{"ERROR Failed to start Connect", `ConnectException: Failed to find any class that implements interface org.apache.kafka.connect.rest.ConnectRestExtension and which name matches nope`}},
		"plugind": {more: []string{"plugin.discovery=bogus"}, code: 2,
			want: []string{`ConnectException: Invalid plugin.discovery value, must be one of [only_scan, hybrid_warn, hybrid_fail, service_load]`}},
		"badbs": {more: []string{"bootstrap.servers=localhost"}, code: 2,
			want: []string{`org.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient`, `Caused by: org.apache.kafka.common.config.ConfigException: Invalid url in bootstrap.servers: localhost`}},
		"nobs":        {without: "bootstrap.servers", code: 2, want: []string{`ConfigException: Missing required configuration "bootstrap.servers" which has no default value.`}},
		"port-in-use": {more: []string{"listeners=http://" + taken.Addr().String()}, code: 2, want: []string{`ConnectException: Unable to initialize REST server`, taken.Addr().String(), "listeners", "in use"}},
		"a client key": {more: []string{"security.protocol=SMOKE"}, code: 2,
			want: []string{`Failed to create new KafkaAdminClient`, `ConfigException: Invalid value SMOKE for configuration security.protocol`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := workerText(dir, bootstrap)
			if c.text != nil {
				text = *c.text
			}
			lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return c.without != "" && strings.HasPrefix(line, c.without+"=") })
			file := write(t, dir, "worker.properties", strings.Join(append(lines, c.more...), "\n"))
			args := c.args
			if args == nil {
				args = []string{file}
			}
			p := connectStandalone(t, dir, args...)
			if code := p.exit(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			out := p.out.String()
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing", want)
				}
			}
			if n := strings.Count(out, "] ERROR "); c.code > 1 && n != 1 {
				t.Errorf("%d errors, want one", n)
			}
			if _, err := os.Stat(filepath.Join(dir, "connect.offsets")); err == nil {
				t.Error("an offset file was written")
			}
		})
	}
}

// connectStandalone starts the program under the name of Java's script.
func connectStandalone(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	link := filepath.Join(t.TempDir(), "connect-standalone")
	if err := os.Symlink(binary, link); err != nil {
		t.Fatal(err)
	}
	return start(t, dir, link, args...)
}

func TestExitCodesOfConnectorFiles(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	files := map[string]string{
		"c1.properties":      "name=c1\nconnector.class=FileStreamSource\nfile=in.txt\ntopic=exit-codes\n",
		"c2.json":            `{"name": "c2", "config": {"connector.class": "FileStreamSource", "file": "in.txt", "topic": "exit-codes"}}`,
		"noname.properties":  "connector.class=FileStreamSource\nfile=in.txt\ntopic=exit-codes\n",
		"badcfg.properties":  "name=bad\nconnector.class=FileStreamSource\nfile=in.txt\n",
		"badtype.properties": "name=bad\nconnector.class=FileStreamSource\nfile=in.txt\ntopic=exit-codes\nbatch.size=many\n",
		"noclass.properties": "name=bad\nconnector.class=nope\ntopic=exit-codes\n",
		"array.json":         `[]`,
		"broken.json":        "\n{\"name\":\"x\",\n\"topic\": oops,\n}",
		"noname.json":        `{"config": {"connector.class": "FileStreamSource", "file": "in.txt", "topic": "exit-codes"}}`,
		"c4b.json":           `{"name": "c4", "config": {"name": "other", "connector.class": "FileStreamSource", "file": "in.txt", "topic": "exit-codes"}}`,
		"state.json":         `{"name": "c5", "config": {"connector.class": "FileStreamSource", "topic": "exit-codes"}, "initial_state": "ASLEEP"}`,
		"dup.properties":     "name=c1\nconnector.class=FileStreamSource\nfile=in.txt\ntopic=exit-codes\n",
		"escape.properties":  "name=c\\uZZZZ\n",
	}
	const (
		failed  = "ERROR Stopping after connector error"
		missing = `Missing required configuration "topic" which has no default value.`
	)
	for name, c := range map[string]struct {
		args    []string
		want    []string
		created []string
	}{
		"no name":                {[]string{"noname.properties"}, []string{"ConnectException: Connector configuration at 'noname.properties' is missing the mandatory 'name' configuration"}, nil},
		"no topic":               {[]string{"badcfg.properties"}, []string{"BadRequestException: ", "Connector configuration is invalid and contains the following 1 error(s):\n" + missing}, nil},
		"a type":                 {[]string{"badtype.properties"}, []string{"Invalid value many for configuration batch.size: Not a number of type INT"}, nil},
		"no such class":          {[]string{"noclass.properties"}, []string{"BadRequestException: ", "Failed to find any class that implements Connector and which name matches nope, available connectors are: "}, nil},
		"an array":               {[]string{"array.json"}, []string{"ConnectException: Connector configuration at 'array.json' is missing the mandatory 'name' configuration"}, nil},
		"broken JSON":            {[]string{"broken.json"}, []string{"ConnectException: Connector configuration at 'broken.json' is missing the mandatory 'name' configuration", "line 3"}, nil},
		"two names":              {[]string{"c4b.json"}, []string{"ConnectException: Connector name configuration in 'config' doesn't match the one specified in 'name' at 'c4b.json'"}, nil},
		"no such file":           {[]string{"missing.properties"}, []string{"java.io.FileNotFoundException: missing.properties (No such file or directory)"}, nil},
		"a state":                {[]string{"state.json"}, []string{"state.json", "ASLEEP"}, nil},
		"an escape":              {[]string{"escape.properties"}, []string{"escape.properties", `Malformed \uxxxx encoding.`}, nil},
		"no name in JSON":        {[]string{"noname.json"}, []string{"noname.json", "name"}, nil},
		"the second is bad":      {[]string{"c1.properties", "badcfg.properties", "c2.json"}, []string{"badcfg.properties", missing}, []string{"c1"}},
		"the second is the same": {[]string{"c1.properties", "dup.properties"}, []string{"org.apache.kafka.connect.errors.AlreadyExistsException: ", "Connector c1 already exists"}, []string{"c1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range files {
				write(t, dir, file, text)
			}
			write(t, dir, "worker.properties", workerText(dir, bootstrap))
			p := moldau(t, dir, append([]string{"standalone", "worker.properties"}, c.args...)...)
			if code := p.exit(); code != 3 {
				t.Errorf("exit code %d, want 3", code)
			}
			out := p.out.String()
			for _, want := range append(c.want, failed, "INFO Kafka Connect stopped") {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing", want)
				}
			}
			var created []string
			for line := range strings.Lines(out) {
				if _, rest, ok := strings.Cut(line, "Created connector "); ok {
					created = append(created, strings.Fields(rest)[0])
				}
			}
			if !slices.Equal(created, c.created) {
				t.Errorf("created %v, want %v", created, c.created)
			}
			if strings.Index(out, failed) > strings.Index(out, "INFO Kafka Connect stopping") {
				t.Error("the error comes after the stop")
			}
		})
	}
}

func TestSignalsEndAStandaloneWorker(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		dir := t.TempDir()
		p := moldau(t, dir, "standalone", worker(t, dir))
		p.rest()
		if code := p.stop(signal); code != want {
			t.Errorf("exit code %d after %v, want %d", code, signal, want)
		}
		at := -1
		for _, event := range []string{
			"Kafka Connect worker initializing", "Initializing REST server", "REST server listening at", "Kafka Connect starting", "Herder starting",
			"REST resources initialized; server is started and ready to handle requests", "Kafka Connect started",
			"Kafka Connect stopping", "Stopping REST server", "REST server stopped", "Herder stopping", "Herder stopped", "Kafka Connect stopped",
		} {
			next := strings.Index(p.out.String(), event)
			if next <= at {
				t.Errorf("%q is missing or comes too early", event)
			}
			if strings.Count(p.out.String(), event) != 1 {
				t.Errorf("%q is not there once", event)
			}
			at = next
		}
	}
}

func TestArgv0NamesTheCommand(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"connect-standalone", "connect-standalone.sh"} {
		dir := t.TempDir()
		link := filepath.Join(dir, name)
		if err := os.Symlink(binary, link); err != nil {
			t.Fatal(err)
		}
		if p := start(t, dir, link); p.exit() != 1 || !strings.Contains(p.out.String(), "Usage: ConnectStandalone") {
			t.Errorf("%s without arguments: %s", name, p.out)
		}
		p := start(t, dir, link, worker(t, dir))
		p.rest()
		if code := p.stop(syscall.SIGTERM); code != 143 {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
}
