package httplookup

import (
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/jsonpath"
)

const (
	urlKey           = "url"
	fieldKey         = "field"
	schemaKey        = "result.schema"
	contentKey       = "result.schema.content"
	pathKey          = "result.path"
	failureKey       = "on.failure"
	failureHeaderKey = "on.failure.header"
	nullKey          = "on.null"
	notFoundKey      = "not.found.statuses"
	headersKey       = "headers"
	authKey          = "auth.type"
)

var keys = config.NewDef(
	config.Key{Name: urlKey, Type: config.String, Default: config.NoDefault, Validator: config.Lambda(checkURL, func() string { return "an http or https URL" }), Importance: config.High,
		Doc: "URL to ask with GET, with ${field} in its path or query for fields of the record: https://crm.example/customers/${customer.id}?expand=${kind}. Dots lead into nested fields, backticks enclose names with dots. What the fields hold is escaped."},
	config.Key{Name: fieldKey, Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
		Doc: "Name of the field that gets the answer; one of that name is replaced."},
	config.Key{Name: pathKey, Type: config.String, Default: "", Validator: config.Lambda(checkPath, func() string { return "a JSONPath to one place" }), Importance: config.Medium,
		Doc: "JSONPath to the part of the answer to take, such as $.data.name. Where it leads nowhere the field is null. The default takes all of it."},
	config.Key{Name: schemaKey, Type: config.String, Default: "string", Validator: config.ValidString("string", "map", "declared", "inferred"), Importance: config.High,
		Doc: "What the field is in records with a schema: string is the JSON as text (a JSON text without its quotes), map an optional map of texts, one for each member of the answer, declared a value of the schema in result.schema.content, inferred a struct with the members of the answer at hand. Two answers with different members have different schemas when inferred, so use declared where schemas are registered. Records without schema get the JSON as it is."},
	config.Key{Name: contentKey, Type: config.String, Default: "", Importance: config.Medium,
		Doc: "Schema of the answer for result.schema=declared, written in JSON as in the envelopes of JsonConverter. Members of the answer that it does not name are left out."},
	config.Key{Name: failureKey, Type: config.String, Default: "fail", Validator: config.ValidString("fail", "null", "header"), Importance: config.High,
		Doc: "What to do where there is no answer after all attempts, or one that cannot be read: fail is an error of the record, to which errors.tolerance and errors.retry.timeout apply; null sets the field to null; header sets the field to null and adds a header with the reason."},
	config.Key{Name: failureHeaderKey, Type: config.String, Default: "http.lookup.error", Validator: config.NonEmptyString(), Importance: config.Low,
		Doc: "Name of the header for on.failure=header."},
	config.Key{Name: nullKey, Type: config.String, Default: "null", Validator: config.ValidString("null", "fail"), Importance: config.Medium,
		Doc: "What to do where a field of the URL is null or empty: null sets the result to null without asking, fail is an error of the record."},
	config.Key{Name: notFoundKey, Type: config.List, Default: []string{"404", "410"}, Validator: config.Lambda(checkStatuses, func() string { return "statuses from 400 to 599" }), Importance: config.Low,
		Doc: "HTTP statuses that mean that the service has nothing: the field is null then, which is no failure. An answer without body is the same."},
	config.Key{Name: headersKey, Type: config.List, Default: []string{}, Validator: config.Lambda(checkHeaders, func() string { return "a list of Name:value" }), Importance: config.Medium,
		Doc: "Headers of the request, as in X-Tenant:acme,Accept:application/json. Secrets belong into the keys that begin with auth."},
	config.Key{Name: authKey, Type: config.String, Default: "none", Validator: config.ValidString("none", "basic", "bearer", "header"), Importance: config.Medium,
		Doc: "How to authenticate: none, basic with auth.user and auth.password, bearer with auth.token, or header with auth.token in the header that auth.header names."},
	config.Key{Name: "auth.user", Type: config.String, Default: "", Importance: config.Medium, Doc: "User for auth.type=basic."},
	config.Key{Name: "auth.password", Type: config.Password, Default: "", Importance: config.Medium, Doc: "Password for auth.type=basic."},
	config.Key{Name: "auth.token", Type: config.Password, Default: "", Importance: config.Medium, Doc: "Token for auth.type=bearer, or the whole value of the header for auth.type=header."},
	config.Key{Name: "auth.header", Type: config.String, Default: "X-API-Key", Validator: config.NonEmptyString(), Importance: config.Low, Doc: "Name of the header for auth.type=header."},
	config.Key{Name: "tls.ca", Type: config.String, Default: "", Importance: config.Low,
		Doc: "File with the certificates to trust instead of those of the system, in PEM."},
	config.Key{Name: "tls.certificate", Type: config.String, Default: "", Importance: config.Low, Doc: "File with the client's certificate, in PEM; goes with tls.key."},
	config.Key{Name: "tls.key", Type: config.String, Default: "", Importance: config.Low, Doc: "File with the private key of the client's certificate, in PEM."},
	config.Key{Name: "timeout.ms", Type: config.Long, Default: 5000, Validator: config.AtLeast(1), Importance: config.Medium,
		Doc: "Milliseconds that one attempt may take, from connecting to the last byte of the answer."},
	config.Key{Name: "retries", Type: config.Int, Default: 3, Validator: config.AtLeast(0), Importance: config.Medium,
		Doc: "How often to ask again after the first attempt where the service cannot be reached, or answers with 429 or a status from 500 on."},
	config.Key{Name: "retry.backoff.ms", Type: config.Long, Default: 100, Validator: config.AtLeast(0), Importance: config.Low,
		Doc: "Milliseconds before the second attempt; they double with each further one, less up to a fifth at random. A Retry-After of the service counts if it is longer."},
	config.Key{Name: "retry.backoff.max.ms", Type: config.Long, Default: 5000, Validator: config.AtLeast(0), Importance: config.Low,
		Doc: "Most milliseconds between two attempts, whatever the service asks for."},
	config.Key{Name: "concurrency", Type: config.Int, Default: 16, Validator: config.Between(1, 1024), Importance: config.Medium,
		Doc: "How many requests of one poll's records a task makes at the same time, over as many connections. Equal requests of a poll are made once, and records keep their order."},
	config.Key{Name: "response.max.bytes", Type: config.Int, Default: 1 << 20, Validator: config.AtLeast(1), Importance: config.Low,
		Doc: "Most bytes of an answer; a longer one is a failure."},
	config.Key{Name: "poll.timeout.ms", Type: config.Long, Default: 30000, Validator: config.AtLeast(1), Importance: config.Medium,
		Doc: "Milliseconds that a task spends on the lookups of one poll's records together. Those without an answer by then fail, with an error that errors.retry.timeout applies to; each attempt of a record after its first asks anew. The same holds for the rest of a poll once as many lookups in a row as concurrency says, but no fewer than 4, could not connect or had no answer in time. Keep it well below the time a rebalance may take, such as max.poll.interval.ms of the consumer."},
	config.Key{Name: "poll.max.bytes", Type: config.Long, Default: 64 << 20, Validator: config.AtLeast(0), Importance: config.Low,
		Doc: "Bytes of answers, roughly, above which a task makes no further requests until records of the poll went on with theirs; an answer that several records share may be asked for again then. Requests under way, as many as concurrency says, come on top."},
	config.Key{Name: "cache.size", Type: config.Int, Default: 10000, Validator: config.AtLeast(0), Importance: config.Medium,
		Doc: "How many answers a task remembers; those not used for longest go first. With 0 nothing is remembered beyond a poll."},
	config.Key{Name: "cache.max.bytes", Type: config.Long, Default: 64 << 20, Validator: config.AtLeast(0), Importance: config.Low,
		Doc: "Most bytes of the remembered answers, roughly."},
	config.Key{Name: "cache.ttl.ms", Type: config.Long, Default: 300000, Validator: config.AtLeast(0), Importance: config.Medium,
		Doc: "Milliseconds for which an answer is remembered."},
	config.Key{Name: "cache.negative.ttl.ms", Type: config.Long, Default: 30000, Validator: config.AtLeast(0), Importance: config.Medium,
		Doc: "Milliseconds for which it is remembered that the service has nothing. Failures are not remembered."},
)

