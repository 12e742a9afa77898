package debezium

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// swapGeometryCoordinates exchanges x and y of geometries (SwapGeometryCoordinates).
type swapGeometryCoordinates struct{ srids []int32 }

var swapGeometryCoordinatesKeys = declare(
	option{Key: config.Key{Name: "srids", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthMedium,
		Doc: "IDs of the coordinate systems whose geometries are changed, by comma. Without it these are 4326, 3857 and 4269."}},
)

func swapGeometryCoordinatesPlugin() connect.Plugin {
	return smt.One(classPrefix+"SwapGeometryCoordinates", "Exchanges the x and y coordinates of geometries in chosen coordinate systems.", swapGeometryCoordinatesKeys.def,
		func() connect.Transformation { return new(swapGeometryCoordinates) })
}

func (x *swapGeometryCoordinates) Configure(props map[string]string) error {
	o := swapGeometryCoordinatesKeys.read(props)
	if !o.given("srids") {
		x.srids = []int32{4326, 3857, 4269}
		return nil
	}
	for _, text := range o.list("srids") {
		srid, err := javafmt.ParseInt(text)
		if err != nil {
			return err
		}
		x.srids = append(x.srids, srid)
	}
	return nil
}

func (x *swapGeometryCoordinates) Apply(_ context.Context, r *connect.Record) (bool, error) {
	s := r.Value().Struct()
	if s == nil {
		return true, nil
	}
	w := geometryWalk{arena: r.Arena(), collections: true, geometry: func(s *data.Struct) (data.Value, error) { return x.swap(r.Arena(), s) }}
	out, err := w.walk(s)
	if err != nil {
		return false, err
	}
	r.SetValue(r.ValueSchema(), out.Value())
	return true, nil
}

func (x *swapGeometryCoordinates) swap(a *data.Arena, s *data.Struct) (data.Value, error) {
	v, err := s.LookupAs("srid", data.Int32Kind)
	if err != nil || v.IsNull() {
		return s.Value(), err
	}
	wkb, srid, _, err := readGeometry(s)
	if err != nil || !slices.Contains(x.srids, srid) {
		return s.Value(), err
	}
	if wkb, err = swapCoordinates(wkb); err != nil {
		return data.Null, err
	}
	return withShape(a, s, wkb)
}

func (x *swapGeometryCoordinates) Close() error { return nil }
