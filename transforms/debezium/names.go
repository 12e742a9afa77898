package debezium

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// adjuster makes names that Avro accepts (io.debezium.schema.SchemaNameAdjuster); nil leaves names as they are.
type adjuster struct {
	// dots says that a dot is valid, as it is in names of schemas but not of fields.
	dots bool
	// unicode writes invalid characters as _u0041 instead of _.
	unicode bool
}

func schemaNameAdjustment() option {
	return option{Key: config.Key{Name: "schema.name.adjustment.mode", Type: config.String, Default: "none", Importance: config.Low, Width: config.WidthMedium,
		Doc: "How names of schemas are made valid for Avro: none leaves them alone, avro replaces invalid characters by _, avro_unicode by _u and their code."},
		checks: []check{oneOf("none", "avro", "avro_unicode")}}
}

func fieldNameAdjustment() option {
	return option{unchecked: true, Key: config.Key{Name: "field.name.adjustment.mode", Type: config.String, Default: "none", Importance: config.Low, Width: config.WidthMedium,
		Doc: "How names of fields that come out of JSON are made valid for Avro: none leaves them alone, avro replaces invalid characters by _, avro_unicode by _u and their code."}}
}

func schemaNames(o *options) *adjuster {
	return adjusterOf(o.word("schema.name.adjustment.mode"), true)
}

func fieldNames(o *options) *adjuster { return adjusterOf(o.word("field.name.adjustment.mode"), false) }

func adjusterOf(mode string, dots bool) *adjuster {
	switch mode {
	case "avro":
		return &adjuster{dots: dots}
	case "avro_unicode":
		return &adjuster{dots: dots, unicode: true}
	}
	return nil
}

// adjust returns the valid name.
func (x *adjuster) adjust(name string) string {
	if x == nil {
		return name
	}
	units := javafmt.EncodeUTF16(name)
	var b strings.Builder
	for i, c := range units {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' && !x.unicode ||
			i > 0 && (c >= '0' && c <= '9' || c == '.' && x.dots):
			b.WriteByte(byte(c))
		case x.unicode:
			// Java pads to four digits only what has two at most.
			hex := fmt.Sprintf("%x", c)
			if len(hex) <= 2 {
				hex = "00" + hex
			}
			b.WriteString("_u" + hex)
		default:
			b.WriteByte('_')
			if i == 0 && javafmt.Digit(rune(c)) >= 0 {
				b.WriteString(javafmt.DecodeUTF16(units[:1])) // so that 1a and 2a stay apart
			}
		}
	}
	return b.String()
}
