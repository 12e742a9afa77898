package debezium

import (
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// option is a key of a transformation. Debezium declares its keys to Connect's ConfigDef without validators, and checks them itself when it
// configures the transformation (io.debezium.config.Field): Key is the former, checks are the latter in the order in which they are asked.
type option struct {
	config.Key
	checks []check
	// unchecked options are read but not validated.
	unchecked bool
}

// check returns what is wrong with the value of an option, "" where nothing is. set is false where the option has neither value nor default.
type check func(o *options, k *option, value string, set bool) string

// declaration is the set of options of a transformation.
type declaration struct {
	options []option
	byName  map[string]*option
	def     *config.Def
}

func declare(list ...option) *declaration {
	d := &declaration{options: list, byName: map[string]*option{}, def: config.NewDef()}
	for i := range list {
		d.def.Define(list[i].Key)
		d.byName[list[i].Name] = &list[i]
	}
	return d
}

// options is a configuration as io.debezium.config.Configuration reads it: as texts.
type options struct {
	*declaration
	props map[string]string
}

// read returns the options without validating them.
func (d *declaration) read(props map[string]string) *options { return &options{d, props} }

// lookup returns the value of a key or its default; ok is false where there is neither.
func (o *options) lookup(name string) (value string, ok bool) {
	if value, ok = o.props[name]; ok {
		return value, true
	}
	if d := o.byName[name].Default; d != nil {
		return config.Text(d), true
	}
	return "", false
}

// text is lookup with "" where there is nothing.
func (o *options) text(name string) string {
	value, _ := o.lookup(name)
	return value
}

// given reports whether the key was set.
func (o *options) given(name string) bool {
	_, ok := o.props[name]
	return ok
}

// bool reads true and false in any case; other texts give the default.
func (o *options) bool(name string) bool {
	switch strings.ToLower(javafmt.Trim(o.props[name])) {
	case "true":
		return true
	case "false":
		return false
	}
	d, _ := o.byName[name].Default.(bool)
	return d
}

// list splits a given value at its commas; empty parts at the end are left out, as by Java's String.split. The default does not count.
func (o *options) list(name string) []string {
	value, ok := o.props[name]
	if !ok {
		return nil
	}
	parts := split(value, ",")
	for i := range parts {
		parts[i] = javafmt.Trim(parts[i])
	}
	return parts
}

// split is String.split for a separator that is no regular expression: empty parts at the end are left out, but a text that the separator is
// not in, even the empty one, is itself a part.
func split(s, separator string) []string {
	parts := strings.Split(s, separator)
	if len(parts) == 1 {
		return parts
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// problem returns the first thing wrong with an option.
func (o *options) problem(k *option) string {
	if k.unchecked {
		return ""
	}
	value, set := o.lookup(k.Name)
	for _, c := range append([]check{typeCheck(k.Type)}, k.checks...) {
		if c != nil {
			if p := c(o, k, value, set); p != "" {
				return p
			}
		}
	}
	return ""
}

// validate is SmtManager.validate: the error is that of the first wrong option in the order of a HashMap of their names.
func (o *options) validate() error {
	names := make([]string, len(o.options))
	for i := range o.options {
		names[i] = o.options[i].Name
	}
	for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
		k := &o.options[i]
		if p := o.problem(k); p != "" {
			var value any
			if v, set := o.props[k.Name]; set {
				value = v
			}
			return config.Invalid(k.Name, value, "The '"+k.Name+"' value is invalid: "+p)
		}
	}
	return nil
}

// wrong reports whether any option is wrong, for transformations that do not say which.
func (o *options) wrong() bool {
	for i := range o.options {
		if o.problem(&o.options[i]) != "" {
			return true
		}
	}
	return false
}

// unable is the error of transformations that do not say which option is wrong.
func unable() error {
	return javafmt.NewException(javafmt.ConnectException, "Unable to validate config.", nil)
}
