package workerconfig

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// placeholder is ConfigTransformer.DEFAULT_PATTERN: provider, optional path, key.
var placeholder = regexp.MustCompile(`\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`)

// Transformer replaces placeholders such as ${file:/etc/secrets:password} by what config providers know (KIP-297). It may be used from any
// goroutine.
type Transformer struct {
	providers map[string]connect.ConfigProvider
	observe   func(props config.Props, values []string)
}

// NewTransformer returns a Transformer of configured providers by name. It owns them: Close closes them.
func NewTransformer(providers map[string]connect.ConfigProvider) *Transformer {
	return &Transformer{providers: maps.Clone(providers)}
}

// Observe has f called with every configuration that Transform resolved and the values that providers gave for it, but for those that a provider
// calls public. Everything that connectors and tasks are validated and started with passes through Transform, so this is where what must not be
// shown becomes known. It must be called before the Transformer is used; f is called from any goroutine and must not block.
func (t *Transformer) Observe(f func(props config.Props, values []string)) { t.observe = f }

// Resolved is a configuration without placeholders.
type Resolved struct {
	// Props are all keys, resolved.
	Props config.Props
	// TTLs says, by path, after which time values must be resolved again; paths whose values stay are absent.
	TTLs map[string]time.Duration
}

// Transform resolves every value in one pass: results are not resolved again, and what no provider knows stays as it is written. Each path is
// asked for once. It blocks as the providers do.
func (t *Transformer) Transform(ctx context.Context, props config.Props) (Resolved, error) {
	type place struct{ provider, path string }
	wanted := map[place][]string{}
	for _, name := range props.Keys() {
		text, _ := props.Get(name)
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			at := place{m[1], m[3]}
			if t.providers[at.provider] != nil && !slices.Contains(wanted[at], m[4]) {
				wanted[at] = append(wanted[at], m[4])
			}
		}
	}
	known := map[place]map[string]string{}
	var values []string
	r := Resolved{Props: props.Clone(), TTLs: map[string]time.Duration{}}
	for at, keys := range wanted {
		data, err := t.providers[at.provider].Get(ctx, at.path, keys)
		if err != nil {
			return Resolved{}, err
		}
		if data.TTL > 0 {
			r.TTLs[at.path] = data.TTL
		}
		known[at] = data.Values
		if !data.Public {
			values = slices.AppendSeq(values, maps.Values(data.Values))
		}
	}
	for _, text := range r.Props {
		if text == nil {
			continue
		}
		*text = placeholder.ReplaceAllStringFunc(*text, func(written string) string {
			m := placeholder.FindStringSubmatch(written)
			if value, ok := known[place{m[1], m[3]}][m[4]]; ok {
				return value
			}
			return written
		})
	}
	if t.observe != nil {
		t.observe(r.Props, values)
	}
	return r, nil
}

// HasPlaceholder reports whether a text has the form of a placeholder in it, whoever may resolve it.
func HasPlaceholder(text string) bool { return placeholder.MatchString(text) }

// IsPlaceholder reports whether a text is one placeholder and nothing else.
func IsPlaceholder(text string) bool {
	at := placeholder.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// TransformConnector resolves a connector's configuration and calls reload for each path whose values run out, unless config.action.reload is
// none. The caller replaces a reload that is still due for the same connector and path.
func (t *Transformer) TransformConnector(ctx context.Context, props config.Props, reload func(path string, after time.Duration)) (config.Props, error) {
	if props == nil {
		return nil, nil
	}
	r, err := t.Transform(ctx, props)
	if err != nil {
		return nil, err
	}
	action, ok := props.Get("config.action.reload")
	if !ok {
		action = "restart"
	}
	switch action = strings.ToUpper(strings.TrimSpace(action)); action {
	case "NONE":
	case "RESTART":
		for _, path := range slices.Sorted(maps.Keys(r.TTLs)) {
			reload(path, r.TTLs[path])
		}
	default:
		return nil, javafmt.NewException(javafmt.IllegalArgument,
			"No enum constant org.apache.kafka.connect.runtime.Herder.ConfigReloadAction."+action, nil)
	}
	return r.Props, nil
}

// Close closes the providers.
func (t *Transformer) Close() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(t.providers)) {
		if err := t.providers[name].Close(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// RestorePlaceholders puts placeholders back into task configurations before they are stored: a key whose value in the connector's raw
// configuration holds a placeholder gets that value again (AbstractHerder.reverseTransform). So no secret reaches the config topic
// (invariant I5).
func RestorePlaceholders(raw config.Props, tasks []map[string]string) []map[string]string {
	restored := make([]map[string]string, len(tasks))
	for i, task := range tasks {
		restored[i] = maps.Clone(task)
		for key, text := range raw {
			if _, ok := task[key]; ok && text != nil && placeholder.MatchString(*text) {
				restored[i][key] = *text
			}
		}
	}
	return restored
}
