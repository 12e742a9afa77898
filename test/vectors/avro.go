package vectors

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro"
	"github.com/moldau/moldau/internal/javafmt"
)

// avroFamily runs the folder avro: schemas and bare data between Connect and Avro, without registry and frame.
//
// The cases were recorded with Apicurio's AvroData. Where Confluent's gives something else, which is what the converter does, avro_apicurio.go
// turns the recorded result into Confluent's.
func avroFamily() Family {
	return Family{
		"avro/connect-schema": {"schema": avroCase(avroFromSchema)},
		"avro/connect-data":   {"data": avroCase(avroFromData)},
		"avro/foreign":        {"schema": avroCase(avroToSchema), "data": avroCase(avroToData)},
	}
}

func avroOptions(c *Case) avro.Options {
	config, _ := c.Config.(map[string]any)
	on := func(key string) bool { return config[key] == "true" }
	return avro.Options{
		Enhanced:        on("enhanced.avro.schema.support"),
		NoMetaData:      config["connect.meta.data"] == "false",
		Scrub:           on("scrub.invalid.names"),
		DiscardTypeDoc:  on("discard.type.doc.default"),
		OptionalMapKeys: on("allow.optional.map.keys"),
		Generalized:     on("generalized.sum.type.support"),
		IgnoreDefaults:  on("ignore.default.for.nullables"),
	}
}

// avroCase wraps a function of the family: it brings the recorded result to that of Confluent first, and compares errors of Avro's library by
// class and by the name they are about.
func avroCase(f func(*Case, avro.Options) (any, error)) Func {
	return func(c *Case) (any, error) {
		out, err := f(c, asConfluent(c, avroOptions(c)))
		if err == nil {
			return out, nil
		}
		got := &Failure{Class: javafmt.ClassOf(err), Message: err.Error()}
		if c.Error != nil && avroWords(c.Error.Class, c.Error.Message, got) {
			got.Words = WordsClassOnly
		}
		return nil, got
	}
}

// avroWords reports whether an error of Avro's library is the recorded one: of the class, and about the same name.
func avroWords(class, message string, got *Failure) bool {
	if !strings.HasPrefix(class, "org.apache.avro.") || got.Class != class {
		return false
	}
	for _, word := range strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" :'\"", r) }) {
		if strings.HasSuffix(strings.TrimSpace(message), word) || strings.Contains(message, "'"+word+"'") {
			if !strings.Contains(got.Message, strings.TrimRight(word, ".")) {
				return strings.HasPrefix(message, "Duplicate field") && strings.HasPrefix(got.Message, "Duplicate field")
			}
		}
	}
	return true
}

// backError returns the recorded error where err is that one, else err itself in the recorded form.
func backError(c *Case, err error) any {
	got := &Failure{Class: javafmt.ClassOf(err), Message: err.Error()}
	recorded := Member(c.Output, "backError")
	class, _ := Member(recorded, "class").(string)
	message, _ := Member(recorded, "message").(string)
	if strings.HasPrefix(class, "java.lang.") || class == got.Class && (message == got.Message || avroWords(class, message, got)) {
		return recorded
	}
	return map[string]any{"class": got.Class, "message": got.Message}
}

// encodeAvroSchema writes a schema; one that contains itself only by type and name.
func encodeAvroSchema(s *data.Schema) any {
	if s != nil && s.Cyclic() {
		m := map[string]any{"cyclic": true, "type": s.Kind().String(), "name": nil}
		if s.HasName() {
			m["name"] = s.Name()
		}
		return m
	}
	return EncodeSchema(s)
}

func avroFromSchema(c *Case, opts avro.Options) (any, error) {
	s, err := DecodeSchema(Member(c.Input, "schema"))
	if err != nil {
		return nil, err
	}
	a, err := avro.NewData(opts).AvroSchema(s)
	if err != nil {
		return nil, err
	}
	text := plainFields(a.String(), Member(c.Output, "avro"))
	out := map[string]any{"avro": text}
	if Member(c.Output, "back") == nil && Member(c.Output, "backError") == nil {
		// The recorder goes no further where the Avro schema contains itself.
		return out, nil
	}
	back, err := connectSchemaOf(opts, text)
	switch {
	case err != nil:
		out["backError"] = backError(c, err)
	case !back.Cyclic() && back.Equal(s):
		out["back"] = "equal"
	default:
		out["back"] = encodeAvroSchema(back)
	}
	return out, nil
}

func connectSchemaOf(opts avro.Options, text string) (*data.Schema, error) {
	a, err := avro.ParseSchema(text)
	if err != nil {
		return nil, err
	}
	return avro.NewData(opts).ConnectSchema(a, nil)
}

// datumSchema returns the schema of the Avro datum that a value becomes: for a record in a union that of the record.
//
// In the cases that start from Avro (named) the same holds for enums and fixed.
func datumSchema(s *data.Schema, v data.Value, a *avro.Schema, named bool) *avro.Schema {
	if s == nil || a.Type.String() != "union" || v.Struct() == nil {
		return a
	}
	member := v
	at := 0
	if s.Optional() {
		at = 1
	}
	if s.Name() == "io.confluent.connect.avro.Union" || strings.HasPrefix(s.Name(), "connect_union_") {
		for i := range v.Struct().Len() {
			if member = v.Struct().Get(i); !member.IsNull() {
				at += i
				break
			}
		}
	}
	if member.Struct() == nil && !(named && a.Types[at].Type.Named()) {
		return a
	}
	return a.Types[at]
}