func checkURL(name string, value any) error {
	text, _ := value.(string)
	if _, err := parseTemplate(text); err != nil {
		return config.Invalid(name, config.Hidden, err.Error())
	}
	return nil
}

func checkPath(name string, value any) error {
	text, _ := value.(string)
	if text == "" {
		return nil
	}
	p, err := jsonpath.Parse(text)
	if err != nil {
		return config.Invalid(name, text, err.Error())
	}
	if !p.Definite() {
		return config.Invalid(name, text, "The path must lead to one place: it must have no wildcards, filters or slices")
	}
	return nil
}

func checkStatuses(name string, value any) error {
	list, _ := value.([]string)
	for _, text := range list {
		if n, err := strconv.Atoi(text); err != nil || n < 400 || n > 599 {
			return config.Invalid(name, text, "Must be an HTTP status from 400 to 599")
		}
	}
	return nil
}

func checkHeaders(name string, value any) error {
	list, _ := value.([]string)
	for _, text := range list {
		if key, _, ok := strings.Cut(text, ":"); !ok || strings.TrimSpace(key) == "" {
			return config.Invalid(name, config.Hidden, "Each header must be written as Name:value")
		}
	}
	return nil
}

// settings are the parsed options.
type settings struct {
	url           *template
	field         string
	path          *jsonpath.Path
	shape         string
	declared      *declaredReader
	onFailure     string
	failureHeader string
	failOnNull    bool
	notFound      []int
	client        clientSettings
	concurrency   int
	pollTimeout   time.Duration
	pollBytes     int64
	cacheSize     int
	cacheBytes    int64
	ttl, ttlNone  time.Duration
}

func readSettings(props map[string]string) (*settings, error) {
	values, err := keys.ParseStrings(props)
	if err != nil {
		return nil, err
	}
	s := &settings{field: values.String(fieldKey), shape: values.String(schemaKey), onFailure: values.String(failureKey),
		failureHeader: values.String(failureHeaderKey), failOnNull: values.String(nullKey) == "fail", concurrency: values.Int("concurrency"),
		pollTimeout: values.Duration("poll.timeout.ms"), pollBytes: values.Int64("poll.max.bytes"),
		cacheSize: values.Int("cache.size"), cacheBytes: values.Int64("cache.max.bytes"), ttl: values.Duration("cache.ttl.ms"),
		ttlNone: values.Duration("cache.negative.ttl.ms")}
	if s.url, err = parseTemplate(values.String(urlKey)); err != nil {
		return nil, err
	}
	if text := values.String(pathKey); text != "" {
		if s.path, err = jsonpath.Parse(text); err != nil {
			return nil, err
		}
	}
	for _, text := range values.List(notFoundKey) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		s.notFound = append(s.notFound, n)
	}
	if s.shape == "declared" {
		if s.declared, err = newDeclaredReader(values.String(contentKey)); err != nil {
			return nil, config.Invalid(contentKey, values.String(contentKey), err.Error())
		}
	}
	if s.client, err = readClientSettings(values); err != nil {
		return nil, err
	}
	return s, nil
}
