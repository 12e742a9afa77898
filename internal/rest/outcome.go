package rest

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/workerconfig"
)

// outcome takes the secrets out of the outcome of a validation. Java resolves placeholders before it validates and shows what they stand for, as
// values, and where the name of a transformation, predicate or group of topics comes from one, as names of keys, groups and documentation too.
type outcome struct {
	// given is the configuration as the client wrote it, masked the same without its secrets, nil where literal secrets are shown.
	given, masked config.Props
	redactor      *logs.Redactor
	// resolved says that config providers had a part in the configuration; aliases are the parts of key names that came from them.
	resolved bool
	aliases  *strings.Replacer
	// ends are how groups and display names end that hold such a part: the words before it, and it.
	ends [][2]string
}

// aliasKeys are the keys whose values become parts of the names of other keys, with what those begin with.
var aliasKeys = map[string]string{"transforms": "transforms.", "predicates": "predicates.", "topic.creation.groups": "topic.creation."}

func newOutcome(given, masked config.Props, redactor *logs.Redactor) *outcome {
	o := &outcome{given: given, masked: masked, redactor: redactor}
	for _, key := range given.Keys() {
		text, _ := given.Get(key)
		o.resolved = o.resolved || workerconfig.HasPlaceholder(text)
	}
	return o
}

// clean changes infos, except for what they share with declarations.
func (o *outcome) clean(infos *config.Infos) {
	o.findAliases(infos)
	infos.Name = o.text(infos.Name)
	if class, _ := o.given.Get("connector.class"); workerconfig.HasPlaceholder(class) {
		infos.Name = class
	}
	infos.Groups = o.texts(infos.Groups)
	for i := range infos.Configs {
		if d := infos.Configs[i].Definition; d != nil {
			infos.Configs[i].Definition = o.definition(d)
		}
		if v := infos.Configs[i].Value; v != nil {
			o.value(v)
		}
	}
}

// findAliases learns from the outcome which names came from config providers: the filter alone would leave a word within a longer name.
func (o *outcome) findAliases(infos *config.Infos) {
	var hidden []string
	for _, info := range infos.Configs {
		if info.Value == nil || info.Value.Value == nil {
			continue
		}
		prefix, ok := aliasKeys[info.Value.Name]
		written, _ := o.given.Get(info.Value.Name)
		if !ok || !workerconfig.HasPlaceholder(written) {
			continue
		}
		own := aliasesIn(written)
		for _, alias := range aliasesIn(*info.Value.Value) {
			if alias == "" || slices.Contains(own, alias) {
				continue
			}
			hidden = append(hidden, prefix+alias+".", prefix+config.Hidden+".", "'"+alias+"'", "'"+config.Hidden+"'")
			for _, before := range []string{"Transforms: ", "Predicates: ", " for "} {
				o.ends = append(o.ends, [2]string{before, alias})
			}
		}
	}
	if hidden != nil {
		o.aliases = strings.NewReplacer(hidden...)
	}
}

func aliasesIn(list string) []string {
	all := strings.Split(list, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// text cleans a text that the worker made.
func (o *outcome) text(s string) string {
	if !o.resolved {
		return s
	}
	if o.aliases != nil {
		s = o.aliases.Replace(s)
	}
	for _, end := range o.ends {
		if before, ok := strings.CutSuffix(s, end[0]+end[1]); ok {
			s = before + end[0] + config.Hidden
		}
	}
	return o.redactor.Redact(s)
}

func (o *outcome) texts(all []string) []string {
	out := slices.Clone(all)
	for i := range out {
		out[i] = o.text(out[i])
	}
	return out
}

// name cleans the name of a key. One that the client wrote is its own.
func (o *outcome) name(s string) string {
	if o.given.Has(s) {
		return s
	}
	return o.text(s)
}

func (o *outcome) definition(d *config.KeyInfo) *config.KeyInfo {
	out := *d
	out.Name, out.Documentation, out.DisplayName = o.name(d.Name), o.text(d.Documentation), o.text(d.DisplayName)
	out.Dependents = slices.Clone(d.Dependents)
	for i, name := range out.Dependents {
		out.Dependents[i] = o.name(name)
	}
	out.Group, out.DefaultValue = o.optional(d.Group), o.optional(d.DefaultValue)
	return &out
}

func (o *outcome) optional(s *string) *string {
	if s == nil {
		return nil
	}
	text := o.text(*s)
	return &text
}

func (o *outcome) value(v *config.ValueInfo) {
	errs := o.texts(v.Errors)
	for i := range errs {
		// Whatever came from a config provider, at an earlier time too, must not show in an error.
		errs[i] = o.redactor.Redact(errs[i])
	}
	v.Errors, v.RecommendedValues = errs, o.texts(v.RecommendedValues)
	name := v.Name
	v.Name = o.name(name)
	if v.Value == nil || *v.Value == config.Hidden {
		return
	}
	written, ok := o.given.Get(name)
	switch {
	case !ok:
		v.Value = o.optional(v.Value)
	case o.masked != nil && o.masked.Text(name) != written:
		text := o.masked.Text(name)
		v.Value = &text
	case workerconfig.HasPlaceholder(written):
		v.Value = &written
	}
}
