package avro

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// annotate adds to an Avro schema what it alone does not say of the Connect schema.
func (w *schemaWriter) annotate(a *avsc.Schema, s *data.Schema) error {
	if !w.opts.NoMetaData {
		if err := w.metaData(a, s); err != nil {
			return err
		}
	}
	if err := logicalType(a, s); err != nil {
		return err
	}
	for _, p := range s.ParamList() {
		if !strings.HasPrefix(p.Key, "avro") {
			continue
		}
		if p.Null {
			return nullPointer("parameter " + p.Key)
		}
		if err := a.AddProp(p.Key, avsc.Text(p.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (w *schemaWriter) metaData(a *avsc.Schema, s *data.Schema) error {
	var err error
	add := func(name string, value *avsc.Node) {
		if err == nil {
			err = a.AddProp(name, value)
		}
	}
	if s.HasDoc() {
		add(connectDoc, avsc.Text(s.Doc()))
	}
	if v, ok := s.Version(); ok {
		add(connectVersion, avsc.Int(v))
	}
	if params := w.parameters(s); len(params.Names) > 0 {
		add(connectParameters, params)
	}
	if v, ok := s.Default(); ok && (w.opts.DiscardTypeDoc || !hasParam(s, fieldDefaultParam)) {
		n, err := w.defaultNode(s, v)
		if err != nil {
			return err
		}
		add(connectDefault, n)
	}
	if s.HasName() {
		add(connectName, avsc.Text(s.Name()))
	}
	switch s.Kind() {
	case data.Int8Kind:
		add(connectType, avsc.Text("int8"))
	case data.Int16Kind:
		add(connectType, avsc.Text("int16"))
	}
	return err
}

func (w *schemaWriter) parameters(s *data.Schema) *avsc.Node {
	n := &avsc.Node{Kind: avsc.ObjectNode}
	for _, p := range s.ParamList() {
		switch {
		case p.Key == fieldDefaultParam && !w.opts.DiscardTypeDoc:
		case p.Null:
			n.Put(p.Key, avsc.Null())
		default:
			n.Put(p.Key, avsc.Text(p.Value))
		}
	}
	return n
}

// logicalType adds Avro's logical type of a Connect one.
func logicalType(a *avsc.Schema, s *data.Schema) error {
	wrong := func(message string) error { return javafmt.NewException(javafmt.IllegalArgument, message, nil) }
	switch {
	case named(s, data.DecimalName):
		return logicalDecimal(a, s)
	case named(s, data.TimeName):
		if a.Type != avsc.IntType {
			return wrong("Time (millis) can only be used with an underlying int type")
		}
		return a.AddProp(logicalTypeProp, avsc.Text("time-millis"))
	case named(s, data.TimestampName):
		if a.Type != avsc.LongType {
			return wrong("Timestamp (millis) can only be used with an underlying long type")
		}
		return a.AddProp(logicalTypeProp, avsc.Text("timestamp-millis"))
	case named(s, data.DateName):
		if a.Type != avsc.IntType {
			return wrong("Date can only be used with an underlying int type")
		}
		return a.AddProp(logicalTypeProp, avsc.Text("date"))
	}
	return nil
}

func logicalDecimal(a *avsc.Schema, s *data.Schema) error {
	precision := int32(defaultPrecision)
	var err error
	if p := paramOf(s, precisionParam); p != nil {
		if precision, err = parseInt(p); err != nil {
			return err
		}
	}
	scale := int32(0)
	if p := paramOf(s, data.ScaleParam); p != nil {
		if scale, err = parseInt(p); err != nil {
			return err
		}
	}
	wrong := func(message string) error { return javafmt.NewException(javafmt.IllegalArgument, message, nil) }
	// Avro's library refuses a scale that is negative or beyond the precision; then the properties stand without its checks.
	if scale >= 0 && scale <= precision {
		switch {
		case a.Type != avsc.BytesType && a.Type != avsc.FixedType:
			return wrong("Logical type decimal must be backed by fixed or bytes")
		case precision <= 0:
			return wrong("Invalid decimal precision: " + strconv.Itoa(int(precision)) + " (must be positive)")
		case a.Type == avsc.FixedType && int(precision) > maxPrecision(a.Size):
			return wrong("fixed(" + strconv.Itoa(a.Size) + ") cannot store " + strconv.Itoa(int(precision)) + " digits (max " +
				strconv.Itoa(maxPrecision(a.Size)) + ")")
		}
		for _, p := range []avsc.Prop{{Name: precisionProp, Value: avsc.Int(precision)}, {Name: scaleProp, Value: avsc.Int(scale)}} {
			if err := a.AddProp(p.Name, p.Value); err != nil {
				return err
			}
		}
	}
	return a.AddProp(logicalTypeProp, avsc.Text("decimal"))
}

// maxPrecision is how many decimal digits any number of size bytes can have.
func maxPrecision(size int) int {
	// floor(log10(2) * (8 * size - 1))
	const log2 = 0.30102999566398119521
	return int(log2 * float64(8*size-1))
}
