package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// configFamily runs the folder config: declarations, parsing, validation, prefixes and config providers.
func configFamily() Family {
	return Family{
		"config/parse-type": {"*": configParseType},
		"config/validators": {"toString": configValidatorText, "ensureValid": configEnsureValid, "build": configBuildValidator},
		"config/definition": {"parse": configParse, "validate": configValidate, "define": configDefine},
		"config/prefix":     {"*": configPrefix},
		"config/providers":  providerFunctions(),
	}
}

// configClasses knows the classes of the recorded cases.
func configClasses(name string) (config.ClassName, bool) {
	return config.ClassName(name), slices.Contains([]string{"java.lang.String", "org.apache.kafka.connect.storage.StringConverter"}, name)
}

// configFailure turns an error into what Java would throw.
func configFailure(err error) error {
	if err == nil {
		return nil
	}
	var java interface {
		error
		JavaClass() string
	}
	if !errors.As(err, &java) {
		return err
	}
	return &Failure{Class: java.JavaClass(), Message: err.Error()}
}

// configValue reads a recorded value into the Go value that package config has for it.
func configValue(v any) (any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	if object["utf16"] != nil {
		return Text(v)
	}
	if list, ok := object["list"].([]any); ok {
		texts := make([]string, len(list))
		for i, e := range list {
			value, err := configValue(e)
			if err != nil {
				return nil, err
			}
			if texts[i], ok = value.(string); !ok {
				return anyList(list)
			}
		}
		return texts, nil
	}
	number := func(text any, bits int) (int64, error) {
		s, ok := text.(string)
		if n, isNumber := text.(json.Number); isNumber {
			s, ok = n.String(), true
		}
		if !ok {
			return 0, NotUnderstood("value %v", v)
		}
		return strconv.ParseInt(s, 10, bits)
	}
	for kind, e := range object {
		switch kind {
		case "i8":
			n, err := number(e, 8)
			return int8(n), err
		case "i16":
			n, err := number(e, 16)
			return int16(n), err
		case "i32":
			n, err := number(e, 32)
			return int32(n), err
		case "i64":
			return number(e, 64)
		case "f32":
			bits, err := strconv.ParseUint(object["bits"].(string), 16, 32)
			return math.Float32frombits(uint32(bits)), err
		case "f64":
			bits, err := strconv.ParseUint(object["bits"].(string), 16, 64)
			return math.Float64frombits(bits), err
		case "password":
			text, err := Text(e)
			return config.NewSecret(text), err
		case "class":
			if name, ok := e.(string); ok && len(object) == 1 {
				return config.ClassName(name), nil
			}
		case "map":
			return javaMap{}, nil
		}
	}
	return nil, NotUnderstood("value %v", v)
}

func anyList(list []any) (any, error) {
	values := make([]any, len(list))
	for i, e := range list {
		value, err := configValue(e)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// javaMap is an empty map: a value of no configuration type.
type javaMap struct{}

func (javaMap) String() string    { return "{}" }
func (javaMap) JavaClass() string { return "java.util.ImmutableCollections$MapN" }

// configForm writes a parsed value in the recorded form, lists without their Java class.
func configForm(v any) any {
	switch v := v.(type) {
	case int32:
		return map[string]any{"i32": v}
	case int16:
		return map[string]any{"i16": int32(v)}
	case int64:
		return map[string]any{"i64": strconv.FormatInt(v, 10)}
	case float64:
		return map[string]any{"f64": config.Text(v), "bits": fmt.Sprintf("%016x", math.Float64bits(v))}
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return map[string]any{"list": list}
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = configForm(e)
		}
		return map[string]any{"list": list}
	case config.ClassName:
		return map[string]any{"class": string(v)}
	case config.Secret:
		return map[string]any{"password": v.Reveal()}
	}
	return v
}

// withoutListClasses removes the Java class of lists from a recorded result: which class it is does not show anywhere.
func withoutListClasses(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v["list"] != nil {
			delete(v, "class")
		}
		for _, e := range v {
			withoutListClasses(e)
		}
	case []any:
		for _, e := range v {
			withoutListClasses(e)
		}
	}
	return v
}

