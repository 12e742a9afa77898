package protofile

import (
	"sort"
	"strconv"
	"strings"
)

// Reads reports whether data of the schema writer can be read by the schema reader, by the rules of Confluent's SchemaDiff; the text says what
// stands against it.
func Reads(reader, writer *File) (where string, ok bool) {
	d := &differ{writer: writer, reader: reader, seen: map[[2]*Message]bool{}}
	if writer.Package != reader.Package {
		d.found("#/", "PACKAGE_CHANGED")
	}
	d.messages("#/", writer.Messages, reader.Messages)
	return strings.Join(d.differences, ", "), len(d.differences) == 0
}

// differ compares two schemas: the writer's is the original of Confluent's words, the reader's the update.
type differ struct {
	writer, reader *File
	differences    []string
	seen           map[[2]*Message]bool
}

const mostDifferences = 20

func (d *differ) found(path, kind string) {
	if len(d.differences) < mostDifferences {
		d.differences = append(d.differences, kind+" at "+path)
	}
}

func (d *differ) messages(path string, original, update []*Message) {
	known := map[string]*Message{}
	for _, m := range update {
		known[m.Name] = m
	}
	for _, m := range original {
		u := known[m.Name]
		switch {
		case u != nil:
			d.message(path+m.Name+"/", m, u)
		case !isMapEntry(m):
			d.found(path+m.Name, "MESSAGE_REMOVED")
		}
	}
}

// isMapEntry reports whether a message is one of the entries of a map, also where it is written as a message of its own.
func isMapEntry(m *Message) bool { return m.MapEntry }

func (d *differ) message(path string, original, update *Message) {
	if d.seen[[2]*Message{original, update}] {
		return
	}
	d.seen[[2]*Message{original, update}] = true
	was, is := byNumber(original), byNumber(update)
	deleted := deletedOneofs(original, update, is)
	for _, o := range update.Oneofs {
		groups, moved := map[string]bool{}, 0
		for _, f := range o.Fields {
			switch old := was[f.Number]; {
			case old == nil:
			case old.Oneof != nil:
				groups["oneof:"+old.Oneof.Name] = true
			default:
				groups["field:"+strconv.Itoa(int(f.Number))] = true
				moved++
			}
		}
		switch {
		case len(groups) > 1 && moved > 1:
			d.found(path+o.Name, "MULTIPLE_FIELDS_MOVED_TO_ONEOF")
		case len(groups) > 1:
			d.found(path+o.Name, "FIELD_MOVED_TO_EXISTING_ONEOF")
		}
	}
	for _, n := range numbersOf(was, is) {
		old, new := was[n], is[n]
		at := path + strconv.Itoa(int(n))
		switch {
		case new == nil && old.Oneof != nil:
			if !deleted[old.Oneof] {
				d.found(path+old.Oneof.Name+"/"+strconv.Itoa(int(n)), "ONEOF_FIELD_REMOVED")
			}
		case new == nil:
			if old.Required {
				d.found(at, "REQUIRED_FIELD_REMOVED")
			}
		case old == nil:
			if new.Required && new.Oneof == nil {
				d.found(at, "REQUIRED_FIELD_ADDED")
			}
		default:
			d.field(at, old, new)
		}
	}
	d.messages(path, original.Messages, update.Messages)
}

func byNumber(m *Message) map[int32]*Field {
	out := map[int32]*Field{}
	for _, f := range m.Fields {
		out[f.Number] = f
	}
	return out
}

func numbersOf(a, b map[int32]*Field) []int32 {
	var out []int32
	for n := range a {
		out = append(out, n)
	}
	for n := range b {
		if a[n] == nil {
			out = append(out, n)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// deletedOneofs are those that are gone with all of their members.
func deletedOneofs(original, update *Message, is map[int32]*Field) map[*Oneof]bool {
	names := map[string]bool{}
	for _, o := range update.Oneofs {
		names[o.Name] = true
	}
	out := map[*Oneof]bool{}
	for _, o := range original.Oneofs {
		survives := names[o.Name]
		for _, f := range o.Fields {
			survives = survives || is[f.Number] != nil
		}
		out[o] = !survives
	}
	return out
}

func (d *differ) field(path string, old, new *Field) {
	oldMap, newMap := mapOf(old), mapOf(new)
	oldMessage, newMessage := old.Message != nil && oldMap == nil, new.Message != nil && newMap == nil
	switch {
	case (oldMap != nil) != (newMap != nil) || oldMessage != newMessage:
		d.found(path, "FIELD_KIND_CHANGED")
	case oldMap != nil:
		for i := range oldMap.Fields {
			d.field(path, oldMap.Fields[i], newMap.Fields[i])
		}
	case oldMessage:
		d.sameMessage(path, old.Message, new.Message)
	case scalarGroup(old.Type) != scalarGroup(new.Type):
		d.found(path, "FIELD_SCALAR_KIND_CHANGED")
	case d.labels(old, new) && scalarGroup(old.Type) != "text":
		d.found(path, "FIELD_NUMERIC_LABEL_CHANGED")
	}
}

// labels reports whether both fields have a label and they differ.
func (d *differ) labels(old, new *Field) bool {
	a, b := label(old), label(new)
	return a != "" && b != "" && a != b
}

func label(f *Field) string {
	switch {
	case f.Repeated:
		return "repeated"
	case f.Required:
		return "required"
	case f.Keyword:
		return "optional"
	}
	return ""
}

// mapOf returns the message of the entries of a field that is a map.
func mapOf(f *Field) *Message {
	if f.Message != nil && f.Message.MapEntry && len(f.Message.Fields) == 2 {
		return f.Message
	}
	return nil
}

// sameMessage compares the types of a field. Messages of the schemas themselves are compared where they are declared.
func (d *differ) sameMessage(path string, old, new *Message) {
	if local(old) != local(new) {
		d.found(path, "FIELD_NAMED_TYPE_CHANGED")
		return
	}
	if old.File == d.writer && new.File == d.reader || old.File == new.File {
		return
	}
	d.message(path+"/", old, new)
}

func local(m *Message) string { return strings.TrimPrefix(m.FullName, m.File.Package+".") }

// scalarGroup names the types whose data can stand for each other.
func scalarGroup(t Type) string {
	switch t {
	case Sint32, Sint64:
		return "signed"
	case String, Bytes:
		return "text"
	case Fixed32, Sfixed32:
		return "fixed32"
	case Fixed64, Sfixed64:
		return "fixed64"
	case Float:
		return "float"
	case Double:
		return "double"
	}
	return "number"
}
