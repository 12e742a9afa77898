package sink

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// placeholder is what stands in for a part of a table's name.
type placeholder uint8

const (
	aText placeholder = iota
	aTopic
	aSource // a field of the source block of a change event
	aField  // a field of the row
	aKey    // a field of the key
	aHeader
)

// segment is a text or a placeholder with its name.
type segment struct {
	what placeholder
	name string
}

// template is a table.name.format. Dots of its text divide catalog, schema and table; those of a topic do too where nothing but topics stands in it, as
// in Java. Dots and quotes of other values never do: a record cannot leave the schema that the format names.
type template struct {
	format string
	parts  [][]segment
	// topicOnly says that the name depends on the topic alone, flat that dots in it become underscores (DefaultCollectionNamingStrategy of Debezium).
	topicOnly, flat bool
}

// parseTemplate reads a format. An error is a placeholder that does not exist.
func parseTemplate(format string, flat bool) (*template, error) {
	t := &template{format: format, topicOnly: true, flat: flat}
	part := []segment{}
	for rest := format; rest != ""; {
		before, after, found := strings.Cut(rest, "${")
		for i, text := range strings.Split(before, ".") {
			if i > 0 {
				t.parts, part = append(t.parts, part), []segment{}
			}
			if text != "" {
				part = append(part, segment{aText, text})
			}
		}
		if !found {
			break
		}
		name, behind, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("%q has no } behind ${", format)
		}
		s, err := placeholderOf(name)
		if err != nil {
			return nil, err
		}
		t.topicOnly = t.topicOnly && s.what == aTopic
		part, rest = append(part, s), behind
	}
	t.parts = append(t.parts, part)
	if !t.topicOnly && len(t.parts) > 3 {
		return nil, fmt.Errorf("%q has more than three parts divided by dots: catalog, schema and table", format)
	}
	return t, nil
}

func placeholderOf(name string) (segment, error) {
	if name == "topic" {
		return segment{what: aTopic}, nil
	}
	if field, ok := strings.CutPrefix(name, "source."); ok && field != "" {
		return segment{aSource, field}, nil
	}
	kind, field, _ := strings.Cut(name, ":")
	what, ok := map[string]placeholder{"field": aField, "key": aKey, "header": aHeader}[kind]
	if !ok || field == "" {
		return segment{}, fmt.Errorf("there is no placeholder ${%s}; there are ${topic}, ${source.NAME}, ${field:NAME}, ${key:NAME} and ${header:NAME}", name)
	}
	return segment{what, field}, nil
}

// errNoName says that a record names no table, for it is no change event: Debezium's sink passes such records over.
var errNoName = errors.New("the record is no change event, so that ${source...} names nothing")

// appendParts appends the parts of the name for a record, each ended by a zero byte. They identify the table.
func (t *template) appendParts(dst []byte, r *connect.Record, e *event) ([]byte, error) {
	for _, part := range t.parts {
		for _, s := range part {
			v, err := s.value(r, e)
			if err != nil {
				return dst, err
			}
			switch {
			case s.what == aText:
				dst = append(dst, s.name...)
			case s.what == aTopic && t.flat:
				dst = append(dst, strings.ReplaceAll(r.Topic, ".", "_")...)
			case s.what == aTopic:
				dst = append(dst, r.Topic...)
			case v.IsNull() || v.Kind() == data.StructKind || v.Kind() == data.MapKind || v.Kind() == data.ListKind:
				return dst, fmt.Errorf("the table is named by %s of the record, which holds no text or number", s.describe())
			default:
				start := len(dst)
				dst = v.AppendString(dst)
				if slices.Contains(dst[start:], 0) {
					return dst, fmt.Errorf("the table is named by %s of the record, which holds a zero byte", s.describe())
				}
			}
		}
		dst = append(dst, 0)
	}
	return dst, nil
}

func (s segment) describe() string {
	return map[placeholder]string{aSource: "source field ", aField: "field ", aKey: "key field ", aHeader: "header "}[s.what] + s.name
}

func (s segment) value(r *connect.Record, e *event) (data.Value, error) {
	switch s.what {
	case aSource:
		if e == nil || e.source < 0 {
			return data.Null, errNoName
		}
		return r.Value().Struct().At(e.source).Struct().Field(s.name), nil
	case aField:
		row := r.Value()
		if e != nil {
			row = e.row(r)
		}
		return member(row, s.name), nil
	case aKey:
		return member(r.Key(), s.name), nil
	case aHeader:
		h, _ := r.Headers.Last(s.name)
		return h.Value, nil
	}
	return data.Null, nil
}

func member(v data.Value, name string) data.Value {
	if v.Kind() == data.MapKind {
		x, _ := v.Map().Get(name)
		return x
	}
	return v.Struct().Field(name)
}

// id returns the table that parts stand for.
func (t *template) id(parts []byte) dialect.TableID {
	list := strings.Split(strings.TrimSuffix(string(parts), "\x00"), "\x00")
	if t.topicOnly {
		return dialect.ParseTableID(strings.Join(list, "."))
	}
	switch len(list) {
	case 1:
		return dialect.TableID{Name: list[0]}
	case 2:
		return dialect.TableID{Schema: list[0], Name: list[1]}
	}
	return dialect.TableID{Catalog: list[0], Schema: list[1], Name: list[2]}
}

// refers reports whether the format has placeholders of a kind.
func (t *template) refers(what placeholder) bool {
	return slices.ContainsFunc(t.parts, func(part []segment) bool {
		return slices.ContainsFunc(part, func(s segment) bool { return s.what == what })
	})
}