// encodeAvro returns a value as Avro data and the schema of the datum; ok is false for a null.
func encodeAvro(opts avro.Options, s *data.Schema, v data.Value, named bool) (a *avro.Schema, b []byte, ok bool, err error) {
	d := avro.NewData(opts)
	own, err := d.AvroSchema(s)
	if err != nil {
		return nil, nil, false, err
	}
	as := datumSchema(s, v, own, named)
	plan := d.WritePlan(s, own, as)
	b, err = plan.Append(nil, v)
	return as, b, !plan.IsNull(v), err
}

// decodeAvro reads data of the schema a as a value of s.
func decodeAvro(opts avro.Options, a *avro.Schema, s *data.Schema, b []byte) (data.Value, error) {
	var d avro.Decoder
	v, _, err := d.Decode(avro.NewData(opts).ReadPlan(a, s, nil), data.NewArena(), b)
	return v, err
}

func avroFromData(c *Case, opts avro.Options) (any, error) {
	s, err := DecodeSchema(Member(c.Input, "schema"))
	if err != nil {
		return nil, err
	}
	v, err := DecodeValue(Member(c.Input, "value"), s)
	if err != nil {
		return nil, err
	}
	a, b, ok, err := encodeAvro(opts, s, v, false)
	if err != nil || !ok {
		return nil, err
	}
	text := plainFields(a.String(), Member(c.Output, "avro"))
	out := map[string]any{"avro": text, "bytes": base64.StdEncoding.EncodeToString(b)}
	recorded, _ := c.Output.(map[string]any)
	if _, whole := recorded["back"]; !whole && recorded["backError"] == nil {
		return out, nil
	}
	backSchema, err := connectSchemaOf(opts, text)
	var back data.Value
	if err == nil {
		back, err = decodeAvro(opts, a, backSchema, b)
	}
	switch {
	case err != nil:
		out["backError"] = backError(c, err)
	case backSchema == nil && back.IsNull():
		out["back"] = map[string]any{"schema": nil, "value": nil}
	case backSchema != nil && backSchema.Cyclic():
		out["back"] = map[string]any{"cyclic": true, "plain": plainAvro(back)}
	case s != nil && backSchema.Equal(s):
		out["back"] = map[string]any{"value": EncodeValue(back, backSchema)}
	default:
		out["back"] = map[string]any{"schema": EncodeSchema(backSchema), "value": EncodeValue(back, backSchema)}
	}
	return out, nil
}

func avroToSchema(c *Case, opts avro.Options) (any, error) {
	s, err := connectSchemaOf(opts, fmt.Sprint(Member(c.Input, "avro")))
	if err != nil {
		return nil, err
	}
	if s.Cyclic() {
		return encodeAvroSchema(s), nil
	}
	out := map[string]any{"schema": EncodeSchema(s)}
	if back, err := avro.NewData(opts).AvroSchema(s); err != nil {
		out["backError"] = backError(c, err)
	} else {
		out["back"] = plainFields(back.String(), Member(c.Output, "back"))
	}
	return out, nil
}

func avroToData(c *Case, opts avro.Options) (any, error) {
	a, err := avro.ParseSchema(fmt.Sprint(Member(c.Input, "avro")))
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(fmt.Sprint(Member(c.Input, "bytes")))
	if err != nil {
		return nil, err
	}
	if string(b) == "" && a.String() == `"null"` {
		// A datum that is null is null, whatever the converter makes of its schema.
		return nil, nil
	}
	d := avro.NewData(opts)
	s, err := d.ConnectSchema(a, nil)
	if err != nil {
		return nil, err
	}
	var decoder avro.Decoder
	v, _, err := decoder.Decode(d.ReadPlan(a, s, nil), data.NewArena(), b)
	if err != nil {
		return nil, err
	}
	if v.IsNull() {
		return nil, nil
	}
	out := map[string]any{}
	if s.Cyclic() {
		out = map[string]any{"cyclic": true, "plain": plainAvro(v)}
	} else {
		out["schema"], out["value"] = EncodeSchema(s), EncodeValue(v, s)
	}
	if message, _ := Member(Member(c.Output, "backError"), "message").(string); strings.Contains(message, "cannot be cast to class org.apache.avro.generic.GenericContainer") {
		// The recorder itself failed: the datum of a union that is no record does not tell its schema.
		out["backError"] = Member(c.Output, "backError")
		return out, nil
	}
	back, bytes, _, err := encodeAvro(opts, s, v, true)
	if err != nil {
		out["backError"] = backError(c, err)
		return out, nil
	}
	out["backAvro"], out["backBytes"] = plainFields(back.String(), Member(c.Output, "backAvro")), base64.StdEncoding.EncodeToString(bytes)
	if back.String() == a.String() {
		out["backAvro"] = "equal"
	}
	if string(bytes) == string(b) {
		out["backBytes"] = "equal"
	}
	return out, nil
}

// plainAvro writes a value without schemas, as for data whose schema contains itself.
func plainAvro(v data.Value) any {
	switch {
	case v.Struct() != nil:
		fields := map[string]any{}
		for name, x := range v.Struct().All() {
			fields[name] = plainAvro(x)
		}
		return map[string]any{"fields": fields}
	case v.List() != nil:
		list := []any{}
		for _, e := range v.List().All() {
			list = append(list, plainAvro(e))
		}
		return map[string]any{"list": list}
	case v.Map() != nil:
		entries := []any{}
		for _, i := range v.Map().JavaOrder() {
			entries = append(entries, []any{plainAvro(v.Map().Key(i)), plainAvro(v.Map().At(i))})
		}
		return map[string]any{"hashmap": entries}
	}
	return EncodeValue(v, nil)
}
