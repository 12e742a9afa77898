package data

import (
	"unsafe"

	"github.com/moldau/moldau/internal/slots"
)

func rowValue(k Kind, r *Row) Value {
	if r == nil {
		return Null
	}
	return Value{p: unsafe.Pointer(r), m: slots.Tag(uint8(k), refFlag, 0)}
}
