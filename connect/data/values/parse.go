// Package values converts single values between forms, with the rules of Java's org.apache.kafka.connect.data.Values: it reads the text of
// headers, writes values as text, infers schemas and converts values to other types.
package values

import (
	"errors"
	"math"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// maxDepth bounds how deep lists and maps may nest in a text. Java's stack ends at a few thousand.
const maxDepth = 1000

// errNoValue says that a text is no list, map or embedded value; the text as a whole is a string then.
var errNoValue = errors.New("no value")

// Parse reads the text form of a value: numbers as the smallest type that holds them, true and false, dates, times and timestamps, lists and
// maps, everything else as a string. The text null gives a null without schema. Parse never fails.
func Parse(text string) (*data.Schema, data.Value) { return ParseIn(data.NewArena(), text) }

// ParseIn is Parse with lists and maps stored in an arena. Strings share the text.
func ParseIn(a *data.Arena, text string) (*data.Schema, data.Value) {
	if text == "" {
		return data.StringSchema, data.String(text)
	}
	p := parser{arena: a, tokens: tokens{text: text}}
	r, err := p.parse(false, 0)
	if err != nil {
		return data.StringSchema, data.String(text)
	}
	return r.schema, r.value
}

// parsed is a value with its schema; without schema it is the literal null.
type parsed struct {
	schema *data.Schema
	value  data.Value
}

type parser struct {
	tokens
	arena *data.Arena
}

// literal takes a token that is a value by itself. At the top nothing may follow: true} is a string.
func (p *parser) literal(token string, embedded bool) bool {
	start := p.mark()
	if p.take(token) && (embedded || !p.more()) {
		return true
	}
	p.rewind(start)
	return false
}

func (p *parser) parse(embedded bool, depth int) (parsed, error) {
	switch {
	case !p.more():
		return parsed{}, nil
	case embedded && p.take(`"`):
		return p.quoted(), nil
	case p.literal("null", embedded):
		return parsed{}, nil
	case p.literal("true", embedded):
		return parsed{data.BoolSchema, data.Bool(true)}, nil
	case p.literal("false", embedded):
		return parsed{data.BoolSchema, data.Bool(false)}, nil
	}
	start := p.mark()
	if depth < maxDepth {
		r, tried, err := p.nested(depth + 1)
		if tried && err == nil {
			return r, nil
		}
		if tried {
			p.rewind(start)
		}
	}
	token := p.next()
	if blank(token) {
		return parsed{data.StringSchema, data.String(token)}, nil
	}
	return p.token(embedded, javafmt.Trim(token))
}

// nested reads a list or map; tried is false where there is neither.
func (p *parser) nested(depth int) (r parsed, tried bool, err error) {
	switch {
	case p.take("["):
		r, err = p.list(depth)
		return r, true, err
	case p.take("{"):
		r, err = p.object(depth)
		return r, true, err
	}
	return parsed{}, false, nil
}

// token reads a date or number from the token just taken, which may go on in the next ones: colons separate tokens.
func (p *parser) token(embedded bool, token string) (parsed, error) {
	digit := startsWithDigit(token)
	if digit {
		if r, ok := p.temporal(token); ok {
			return r, nil
		}
	}
	if digit || token[0] == '+' || token[0] == '-' {
		if r, ok := number(token); ok {
			return r, nil
		}
	}
	if embedded {
		return parsed{}, errNoValue
	}
	return parsed{data.StringSchema, data.String(p.text)}, nil
}

func startsWithDigit(s string) bool {
	for _, r := range s {
		return javafmt.Digit(r) >= 0
	}
	return false
}

func (p *parser) temporal(token string) (parsed, bool) {
	at := p.mark()
	if rest := p.join(4); rest != "" {
		if r, ok := parseTemporal(token + rest); ok {
			return r, true
		}
	}
	p.rewind(at)
	return parseTemporal(token)
}

func (p *parser) quoted() parsed {
	// White space beside a delimiter gets lost: looking for the closing quote skips blank tokens.
	var content strings.Builder
	for p.more() && !p.take(`"`) {
		content.WriteString(p.next())
	}
	text := content.String()
	if r, ok := parseTemporal(text); ok {
		return r
	}
	return parsed{data.StringSchema, data.String(text)}
}

func (p *parser) list(depth int) (parsed, error) {
	var elements []data.Value
	var common merger
	for p.more() {
		if p.take("]") {
			return p.listOf(elements, common)
		}
		if p.take(",") {
			return parsed{}, errNoValue
		}
		e, err := p.parse(true, depth)
		if err != nil {
			return parsed{}, err
		}
		common.merge(e.schema)
		elements = append(elements, e.value)
		at := p.mark()
		if p.take("]") {
			p.rewind(at)
		} else if !p.take(",") {
			return parsed{}, errNoValue
		}
	}
	return parsed{}, errNoValue
}

func (p *parser) listOf(elements []data.Value, common merger) (parsed, error) {
	b := p.arena.List(len(elements))
	if common.schema == nil {
		for _, e := range elements {
			b.Append(e)
		}
		return parsed{listOfUnknown, b.Build().Value()}, nil
	}
	for _, e := range elements {
		v, err := Convert(common.schema, nil, e)
		if err != nil {
			return parsed{}, err
		}
		b.Append(v)
	}
	schema, err := data.NewListSchema(common.schema).Build()
	return parsed{schema, b.Build().Value()}, err
}

// The schemas of lists and maps whose parts have no common schema.
var (
	listOfUnknown = data.NewSchema(data.ListKind).MustBuild()
	mapOfUnknown  = data.NewSchema(data.MapKind).MustBuild()
)

// entry is an entry of a map that is not converted yet.
type entry struct{ key, value data.Value }

func (p *parser) object(depth int) (parsed, error) {
	var entries []entry
	var keys, values merger
	for p.more() {
		if p.take("}") {
			return p.mapOf(entries, keys, values)
		}
		if p.take(",") {
			return parsed{}, errNoValue
		}
		k, err := p.parse(true, depth)
		if err != nil {
			return parsed{}, err
		}
		if k.value.IsNull() || !p.take(":") {
			return parsed{}, errNoValue
		}
		v, err := p.parse(true, depth)
		if err != nil {
			return parsed{}, err
		}
		entries = append(entries, entry{k.value, v.value})
		// Java asks for no comma between entries.
		p.take(",")
		keys.merge(k.schema)
		values.merge(v.schema)
	}
	return parsed{}, errNoValue
}

func (p *parser) mapOf(entries []entry, keys, values merger) (parsed, error) {
	// Equal keys are one entry before they are converted, and may become equal by conversion.
	b := p.arena.Map(len(entries))
	b.JavaLinkedHashMap()
	for _, e := range entries {
		var err error
		if keys.schema != nil {
			if e.key, err = Convert(keys.schema, nil, e.key); err != nil {
				return parsed{}, err
			}
			if values.schema != nil {
				if e.value, err = Convert(values.schema, nil, e.value); err != nil {
					return parsed{}, err
				}
			}
		}
		b.Put(e.key, e.value)
	}
	schema := mapOfUnknown
	var err error
	switch {
	case keys.schema != nil && values.schema != nil:
		schema, err = data.NewMapSchema(keys.schema, values.schema).Build()
	case keys.schema != nil:
		schema, err = data.NewMapOfUnknown(keys.schema).Build()
	}
	return parsed{schema, b.Build().Value()}, err
}

// number reads a decimal number as the smallest type that holds it; digits of any script count.
func number(token string) (parsed, bool) {
	d, err := javafmt.ParseDecimal(token)
	if err != nil {
		return parsed{}, false
	}
	if r, ok := integral(d); ok {
		return r, true
	}
	if d.Scale != 0 {
		if f := d.Float32(); !isInf(float64(f)) {
			return parsed{data.Float32Schema, data.Float32(f)}, true
		}
		if f := d.Float64(); !isInf(f) {
			return parsed{data.Float64Schema, data.Float64(f)}, true
		}
	}
	return parsed{data.DecimalSchema(d.Scale), data.DecimalOf(d.Unscaled, d.Scale)}, true
}

func isInf(f float64) bool { return math.IsInf(f, 0) }

// integral returns the number as an integer where it has no fraction and fits 64 bits.
func integral(d javafmt.Decimal) (parsed, bool) {
	if d.Unscaled.Sign() == 0 {
		return smallest(0), true
	}
	// A number of more than 19 digits before the point never fits; a huge exponent must not be written out.
	digits := int64(d.Precision()) - int64(d.Scale)
	if digits > 19 || digits < 1 {
		return parsed{}, false
	}
	whole, err := d.SetScale(0, javafmt.RoundUnnecessary)
	if err != nil || !whole.Unscaled.IsInt64() {
		return parsed{}, false
	}
	return smallest(whole.Unscaled.Int64()), true
}

func smallest(x int64) parsed {
	switch {
	case x == int64(int8(x)):
		return parsed{data.Int8Schema, data.Int8(int8(x))}
	case x == int64(int16(x)):
		return parsed{data.Int16Schema, data.Int16(int16(x))}
	case x == int64(int32(x)):
		return parsed{data.Int32Schema, data.Int32(int32(x))}
	}
	return parsed{data.Int64Schema, data.Int64(x)}
}
