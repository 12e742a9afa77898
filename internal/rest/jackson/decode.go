package jackson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Entry is a key with its text, nil for null.
type Entry struct {
	Key   string
	Value *string
}

// Map is a JSON object of texts in the order of its keys' first occurrence, as a LinkedHashMap keeps them. A nil Map is a null.
type Map []Entry

// Get returns the value of a key.
func (m Map) Get(key string) (value *string, ok bool) {
	for _, e := range m {
		if e.Key == key {
			return e.Value, true
		}
	}
	return nil, false
}

// Put returns the map with the value of a key set; a new key goes to the end.
func (m Map) Put(key string, value *string) Map {
	for i := range m {
		if m[i].Key == key {
			m[i].Value = value
			return m
		}
	}
	return append(m, Entry{key, value})
}

// MarshalJSON writes the map in its order, for another worker to read.
func (m Map) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, e := range m {
		b.WriteByte("{,"[min(i, 1)])
		if err := enc.Encode(e.Key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(e.Value); err != nil {
			return nil, err
		}
	}
	if len(m) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

const (
	// StringMap and ObjectMap are the Java types of maps in messages.
	StringMap = "java.util.LinkedHashMap<java.lang.String,java.lang.String>"
	ObjectMap = "java.util.LinkedHashMap<java.lang.String,java.lang.Object>"
)

// TextValue reads the current token as a text: numbers and booleans count as their text, null is nil.
func (r *Reader) TextValue() (*string, error) {
	switch r.kind {
	case Null:
		return nil, nil
	case String, Int, Float, True, False:
		text := r.text
		return &text, nil
	}
	return nil, r.mismatch("java.lang.String")
}

// StringMap reads the current token and what belongs to it as a map of texts; null is nil, an empty object an empty Map.
func (r *Reader) StringMap() (Map, error) {
	if r.kind == Null {
		return nil, nil
	}
	m := Map{}
	err := r.fields(StringMap, func(name string) error {
		text, err := r.TextValue()
		if err != nil {
			return err
		}
		m = m.Put(name, text)
		return nil
	})
	return m, err
}

// Fields reads the current token as an object of the Java class and calls field for each member, with the reader at its value. field returns
// false for a name that the class does not have; known are the names that it has, for the message.
func (r *Reader) Fields(class string, known []string, field func(name string) (bool, error)) error {
	switch r.kind {
	case String:
		return r.noConstructor(class, "String-argument", "String value ('"+r.text+"')")
	case Int:
		return r.noConstructor(class, "int/Int-argument", "Number value ("+r.text+")")
	case Float:
		return r.noConstructor(class, "double/Double-argument", "Number value ("+r.text+")")
	case True, False:
		return r.noConstructor(class, "boolean/Boolean-argument", "boolean value ("+r.text+")")
	}
	return r.fields(class, func(name string) error {
		ok, err := field(name)
		if err != nil || ok {
			return err
		}
		count := fmt.Sprintf("%d known properties: ", len(known))
		if len(known) == 1 {
			count = "one known property: "
		}
		return r.failf("Unrecognized field %q (class %s), not marked as ignorable (%s\"%s\")", name, class, count, strings.Join(known, `", "`))
	})
}

func (r *Reader) fields(class string, value func(name string) error) error {
	if r.kind != StartObject {
		return r.mismatch(class)
	}
	for {
		kind, err := r.Next()
		if err != nil {
			return err
		}
		if kind == EndObject {
			return nil
		}
		name := r.text
		if _, err := r.Next(); err != nil {
			return err
		}
		if err := value(name); err != nil {
			return err
		}
	}
}

// Elements reads the current token as an array and calls element with the reader at each of its elements; false for null.
func (r *Reader) Elements(class string, element func() error) (bool, error) {
	if r.kind == Null {
		return false, nil
	}
	if r.kind != StartArray {
		return false, r.mismatch(class)
	}
	for {
		kind, err := r.Next()
		if err != nil {
			return false, err
		}
		if kind == EndArray {
			return true, nil
		}
		if err := element(); err != nil {
			return false, err
		}
	}
}

// ObjectMap reads the current token as a map of anything: strings, booleans, json.Number, []any, map[string]any and nil. Null is nil.
func (r *Reader) ObjectMap() (map[string]any, error) {
	if r.kind == Null {
		return nil, nil
	}
	m := map[string]any{}
	err := r.fields(ObjectMap, func(name string) error {
		v, err := r.any()
		if err != nil {
			return err
		}
		m[name] = v
		return nil
	})
	return m, err
}

// Skip reads the current token and what belongs to it, of whatever type.
func (r *Reader) Skip() error {
	_, err := r.any()
	return err
}

func (r *Reader) any() (any, error) {
	switch r.kind {
	case String:
		return r.text, nil
	case Int, Float:
		return json.Number(r.text), nil
	case True, False:
		return r.kind == True, nil
	case StartObject:
		return r.ObjectMap()
	case StartArray:
		list := []any{}
		_, err := r.Elements("", func() error {
			v, err := r.any()
			if err != nil {
				return err
			}
			list = append(list, v)
			return nil
		})
		return list, err
	}
	return nil, nil
}

// Finish checks that nothing follows the value that was read.
func (r *Reader) Finish(class string) error {
	kind, err := r.Next()
	if err != nil || kind == End {
		return err
	}
	return r.failf("Trailing token (`JsonToken.%s`) found after value (bound as `%s`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", tokenNames[kind], class)
}

var tokenNames = [...]string{End: "NOT_AVAILABLE", StartObject: "START_OBJECT", EndObject: "END_OBJECT", StartArray: "START_ARRAY", EndArray: "END_ARRAY",
	FieldName: "FIELD_NAME", String: "VALUE_STRING", Int: "VALUE_NUMBER_INT", Float: "VALUE_NUMBER_FLOAT", True: "VALUE_TRUE", False: "VALUE_FALSE", Null: "VALUE_NULL"}

var shapeNames = map[Kind]string{StartObject: "Object", StartArray: "Array", String: "String", Int: "Integer", Float: "Floating-point",
	True: "Boolean", False: "Boolean", Null: "Null"}

// Mismatch is the error of a value that is not of the Java type.
func (r *Reader) Mismatch(class string) error { return r.mismatch(class) }

// EnumMismatch is the error of an array where the name of a constant must be, for an enum with a factory method.
func (r *Reader) EnumMismatch(class string) error {
	return r.mappingf("Input mismatch reading Enum `%s`: properties-based `@JsonCreator` ([method %s#forValue(java.lang.String)]) expects String Value, got Array value (`JsonToken.START_ARRAY`)", class, class)
}

// Construct is the error of a value for which the Java type's factory threw an exception.
func (r *Reader) Construct(class, problem string) error {
	return r.mappingf("Cannot construct instance of `%s`, problem: %s", class, problem)
}

func (r *Reader) mismatch(class string) error {
	if r.kind == String {
		raw, _, _ := strings.Cut(class, "<")
		return r.noConstructor(raw, "String-argument", "String value ('"+r.text+"')")
	}
	return r.mappingf("Cannot deserialize value of type `%s` from %s value (token `JsonToken.%s`)", class, shapeNames[r.kind], tokenNames[r.kind])
}

func (r *Reader) noConstructor(class, kind, value string) error {
	return r.mappingf("Cannot construct instance of `%s` (although at least one Creator exists): no %s constructor/factory method to deserialize from %s", class, kind, value)
}

// NoContent is the error of an empty body where a value must be.
func (r *Reader) NoContent() error { return r.failf("No content to map due to end-of-input") }

// mappingf is the error of a value that is well-formed: Jackson says where the value begins, and of others where reading stopped.
func (r *Reader) mappingf(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...) + "\n at " + r.location(r.start)}
}
