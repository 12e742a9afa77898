package avro

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
)

// describe sets the documentation.
func (r *schemaReader) describe(b *draft, a *avsc.Schema, p place) {
	connectDocText, hasConnectDoc := a.TextProp(connectDoc)
	if !r.opts.DiscardTypeDoc {
		if !r.opts.NoMetaData && hasConnectDoc {
			b.Doc(connectDocText)
		}
		return
	}
	switch {
	case p.doc != nil:
		b.Doc(*p.doc)
	case a.Doc != nil:
		b.Doc(*a.Doc)
	case hasConnectDoc:
		b.Doc(connectDocText)
	}
	if !r.opts.NoMetaData && a.Doc != nil {
		b.Param(connectRecordDoc, *a.Doc)
	}
}

// setVersion sets the version: the one that Connect gave to the schema, else that of the registry.
func (r *schemaReader) setVersion(b *draft, a *avsc.Schema) error {
	version := int32(-1)
	if n := a.Prop(connectVersion); n != nil {
		if !n.IsNumber() {
			return dataException("Invalid Connect version found: " + n.JavaString())
		}
		version = int32(n.AsInt())
	} else if a == r.top && r.version != nil {
		version = *r.version
	}
	if version < 0 {
		return nil
	}
	if !b.hasVersion {
		b.Version(version)
		return nil
	}
	// Logical types have version 1.
	if version != 1 {
		return dataException("Mismatched versions: version already added to SchemaBuilder (1) differs from version in source schema (" +
			strconv.Itoa(int(version)) + ")")
	}
	return nil
}

func (r *schemaReader) setParameters(b *draft, a *avsc.Schema) error {
	if n := a.Prop(connectParameters); n != nil && !r.opts.NoMetaData {
		if n.Kind != avsc.ObjectNode {
			return dataException("Expected JSON object for schema parameters but found: " + n.JavaString())
		}
		for i, v := range n.Items {
			if v.Kind != avsc.TextNode {
				return dataException("Expected schema parameter values to be strings but found: " + v.JavaString())
			}
			b.Param(n.Names[i], v.Text)
		}
	}
	for _, p := range a.Props {
		if strings.HasPrefix(p.Name, "avro") {
			b.Param(p.Name, p.Value.JavaString())
		}
	}
	return nil
}

func (r *schemaReader) setName(b *draft, a *avsc.Schema) error {
	name, has := "", false
	if n := a.Prop(connectName); n != nil {
		if n.Kind != avsc.TextNode {
			return dataException("Invalid schema name: " + n.JavaString())
		}
		name, has = n.Text, true
	} else if a.Type.Named() && b.name != variantName && !(a.Type == avsc.FixedType && b.name == data.DecimalName) {
		name, has = a.FullName(), true
	}
	switch {
	case !has || strings.HasPrefix(name, defaultFullName):
	case b.name == "":
		b.Name(name)
	case name != b.name:
		return dataException("Mismatched names: name already added to SchemaBuilder (" + b.name + ") differs from name in source schema (" + name + ")")
	}
	return nil
}

// setDefault sets a default, unless it is wrong.
func (r *schemaReader) setDefault(b *draft, a *avsc.Schema, def *avsc.Node, fromField bool) {
	declared, err := b.Build()
	if err != nil {
		return
	}
	c := defaultReader{schemaReader: r}
	var v data.Value
	if fromField {
		v, err = c.fromObject(declared, objectOf(def, a), false)
	} else {
		v, err = c.fromNode(declared, a, def)
	}
	if err != nil || v.IsNull() {
		return
	}
	if v, err = c.logical(declared, v); err == nil && data.ValidateValue(declared, v) == nil {
		b.Default(v)
	}
}
