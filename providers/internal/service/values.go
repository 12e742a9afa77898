package service

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// Fields reads a secret that is a JSON object: texts as they are, nulls left out, everything else as its JSON text. The error tells nothing of the
// content.
func Fields(text []byte) (map[string]string, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var fields map[string]json.RawMessage
	if err := dec.Decode(&fields); err != nil || fields == nil {
		return nil, config.Failed("Secret body must be a json object with string values")
	}
	return Texts(fields), nil
}

// Texts returns the fields of an object as Fields does.
func Texts(fields map[string]json.RawMessage) map[string]string {
	values := make(map[string]string, len(fields))
	for name, raw := range fields {
		var text string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			values[name] = text
		default:
			values[name] = string(raw)
		}
	}
	return values
}

// Reference is a path with parameters, as in name?version=1&ttl=60000.
type Reference struct {
	Path   string
	Params url.Values
}

// ParseReference splits a path from its parameters.
func ParseReference(path string) Reference {
	path, query, _ := strings.Cut(path, "?")
	// A parameter that cannot be read is none.
	params, _ := url.ParseQuery(query)
	return Reference{path, params}
}

// EscapedPath returns a path for a URL. It refuses parts that would lead elsewhere.
func EscapedPath(path string) (string, error) {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "." || part == ".." {
			return "", config.Failed("The path '" + path + "' must not hold the parts . and ..")
		}
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/"), nil
}

// TTL returns the parameter ttl, in milliseconds, or else the default.
func (r Reference) TTL(otherwise time.Duration) (time.Duration, error) {
	text := r.Params.Get("ttl")
	if text == "" {
		return otherwise, nil
	}
	ms, err := strconv.ParseInt(text, 10, 63)
	if err != nil || ms < 0 {
		return 0, config.Invalid("ttl", text, "Could not parse to long.")
	}
	return time.Duration(min(ms, int64(1<<63-1)/int64(time.Millisecond))) * time.Millisecond, nil
}

// Picked returns data of the values of the keys, all where keys is nil.
func Picked(values map[string]string, keys []string, ttl time.Duration) connect.ConfigData {
	data := connect.ConfigData{Values: map[string]string{}, TTL: ttl}
	for name, value := range values {
		if keys == nil || slices.Contains(keys, name) {
			data.Values[name] = value
		}
	}
	return data
}

// NeedAll returns an error that names the keys that data lacks.
func NeedAll(data connect.ConfigData, path string, keys []string) error {
	var missing []string
	for _, key := range keys {
		if _, ok := data.Values[key]; !ok {
			missing = append(missing, key)
		}
	}
	if missing == nil {
		return nil
	}
	return config.Failed("Key(s) '" + strings.Join(missing, "', '") + "' are missing for request '" + path + "'")
}

// Failed is an error that says what was asked for, with its cause.
func Failed(msg string, cause error) error {
	if cause != nil {
		msg += ": " + cause.Error()
	}
	return &config.Error{Msg: msg, Cause: cause}
}

// TTLKey makes the runtime ask again for values that a provider gives no end of life for. It is Moldau's own: Java's providers know no such key
// and pass over it.
const TTLKey = "ttl.ms"

// TTLDef declares TTLKey.
func TTLDef() config.Key {
	return config.Key{Name: TTLKey, Type: config.Long, Default: 0, Validator: config.AtLeast(0), Importance: config.Low,
		Doc: "Milliseconds after which values are asked for again; connectors and tasks whose values changed are restarted. 0 asks at each start only."}
}