func configType(name string) (config.Type, error) {
	for t := config.String; t <= config.Password; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	return 0, NotUnderstood("type %s", name)
}

func configParseType(c *Case) (any, error) {
	withoutListClasses(c.Output)
	if c.Error != nil {
		// The list classes of the JDK have no meaning here.
		c.Error.Message = strings.ReplaceAll(c.Error.Message, "java.util.ImmutableCollections$List12", "java.util.List")
	}
	name, convert := strings.CutPrefix(c.Group(), "convertToString-")
	t, err := configType(strings.TrimSuffix(name, "-object"))
	if err != nil {
		return nil, err
	}
	value, err := configValue(c.Input)
	if err != nil {
		return nil, err
	}
	if convert {
		text, err := config.ConvertToString(value, t)
		if err != nil || text == nil {
			return nil, err
		}
		return *text, nil
	}
	parsed, err := config.ParseType("k", value, t, configClasses)
	if err != nil {
		return nil, configFailure(err)
	}
	return configForm(parsed), nil
}

func configValidator(name string) (config.Validator, error) {
	validators := map[string]config.Validator{
		"Range.atLeast(0)":                             config.AtLeast(0),
		"Range.between(1,10)":                          config.Between(1, 10),
		"Range.atLeast(0.5)":                           config.AtLeast(0.5),
		"Range.between(-5L,5L)":                        config.Between(-5, 5),
		"ValidString.in(a,b,C)":                        config.ValidString("a", "b", "C"),
		"ValidString.in(a,null)":                       config.ValidStringOrNull("a"),
		"CaseInsensitiveValidString.in(a,B)":           config.CaseInsensitiveValidString("a", "B"),
		"ValidList.in(a,b)":                            config.ValidList("a", "b"),
		"ValidList.in(false,a,b)":                      config.NonEmptyValidList("a", "b"),
		"ValidList.anyNonDuplicateValues(true,true)":   config.AnyNonDuplicateValues(true, true),
		"ValidList.anyNonDuplicateValues(true,false)":  config.AnyNonDuplicateValues(true, false),
		"ValidList.anyNonDuplicateValues(false,true)":  config.AnyNonDuplicateValues(false, true),
		"ValidList.anyNonDuplicateValues(false,false)": config.AnyNonDuplicateValues(false, false),
		"NonNullValidator":                             config.NonNull(),
		"NonEmptyString":                               config.NonEmptyString(),
		"NonEmptyStringWithoutControlChars":            config.NonEmptyStringWithoutControlChars(),
		"ListSize.atMostOfSize(2)":                     config.ListSize(2),
		"CompositeValidator(NonNull,Range.atLeast(0))": config.Composite(config.NonNull(), config.AtLeast(0)),
		"LambdaValidator(fails on x)": config.Lambda(func(name string, value any) error {
			if value == "x" {
				return config.Invalid(name, value, "no x")
			}
			return nil
		}, func() string { return "anything but x" }),
	}
	if v := validators[name]; v != nil {
		return v, nil
	}
	return nil, NotUnderstood("validator %s", name)
}

func configValidatorText(c *Case) (any, error) {
	v, err := configValidator(c.Input.(string))
	if err != nil {
		return nil, err
	}
	return v.String(), nil
}

func configEnsureValid(c *Case) (any, error) {
	v, err := configValidator(Member(c.Input, "validator").(string))
	if err != nil {
		return nil, err
	}
	value, err := configValue(Member(c.Input, "value"))
	if err != nil {
		return nil, err
	}
	if err := v.EnsureValid("k", value); err != nil {
		return nil, configFailure(err)
	}
	return "valid", nil
}

func configBuildValidator(c *Case) (out any, err error) {
	switch c.Input {
	case "ValidList.in(false)":
		defer func() { err = configFailure(recover().(error)) }()
		config.NonEmptyValidList()
		return nil, nil
	case "ListSize.atMostOfSize(-1)":
		return config.ListSize(-1).String(), nil
	}
	return nil, NotUnderstood("%v", c.Input)
}

