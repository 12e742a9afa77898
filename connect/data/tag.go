package data

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// structTag is the tag of a field of a Go struct: connect:"name,option...". A name of "-" leaves the field out. The options are optional, date, time
// and timestamp for a time.Time, and scale=N for a Decimal.
type structTag struct {
	name     string
	optional bool
	temporal Kind
	scale    int32
	hasScale bool
}

func parseTag(f reflect.StructField) (structTag, error) {
	parts := strings.Split(f.Tag.Get("connect"), ",")
	t := structTag{name: parts[0], temporal: TimestampKind}
	if t.name == "" {
		t.name = f.Name
	}
	for _, option := range parts[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "optional":
			t.optional = true
		case "date":
			t.temporal = DateKind
		case "time":
			t.temporal = TimeKind
		case "timestamp":
			t.temporal = TimestampKind
		case "scale":
			n, err := strconv.ParseInt(value, 10, 32)
			if err != nil {
				return t, fmt.Errorf("field %s: the scale %q is no number", f.Name, value)
			}
			t.scale, t.hasScale = int32(n), true
		default:
			return t, fmt.Errorf("field %s: unknown option %q in the connect tag", f.Name, option)
		}
	}
	return t, nil
}

// goField is a field of a Go struct that is a field of a schema.
type goField struct {
	tag   structTag
	index []int
	typ   reflect.Type
}

// goFields returns the exported fields of a struct type, those of embedded structs without a name of their own in their place.
func goFields(t reflect.Type) ([]goField, error) {
	var fields []goField
	for i := range t.NumField() {
		f := t.Field(i)
		tag, err := parseTag(f)
		if err != nil {
			return nil, fmt.Errorf("type %v: %w", t, err)
		}
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("connect") == "" && f.Type != timeType && f.Type != decimalType:
			inner, err := goFields(f.Type)
			if err != nil {
				return nil, err
			}
			for _, g := range inner {
				g.index = append([]int{i}, g.index...)
				fields = append(fields, g)
			}
		case f.IsExported() && tag.name != "-":
			fields = append(fields, goField{tag, []int{i}, f.Type})
		}
	}
	return fields, nil
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	decimalType = reflect.TypeFor[Decimal]()
	valueType   = reflect.TypeFor[Value]()
	bytesType   = reflect.TypeFor[[]byte]()
)
