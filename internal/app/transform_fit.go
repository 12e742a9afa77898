package app

import (
	"encoding/base64"
	"strconv"

	"github.com/moldau/moldau/connect/data"
)

// fits returns an error where a payload is not what its schema describes, at the place where it differs. JsonConverter takes a text for the number 0
// and passes over fields that the schema does not have; in a record that somebody wrote to try a configuration both are slips.
func fits(schema *data.Schema, l line) error {
	if schema == nil || l.isNull() {
		return nil
	}
	switch kind := schema.Kind(); kind {
	case data.ListKind:
		return elementsFit(schema, l)
	case data.MapKind:
		return entriesFit(schema, l)
	case data.StructKind:
		return fieldsFit(schema, l)
	default:
		if !scalarFits(schema, l) {
			return l.bad("%s is no %s", shortened(l.json), kind)
		}
	}
	return nil
}

func scalarFits(schema *data.Schema, l line) bool {
	text, isText := l.text()
	isNumber := l.json[0] == '-' || l.json[0] >= '0' && l.json[0] <= '9'
	bits := map[data.Kind]int{data.Int8Kind: 8, data.Int16Kind: 16, data.Int32Kind: 32, data.Int64Kind: 64}
	switch kind := schema.Kind(); kind {
	case data.BoolKind:
		return string(l.json) == "true" || string(l.json) == "false"
	case data.StringKind:
		return isText
	case data.BytesKind:
		_, err := base64.StdEncoding.DecodeString(text)
		return isText && err == nil || isNumber && schema.ValueKind() == data.DecimalKind
	case data.Float32Kind, data.Float64Kind:
		return isNumber
	default:
		_, err := strconv.ParseInt(string(l.json), 10, bits[kind])
		return err == nil
	}
}

func elementsFit(schema *data.Schema, l line) error {
	if !l.isArray() {
		return l.bad("%s is no ARRAY", shortened(l.json))
	}
	for _, m := range l.members() {
		if err := fits(schema.Elem(), m.value); err != nil {
			return err
		}
	}
	return nil
}

// entriesFit checks a map: an object where keys are texts, else pairs.
func entriesFit(schema *data.Schema, l line) error {
	texts := schema.Key().Kind() == data.StringKind
	switch {
	case texts && !l.isObject():
		return l.bad("%s is no MAP: with texts for keys that is an object", shortened(l.json))
	case !texts && !l.isArray():
		return l.bad("%s is no MAP: unless its keys are texts that is a list of pairs", shortened(l.json))
	}
	for _, m := range l.members() {
		value := m.value
		if !texts {
			if !value.isArray() || len(value.members()) != 2 {
				return value.bad("%s is no pair of key and value", shortened(value.json))
			}
			pair := value.members()
			if err := fits(schema.Key(), pair[0].value); err != nil {
				return err
			}
			value = pair[1].value
		}
		if err := fits(schema.Elem(), value); err != nil {
			return err
		}
	}
	return nil
}

func fieldsFit(schema *data.Schema, l line) error {
	if !l.isObject() {
		return l.bad("%s is no STRUCT", shortened(l.json))
	}
	for _, m := range l.members() {
		f, ok := schema.Field(m.name)
		if !ok {
			return m.named.bad("the schema has no field %s", m.named.json)
		}
		if err := fits(f.Schema, m.value); err != nil {
			return err
		}
	}
	return nil
}