// configDefinition is the declaration of the recorded cases (ConfigVec.java).
func configDefinition() *config.Def {
	return config.NewDef(
		config.Key{Name: "req.str", Default: config.NoDefault, Importance: config.High},
		config.Key{Name: "opt.int", Type: config.Int, Default: 5, Validator: config.Between(0, 100)},
		config.Key{Name: "list", Type: config.List, Default: []string{"x"}},
		config.Key{Name: "pw", Type: config.Password},
		config.Key{Name: "cls", Type: config.Class},
		config.Key{Name: "bool", Type: config.Boolean, Default: false},
		config.Key{Name: "dbl", Type: config.Double, Default: 1.5},
		config.Key{Name: "long", Type: config.Long, Default: 10, Validator: config.AtLeast(1)},
		config.Key{Name: "short", Type: config.Short, Default: 3},
		config.Key{Name: "enum", Default: "a", Validator: config.ValidString("a", "b")},
	)
}

func configProps(v any) (config.Props, error) {
	object, _ := v.(map[string]any)
	props := config.Props{}
	for k, e := range object {
		if e == nil {
			props[k] = nil
			continue
		}
		text, err := Text(e)
		if err != nil {
			return nil, err
		}
		props.Set(k, text)
	}
	return props, nil
}

func configForms(values map[string]any) any {
	object := map[string]any{}
	for k, v := range values {
		object[k] = configForm(v)
	}
	return object
}

func configParse(c *Case) (any, error) {
	withoutListClasses(c.Output)
	props, err := configProps(c.Input)
	if err != nil {
		return nil, err
	}
	values, err := configDefinition().Parse(props, config.WithClasses(configClasses))
	if err != nil {
		return nil, configFailure(err)
	}
	return configForms(values.All()), nil
}

func configValidate(c *Case) (any, error) {
	withoutListClasses(c.Output)
	props, err := configProps(c.Input)
	if err != nil {
		return nil, err
	}
	values := configDefinition().Validate(props, config.WithClasses(configClasses))
	list := []any{}
	for _, v := range values {
		object := map[string]any{"name": v.Name}
		if v.Value != nil {
			object["value"] = configForm(v.Value)
		}
		if len(v.Errors) > 0 {
			object["errors"] = v.Errors
		}
		if !v.Visible {
			object["visible"] = false
		}
		list = append(list, object)
	}
	return list, nil
}

func configDefine(c *Case) (any, error) {
	d := config.NewDef()
	var err error
	switch c.Input {
	case "twice":
		d.Define(config.Key{Name: "a", Type: config.Int, Default: config.NoDefault})
		err = d.DefineChecked(config.Key{Name: "a", Type: config.Int, Default: config.NoDefault})
	case "bad default":
		err = d.DefineChecked(config.Key{Name: "a", Type: config.Int, Default: "x"})
	case "invalid default":
		err = d.DefineChecked(config.Key{Name: "a", Type: config.Int, Default: -1, Validator: config.AtLeast(0)})
	default:
		return nil, NotUnderstood("%v", c.Input)
	}
	return nil, configFailure(err)
}

func configPrefix(c *Case) (any, error) {
	props, err := configProps(Member(c.Input, "props"))
	if err != nil {
		return nil, err
	}
	prefix := Member(c.Input, "prefix").(string)
	values, err := config.NewDef(
		config.Key{Name: "a", Type: config.Int, Default: 1},
		config.Key{Name: "p.a", Type: config.Int, Default: 2},
		config.Key{Name: "b", Default: "dflt"},
	).Parse(props)
	if err != nil {
		return nil, configFailure(err)
	}
	var parsed map[string]any
	switch c.Group() {
	case "originalsWithPrefix":
		return values.OriginalsWithPrefix(prefix), nil
	case "originalsWithPrefix-nostrip":
		object := map[string]any{}
		for k, v := range values.OriginalsWithPrefix(prefix) {
			object[prefix+k] = *v
		}
		return object, nil
	case "valuesWithPrefixOverride":
		parsed, err = values.WithPrefixOverride(prefix)
	case "valuesWithPrefixAllOrNothing":
		parsed, err = values.WithPrefixAllOrNothing(prefix)
	default:
		return nil, NotUnderstood("%s", c.Group())
	}
	if err != nil {
		return nil, configFailure(err)
	}
	return configForms(parsed), nil
}
