package httplookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service answers by path and counts what it was asked.
type service struct {
	mu    sync.Mutex
	asked map[string]int
	// do overrides the answers below.
	do func(r *http.Request, times int) (status int, body string, header http.Header)
}

var answers = map[string]string{
	"/c/1":     `{"name": "Anne", "age": 7, "score": 1.5, "tags": ["a", "b"], "boss": null, "home": {"city": "Prague"}}`,
	"/c/2":     `{"name": "Bob"}`,
	"/c/a%2Fb": `{"name": "slash"}`,
	"/c/text":  `"plain"`,
	"/c/list":  `[1, 2.5, null]`,
	"/c/bad":   `{"name": `,
	"/c/none":  ``,
	"/c/long":  `"` + strings.Repeat("x", 2000) + `"`,
}

func (s *service) answer(r *http.Request) (int, string, http.Header) {
	s.mu.Lock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[r.URL.EscapedPath()]++
	times := s.asked[r.URL.EscapedPath()]
	s.mu.Unlock()
	if s.do != nil {
		return s.do(r, times)
	}
	body, ok := answers[r.URL.EscapedPath()]
	if !ok {
		return http.StatusNotFound, "no such customer", nil
	}
	return http.StatusOK, body, nil
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, body, header := s.answer(r)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// RoundTrip makes the service a transport, for tests whose clock is not the real one.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, header := s.answer(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (s *service) times(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

var (
	nested  = data.NewStructSchema("nested", data.Field{Name: "a.b", Schema: data.OptionalStringSchema}).Optional().MustBuild()
	order   = data.NewStructSchema("order", data.Field{Name: "id", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: nested}, data.Field{Name: "old", Schema: data.OptionalInt32Schema}).Version(3).MustBuild()
	nullID  = orderOf("")
	nothing = data.Null
)

func orderOf(id string) data.Value {
	v := data.Null
	if id != "" {
		v = data.String(id)
	}
	return data.MustStruct(order, v, data.MustStruct(nested, data.String("x y")).Value(), data.Int32(5)).Value()
}

func record(schema *data.Schema, v data.Value) *connect.Record {
	r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("t")
	r.SetKey(schema, v)
	r.SetValue(schema, v)
	return r
}

func object(id string) data.Value { return data.MapOf(data.String("id"), data.String(id)) }

// options returns props for the URL with some changed.
func options(url string, pairs ...string) map[string]string {
	props := map[string]string{"url": url, "field": "customer", "retry.backoff.ms": "1"}
	for i := 0; i < len(pairs); i += 2 {
		props[pairs[i]] = pairs[i+1]
	}
	return props
}

func configured(t testing.TB, props map[string]string) *lookup {
	t.Helper()
	x := Plugins()[1].NewTransformation().(*lookup)
	if err := x.Configure(props); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// after returns the value that Apply gives, with the headers, or the error with its class.
func after(ctx context.Context, x *lookup, schema *data.Schema, v data.Value) string {
	r := record(schema, v)
	if _, err := x.Apply(ctx, r); err != nil {
		class := javafmt.ClassOf(err)
		return class[strings.LastIndexByte(class, '.')+1:] + ": " + err.Error()
	}
	out := r.Value().String()
	for _, h := range r.Headers.All() {
		out += " " + h.Key + "=" + h.Value.String()
	}
	return out
}

func TestResults(t *testing.T) {
	t.Parallel()
	s := &service{}
	server := httptest.NewServer(s)
	defer server.Close()
	byID, shown := server.URL+"/c/${id}", "GET "+server.URL+"/c/${id}: "
	declared := `{"type": "struct", "name": "customer", "fields": [{"field": "name", "type": "string"}, {"field": "age", "type": "int32", "optional": true}]}`
	with := func(more string) string { return "Struct{id=1,n=Struct{a.b=x y},old=5" + more + "}" }
	const whole = `{"name": "Anne", "age": 7, "score": 1.5, "tags": ["a", "b"], "boss": null, "home": {"city": "Prague"}}`
	for _, c := range []struct {
		props  map[string]string
		schema *data.Schema
		value  data.Value
		want   string
	}{
		{options(byID), order, orderOf("1"), with(",customer=" + whole)},
		{options(byID, "result.path", "$.name"), order, orderOf("1"), with(",customer=Anne")},
		{options(byID, "result.path", "$.home"), order, orderOf("1"), with(`,customer={"city":"Prague"}`)},
		{options(byID, "result.path", "$.gone"), order, orderOf("1"), with("")},
		{options(byID, "result.schema", "map"), order, orderOf("1"),
			with(`,customer={score=1.5, boss=null, name=Anne, age=7, tags=["a","b"], home={"city":"Prague"}}`)},
		{options(byID, "result.schema", "inferred"), order, orderOf("1"), with(",customer=Struct{name=Anne,age=7,score=1.5,tags=[a, b],home=Struct{city=Prague}}")},
		{options(byID, "result.schema", "inferred"), order, orderOf("list"), "Struct{id=list,n=Struct{a.b=x y},old=5,customer=[1.0, 2.5, null]}"},
		{options(byID, "result.schema", "declared", "result.schema.content", declared), order, orderOf("1"), with(",customer=Struct{name=Anne,age=7}")},
		{options(byID, "result.schema", "declared", "result.schema.content", `{"type":"string"}`, "result.path", "$.name"), order, orderOf("1"), with(",customer=Anne")},
		{options(byID, "field", "old"), order, orderOf("2"), `Struct{id=2,n=Struct{a.b=x y},old={"name": "Bob"}}`},
		{options(byID), order, orderOf("text"), "Struct{id=text,n=Struct{a.b=x y},old=5,customer=plain}"},
		{options(byID), nil, object("2"), "{id=2, customer={name=Bob}}"},
		{options(byID), nil, object("a/b"), "{id=a/b, customer={name=slash}}"},
		{options(byID), nil, object("none"), "{id=none, customer=null}"},
		{options(byID), nil, object("gone"), "{id=gone, customer=null}"},
		{options(byID, "not.found.statuses", "410", "retries", "0"), nil, object("gone"), "DataException: " + shown + "the service answers with status 404 Not Found"},
		{options(byID, "not.found.statuses", "410", "on.failure", "null"), nil, object("gone"), "{id=gone, customer=null}"},
		{options(byID, "not.found.statuses", "410", "on.failure", "header"), nil, object("gone"),
			"{id=gone, customer=null} http.lookup.error=" + shown + "the service answers with status 404 Not Found"},
		{options(byID, "on.failure", "header", "on.failure.header", "why", "response.max.bytes", "1000"), order, orderOf("long"),
			"Struct{id=long,n=Struct{a.b=x y},old=5} why=" + shown + "the answer is longer than the 1000 bytes of response.max.bytes"},
		{options(byID), nil, object("bad"), "DataException: " + shown + "the answer is not JSON: Converting byte[] to Kafka Connect data failed due to serialization error: "},
		{options(byID, "result.schema", "map"), order, orderOf("text"), "DataException: " + shown + "the answer is no object, as result.schema=map wants it, but a java.lang.String"},
		{options(byID), order, nullID, "Struct{n=Struct{a.b=x y},old=5}"},
		{options(byID, "on.null", "fail"), order, nullID, "DataException: A field of the URL is null or empty, and on.null is fail"},
		{options(byID, "on.null", "fail", "on.failure", "null"), nil, object(""), "DataException: A field of the URL is null or empty, and on.null is fail"},
		{options(byID), order, nothing, "null"},
		{options(byID), nil, data.String("x"), "DataException: Only Map objects supported in absence of schema for [HTTP lookup], found: java.lang.String"},
		{options(byID), data.StringSchema, data.String("x"), "DataException: Only Struct objects supported for [HTTP lookup], found: java.lang.String"},
		{options(server.URL + "/c/${gone}"), order, orderOf("1"), "DataException: The field gone of the URL does not exist: there is no gone"},
		{options(server.URL + "/c/${n}"), order, orderOf("1"), "DataException: The field n of the URL must be a text, number, boolean or date, found: org.apache.kafka.connect.data.Struct"},
		{options(byID), nil, object(".."), `DataException: The field id of the URL makes ".." a step of its path, which leads to another place`},
	} {
		x := configured(t, c.props)
		if got := after(t.Context(), x, c.schema, c.value); got != c.want {
			t.Errorf("%v of %v:\n got %s\nwant %s", c.props, c.value, got, c.want)
		}
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	var got *http.Request
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) { got = r; return 200, "{}", nil }}
	server := httptest.NewServer(s)
	defer server.Close()
	for _, c := range []struct {
		props                map[string]string
		target, header, want string
	}{
		{options(server.URL+"/x${id}/y?q=${n.`a.b`}&z=${old}", "headers", "X-A: 1,Accept:text/plain"), "/x1%202/y?q=x+y&z=5", "X-A", "1"},
		{options(server.URL+"/${id}", "headers", "X-A: 1,Accept:text/plain"), "/1%202", "Accept", "text/plain"},
		{options(server.URL + "/${id}"), "/1%202", "Accept", "application/json"},
		{options(server.URL+"/${id}", "auth.type", "basic", "auth.user", "u", "auth.password", "p"), "/1%202", "Authorization", "Basic dTpw"},
		{options(server.URL+"/${id}", "auth.type", "bearer", "auth.token", "tok"), "/1%202", "Authorization", "Bearer tok"},
		{options(server.URL+"/${id}", "auth.type", "header", "auth.token", "tok", "auth.header", "X-Key"), "/1%202", "X-Key", "tok"},
	} {
		x := configured(t, c.props)
		if _, err := x.Apply(t.Context(), record(order, orderOf("1 2"))); err != nil {
			t.Fatal(err)
		}
		if got.RequestURI != c.target || got.Header.Get(c.header) != c.want || got.Method != http.MethodGet {
			t.Errorf("%v: %s %s with %v", c.props, got.Method, got.RequestURI, got.Header)
		}
	}
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	var header http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { header = r.Header; _, _ = io.WriteString(w, "{}") }))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }))
	defer first.Close()
	x := configured(t, options(first.URL+"/${id}", "auth.type", "header", "auth.token", "secret"))
	if got := after(t.Context(), x, nil, object("1")); got != "{id=1, customer={}}" {
		t.Fatal(got)
	}
	if header == nil || header.Get("X-API-Key") != "" {
		t.Errorf("the other host got %v", header)
	}
	down := configured(t, options("http://user:secret@127.0.0.1:1/x?key=secret&id=${id}", "retries", "0"))
	if got := after(t.Context(), down, nil, object("1")); strings.Contains(got, "secret") || !strings.HasPrefix(got, "RetriableException: GET http://127.0.0.1:1/x: dial tcp") {
		t.Error(got)
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		props map[string]string
		want  string
	}{
		{map[string]string{"field": "x"}, `Missing required configuration "url" which has no default value.`},
		{options("http://x/${id"), "Invalid value [hidden] for configuration url: ${ is not closed by }"},
		{options("ftp://x/${id}"), "Invalid value [hidden] for configuration url: the URL must begin with http:// or https://"},
		{options("http:///x"), "Invalid value [hidden] for configuration url: the URL has no host"},
		{options("http://${id}/x"), "Invalid value [hidden] for configuration url: fields can stand in the path and the query only, not in the host"},
		{options("http://x:${id}"), "Invalid value [hidden] for configuration url: invalid port \":x\" after host"},
		{options("http://x/${a..b}"), "Invalid value [hidden] for configuration url: ${a..b} names no field"},
		{options("http://x/${`a}"), "Invalid value [hidden] for configuration url: the backticks in ${`a} are not a pair"},
		{options("http://x/#${a}"), "Invalid value [hidden] for configuration url: a URL to be asked has no fragment: write # as %23"},
		{options("http://x/", "result.path", "$..a"), "Invalid value $..a for configuration result.path: The path must lead to one place: it must have no wildcards, filters or slices"},
		{options("http://x/", "not.found.statuses", "200"), "Invalid value 200 for configuration not.found.statuses: Must be an HTTP status from 400 to 599"},
		{options("http://x/", "headers", "x"), "Invalid value [hidden] for configuration headers: Each header must be written as Name:value"},
		{options("http://x/", "result.schema", "declared"), "Invalid value  for configuration result.schema.content: A schema is required for result.schema=declared"},
		{options("http://x/", "result.schema", "declared", "result.schema.content", `{"type":"x"}`), `Invalid value {"type":"x"} for configuration result.schema.content: Unknown schema type: x`},
		{options("http://x/", "tls.key", "x"), "tls.certificate and tls.key go together"},
	} {
		x := Plugins()[0].NewTransformation()
		if err := x.Configure(c.props); err == nil || err.Error() != c.want {
			t.Errorf("%v:\n got %v\nwant %s", c.props, err, c.want)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(&service{})
	defer server.Close()
	x := configured(t, options(server.URL+"/c/${id}", "retries", "0"))
	if got := after(t.Context(), x, nil, object("2")); !strings.HasPrefix(got, "RetriableException: ") {
		t.Error(got)
	}
	x.client.http.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	if got := after(t.Context(), x, nil, object("2")); got != "{id=2, customer={name=Bob}}" {
		t.Error(got)
	}
}

// bubble runs f with a clock of its own and a lookup that reaches the service without a network.
func bubble(t *testing.T, s *service, f func(t *testing.T, x *lookup), pairs ...string) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := configured(t, options("http://service/c/${id}", pairs...))
		x.client.http.Transport = s
		f(t, x)
	})
}

