package debezium

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// scriptMember returns a property of an object, or an element of a list by its number.
func scriptMember(object, property any, safe bool) (any, error) {
	name, isName := property.(string)
	switch o := object.(type) {
	case nil:
		if safe {
			return nil, nil
		}
		return nil, smt.NullPointer(fmt.Sprintf("Cannot get property '%v' on null object", property))
	case data.Value:
		if s := o.Struct(); s != nil && isName {
			v, err := s.Lookup(name)
			return scriptValue(v), err
		}
		if m := o.Map(); m != nil {
			return mapMember(m, property), nil
		}
	case *data.Schema:
		if out, ok := schemaMember(o, name); ok {
			return out, nil
		}
	case *connect.Headers:
		if h, ok := o.Last(name); ok {
			return h, nil
		}
		return nil, nil
	case connect.Header:
		switch name {
		case "value":
			return scriptValue(o.Value), nil
		case "schema":
			return schemaOrNull(o.Schema), nil
		}
	case data.Field:
		switch name {
		case "name":
			return o.Name, nil
		case "index":
			return o.Index, nil
		case "schema":
			return schemaOrNull(o.Schema), nil
		}
	case []any:
		if i, ok := scriptInteger(property); ok {
			return listMember(o, i), nil
		}
	}
	return nil, fmt.Errorf("no such property: %v for class: %s", property, scriptClass(object))
}

func mapMember(m *data.Map, property any) any {
	if name, ok := property.(string); ok {
		return scriptValue(m.Field(name))
	}
	for key, v := range m.All() {
		if scriptEqual(scriptValue(key), property) {
			return scriptValue(v)
		}
	}
	return nil
}

// listMember returns an element; numbers below zero count from the end, and there is null beyond the ends.
func listMember(list []any, i int64) any {
	if i < 0 {
		i += int64(len(list))
	}
	if i < 0 || i >= int64(len(list)) {
		return nil
	}
	return list[i]
}

func schemaOrNull(s *data.Schema) any {
	if s == nil {
		return nil
	}
	return s
}

// schemaMember returns what a property or a method without arguments of a schema gives.
func schemaMember(s *data.Schema, name string) (out any, ok bool) {
	switch name {
	case "name":
		if s.HasName() {
			return s.Name(), true
		}
		return nil, true
	case "doc":
		if s.HasDoc() {
			return s.Doc(), true
		}
		return nil, true
	case "version":
		if v, has := s.Version(); has {
			return int64(v), true
		}
		return nil, true
	case "type":
		return s.Kind().String(), true
	case "optional", "isOptional":
		return s.Optional(), true
	case "keySchema":
		return schemaOrNull(s.Key()), true
	case "valueSchema":
		return schemaOrNull(s.Elem()), true
	case "defaultValue":
		v, _ := s.Default()
		return scriptValue(v), true
	case "fields":
		fields := make([]any, 0, len(s.Fields()))
		for _, f := range s.Fields() {
			fields = append(fields, f)
		}
		return fields, true
	case "parameters":
		params := map[string]any{}
		for k, v := range s.Params() {
			params[k] = v
		}
		return params, true
	}
	return nil, false
}

// scriptMethod calls a method of an object.
func scriptMethod(object any, name string, arguments []any, safe bool) (any, error) {
	if object == nil {
		if safe {
			return nil, nil
		}
		return nil, smt.NullPointer("Cannot invoke method " + name + "() on null object")
	}
	if name == "equals" && len(arguments) == 1 {
		return scriptEqual(object, arguments[0]), nil
	}
	if name == "toString" && len(arguments) == 0 {
		return scriptText(object), nil
	}
	out, ok, err := callMethod(object, name, arguments)
	if err == nil && !ok {
		err = fmt.Errorf("no method %s.%s() takes %d arguments", scriptClass(object), name, len(arguments))
	}
	return out, err
}

func callMethod(object any, name string, arguments []any) (out any, ok bool, err error) {
	switch o := object.(type) {
	case string:
		out, ok = textMethod(o, name, arguments)
	case []any:
		out, ok = listMethod(o, name, arguments)
	case map[string]any:
		if key, isKey := oneText(arguments); isKey && (name == "get" || name == "containsKey") {
			v, has := o[key]
			if name == "containsKey" {
				return has, true, nil
			}
			return v, true, nil
		}
	case *data.Schema:
		if key, isKey := oneText(arguments); isKey && name == "field" {
			if o.Kind() != data.StructKind {
				return nil, true, smt.DataError("Cannot look up fields on non-struct type")
			}
			if f, has := o.Field(key); has {
				return f, true, nil
			}
			return nil, true, nil
		}
		if len(arguments) == 0 {
			out, ok = schemaMember(o, name)
		}
	case data.Field:
		if len(arguments) == 0 {
			out, err = scriptMember(o, name, false)
			return out, true, err
		}
	case data.Value:
		return dataMethod(o, name, arguments)
	}
	return out, ok, err
}

func oneText(arguments []any) (string, bool) {
	if len(arguments) != 1 {
		return "", false
	}
	text, ok := arguments[0].(string)
	return text, ok
}

// dataMethod calls a method of a struct or map.
func dataMethod(v data.Value, name string, arguments []any) (out any, ok bool, err error) {
	key, isKey := oneText(arguments)
	if s := v.Struct(); s != nil {
		switch {
		case name == "schema" && len(arguments) == 0:
			return s.Schema(), true, nil
		case name == "getWithoutDefault" && isKey:
			v, err := s.LookupRaw(key)
			return scriptValue(v), true, err
		case isKey && (name == "get" || strings.HasPrefix(name, "get") && len(name) > len("get")):
			v, err := s.Lookup(key)
			return scriptValue(v), true, err
		}
		return nil, false, nil
	}
	m := v.Map()
	switch {
	case m == nil:
		return nil, false, nil
	case name == "get" && len(arguments) == 1:
		return mapMember(m, arguments[0]), true, nil
	case name == "containsKey" && isKey:
		return m.Index(key) >= 0, true, nil
	case name == "size" && len(arguments) == 0:
		return int64(m.Len()), true, nil
	case name == "isEmpty" && len(arguments) == 0:
		return m.Len() == 0, true, nil
	}
	return nil, false, nil
}

func listMethod(list []any, name string, arguments []any) (out any, ok bool) {
	switch {
	case name == "size" && len(arguments) == 0:
		return int64(len(list)), true
	case name == "isEmpty" && len(arguments) == 0:
		return len(list) == 0, true
	case name == "contains" && len(arguments) == 1:
		for _, item := range list {
			if scriptEqual(item, arguments[0]) {
				return true, true
			}
		}
		return false, true
	case name == "get" && len(arguments) == 1:
		if i, isNumber := scriptInteger(arguments[0]); isNumber {
			return listMember(list, i), true
		}
	}
	return nil, false
}
