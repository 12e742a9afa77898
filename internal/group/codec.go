package group

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// EncodeMetadata returns the metadata in the form of a protocol (ConnectProtocol and IncrementalCooperativeConnectProtocol.serializeMetadata).
func EncodeMetadata(p Protocol, m Metadata) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(p))
	b = appendString(b, m.URL)
	b = binary.BigEndian.AppendUint64(b, uint64(m.ConfigOffset))
	if p == Eager {
		return b
	}
	if m.Assignment == nil {
		return binary.BigEndian.AppendUint32(b, math.MaxUint32)
	}
	held := EncodeAssignment(p, m.Assignment)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(held))), held...)
}

// EncodeAssignment returns the assignment in the form of a protocol (serializeAssignment).
func EncodeAssignment(p Protocol, a *Assignment) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(p))
	b = binary.BigEndian.AppendUint16(b, uint16(a.Error))
	b = appendString(b, a.Leader)
	b = appendString(b, a.LeaderURL)
	b = binary.BigEndian.AppendUint64(b, uint64(a.ConfigOffset))
	b = appendWork(b, byConnector(hashed(a.Connectors), a.Tasks))
	if p == Eager {
		return b
	}
	b = appendWork(b, byConnector(a.Revoked.Connectors, a.Revoked.Tasks))
	return binary.BigEndian.AppendUint32(b, uint32(a.Delay/time.Millisecond))
}

func appendString(b []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "?") // as Java writes a lone surrogate
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendWork(b []byte, all []workOf) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(all)))
	for _, of := range all {
		b = appendString(b, of.connector)
		b = binary.BigEndian.AppendUint32(b, uint32(len(of.tasks)))
		for _, t := range of.tasks {
			b = binary.BigEndian.AppendUint32(b, uint32(t))
		}
	}
	return b
}

// DecodeMetadata reads metadata of any protocol (IncrementalCooperativeConnectProtocol.deserializeMetadata). Versions that are not known yet are
// read as far as they are known. Errors are those of Java's SchemaException.
func DecodeMetadata(b []byte) (Metadata, error) {
	r := &reader{b: b}
	m := r.worker()
	if r.err == nil && len(r.b) > 0 {
		if held := r.bytes("allocation"); held != nil && r.err == nil {
			var err error
			if m.Assignment, err = DecodeAssignment(held); err != nil {
				return Metadata{}, err
			}
		}
	}
	if r.err != nil {
		return Metadata{}, r.err
	}
	return m, nil
}

// DecodeEagerMetadata reads the part of metadata that all protocols share (ConnectProtocol.deserializeMetadata).
func DecodeEagerMetadata(b []byte) (Metadata, error) {
	r := &reader{b: b}
	m := r.worker()
	if r.err != nil {
		return Metadata{}, r.err
	}
	return m, nil
}

func (r *reader) worker() Metadata {
	r.version()
	return Metadata{URL: r.text("url", false), ConfigOffset: int64(r.uint64("config-offset", false))}
}

// DecodeAssignment reads an assignment of any protocol (IncrementalCooperativeConnectProtocol.deserializeAssignment); nil bytes are no assignment.
func DecodeAssignment(b []byte) (*Assignment, error) {
	if b == nil {
		return nil, nil
	}
	r := &reader{b: b}
	a := &Assignment{Version: r.version()}
	a.Error = ErrorCode(r.uint16("error", true))
	a.Leader = r.text("leader", true)
	a.LeaderURL = r.text("leader-url", true)
	a.ConfigOffset = int64(r.uint64("config-offset", true))
	// A reader tolerates that these are missing: older members do not write them.
	a.Work = workFrom(r.work("assignment"))
	a.Revoked = workFrom(r.work("revoked"))
	if r.err == nil && len(r.b) > 0 {
		a.Delay = time.Duration(int32(r.uint32("delay"))) * time.Millisecond
	}
	if r.err != nil {
		return nil, r.err
	}
	return a, nil
}

// schemaException is what Java's readers throw.
func schemaException(text string) error {
	return javafmt.NewException("org.apache.kafka.common.protocol.types.SchemaException", text, nil)
}
