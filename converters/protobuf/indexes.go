package protobuf

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
	"google.golang.org/protobuf/encoding/protowire"
)

// defaultIndexes are those of the first message, which stand in a frame as one zero.
var defaultIndexes = []int32{0}

// appendIndexes appends the path of a message as Confluent's frame has it: how many indexes there are and each of them, as Kafka's varints.
func appendIndexes(dst []byte, indexes []int32) []byte {
	if len(indexes) == 1 && indexes[0] == 0 {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, int64(len(indexes)))
	for _, i := range indexes {
		dst = binary.AppendVarint(dst, int64(i))
	}
	return dst
}

var (
	errIndexes = javafmt.NewException(javafmt.SerializationException, "Error deserializing schema ID",
		javafmt.NewException("java.nio.BufferUnderflowException", "the message indexes end too early", nil))
	errIndexCount = javafmt.NewException(illegalArgument, "Illegal Capacity: the number of message indexes is negative", nil)
)

// splitIndexes returns the bytes of the indexes at the start of b, and what follows them.
func splitIndexes(b []byte) (indexes, rest []byte, err error) {
	if len(b) > 0 && b[0] == 0 {
		return b[:1], b[1:], nil
	}
	count, i := readIndex(b)
	switch {
	case i <= 0:
		return nil, nil, errIndexes
	case count < 0:
		return nil, nil, errIndexCount
	case int(count) > len(b):
		return nil, nil, errIndexes
	}
	for range count {
		_, n := readIndex(b[i:])
		if n <= 0 {
			return nil, nil, errIndexes
		}
		i += n
	}
	return b[:i], b[i:], nil
}

// readIndex reads a varint of at most 5 bytes.
func readIndex(b []byte) (value int32, size int) {
	u, n := protowire.ConsumeVarint(b[:min(len(b), 5)])
	return int32(uint32(u)>>1) ^ -int32(u&1), n
}

// parseIndexes reads what splitIndexes returned.
func parseIndexes(b []byte) []int32 {
	count, i := readIndex(b)
	if count == 0 {
		return defaultIndexes
	}
	out := make([]int32, 0, count)
	for range count {
		x, n := readIndex(b[i:])
		out, i = append(out, x), i+n
	}
	return out
}

// effective returns the file whose messages indexes count: for a file that only imports another one publicly, that one.
func effective(f *File) *File {
	p := f.Proto
	if len(f.Messages)+len(f.Enums) > 0 || len(p.GetDependency()) != 1 || len(p.GetPublicDependency()) != 1 || len(f.Imports) != 1 {
		return f
	}
	if i := f.Imports[0]; len(i.Messages)+len(i.Enums) > 0 {
		return i
	}
	return f
}

// messageOf returns the message of a path of indexes.
func messageOf(f *File, indexes []int32) (*Message, error) {
	messages := effective(f).Messages
	var m *Message
	for _, i := range indexes {
		if i < 0 || int(i) >= len(messages) {
			return nil, argumentError("Invalid message indexes: " + textOf(indexes))
		}
		m = messages[i]
		messages = m.Messages
	}
	if m == nil {
		return nil, argumentError("Protobuf schema definition contains no type definitions")
	}
	return m, nil
}

func textOf(indexes []int32) string {
	parts := make([]string, len(indexes))
	for i, x := range indexes {
		parts[i] = strconv.Itoa(int(x))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// indexesOf returns the path of a message of a name. As in Confluent's library a part of the name that no message has is passed over, which is how
// packages are; a name without any known part is that of the first message.
func indexesOf(f *File, name string, normalize bool) []int32 {
	from := effective(f)
	if from != f && from.Package != "" {
		name = strings.TrimPrefix(name, from.Package+".")
	}
	messages := from.Messages
	var out []int32
	for _, part := range strings.Split(name, ".") {
		i := int32(0)
		for _, m := range messages {
			if normalize && m.MapEntry {
				continue
			}
			if m.Name == part {
				out = append(out, i)
				messages = m.Messages
				break
			}
			i++
		}
	}
	if len(out) == 0 {
		return defaultIndexes
	}
	return out
}

// parseSettingIndexes reads use.message.indexes.
func parseSettingIndexes(text string) ([]int32, error) {
	if strings.TrimSpace(text) == "" {
		return defaultIndexes, nil
	}
	var out []int32
	for _, part := range strings.Split(text, ",") {
		n, err := javafmt.ParseInt(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// isKnown reports whether every user of Confluent's library has a file.
func isKnown(name string) bool { return protofile.Known(name) != nil }
