package registry

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// The first byte of a frame says what names the schema.
const (
	magicID   = 0
	magicGUID = 1
)

// SchemaID names a schema: by its id, or by its GUID where ByGUID is true.
type SchemaID struct {
	ByGUID bool
	ID     int32
	GUID   [16]byte
}

// String returns the id, or the GUID in its usual form.
func (s SchemaID) String() string {
	if s.ByGUID {
		return FormatGUID(s.GUID)
	}
	return strconv.Itoa(int(s.ID))
}

// FormatGUID returns the text of a GUID.
func FormatGUID(g [16]byte) string {
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseGUID reads the text of a GUID.
func ParseGUID(text string) (g [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != len(g) {
		return g, errors.New("not a GUID: " + text)
	}
	copy(g[:], b)
	return g, nil
}

var (
	errMagic = javafmt.NewException(javafmt.SerializationException, "Error deserializing schema ID",
		javafmt.NewException(javafmt.SerializationException, "Unknown magic byte!", nil))
	errShort = javafmt.NewException(javafmt.SerializationException, "Error deserializing schema ID",
		javafmt.NewException("java.nio.BufferUnderflowException", "", nil))
)

// HeaderOf returns the header that carries the name of a key's or value's schema.
func HeaderOf(isKey bool) string {
	if isKey {
		return "__key_schema_id"
	}
	return "__value_schema_id"
}

// Frame writes and reads the name of the schema that stands before the data, or in a header.
type Frame struct {
	header       string
	inHeader     bool
	ignoreHeader bool
	fixed        *SchemaID
}

// NewFrame returns the frame that the settings choose.
func NewFrame(s *Settings, isKey bool) (Frame, error) {
	f := Frame{header: HeaderOf(isKey), inHeader: s.WriteHeader, ignoreHeader: s.ReadPrefix}
	if !s.ReadSettings {
		return f, nil
	}
	f.fixed = &SchemaID{ID: s.UseID}
	if s.UseID < 0 {
		g, err := ParseGUID(s.UseGUID)
		if err != nil {
			return f, javafmt.NewException(javafmt.ConfigException, "ConfigSchemaIdDeserializer needs "+useIDKey+" or "+useGUIDKey, err)
		}
		*f.fixed = SchemaID{ByGUID: true, GUID: g}
	}
	return f, nil
}

// InHeader reports whether the name is written into a header.
func (f Frame) InHeader() bool { return f.inHeader }

// AppendID appends the frame of an id.
func AppendID(dst []byte, id int32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, magicID), uint32(id))
}

// AddHeader adds the header of a schema with a GUID and what the format adds to it, unless the last one of its name is equal.
func (f Frame) AddHeader(headers *connect.Headers, guid [16]byte, more []byte) error {
	if headers == nil {
		return javafmt.NewException(javafmt.SerializationException, "Missing headers", nil)
	}
	value := append(append(make([]byte, 0, 1+len(guid)+len(more)), magicGUID), guid[:]...)
	value = append(value, more...)
	if last, ok := headers.Last(f.header); ok {
		if b, _ := last.Value.Bytes(); bytes.Equal(b, value) {
			return nil
		}
	}
	headers.Add(f.header, data.BytesSchema, data.BytesOf(value))
	return nil
}

// Prefix returns the id that stands before the data where Read would find it without a look at any header; ok is false in all other cases.
func (f *Frame) Prefix(headers *connect.Headers, raw []byte) (id int32, ok bool) {
	if len(raw) < 5 || raw[0] != magicID || f.fixed != nil || headers != nil && headers.Len() > 0 && !f.ignoreHeader {
		return 0, false
	}
	return int32(binary.BigEndian.Uint32(raw[1:])), true
}

// Read returns the name of the schema and the data behind it. After a header more is what follows the name there, and payload all of raw; else
// more is nil and payload what follows the name in raw.
func (f Frame) Read(headers *connect.Headers, raw []byte) (id SchemaID, more, payload []byte, err error) {
	if f.fixed != nil {
		return *f.fixed, nil, raw, nil
	}
	if headers != nil && !f.ignoreHeader && headers.Len() > 0 {
		if h, ok := headers.Last(f.header); ok {
			if b, ok := h.Value.Bytes(); ok {
				id, more, err = readID(b)
				return id, more, raw, err
			}
		}
	}
	id, payload, err = readID(raw)
	return id, nil, payload, err
}

func readID(b []byte) (id SchemaID, rest []byte, err error) {
	switch {
	case len(b) == 0:
		return id, nil, errShort
	case b[0] == magicID && len(b) >= 5:
		return SchemaID{ID: int32(binary.BigEndian.Uint32(b[1:]))}, b[5:], nil
	case b[0] == magicGUID && len(b) >= 17:
		id.ByGUID = true
		copy(id.GUID[:], b[1:])
		return id, b[17:], nil
	case b[0] == magicID || b[0] == magicGUID:
		return id, nil, errShort
	}
	return id, nil, errMagic
}
