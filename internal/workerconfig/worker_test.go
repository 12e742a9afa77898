package workerconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

var (
	standalone = map[string]string{"bootstrap.servers": "127.0.0.1:9092", "key.converter": "StringConverter",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "offset.storage.file.filename": "offsets"}
	distributed = map[string]string{"bootstrap.servers": "127.0.0.1:9092", "key.converter": "StringConverter",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "group.id": "g", "config.storage.topic": "c", "offset.storage.topic": "o",
		"status.storage.topic": "s"}
)

// TestStartMessages has the first lines that Java's workers end with.
func TestStartMessages(t *testing.T) {
	t.Parallel()
	p := apachePlugins(t)
	missing := func(key string) string {
		return `Missing required configuration "` + key + `" which has no default value.`
	}
	for _, c := range []struct {
		distributed bool
		change      map[string]string
		remove      string
		want        string
	}{
		{remove: "*", want: missing("bootstrap.servers")},
		{distributed: true, remove: "*", want: missing("bootstrap.servers")},
		{remove: "key.converter", want: missing("key.converter")},
		{remove: "offset.storage.file.filename", want: missing("offset.storage.file.filename")},
		{distributed: true, remove: "group.id", want: missing("group.id")},
		{distributed: true, remove: "config.storage.topic", want: missing("config.storage.topic")},
		{distributed: true, remove: "offset.storage.topic", want: missing("offset.storage.topic")},
		{distributed: true, remove: "status.storage.topic", want: missing("status.storage.topic")},
		{change: map[string]string{"offset.flush.interval.ms": "soon"}, want: "Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG"},
		{change: map[string]string{"key.converter": "nope"}, want: "Invalid value nope for configuration key.converter: Class nope could not be found."},
		{change: map[string]string{"listeners": ""}, want: "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443."},
		{change: map[string]string{"admin.listeners": "http://127.0.0.1:21701,"}, want: "Configuration 'admin.listeners' values must not be empty."},
		{change: map[string]string{"response.http.headers.config": "bogus X: 1"}, want: "Invalid header config action: 'bogus'. Expected one of [set, add, setDate, addDate]"},
		{change: map[string]string{"response.http.headers.config": "set X-A: http://x"},
			want: "Invalid format of header name and header value pair 'X-A: http://x'. Expected: '[header name]:[header value]'"},
		{change: map[string]string{"plugin.discovery": "bogus"}, want: "Invalid plugin.discovery value, must be one of [only_scan, hybrid_warn, hybrid_fail, service_load]"},
		{change: map[string]string{"plugin.discovery": "Service_Load"}},
		{change: map[string]string{"admin.listeners": ""}},
		{change: map[string]string{"no.such.key": "1"}},
		{distributed: true, change: map[string]string{"connect.protocol": "bogus"}, want: "Invalid value bogus for configuration connect.protocol: Invalid Connect protocol compatibility"},
		{distributed: true, change: map[string]string{"connect.protocol": "Compatible"}},
		{distributed: true, change: map[string]string{"exactly.once.source.support": "maybe"},
			want: "Invalid value maybe for configuration exactly.once.source.support: String must be one of (case insensitive): DISABLED, ENABLED, PREPARING"},
		{distributed: true, change: map[string]string{"offset.storage.partitions": "0"},
			want: "Invalid value 0 for configuration offset.storage.partitions: Number of partitions must be positive, or -1 to use the broker's default"},
		{distributed: true, change: map[string]string{"inter.worker.verification.algorithms": "HmacSHA512"},
			want: "Invalid value HmacSHA256 for configuration inter.worker.signature.algorithm: Signature algorithm must be present in inter.worker.verification.algorithms list"},
		{distributed: true, change: map[string]string{"inter.worker.key.size": "39"},
			want: "Unable to create key generator with algorithm HmacSHA256 and key size 39: Key length must be at least 40 bits"},
		{distributed: true, change: map[string]string{"inter.worker.key.generation.algorithm": "AES", "inter.worker.key.size": "100"},
			want: "Unable to create key generator with algorithm AES and key size 100: Wrong keysize: must be equal to 128, 192 or 256"},
		{distributed: true, change: map[string]string{"inter.worker.verification.algorithms": ""},
			want: "Invalid value [] for configuration inter.worker.verification.algorithms: At least one signature verification algorithm must be provided"},
		{distributed: true, change: map[string]string{"inter.worker.verification.algorithms": "HmacSHA256,hmacsha512"}},
		{distributed: true, change: map[string]string{"sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler"}},
	} {
		base, parse := standalone, p.ParseStandalone
		if c.distributed {
			base, parse = distributed, p.ParseDistributed
		}
		props := config.PropsOf(base)
		if c.remove == "*" {
			props = config.Props{}
		}
		delete(props, c.remove)
		for k, v := range c.change {
			props.Set(k, v)
		}
		got := ""
		if _, err := parse(props); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v without %q:\n got %q\nwant %q", c.change, c.remove, got, c.want)
		}
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	props := config.PropsOf(standalone)
	for k, v := range map[string]string{"plugin.path": "/plugins", "internal.key.converter": "x", "no.such.key": "1", "producer.acks": "all",
		"key.converter.schemas.enable": "false", "security.protocol": "SSL", "retries": "3", "listeners": "http://:0",
		"moldau.rest.users.file": "users", "java.security.auth.login.config": "jaas"} {
		props.Set(k, v)
	}
	v, err := apachePlugins(t).ParseStandalone(props)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range Notices(v) {
		got = append(got, n.Key)
	}
	if diff := cmp.Diff([]string{"internal.key.converter", "plugin.path", "no.such.key"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseListener(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]any{
		"http://:8083":           Listener{"http", "", 8083},
		"HTTPS://localhost:0":    Listener{"https", "localhost", 0},
		"http://[::1]:8083":      Listener{"http", "::1", 8083},
		"http://[fe80::1%e0]:1":  Listener{"http", "fe80::1%e0", 1},
		"ftp://x:1":              `Listener protocol must be either "http" or "https".`,
		"127.0.0.1:21700":        "Listener doesn't have the right format (protocol://hostname:port).",
		"http://x":               "Listener doesn't have the right format (protocol://hostname:port).",
		"http://x:1/path":        "Listener doesn't have the right format (protocol://hostname:port).",
		"http://127.0.0.1:70000": "Listener port of http://127.0.0.1:70000 must be a number up to 65535.",
	} {
		l, err := ParseListener(url)
		var got any = l
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %v, want %v", url, got, want)
		}
	}
}

// TestParseHeaderRules has what Java Connect 4.3.1 answers.
func TestParseHeaderRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"":                  []HeaderRule(nil),
		"set a:b":           []HeaderRule{{"set", "a", "b"}},
		"set a:b,add  c: d": []HeaderRule{{"set", "a", "b"}, {"add", "c", "d"}},
		`"set a:b,c"`:       []HeaderRule{{"set", "a", "b,c"}},
		"Set  a :b ":        []HeaderRule{{"set", "a", "b"}},
		"set a:b,":          []HeaderRule{{"set", "a", "b"}},
		"setdate e:1":       []HeaderRule{{"setDate", "e", "1"}},
		"set a b:c":         "Invalid header name 'a b'. The '[header name]' cannot contain whitespace",
		"set :b":            "Invalid header name ''. The '[header name]' cannot contain whitespace",
		"set a:b:c":         "Invalid format of header name and header value pair 'a:b:c'. Expected: '[header name]:[header value]'",
		"set a:":            "Invalid format of header name and header value pair 'a:'. Expected: '[header name]:[header value]'",
		"set":               "Invalid format of header config 'set'. Expected: '[action] [header name]:[header value]'",
		",":                 "Invalid format of header config ''. Expected: '[action] [header name]:[header value]'",
	} {
		rules, err := ParseHeaderRules(text)
		var got any = rules
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// TestSplitCSV has what Jetty's StringUtil.csvSplit gives.
func TestSplitCSV(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a,b": {"a", "b"}, " a , b ": {"a", "b"}, `"a,b",c`: {"a,b", "c"}, `a"b,c"d`: {`a"b`, `c"d`}, "a,,b": {"a", "", "b"}, "a,": {"a"},
		",a": {"", "a"}, "": nil, "  ": nil, `"a\"b",c`: {`a"b`, "c"}, `"unclosed,x`: {`"unclosed,x`}, "'a,b',c": {"'a", "b'", "c"},
		`"a" x,b`: {"a", "b"}, ",": {""}, ",,": {"", ""}, `"",b`: {"", "b"}, `a\,b`: {`a\`, "b"}, ` "a b" `: {"a b"},
	} {
		if diff := cmp.Diff(want, splitCSV(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestSessionKeyLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		algorithm, size string
		want            int
	}{{"HmacSHA256", "", 32}, {"hmacsha512", "", 64}, {"AES", "", 16}, {"AES", "192", 24}, {"HmacSHA256", "41", 6}, {"HmacMD5", "1", 1}} {
		props := config.PropsOf(distributed)
		props.Set("inter.worker.key.generation.algorithm", c.algorithm)
		if c.size != "" {
			props.Set("inter.worker.key.size", c.size)
		}
		v, err := apachePlugins(t).ParseDistributed(props)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := SessionKeyLength(v); err != nil || got != c.want {
			t.Errorf("%s %s: got %d, %v", c.algorithm, c.size, got, err)
		}
	}
}

// TestParseConnector has the errors that a connector with such a chain fails with when it starts.
func TestParseConnector(t *testing.T) {
	t.Parallel()
	p := apachePlugins(t)
	worker, err := p.ParseStandalone(config.PropsOf(standalone))
	if err != nil {
		t.Fatal(err)
	}
	const filter, cast = "org.apache.kafka.connect.transforms.Filter", "org.apache.kafka.connect.transforms.Cast"
	for _, c := range []struct {
		change map[string]string
		want   string
	}{
		{map[string]string{}, ""},
		{map[string]string{"transforms": "f", "transforms.f.type": filter, "transforms.f.predicate": "nope"}, ""},
		{map[string]string{"transforms": "f", "transforms.f.type": filter, "transforms.f.predicate": "p", "transforms.f.negate": "bogus"},
			"Invalid value bogus for configuration transforms.f.negate: Expected value to be either true or false"},
		{map[string]string{"transforms": "f", "transforms.f.type": filter, "transforms.f.negate": "true"},
			"Config 'transforms.f.negate' was provided but there is no config 'transforms.f.predicate' defining a predicate to be negated."},
		{map[string]string{"transforms": "a"}, "Invalid value null for configuration transforms.a.type: Not a Transformation"},
		{map[string]string{"transforms": "a", "transforms.a.type": "does.not.Exist"},
			"Invalid value does.not.Exist for configuration transforms.a.type: Class does.not.Exist could not be found."},
		{map[string]string{"transforms": "a", "transforms.a.type": "java.lang.String"}, "Class class java.lang.String does not implement the Transformation interface"},
		{map[string]string{"transforms": "a,a", "transforms.a.type": filter}, "Invalid value [a, a] for configuration transforms: Duplicate alias provided."},
		{map[string]string{"transforms": "a", "transforms.a.type": cast},
			"This class is abstract and cannot be created. Did you mean " + cast + "$Key, " + cast + "$Value?"},
		{map[string]string{"transforms": "a", "transforms.a.type": cast + "$Value"},
			`Missing required configuration "transforms.a.spec" which has no default value.`},
		{map[string]string{"transforms": "a", "transforms.a.type": filter, "transforms.a.plugin.version": "[1,2]"},
			"Plugin " + filter + " not found that matches the version range [1,2], available versions: [4.3.1]"},
		{map[string]string{"predicates": "p", "predicates.p.type": filter}, "Class class " + filter + " does not implement the Predicate interface"},
	} {
		props := config.PropsOf(c.change)
		props.Set("name", "n")
		props.Set("connector.class", "FileStreamSink")
		got := ""
		if _, err := p.ParseConnector(connect.KindSink, props, worker); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v:\n got %q\nwant %q", c.change, got, c.want)
		}
	}
}

// TestEnsureSink has what SinkConnectorConfig.validate of Java Connect 4.3.1 throws.
func TestEnsureSink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		props map[string]string
		want  string
	}{
		{map[string]string{"topics": "a"}, ""},
		{map[string]string{}, "Invalid value null for configuration topics: Must configure one of topics or topics.regex"},
		{map[string]string{"topics": " "}, "Invalid value   for configuration topics: Must configure one of topics or topics.regex"},
		{map[string]string{"topics": "a", "topics.regex": "b"},
			"Invalid value a for configuration topics: topics and topics.regex are mutually exclusive options, but both are set."},
		{map[string]string{"topics": "a,b", "errors.deadletterqueue.topic.name": " b "},
			"Invalid value a,b for configuration topics: The DLQ topic 'b' may not be included in the list of topics ('topics=[a, b]') consumed by the connector"},
		{map[string]string{"topics.regex": "a.*", "errors.deadletterqueue.topic.name": "ab"},
			"Invalid value a.* for configuration topics.regex: The DLQ topic 'ab' may not be matched by the regex for the topics ('topics.regex=a.*') consumed by the connector"},
		{map[string]string{"topics.regex": "a", "errors.deadletterqueue.topic.name": " "}, ""},
	} {
		got := ""
		if err := EnsureSink(config.PropsOf(c.props)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v:\n got %q\nwant %q", c.props, got, c.want)
		}
	}
}