// aSecond is how long a service in a bubble takes: a second of the bubble's clock.
func aSecond() { time.Sleep(time.Second) }

func TestRetries(t *testing.T) {
	s := &service{do: func(_ *http.Request, times int) (int, string, http.Header) {
		switch times {
		case 1:
			return 503, "", nil
		case 2:
			return 429, "", http.Header{"Retry-After": {"2"}}
		case 3:
			return 500, "", http.Header{"Retry-After": {"3600"}}
		}
		return 200, "{}", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		start := time.Now()
		if got := after(t.Context(), x, nil, object("1")); got != "{id=1, customer={}}" {
			t.Error(got)
		}
		// The first pause is the backoff, the second what the service asks for, the third the most there is.
		if took := time.Since(start); took < 80*time.Millisecond+2*time.Second+5*time.Second || took > 100*time.Millisecond+2*time.Second+5*time.Second {
			t.Errorf("took %v", took)
		}
	}, "retry.backoff.ms", "100", "retry.backoff.max.ms", "5000")
}

func TestGivesUp(t *testing.T) {
	s := &service{do: func(*http.Request, int) (int, string, http.Header) { return 503, "", nil }}
	bubble(t, s, func(t *testing.T, x *lookup) {
		_, err := x.Apply(t.Context(), record(nil, object("1")))
		if connect.ClassOf(err) != connect.Retriable || err.Error() != "GET http://service/c/${id}: the service answers with status 503 Service Unavailable (after 3 attempts)" {
			t.Errorf("%v", err)
		}
		if s.times("/c/1") != 3 {
			t.Errorf("asked %d times", s.times("/c/1"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := x.Apply(ctx, record(nil, object("2"))); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	}, "retries", "2", "on.failure", "fail")
}

func TestTimeout(t *testing.T) {
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) { <-r.Context().Done(); return 200, "{}", nil }}
	bubble(t, s, func(t *testing.T, x *lookup) {
		start := time.Now()
		if got := after(t.Context(), x, nil, object("1")); got != "RetriableException: GET http://service/c/${id}: no answer within the 5s of timeout.ms (after 1 attempts)" {
			t.Error(got)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
	}, "retries", "0")
}

func TestCache(t *testing.T) {
	s := &service{}
	bubble(t, s, func(t *testing.T, x *lookup) {
		apply := func(id string) { after(t.Context(), x, nil, object(id)) }
		check := func(when, path string, want int) {
			t.Helper()
			if got := s.times(path); got != want {
				t.Errorf("%s: %s was asked for %d times, want %d", when, path, got, want)
			}
		}
		apply("1")
		apply("1")
		apply("gone")
		apply("gone")
		check("at first", "/c/1", 1)
		check("at first", "/c/gone", 1)
		time.Sleep(time.Second)
		apply("1")
		apply("gone")
		check("after a second", "/c/1", 1)
		check("after a second", "/c/gone", 2)
		time.Sleep(9 * time.Second)
		apply("1")
		check("after ten seconds", "/c/1", 2)
		// Two fit: the one used longest ago goes.
		apply("2")
		apply("1")
		apply("text")
		apply("1")
		apply("2")
		check("full", "/c/1", 2)
		check("full", "/c/2", 2)
		// What cannot be read is asked for again.
		apply("bad")
		apply("bad")
		check("unreadable", "/c/bad", 2)
	}, "cache.size", "2", "cache.ttl.ms", "10000", "cache.negative.ttl.ms", "1000")
}

func TestCacheBytes(t *testing.T) {
	t.Parallel()
	c := newCache(100, 2000)
	now := time.Now()
	for i := range 50 {
		c.put(fmt.Sprint("u", i%7), &answer{body: make([]byte, 100)}, now, time.Minute)
		if c.bytes > c.maxBytes || len(c.entries) != c.order.Len() {
			t.Fatalf("%d bytes of %d entries", c.bytes, len(c.entries))
		}
	}
	c.put("large", &answer{body: make([]byte, 1000)}, now, time.Minute)
	if c.get([]byte("large"), now) != nil || c.get([]byte("u0"), now) == nil {
		t.Error("one answer pushed out the others")
	}
}

func TestPrepare(t *testing.T) {
	var running, most atomic.Int64
	s := &service{do: func(r *http.Request, times int) (int, string, http.Header) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(time.Second)
		if strings.HasSuffix(r.URL.Path, "down") {
			return 500, "", nil
		}
		return 200, `{"path": "` + r.URL.Path + `"}`, nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		var records []*connect.Record
		for i := range 20 {
			records = append(records, record(nil, object(fmt.Sprint(i/2))))
		}
		records = append(records, record(order, nothing), record(nil, data.String("x")), record(order, nullID), record(nil, object("down")), record(nil, object("down")))
		start := time.Now()
		x.Prepare(t.Context(), records)
		// Eleven different requests, four at a time.
		if took := time.Since(start); took != 3*time.Second || most.Load() != 4 {
			t.Errorf("took %v with %d at a time", took, most.Load())
		}
		start = time.Now()
		for i, r := range records {
			_, err := x.Apply(t.Context(), r)
			if i >= 20 {
				if failed := i >= 23 || i == 21; failed != (err != nil) {
					t.Errorf("record %d: %v", i, err)
				}
				continue
			}
			want := fmt.Sprintf("{id=%d, customer={path=/c/%d}}", i/2, i/2)
			if got := r.Value().String(); err != nil || got != want {
				t.Errorf("record %d: %s, %v", i, got, err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Apply asked again: it took %v", took)
		}
		// An attempt after the worker's pause asks anew.
		time.Sleep(300 * time.Millisecond)
		before := s.times("/c/down")
		after(t.Context(), x, nil, object("down"))
		if s.times("/c/down") != before+1 {
			t.Errorf("asked %d times", s.times("/c/down")-before)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		x.Prepare(ctx, []*connect.Record{record(nil, object("late"))})
		if got := after(ctx, x, nil, object("late")); !strings.Contains(got, context.DeadlineExceeded.Error()) {
			t.Error(got)
		}
	}, "concurrency", "4", "retries", "0", "cache.size", "0")
}

func TestSchemaOfRecords(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&service{})
	defer server.Close()
	x := configured(t, options(server.URL+"/c/${id}", "result.schema", "map"))
	r, none := record(order, orderOf("2")), record(order, orderOf("gone"))
	for _, r := range []*connect.Record{r, none} {
		if _, err := x.Apply(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	s := r.ValueSchema()
	version, _ := s.Version()
	f, ok := s.Field("customer")
	if s.Name() != "order" || version != 3 || !ok || f.Index != 3 || f.Schema != textMapSchema {
		t.Errorf("%v %v", s, f)
	}
	if none.ValueSchema() != s {
		t.Error("a record without answer has another schema")
	}
	if err := r.Value().Struct().Validate(); err != nil {
		t.Error(err)
	}
}

func TestContract(t *testing.T) {
	server := httptest.NewServer(&service{})
	defer server.Close()
	of := func(s *data.Schema, v data.Value) func() *connect.Record {
		return func() *connect.Record { return record(s, v) }
	}
	for _, p := range Plugins() {
		connecttest.Transformation(t, connecttest.TransformationCase{Plugin: p, Props: options(server.URL + "/c/${id}"),
			Records: []func() *connect.Record{of(order, orderOf("1")), of(order, nullID), of(order, nothing), of(nil, object("2")), of(nil, object("bad")), of(nil, data.Int8(1))}})
	}
}

func BenchmarkCached(b *testing.B) {
	s := &service{}
	x := configured(b, options("http://service/c/${id}", "result.schema", "map"))
	x.client.http.Transport = s
	v := orderOf("1")
	r := record(order, v)
	b.ReportAllocs()
	for b.Loop() {
		r.SetValue(order, v)
		if _, err := x.Apply(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		r.Arena().Reset()
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range []string{"http://x/${a}", "https://u:p@x:8/${a.b}/y?q=${`c.d`.e}&r=1", "http://x?${a}", "http://[::1]/${a}${b}"} {
		f.Add(text, "va/l?u#e")
	}
	f.Fuzz(func(t *testing.T, text, field string) {
		u, err := parseTemplate(text)
		if err != nil {
			return
		}
		if len(u.literals) != len(u.variables)+1 {
			t.Fatalf("%q has %d literals and %d variables", text, len(u.literals), len(u.variables))
		}
		v := data.String(field)
		for i := len(u.variables) - 1; i >= 0; i-- {
			x := &u.variables[i]
			if len(x.steps) == 1 {
				v = data.MapOf(data.String(x.steps[0]), data.String(field))
			}
		}
		if v.Kind() != data.MapKind {
			v = data.MapOf()
		}
		out, ok, err := u.append(nil, v)
		if !ok || err != nil {
			return
		}
		// Whatever a field holds, the host stays the same.
		r, err := http.NewRequest(http.MethodGet, string(out), nil)
		if err != nil {
			return // wrong escapes in the template itself
		}
		plain, _, _ := strings.Cut(text, "${")
		p, err := http.NewRequest(http.MethodGet, plain, nil)
		if err == nil && len(u.variables) > 0 && p.URL.Host != r.URL.Host {
			t.Errorf("%q with %q asks %q", text, field, r.URL.Host)
		}
	})
}
