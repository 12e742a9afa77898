package confluent

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/jsonpath"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// filter keeps or drops the records that a JSONPath finds something in (Filter).
type filter struct {
	part    smt.Part
	path    *jsonpath.Path
	include bool
	missing string
}

var filterKeys = config.NewDef(
	config.Key{Name: "filter.condition", Type: config.String, Default: config.NoDefault, Validator: config.Lambda(checkCondition, func() string { return "a JSONPath" }), Importance: config.High,
		Doc: "JSONPath in the syntax of Jayway's JsonPath, such as $[?(@.status == 'new' && @.total > 10)]. A record meets it where the path finds anything in the key or value; structs count as objects."},
	config.Key{Name: "filter.type", Type: config.String, Default: config.NoDefault, Validator: config.CaseInsensitiveValidString("include", "exclude"), Importance: config.High,
		Doc: "include keeps the records that meet the condition and drops the others, exclude drops those that meet it."},
	config.Key{Name: "missing.or.null.behavior", Type: config.String, Default: "fail", Validator: config.CaseInsensitiveValidString("fail", "include", "exclude"), Importance: config.Medium,
		Doc: "What to do with a record that lacks a field the path leads through, or that has a null there: fail is an error, include keeps it, exclude drops it. Fields within a predicate [?()] do not count: what is not there meets no comparison."},
)

func checkCondition(name string, value any) error {
	text, _ := value.(string)
	if _, err := jsonpath.Parse(text); err != nil {
		return config.Invalid(name, text, err.Error())
	}
	return nil
}

func filterPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"Filter", "Keeps or drops the records that meet a condition, which is a JSONPath.", filterKeys,
		func(p smt.Part) connect.Transformation { return &filter{part: p} })
}

func (x *filter) Configure(props map[string]string) error {
	values, err := filterKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.include = strings.EqualFold(values.String("filter.type"), "include")
	x.missing = strings.ToLower(values.String("missing.or.null.behavior"))
	x.path, err = jsonpath.Parse(values.String("filter.condition"))
	return err
}

func (x *filter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if v.IsNull() {
		return x.whereMissing("the " + x.part.String() + " is null")
	}
	if err := requireObject(schema, v, "filtering by a condition"); err != nil {
		return false, err
	}
	found, err := x.path.Read(v)
	switch {
	case jsonpath.IsNotFound(err):
		return x.whereMissing(err.Error())
	case err != nil:
		return false, pathError(err, x.path)
	case x.path.Definite() && found[0].Kind() == data.NullKind:
		return x.whereMissing("the value at " + x.path.String() + " is null")
	}
	return (len(found) > 0) == x.include, nil
}

// whereMissing decides on a record without the fields of the condition.
func (x *filter) whereMissing(problem string) (bool, error) {
	if x.missing == "fail" {
		return false, smt.DataError("The record has not the fields of filter.condition, and missing.or.null.behavior is fail: " + problem)
	}
	return x.missing == "include", nil
}

func (x *filter) Close() error { return nil }
