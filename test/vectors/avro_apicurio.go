package vectors

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/moldau/moldau/converters/avro"
)

// asConfluent turns a result recorded with Apicurio's AvroData into that of Confluent's, and returns the options to run it with. The recorded
// results differ by these rules, whose numbers are those of the page that lists them:
//
//	2  a union of one member becomes a struct: the converter can do that too, so the cases run with flatten.singleton.unions=false
//	3  a decimal is not padded to the size of its fixed: what failed for that reason must succeed; of a ByteBuffer the whole array counts
//	4  a fixed that is a decimal cannot be read: what failed for that reason must succeed
//	5  names are scrubbed in another way, namespaces not at all: the recorded names are scrubbed as Confluent does
//	6  a dot at the end of a full name counts: what failed for that reason must succeed
//	7  parameters of a type that occurs again are lost: the converter's addition is taken away before the comparison (see plainFields)
//
// What must succeed and has no recorded result passes where the function gives no error. The differences themselves are tested beside the
// converter.
func asConfluent(c *Case, opts avro.Options) avro.Options {
	opts.KeepSingletonUnions = true
	input := c.Input
	if c.Error != nil {
		decimal := strings.Contains(c.Error.Message, "(org.apache.kafka.connect.data.Decimal) differs from name in source schema")
		short := c.Error.Class == "java.lang.IndexOutOfBoundsException" && Member(Member(input, "schema"), "name") == "org.apache.kafka.connect.data.Decimal"
		trailing := c.Error.Message == "Empty name" && anyName(Member(input, "schema"), func(name string) bool { return len(name) > 1 && strings.HasSuffix(name, ".") })
		if decimal || short || trailing {
			c.Error = nil
		}
		return opts
	}
	wholeBuffer(c)
	if opts.Scrub {
		scrubAsConfluent(c)
	}
	return opts
}

// wholeBuffer is rule 3 for buffers: of a fixed the recorded bytes are the first of the array.
func wholeBuffer(c *Case) {
	schema, value := Member(c.Input, "schema"), Member(c.Input, "value")
	out, _ := c.Output.(map[string]any)
	if out != nil && Member(value, "buffer") != nil && Member(value, "pos") != json.Number("0") && strings.Contains(show(schema), "connect.fixed.size") {
		c.HasOutput, c.Output = false, nil
	}
}

// anyName reports whether a schema or one inside it has a name that is so.
func anyName(s any, is func(string) bool) bool {
	name, _ := Member(s, "name").(string)
	if is(name) || Member(s, "key") != nil && anyName(Member(s, "key"), is) || Member(s, "value") != nil && anyName(Member(s, "value"), is) {
		return true
	}
	fields, _ := Member(s, "fields").([]any)
	for _, f := range fields {
		if anyName(Member(f, "schema"), is) {
			return true
		}
	}
	return false
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// encodedName is the form that both make of a name before they look at its first character.
func encodedName(name string) string {
	b := []byte(url.QueryEscape(name))
	for i, c := range b {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			b[i] = '_'
		}
	}
	return string(b)
}

func scrubbedByApicurio(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	if name == "" {
		return "x"
	}
	if encoded := url.QueryEscape(name); !plainName.MatchString(encoded[:1]) {
		return "x" + encodedName(name)
	}
	return encodedName(name)
}

func scrubbedByConfluent(name string) string {
	if encoded := encodedName(name); name == "" || encoded[0] < '0' || encoded[0] > '9' {
		return encoded
	}
	return "x" + encodedName(name)
}

// scrubAsConfluent replaces the scrubbed names in a recorded result.
func scrubAsConfluent(c *Case) {
	schema := Member(c.Input, "schema")
	if anyName(schema, func(name string) bool { return strings.HasSuffix(name, ".") }) {
		c.HasOutput, c.Output = false, nil
		return
	}
	if anyEmptyName(schema) {
		c.HasOutput, c.Output = false, nil
		c.Error = &Failure{Class: "org.apache.avro.SchemaParseException", Message: "Empty name"}
		return
	}
	var pairs []string
	forNames(schema, func(name string, full bool) {
		last := name
		if i := strings.LastIndexByte(name, '.'); full && i >= 0 {
			last = name[i+1:]
			space := name[:i]
			var parts []string
			for _, part := range strings.Split(space, ".") {
				parts = append(parts, scrubbedByConfluent(part))
			}
			if scrubbed := strings.Join(parts, "."); scrubbed != space {
				pairs = append(pairs, `"namespace":"`+space+`"`, `"namespace":"`+scrubbed+`"`)
			}
		}
		if a, b := scrubbedByApicurio(last), scrubbedByConfluent(last); a != b {
			pairs = append(pairs, `"`+a+`"`, `"`+b+`"`)
		}
	})
	if len(pairs) == 0 {
		return
	}
	replacer := strings.NewReplacer(pairs...)
	c.Output = replaceTexts(c.Output, replacer)
	out, _ := c.Output.(map[string]any)
	if message, _ := Member(Member(out, "backError"), "message").(string); strings.HasPrefix(message, "Namespace part") {
		delete(out, "backError")
	}
}

func anyEmptyName(s any) bool {
	found := false
	forNames(s, func(name string, full bool) { found = found || full && name == "" })
	return found
}

// forNames calls f for the names of the fields of a schema and, with full, for those of named types.
func forNames(s any, f func(name string, full bool)) {
	if s == nil {
		return
	}
	if name, ok := Member(s, "name").(string); ok && Member(s, "type") == "STRUCT" {
		f(name, true)
	}
	forNames(Member(s, "key"), f)
	forNames(Member(s, "value"), f)
	fields, _ := Member(s, "fields").([]any)
	for _, field := range fields {
		name, _ := Member(field, "name").(string)
		f(name, false)
		forNames(Member(field, "schema"), f)
	}
}

// replaceTexts replaces names, which stand in quotes in Avro texts and alone in the members "name" of a schema.
func replaceTexts(v any, r *strings.Replacer) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			text, isText := e.(string)
			switch {
			case k == "name" && isText:
				out[k] = strings.Trim(r.Replace(`"`+text+`"`), `"`)
			case k == "avro" && isText:
				out[k] = r.Replace(text)
			default:
				out[k] = replaceTexts(e, r)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = replaceTexts(e, r)
		}
		return out
	}
	return v
}

// fieldParameters matches the parameters that Confluent writes on a field whose type was declared before: they follow a type that is a name, or a
// union with one.
var fieldParameters = regexp.MustCompile(`("name":"[^"]*","type":(?:"[^"]+"|\["null","[^"]+"\]|\["[^"]+","null"\])(?:,"doc":"(?:[^"\\]|\\.)*")?(?:,"default":(?:[^,{}\[\]]+|\{[^{}]*\}))?),"connect\.parameters":\{(?:"(?:[^"\\]|\\.)*":"(?:[^"\\]|\\.)*",?)*\}`)

// plainFields is rule 7: it takes the parameters of fields out of an Avro text, where that makes it the recorded one.
func plainFields(text string, recorded any) string {
	if text != recorded {
		if plain := fieldParameters.ReplaceAllString(text, "$1"); plain == recorded {
			return plain
		}
	}
	return text
}
