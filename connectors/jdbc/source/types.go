package source

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// column is a column of a result that has a field.
type column struct {
	dialect.Column
	cell   int // its place in the result
	schema *data.Schema
	fill   func(f *filler, i int, c *column, cell *dialect.Cell) error
	elem   *column      // of an array
	single *data.Schema // a struct of one element, to fill
}

// Limits of numeric.mapping (GenericDatabaseDialect).
const (
	mostIntegerDigits = 18
	leastScale        = -84
	unsetScale        = 127
	precisionParam    = "connect.decimal.precision"
)

// schemaOf returns the schema of a column and what fills its field; nil for types that have none.
func (s *settings) schemaOf(c *column) {
	optional := func(x *data.Schema) *data.Schema { return x.AsOptional(c.Nullable) }
	integer := func(x *data.Schema) { c.schema, c.fill = optional(x), fillInteger }
	switch c.JDBC {
	case dialect.Boolean:
		c.schema, c.fill = optional(data.BoolSchema), fillBool
	case dialect.Bit:
		c.schema, c.fill = optional(data.Int8Schema), fillBit
	case dialect.TinyInt:
		integer(wider(c.Unsigned, data.Int8Schema, data.Int16Schema))
	case dialect.SmallInt:
		integer(wider(c.Unsigned, data.Int16Schema, data.Int32Schema))
	case dialect.Integer:
		integer(wider(c.Unsigned, data.Int32Schema, data.Int64Schema))
	case dialect.BigInt:
		integer(data.Int64Schema)
	case dialect.Real:
		c.schema, c.fill = optional(data.Float32Schema), fillFloat
	case dialect.Float, dialect.Double:
		c.schema, c.fill = optional(data.Float64Schema), fillFloat
	case dialect.Decimal:
		s.decimal(c)
	case dialect.Numeric:
		s.number(c)
	case dialect.Varchar:
		c.schema, c.fill = optional(data.StringSchema), fillText
	case dialect.Binary:
		c.schema, c.fill = optional(data.BytesSchema), fillBytes
	case dialect.Date:
		c.schema, c.fill = optional(data.DateSchema), fillDate
	case dialect.Time:
		c.schema, c.fill = optional(data.TimeSchema), fillTime
	case dialect.Timestamp:
		s.timestamp(c)
	case dialect.Array:
		s.array(c)
	}
}

func wider(unsigned bool, signed, next *data.Schema) *data.Schema {
	if unsigned {
		return next
	}
	return signed
}

// decimal is a column whose values are decimals of one scale.
func (s *settings) decimal(c *column) {
	if c.Scale < 0 && c.Precision < 0 {
		c.Scale = unsetScale
	}
	b := data.DecimalBuilder(int32(c.Scale)).Param(precisionParam, strconv.Itoa(max(0, c.Precision)))
	c.schema, c.fill = b.SetOptional(c.Nullable).MustBuild(), fillDecimal
}

// number is a NUMERIC column, by numeric.mapping.
func (s *settings) number(c *column) {
	known := c.Precision >= 0
	fits := known && c.Precision <= mostIntegerDigits
	float := func() { c.schema, c.fill = data.Float64Schema.AsOptional(c.Nullable), fillFloat }
	switch s.numeric {
	case "precision_only":
		if fits && c.Scale == 0 {
			c.schema, c.fill = integerOf(c.Precision).AsOptional(c.Nullable), fillInteger
			return
		}
	case "best_fit", "best_fit_eager_double":
		switch {
		case fits && c.Scale <= 0 && c.Scale >= leastScale:
			c.schema, c.fill = integerOf(c.Precision).AsOptional(c.Nullable), fillInteger
			return
		case c.Scale > 0 && (fits || s.numeric == "best_fit_eager_double"), !known:
			float()
			return
		}
	}
	s.decimal(c)
}

// integerOf is the smallest integer that holds so many digits.
func integerOf(digits int) *data.Schema {
	switch {
	case digits > 9:
		return data.Int64Schema
	case digits > 4:
		return data.Int32Schema
	case digits > 2:
		return data.Int16Schema
	}
	return data.Int8Schema
}

func (s *settings) timestamp(c *column) {
	switch {
	case s.granularity == "connect_logical":
		c.schema, c.fill = data.TimestampSchema, fillTimestamp
	case strings.HasSuffix(s.granularity, "_long"):
		c.schema, c.fill = data.Int64Schema, fillTimestampNumber
	default:
		c.schema, c.fill = data.StringSchema, fillTimestampText
	}
	c.schema = c.schema.AsOptional(c.Nullable)
}

// shape is how the rows of a result become structs.
type shape struct {
	schema  *data.Schema
	columns []column
	dropped []string
	// inc and stamps are the cells of the offset columns, -1 and nil where there are none.
	inc    int
	stamps []int
	made   []dialect.Result
	// key is the schema of the key, nil without; keys are the fields that it is made of.
	key  *data.Schema
	keys []int
}

// shapeOf makes the shape of a result. The description of the table, where there is one, knows more of a column than the result does.
func (r *reader) shapeOf(results []dialect.Result) (*shape, error) {
	s := r.settings
	sh := &shape{inc: -1}
	var fields []data.Field
	for i, result := range results {
		if len(r.described) == len(results) && r.described[i].Type != "" && r.described[i].Name == result.Name {
			result.Type = r.described[i].Type
			result.Precision = max(result.Precision, r.described[i].Precision)
		}
		col, ok := s.Dialect.ColumnOf(result)
		if r.table != nil {
			if t := r.table.Column(result.Name); t != nil {
				col, ok = *t, t.JDBC != dialect.Other
			}
		}
		if len(r.described) == len(results) && r.described[i].Known && r.described[i].Name == result.Name {
			col.Nullable = r.described[i].Nullable
		}
		col.Name = result.Name
		x := column{Column: col, cell: i}
		if !ok && s.otherText && s.Dialect.Name() == "PostgreSqlDatabaseDialect" {
			x.JDBC, ok = dialect.Varchar, true
		}
		if ok {
			s.schemaOf(&x)
		}
		if strings.EqualFold(result.Name, r.inc) && s.incrementing {
			sh.inc = i
		}
		if x.schema == nil {
			sh.dropped = append(sh.dropped, result.Name+" ("+result.Type+")")
			continue
		}
		fields = append(fields, data.Field{Name: result.Name, Schema: x.schema})
		sh.columns = append(sh.columns, x)
	}
	for _, n := range r.stamps {
		for i, result := range results {
			if strings.EqualFold(result.Name, n) {
				sh.stamps = append(sh.stamps, i)
			}
		}
	}
	var err error
	if sh.schema, err = data.NewStructSchema(r.id.Name, fields...).Build(); err != nil {
		return nil, err
	}
	sh.made = slices.Clone(results)
	return sh, r.keyOf(sh)
}

// same reports whether a result has the columns that a shape was made of.
func same(sh *shape, list []dialect.Result) bool { return slices.Equal(sh.made, list) }
