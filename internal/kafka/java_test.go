package kafka

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, name string) io.Reader {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The table must say of each key what Java's ConfigDefs say.
func TestKeysAreJavas(t *testing.T) {
	t.Parallel()
	var definitions map[string][]struct {
		Name, Type string
		Default    any
		Validator  *string
	}
	if err := json.NewDecoder(open(t, "client-definitions.json.gz")).Decode(&definitions); err != nil {
		t.Fatal(err)
	}
	for _, client := range []Client{Producer, Consumer, AdminClient} {
		rows := map[string]key{}
		for _, k := range keysOf(client) {
			if _, twice := rows[k.name]; twice {
				t.Errorf("%v: %s stands twice in the table", client, k.name)
			}
			rows[k.name] = k
		}
		for _, d := range definitions[client.String()] {
			k, found := rows[d.Name]
			delete(rows, d.Name)
			if !found {
				t.Errorf("%v: %s is missing", client, d.Name)
				continue
			}
			if string(k.typ) != d.Type {
				t.Errorf("%v: %s has type %s, in Java %s", client, d.Name, k.typ, d.Type)
			}
			if (k.validator == nil) != (d.Validator == nil) {
				t.Errorf("%v: %s has validator %v, in Java %v", client, d.Name, k.validator, d.Validator)
			}
			var def any
			switch {
			case k.def == required:
				def = "<required>"
			case k.def != none:
				value, why := parseValue(k.typ, k.def)
				if why != "" {
					t.Errorf("%v: default of %s: %s", client, d.Name, why)
				}
				switch v := value.(type) {
				case []string:
					def = show(v)
				case int64:
					def = float64(v)
				default:
					def = v
				}
			}
			if s, ok := d.Default.(string); ok {
				d.Default = strings.ReplaceAll(s, "class ", "")
			}
			if def != d.Default {
				t.Errorf("%v: %s defaults to %v, in Java to %v", client, d.Name, def, d.Default)
			}
		}
		for name := range rows {
			t.Errorf("%v: %s is not known to Java", client, name)
		}
	}
}

type javaCase struct {
	Kind        string
	Props       map[string]string
	Text        string
	NoBootstrap int
	Output      json.RawMessage
	Error       []string
}

// numericOnly resolves what needs no name server.
type numericOnly struct{}

func (numericOnly) LookupHost(_ context.Context, host string) ([]string, error) {
	if strings.EqualFold(host, "localhost") || net.ParseIP(host) != nil {
		return []string{"127.0.0.1"}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func (numericOnly) LookupAddr(context.Context, string) ([]string, error) { return nil, nil }

// deviation returns why an outcome differs from Java's on purpose, or "".
func deviation(c javaCase) string {
	for name, value := range c.Props {
		switch {
		case value == "٣":
			return "digits of other scripts"
		case name != "sasl.jaas.config" && strings.Contains(value, "nope."), value == "a.b.C":
			return "classes are not looked up"
		case name == "transaction.two.phase.commit.enable":
			return "two-phase commit is refused"
		case name == "max.in.flight.requests.per.connection" && value == "6" && c.Props["enable.idempotence"] == "":
			return "a large window switches idempotence off, as under Connect's defaults"
		case name == "partitioner.class" && strings.HasSuffix(value, ".DefaultPartitioner"):
			return "the default partitioner of older clients is accepted"
		case name == "bootstrap.controllers" && c.NoBootstrap == 1:
			return "controllers are refused"
		case name == "sasl.mechanism" && (value == "FOO" || value == "scram-sha-256"):
			return "unknown mechanisms fail at once, not when the first connection logs in"
		case name == "sasl.jaas.config" && strings.HasSuffix(value, "PlainLoginModule required;"):
			return "missing credentials fail at once"
		case name == "sasl.jaas.config" && strings.Contains(value, "JndiLoginModule"):
			return "there is no system property to allow it"
		case name == "partition.assignment.strategy" && (value == "" || value == "range"):
			return "assignors are not looked up"
		case name == "ssl.enabled.protocols" && (value == "TLSv1.9" || value == "SSLv3" || value == "tlsv1.2"), name == "ssl.cipher.suites" && (value == "NOPE" || value == "tls_aes_128_gcm_sha256" || value == "TLS_RSA_WITH_AES_256_CBC_SHA256"), name == "ssl.endpoint.identification.algorithm" && value == "foo":
			return "what fails Java's first handshake fails at once"
		case name == "ssl.provider", name == "ssl.keymanager.algorithm", name == "ssl.trustmanager.algorithm", name == "ssl.secure.random.implementation":
			return "parts of the Java virtual machine"
		}
	}
	return ""
}

// sameText reports whether a text is one of Java's chain of causes. Where that chain ends in a message of the JDK, ours may say more.
func sameText(c javaCase, text string) bool {
	if _, tls := c.Props["security.protocol"]; tls {
		return strings.Contains(text, c.Error[len(c.Error)-1])
	}
	return slices.Contains(c.Error, text)
}

// Each recorded outcome of constructing a Java client must be the outcome here, with the same text somewhere in Java's chain of
// causes.
func TestClientsAsInJava(t *testing.T) {
	t.Parallel()
	lines := bufio.NewScanner(open(t, "java-clients.jsonl.gz"))
	lines.Buffer(nil, 1<<20)
	count := 0
	for lines.Scan() {
		var c javaCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		client, ok := map[string]Client{"producer": Producer, "consumer": Consumer, "admin": AdminClient}[c.Kind]
		if !ok {
			continue
		}
		count++
		props := map[string]string{}
		for name, value := range c.Props {
			props[name] = value
		}
		if _, given := props["bootstrap.servers"]; !given && c.NoBootstrap == 0 {
			props["bootstrap.servers"] = "127.0.0.1:1"
		}
		env := &Environment{Resolver: numericOnly{}}
		made, err := env.newClient(t.Context(), client, "test", props, nil)
		if err == nil {
			made.Close()
		}
		why := deviation(c)
		alike := (err == nil) == (c.Error == nil) && (err == nil || sameText(c, err.Error()))
		switch {
		case why != "" && alike && client != Producer:
			t.Errorf("%s %v: no deviation (%s)", c.Kind, c.Props, why)
		case why != "":
		case err == nil && c.Error != nil:
			t.Errorf("%s %v: passed, in Java %q", c.Kind, c.Props, c.Error)
		case err != nil && c.Error == nil:
			t.Errorf("%s %v: %v, passes in Java", c.Kind, c.Props, err)
		case err != nil && !alike:
			t.Errorf("%s %v:\n got %v\nJava %q", c.Kind, c.Props, err, c.Error)
		case err == nil && client == Producer:
			config, err := ParseConfig(client, props)
			if err != nil {
				t.Fatal(err)
			}
			var java map[string]string
			if err := json.Unmarshal(c.Output, &java); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name := range java {
				got[name] = show(config.value(name))
			}
			if got["acks"] == "all" {
				got["acks"] = "-1"
			}
			if diff := cmp.Diff(java, got); diff != "" {
				t.Errorf("%v: effective values (-Java +here)\n%s", c.Props, diff)
			}
		}
	}
	if count < 400 {
		t.Errorf("only %d cases", count)
	}
}

// The JAAS readers must see what Java's see, and fail where they fail.
func TestJAASAsInJava(t *testing.T) {
	t.Parallel()
	type module struct {
		Module, Flag string
		Options      map[string]string
	}
	convert := func(modules []LoginModule) []module {
		var list []module
		for _, m := range modules {
			list = append(list, module{m.Class, m.Flag, m.Options})
		}
		return list
	}
	lines := bufio.NewScanner(open(t, "java-clients.jsonl.gz"))
	lines.Buffer(nil, 1<<20)
	count := 0
	for lines.Scan() {
		var c javaCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Text == "" && c.Kind != "jaas" && c.Kind != "jaasfile" {
			continue
		}
		count++
		var got, want any
		var err error
		switch c.Kind {
		case "jaas":
			b := &builder{environment: &Environment{}, config: &Config{values: map[string]any{"sasl.jaas.config": c.Text}}}
			var m LoginModule
			m, err = b.loginModule()
			got = convert([]LoginModule{m})
			want = &[]module{}
		case "jaasfile":
			var file *JAAS
			file, err = ParseJAASFile(c.Text, nil)
			entries := map[string][]module{}
			if file != nil {
				for _, name := range []string{"KafkaClient", "KafkaConnect", "other"} {
					if modules := file.Entries[name]; len(modules) > 0 {
						entries[name] = convert(modules)
					}
				}
			}
			got = entries
			want = &map[string][]module{}
		}
		if c.Error != nil {
			text := c.Error[len(c.Error)-1]
			if before, _, found := strings.Cut(text, ", found ["); found {
				text = before
			}
			switch {
			case err == nil:
				t.Errorf("%s %q: passed with %v, in Java %q", c.Kind, c.Text, got, text)
			case text != "" && err.Error() != text:
				t.Errorf("%s %q:\n got %v\nJava %s", c.Kind, c.Text, err, text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v, passes in Java", c.Kind, c.Text, err)
			continue
		}
		if err := json.Unmarshal(c.Output, want); err != nil {
			t.Fatal(err)
		}
		switch w := want.(type) {
		case *[]module:
			want = *w
		case *map[string][]module:
			want = *w
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %q (-Java +here)\n%s", c.Kind, c.Text, diff)
		}
	}
	if count < 80 {
		t.Errorf("only %d cases", count)
	}
}
