package metrics

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Registry collects what its sources give, under the names of its families.
type Registry struct {
	mu       sync.Mutex
	sources  []Source
	families []*family
	// known keeps what the rules said, since a scrape asks the same thousands of times.
	known map[nameKey][]series
}

// nameKey is what the name of a series depends on.
type nameKey struct {
	domain, kind, tags, attribute string
	text                          bool
}

// NewRegistry makes a registry that shows the families named: strimzi, confluent, moldau. key is where the names are from, for errors.
func NewRegistry(key string, names []string) (*Registry, error) {
	r := &Registry{known: map[nameKey][]series{}}
	for _, n := range names {
		family, ok := families[n]
		if !ok {
			return nil, fmt.Errorf("%s names %q: must be a list of strimzi, confluent, moldau", key, n)
		}
		if f := family(); !slices.Contains(r.families, f) {
			r.families = append(r.families, f)
		}
	}
	return r, nil
}

// Add makes the registry ask a source at each scrape.
func (r *Registry) Add(s Source) {
	r.mu.Lock()
	r.sources = append(r.sources, s)
	r.mu.Unlock()
}

// Describe gives nothing: which series there are is known only when they are collected.
func (r *Registry) Describe(chan<- *prometheus.Desc) {}

// Collect gives the series of all sources.
func (r *Registry) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	sources := slices.Clone(r.sources)
	r.mu.Unlock()
	seen := map[string]bool{}
	for _, s := range sources {
		s.Beans(func(b Bean) {
			for _, v := range b.Values {
				for _, n := range r.names(&b, v) {
					if m := metric(n, &b, v, seen); m != nil {
						out <- m
					}
				}
			}
		})
		if e, ok := s.(extraSource); ok {
			e.extras(out)
		}
	}
}

func (r *Registry) names(b *Bean, v Value) []series {
	key := nameKey{b.Domain, b.Type, tagNames(b), v.Attribute, v.Text != ""}
	r.mu.Lock()
	defer r.mu.Unlock()
	if all, ok := r.known[key]; ok {
		return all
	}
	var all []series
	for _, f := range r.families {
		s, ok := f.name(b, v)
		if !ok {
			continue
		}
		s.quoted = f.quoted
		all = append(all, s)
		if short := strings.TrimSuffix(strings.TrimSuffix(s.name, "_total"), "_info"); f.bare && !s.counter && short != s.name {
			s.name = short
			all = append(all, s)
		}
	}
	r.known[key] = all
	return all
}

func tagNames(b *Bean) string {
	switch len(b.Tags) {
	case 0:
		return ""
	case 1:
		return b.Tags[0].Name
	}
	names := make([]string, len(b.Tags))
	for i, t := range b.Tags {
		names[i] = t.Name
	}
	return strings.Join(names, ",")
}

// metric makes the series of an attribute, nil where it was there already: two rules may give one name.
func metric(s series, b *Bean, v Value, seen map[string]bool) prometheus.Metric {
	names, values := make([]string, 0, len(b.Tags)+2), make([]string, 0, len(b.Tags)+2)
	for i, t := range b.Tags {
		value := t.Value
		if s.quoted {
			value = quoteTag(value)
		}
		names, values = append(names, s.labels[i]), append(values, value)
	}
	if s.fixed[0] != "" {
		names, values = append(names, s.fixed[0]), append(values, s.fixed[1])
	}
	number := v.Number * s.factor
	if s.text != "" {
		shown := v.Text
		if shown == "" {
			shown = strconv.FormatFloat(v.Number, 'f', -1, 64)
		}
		names, values, number = append(names, s.text), append(values, shown), 1
	}
	id := s.name + "\x00" + strings.Join(names, ",") + "\x00" + strings.Join(values, "\x00")
	if seen[id] {
		return nil
	}
	seen[id] = true
	kind := prometheus.GaugeValue
	switch {
	case s.counter:
		kind = prometheus.CounterValue
	case strings.HasSuffix(s.name, "_total") || s.text != "":
		kind = prometheus.UntypedValue
	}
	m, err := prometheus.NewConstMetric(prometheus.NewDesc(s.name, help(b, s), names, nil), kind, number, values...)
	if err != nil {
		return prometheus.NewInvalidMetric(prometheus.NewDesc(s.name, "", nil, nil), err)
	}
	return m
}

func help(b *Bean, s series) string {
	if s.text != "" {
		return "What Java Connect shows as texts of " + b.Domain + ":type=" + b.Type
	}
	return "Java Connect's " + b.Domain + ":type=" + b.Type
}

// extraSource is a source that has what Java has no bean for.
type extraSource interface {
	extras(out chan<- prometheus.Metric)
}
