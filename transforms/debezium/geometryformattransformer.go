package debezium

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// geometryFormatTransformer converts geometries between WKB and EWKB (GeometryFormatTransformer).
type geometryFormatTransformer struct {
	// fromExtended says that geometries are converted to WKB. As in Java the first one that is in EWKB turns it on for all after it.
	fromExtended bool
}

var geometryFormatTransformerKeys = declare(
	option{Key: config.Key{Name: "format", Type: config.String, Default: "wkb", Importance: config.Low, Width: config.WidthMedium,
		Doc: "The form that geometries are in: those in wkb become EWKB with the SRID in them, those in ewkb become WKB. A geometry in EWKB is recognised whatever this says."},
		checks: []check{oneOf("wkb", "ewkb")}},
)

func geometryFormatTransformerPlugin() connect.Plugin {
	return smt.One(classPrefix+"GeometryFormatTransformer", "Converts geometries from WKB to EWKB or back.", geometryFormatTransformerKeys.def,
		func() connect.Transformation { return new(geometryFormatTransformer) })
}

func (x *geometryFormatTransformer) Configure(props map[string]string) error {
	o := geometryFormatTransformerKeys.read(props)
	if err := o.validate(); err != nil {
		return err
	}
	x.fromExtended = o.word("format") == "ewkb"
	return nil
}

func (x *geometryFormatTransformer) Apply(_ context.Context, r *connect.Record) (bool, error) {
	s := r.Value().Struct()
	if s == nil {
		return true, nil
	}
	w := geometryWalk{arena: r.Arena(), geometry: func(s *data.Struct) (data.Value, error) { return x.convert(r.Arena(), s) }}
	out, err := w.walk(s)
	if err != nil {
		return false, err
	}
	r.SetValue(r.ValueSchema(), out.Value())
	return true, nil
}

func (x *geometryFormatTransformer) convert(a *data.Arena, s *data.Struct) (data.Value, error) {
	wkb, srid, hasSRID, err := readGeometry(s)
	if err != nil {
		return data.Null, err
	}
	x.fromExtended = x.fromExtended || isExtended(wkb)
	if x.fromExtended {
		wkb, err = fromExtended(wkb)
	} else if !hasSRID {
		return data.Null, connectError("Cannot convert to EWKB when SRID is null")
	} else {
		wkb, err = toExtended(wkb, srid)
	}
	if err != nil {
		return data.Null, err
	}
	return withShape(a, s, wkb)
}

func (x *geometryFormatTransformer) Close() error { return nil }
