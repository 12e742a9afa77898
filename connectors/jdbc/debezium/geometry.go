package debezium

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// Well-known binary: a byte order, a type whose bit sridFlag says that an SRID follows (PostGIS's extended form), then what it is of.
const (
	sridFlag    = 0x20000000
	lineString  = 2
	polygonType = 3
)

var errGeometry = errors.New("the well-known binary form of the geometry is cut off or wrong")

func order(wkb []byte) (binary.ByteOrder, error) {
	if len(wkb) < 5 || wkb[0] > 1 {
		return nil, errGeometry
	}
	if wkb[0] == 1 {
		return binary.LittleEndian, nil
	}
	return binary.BigEndian, nil
}

// withoutSRID returns the plain form, and the SRID of an extended one.
func withoutSRID(wkb []byte) (plain []byte, srid uint32, err error) {
	o, err := order(wkb)
	if err != nil {
		return nil, 0, err
	}
	kind := o.Uint32(wkb[1:])
	if kind&sridFlag == 0 {
		return wkb, 0, nil
	}
	if len(wkb) < 9 {
		return nil, 0, errGeometry
	}
	plain = append(plain, wkb[0], 0, 0, 0, 0)
	o.PutUint32(plain[1:], kind&^sridFlag)
	return append(plain, wkb[9:]...), o.Uint32(wkb[5:]), nil
}

// withSRID returns the extended form of a plain one, or the same for SRID 0.
func withSRID(wkb []byte, srid uint32) []byte {
	o, err := order(wkb)
	if err != nil || srid == 0 {
		return wkb
	}
	out := make([]byte, 9, len(wkb)+4)
	out[0] = wkb[0]
	o.PutUint32(out[1:], o.Uint32(wkb[1:])|sridFlag)
	o.PutUint32(out[5:], srid)
	return append(out, wkb[5:]...)
}

// points reads a line or the first ring of a polygon, each point as (x,y).
func points(wkb []byte) ([]string, error) {
	wkb, _, err := withoutSRID(wkb)
	if err != nil {
		return nil, err
	}
	o, err := order(wkb)
	if err != nil {
		return nil, err
	}
	at := 5
	if kind := o.Uint32(wkb[1:]); kind == polygonType {
		at += 4 // how many rings
	} else if kind != lineString {
		return nil, fmt.Errorf("a geometry of type %d is neither a line nor a polygon", kind)
	}
	if len(wkb) < at+4 {
		return nil, errGeometry
	}
	n := int(o.Uint32(wkb[at:]))
	at += 4
	if n > (len(wkb)-at)/16 {
		return nil, errGeometry
	}
	list := make([]string, n)
	for i := range list {
		x, y := math.Float64frombits(o.Uint64(wkb[at:])), math.Float64frombits(o.Uint64(wkb[at+8:]))
		list[i] = "(" + strconv.FormatFloat(x, 'g', -1, 64) + "," + strconv.FormatFloat(y, 'g', -1, 64) + ")"
		at += 16
	}
	return list, nil
}

// nativeShape writes a geometry as one of PostgreSQL's own types, which Debezium's source makes polygons and lines of.
func nativeShape(name string, wkb []byte, g *data.Struct) (string, error) {
	list, err := points(wkb)
	if err != nil {
		return "", err
	}
	all := strings.Join(list, ",")
	switch name {
	case "box":
		if len(list) < 3 {
			return "", errGeometry
		}
		return list[0] + "," + list[2], nil
	case "polygon":
		if n := len(list); n >= 2 && list[0] == list[n-1] {
			all = strings.Join(list[:n-1], ",")
		}
		return "(" + all + ")", nil
	case "path":
		if closed, ok := g.Field("extensions").Map().Get("closed"); ok && strings.EqualFold(closed.String(), "true") {
			return "(" + all + ")", nil
		}
	}
	return "[" + all + "]", nil
}
