// Package json is the converter of JSON, with the schema in an envelope around each value or without schema.
package json

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// Converter reads and writes JSON as Java's JsonConverter does, byte for byte.
type Converter struct {
	def *config.Def

	schemas   bool
	cacheSize int
	// content is the schema of all values, from schema.content.
	content *data.Schema
	format  format
	reader  *reader
	writer  writer
}

// Configure reads the options.
func (c *Converter) Configure(props map[string]string, isKey bool) error {
	values, err := describe.Parse(c.def, props, isKey)
	if err != nil {
		return err
	}
	c.schemas = values.Bool(schemasEnable)
	c.cacheSize = values.Int(schemasCacheSize)
	c.format = format{numeric: isNumeric(values.String(decimalFormat)), replaceNulls: values.Bool(replaceNull)}
	c.reader = newReader(c.format.replaceNulls, c.cacheSize)
	c.writer = writer{format: &c.format}
	if content := values.String(schemaContent); content != "" {
		return c.readContent([]byte(content))
	}
	return nil
}

func (c *Converter) readContent(text []byte) error {
	n, err := parseDocument(text)
	if err != nil {
		return javafmt.NewException(javafmt.DataException, "Failed to parse schema in converter config due to serialization error: ", err)
	}
	c.content, err = treeReader{arena: data.NewArena(), replaceNulls: c.reader.replaceNulls}.schema(n)
	if c.content != nil {
		c.reader.content = compileRead(c.content, c.reader.replaceNulls)
	}
	return err
}

// parseDocument parses a document in any encoding.
func parseDocument(raw []byte) (*node, error) {
	doc, err := jsonscan.UTF8(raw)
	if err == nil {
		var n *node
		if n, err = parseTree(doc); err == nil {
			return n, nil
		}
	}
	return nil, javafmt.NewException(javafmt.SerializationException, err.Error(), err)
}

// FromConnect appends the JSON of v, in an envelope with its schema where schemas are enabled.
func (c *Converter) FromConnect(dst []byte, _ string, _ *connect.Headers, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	if schema == nil && v.IsNull() {
		return dst, true, nil
	}
	out, err := c.writer.append(dst, schema, v, c.schemas)
	if err != nil {
		return dst, false, err
	}
	return out, false, nil
}

// ToConnect reads the JSON of raw. Texts of the result are views of raw.
func (c *Converter) ToConnect(a *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Null, nil
	}
	switch {
	case !c.schemas:
		if v, ok := c.reader.schemaless(a, raw); ok {
			return nil, v, nil
		}
	case c.content != nil:
		if v, ok := c.reader.value(a, raw, c.reader.content); ok {
			return c.content, v, nil
		}
	default:
		if s, v, ok := c.reader.envelope(a, raw); ok {
			return s, v, nil
		}
	}
	return c.readTree(a, raw)
}

// readTree reads any document, slowly and exactly as Java does.
func (c *Converter) readTree(a *data.Arena, raw []byte) (*data.Schema, data.Value, error) {
	n, err := parseDocument(raw)
	if err != nil {
		return nil, data.Null, javafmt.NewException(javafmt.DataException, "Converting byte[] to Kafka Connect data failed due to serialization error: ", err)
	}
	r := treeReader{arena: a, replaceNulls: c.reader.replaceNulls}
	if !c.schemas {
		v, err := r.convertSchemaless(n)
		return nil, v, err
	}
	schema, payload := c.content, n
	if schema == nil {
		described := n.get("schema")
		if payload = n.get("payload"); len(n.names) != 2 || described == nil || payload == nil {
			return nil, data.Null, dataException("JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional " +
				"fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.")
		}
		if schema, err = r.schema(described); err != nil {
			return nil, data.Null, err
		}
	}
	v, err := r.convert(schema, payload)
	if err != nil {
		return nil, data.Null, err
	}
	return schema, v, nil
}
