package everit

import (
	"strings"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// Reads reports whether data of the schema writer is data of the schema reader too, by the rules of Confluent's SchemaDiff for backward
// compatibility; if not, where says at which place it need not be.
func Reads(reader, writer *Schema) (where string, ok bool) {
	c := comparison{open: map[[2]*Schema]bool{}}
	ok = c.reads(reader, writer)
	return c.where, ok
}

// mostComparisons bounds the work for schemas whose unions refer to each other.
const mostComparisons = 200_000

type comparison struct {
	path []string
	// where is the place of the first difference that counts.
	where string
	// open are the pairs that are being compared: inside themselves they are taken for compatible.
	open  map[[2]*Schema]bool
	count int
}

func (c *comparison) no(what string) bool {
	if c.where == "" {
		c.where = "#/" + strings.Join(c.path, "/") + ": " + what
	}
	return false
}

func (c *comparison) in(name string, f func() bool) bool {
	c.path = append(c.path, name)
	ok := f()
	c.path = c.path[:len(c.path)-1]
	return ok
}

// try compares without a trace in where.
func (c *comparison) try(reader, writer *Schema) bool {
	where := c.where
	ok := c.reads(reader, writer)
	c.where = where
	return ok
}

func (c *comparison) reads(reader, writer *Schema) bool {
	switch {
	case reader == nil:
		return true
	case writer == nil:
		return c.no("SCHEMA_ADDED")
	}
	if reader.Type == ReferenceSchema && reader.Target != nil {
		reader = reader.Target
	}
	if writer.Type == ReferenceSchema && writer.Target != nil {
		writer = writer.Target
	}
	pair := [2]*Schema{reader, writer}
	if c.open[pair] {
		return true
	}
	if c.count++; c.count > mostComparisons {
		return c.no("the schemas are too large to be compared")
	}
	c.open[pair] = true
	defer delete(c.open, pair)
	return c.compare(reader, writer)
}

func (c *comparison) compare(reader, writer *Schema) bool {
	isUnion := reader.Type == CombinedSchema
	switch wasUnion := writer.Type == CombinedSchema; {
	case isUnion && !wasUnion:
		if len(reader.Members) == 1 || reader.Criterion != AllOf {
			for _, m := range reader.Members {
				if c.try(m, writer) {
					return true
				}
			}
		}
	case wasUnion && !isUnion:
		if len(writer.Members) == 1 || writer.Criterion == AllOf {
			for _, m := range writer.Members {
				if c.try(reader, m) {
					return true
				}
			}
		}
	}
	if reader.Type != writer.Type {
		bytes := func(s *Schema) bool { return s.ConnectType != nil && *s.ConnectType == "bytes" }
		if writer.Type == FalseSchema || reader.Type == EmptySchema || reader.Type == TrueSchema || bytes(reader) && bytes(writer) {
			return true
		}
		return c.no("TYPE_CHANGED")
	}
	switch reader.Type {
	case StringSchema:
		return c.most(reader, writer, "maxLength") && c.least(reader, writer, "minLength") && c.same(reader, writer, "pattern")
	case NumberSchema:
		if reader.Integer && !writer.Integer {
			return c.no("TYPE_NARROWED")
		}
		return c.most(reader, writer, "maximum") && c.least(reader, writer, "minimum") && c.most(reader, writer, "exclusiveMaximum") &&
			c.least(reader, writer, "exclusiveMinimum") && c.multiple(reader, writer)
	case ConstSchema, EnumSchema:
		return c.values(reader, writer)
	case CombinedSchema:
		return c.combined(reader, writer)
	case NotSchema:
		return c.in("not", func() bool { return c.reads(writer.Target, reader.Target) })
	case ObjectSchema:
		return c.object(reader, writer)
	case ArraySchema:
		return c.most(reader, writer, "maxItems") && c.least(reader, writer, "minItems") && c.same(reader, writer, "uniqueItems") &&
			c.same(reader, writer, "additionalItems") && c.in("items", func() bool { return c.reads(reader.Items, writer.Items) })
	}
	return true
}

// most compares upper limits, least lower ones.
func (c *comparison) most(reader, writer *Schema, name string) bool {
	now, before := reader.Limits[name], writer.Limits[name]
	if now == nil || before != nil && before.Float(64) <= now.Float(64) {
		return true
	}
	return c.no(name)
}

func (c *comparison) least(reader, writer *Schema, name string) bool {
	now, before := reader.Limits[name], writer.Limits[name]
	if now == nil || before != nil && before.Float(64) >= now.Float(64) {
		return true
	}
	return c.no(name)
}

// same compares limits of which only the same one, or none, allows what was allowed.
func (c *comparison) same(reader, writer *Schema, name string) bool {
	now, before := reader.Limits[name], writer.Limits[name]
	if now == nil || name == "uniqueItems" && !now.Truth || name == "additionalItems" && now.Kind == tree.Bool && now.Truth ||
		before != nil && now.String() == before.String() {
		return true
	}
	return c.no(name)
}

// multiple compares what numbers must be multiples of.
func (c *comparison) multiple(reader, writer *Schema) bool {
	now, before := reader.Limits["multipleOf"], writer.Limits["multipleOf"]
	if now == nil {
		return true
	}
	if before != nil && now.Float(64) != 0 {
		if q := before.Float(64) / now.Float(64); q == float64(int64(q)) {
			return true
		}
	}
	return c.no("multipleOf")
}

func (c *comparison) values(reader, writer *Schema) bool {
	now := map[string]bool{}
	for _, v := range reader.Values {
		now[v.String()] = true
	}
	for _, v := range writer.Values {
		if !now[v.String()] {
			return c.no("enum")
		}
	}
	return true
}

func (c *comparison) combined(reader, writer *Schema) bool {
	one := func(s *Schema) bool { return len(s.Members) == 1 }
	if reader.Criterion != writer.Criterion && reader.Criterion != AnyOf && !(one(reader) && one(writer)) && !(one(writer) && reader.Criterion == OneOf) &&
		!(one(reader) && writer.Criterion == AllOf) {
		return c.no("COMBINED_TYPE_CHANGED")
	}
	switch {
	case len(writer.Members) < len(reader.Members) && reader.Criterion == AllOf:
		return c.no("PRODUCT_TYPE_EXTENDED")
	case len(writer.Members) > len(reader.Members) && writer.Criterion != AllOf:
		return c.no("SUM_TYPE_NARROWED")
	}
	// Each of the fewer members needs one of its own among the others.
	fits := make([][]bool, len(writer.Members))
	for i, w := range writer.Members {
		fits[i] = make([]bool, len(reader.Members))
		for j, r := range reader.Members {
			fits[i][j] = c.try(r, w)
		}
	}
	if pairs(fits, len(reader.Members)) < min(len(writer.Members), len(reader.Members)) {
		return c.no("COMBINED_TYPE_SUBSCHEMAS_CHANGED")
	}
	return true
}

// pairs returns how many of the rows can have a column of their own.
func pairs(fits [][]bool, columns int) int {
	row := make([]int, columns)
	for j := range row {
		row[j] = -1
	}
	var place func(i int, seen []bool) bool
	place = func(i int, seen []bool) bool {
		for j, ok := range fits[i] {
			if !ok || seen[j] {
				continue
			}
			seen[j] = true
			if row[j] < 0 || place(row[j], seen) {
				row[j] = i
				return true
			}
		}
		return false
	}
	n := 0
	for i := range fits {
		if place(i, make([]bool, columns)) {
			n++
		}
	}
	return n
}

func byName(s *Schema) map[string]*Schema {
	out := make(map[string]*Schema, len(s.Properties))
	for _, p := range s.Properties {
		out[p.Name] = p.Schema
	}
	return out
}

// isOpen reports whether an object may have any other members.
func isOpen(s *Schema) bool {
	return !s.Closed && s.Additional == nil && s.Limits["patternProperties"] == nil && s.Limits["unevaluatedProperties"] == nil
}

func (c *comparison) object(reader, writer *Schema) bool {
	readers, writers := byName(reader), byName(writer)
	for _, p := range writer.Properties {
		ok := c.in(p.Name, func() bool {
			now := readers[p.Name]
			switch {
			case now != nil && !writer.Needed[p.Name] && reader.Needed[p.Name] && now.Default == nil:
				return c.no("REQUIRED_ATTRIBUTE_ADDED")
			case now != nil:
				return c.reads(now, p.Schema)
			case isOpen(reader), reader.Additional != nil && c.try(reader.Additional, p.Schema), p.Schema.Type == FalseSchema:
				return true
			}
			return c.no("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL")
		})
		if !ok {
			return false
		}
	}
	for _, p := range reader.Properties {
		if writers[p.Name] == nil && !c.in(p.Name, func() bool { return c.added(reader, writer, p) }) {
			return false
		}
	}
	return c.in("additionalProperties", func() bool {
		switch {
		case reader.Closed && !writer.Closed:
			return c.no("ADDITIONAL_PROPERTIES_REMOVED")
		case reader.Closed != writer.Closed, reader.Additional == nil:
			return true
		case writer.Additional == nil:
			return c.no("ADDITIONAL_PROPERTIES_NARROWED")
		}
		return c.reads(reader.Additional, writer.Additional)
	}) && c.most(reader, writer, "maxProperties") && c.least(reader, writer, "minProperties") && c.same(reader, writer, "dependencies")
}

// added compares a property that the writer does not name: where it permits others, they need not be what the reader says.
func (c *comparison) added(reader, writer *Schema, p Property) bool {
	if isOpen(writer) {
		if p.Schema.Type == EmptySchema || p.Schema.Type == TrueSchema {
			return true
		}
		return c.no("PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL")
	}
	if writer.Additional != nil && !c.reads(p.Schema, writer.Additional) {
		return false
	}
	if reader.Needed[p.Name] && p.Schema.Default == nil {
		return c.no("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL")
	}
	return true
}
