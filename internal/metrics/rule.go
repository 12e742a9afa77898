package metrics

import (
	"regexp"
	"strings"
)

// series is what a rule makes of an attribute: a Prometheus series without its value.
type series struct {
	name    string
	counter bool
	factor  float64
	// labels are the names for the bean's tags, in their order; text is the label for a text, fixed one with its value.
	labels []string
	text   string
	fixed  [2]string
	// quoted is of the family.
	quoted bool
}

// rule says how the attributes of some beans are named, as a rule of the JMX exporter does: the first one that fits decides.
type rule struct {
	// domain, kind and attribute must match whole; $1 in name is the group of domain, $2 that of kind, $3 that of attribute.
	domain, kind, attribute string
	// tags are the names that the bean's tags must have, in their order.
	tags string
	name string
	// labels are the label names of the tags, in their order; fixed is a label that is always there.
	labels []string
	fixed  [2]string
	// text is the label for the text of an attribute that has one, and may hold $3; a rule without it is for numbers only.
	text string
	// shown says that the rule makes a text of a number, too.
	shown   bool
	counter bool
	factor  float64
}

type compiledRule struct {
	rule
	domain, kind, attribute *regexp.Regexp
}

// family is a way to name series.
type family struct {
	rules []compiledRule
	// bare says that series which are no counters have a second name without _total and _info, as version 1 of the JMX exporter calls them.
	bare bool
	// quoted says that tags are shown as they stand in the name of an MBean, in quotes where they have special characters.
	quoted bool
}

func compile(rules []rule) []compiledRule {
	whole := func(p string) *regexp.Regexp {
		if p == "" {
			p = "(.+)"
		}
		return regexp.MustCompile("^(?:" + p + ")$")
	}
	var out []compiledRule
	for _, r := range rules {
		out = append(out, compiledRule{r, whole(r.domain), whole(r.kind), whole(r.attribute)})
	}
	return out
}

// name finds the series for an attribute; ok is false where no rule fits.
func (f *family) name(b *Bean, v Value) (s series, ok bool) {
	tags := make([]string, len(b.Tags))
	for i, t := range b.Tags {
		tags[i] = t.Name
	}
	have := strings.Join(tags, ",")
	for i := range f.rules {
		r := &f.rules[i]
		if r.tags != have || !r.shown && (r.text != "") != (v.Text != "") {
			continue
		}
		domain, kind, attribute := r.domain.FindStringSubmatch(b.Domain), r.kind.FindStringSubmatch(b.Type), r.attribute.FindStringSubmatch(v.Attribute)
		if domain == nil || kind == nil || attribute == nil {
			continue
		}
		fill := strings.NewReplacer("$1", group(domain), "$2", group(kind), "$3", group(attribute))
		s = series{name: clean(fill.Replace(r.name)), counter: r.counter, factor: r.factor, labels: r.labels, fixed: r.fixed}
		if s.factor == 0 {
			s.factor = 1
		}
		if r.text != "" {
			s.text = clean(fill.Replace(r.text))
		}
		s.fixed[1] = fill.Replace(s.fixed[1])
		return s, true
	}
	return series{}, false
}

func group(found []string) string { return found[len(found)-1] }

// clean makes a name of Prometheus of what rules put together.
func clean(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, s))
}

// quoteTag quotes a tag as ObjectName.quote does, where it has a character that must be.
func quoteTag(s string) string {
	if !strings.ContainsAny(s, ",=:\"*?\n\\") && s != "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`, `?`, `\?`, "\n", `\n`).Replace(s) + `"`
}
