package httplookup

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// template is a URL with ${field} in its path or query.
type template struct {
	// literals has one text more than there are variables: each variable stands between two of them.
	literals  []string
	variables []variable
	// shown is the URL for messages: without query, user and password, which may hold secrets.
	shown string
}

// variable is a field of the record, or a field of a nested one.
type variable struct {
	name  string
	steps []string
	query bool // it stands in the query
}

// parseTemplate reads a template. What stands before the path, such as the host, cannot come from records.
func parseTemplate(text string) (*template, error) {
	t := &template{}
	rest := text
	for {
		before, after, ok := strings.Cut(rest, "${")
		t.literals = append(t.literals, before)
		if !ok {
			break
		}
		name, more, closed := strings.Cut(after, "}")
		if !closed {
			return nil, errors.New("${ is not closed by }")
		}
		steps, err := splitPath(name)
		if err != nil {
			return nil, err
		}
		t.variables = append(t.variables, variable{name: name, steps: steps, query: strings.Contains(strings.Join(t.literals, ""), "?")})
		rest = more
	}
	fixed := strings.Join(t.literals, "x")
	u, err := url.Parse(fixed)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL, which may hold secrets
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL must begin with http:// or https://")
	}
	if u.Host == "" {
		return nil, errors.New("the URL has no host")
	}
	if u.Fragment != "" || strings.Contains(fixed, "#") {
		return nil, errors.New("a URL to be asked has no fragment: write # as %23")
	}
	start := strings.Index(text, "://") + len("://")
	if end := strings.IndexAny(text[start:], "/?"); len(t.variables) > 0 && (end < 0 || strings.Contains(text[:start+end], "${")) {
		return nil, errors.New("fields can stand in the path and the query only, not in the host")
	}
	t.shown, _, _ = strings.Cut(text, "?")
	if at := strings.LastIndexByte(t.shown, '@'); u.User != nil && at >= 0 {
		t.shown = u.Scheme + "://" + t.shown[at+1:]
	}
	return t, nil
}

// splitPath splits the name of a field at its dots. A step in backticks may hold dots (KIP-821).
func splitPath(name string) ([]string, error) {
	var steps []string
	for rest := name; ; {
		var step string
		more := false
		if strings.HasPrefix(rest, "`") {
			var closed bool
			if step, rest, closed = strings.Cut(rest[1:], "`"); !closed || rest != "" && rest[0] != '.' {
				return nil, errors.New("the backticks in ${" + name + "} are not a pair")
			}
			if more = rest != ""; more {
				rest = rest[1:]
			}
		} else {
			step, rest, more = strings.Cut(rest, ".")
		}
		if step == "" {
			return nil, errors.New("${" + name + "} names no field")
		}
		if steps = append(steps, step); !more {
			return steps, nil
		}
	}
}

// append appends the URL for a struct or map. ok is false where a field is null or empty: there is nothing to ask for then.
func (t *template) append(dst []byte, v data.Value) (_ []byte, ok bool, _ error) {
	dst = append(dst, t.literals[0]...)
	segment := -1 // where the part of the path begins that has fields and is not complete
	for i := range t.variables {
		x := &t.variables[i]
		field, err := x.of(v)
		if err != nil || field.IsNull() {
			return dst, false, err
		}
		text, err := x.text(field)
		if err != nil || text == "" {
			return dst, false, err
		}
		literal := t.literals[i+1]
		if x.query {
			dst = append(append(dst, url.QueryEscape(text)...), literal...)
			continue
		}
		if segment < 0 {
			segment = bytes.LastIndexByte(dst, '/') + 1
		}
		dst = append(dst, url.PathEscape(text)...)
		end := strings.IndexAny(literal, "/?")
		if complete := end >= 0 || i+1 == len(t.variables); complete {
			if end < 0 {
				end = len(literal)
			}
			if err := x.checked(append(dst, literal[:end]...)[segment:]); err != nil {
				return dst, false, err
			}
			segment = -1
		}
		dst = append(dst, literal...)
	}
	return dst, true, nil
}

// of returns the field; in a map a field that is not there is null.
func (x *variable) of(v data.Value) (data.Value, error) {
	for _, step := range x.steps {
		switch v.Kind() {
		case data.NullKind:
			return data.Null, nil
		case data.StructKind:
			f, ok := v.Struct().Schema().Field(step)
			if !ok {
				return data.Null, smt.DataError("The field " + x.name + " of the URL does not exist: there is no " + step)
			}
			v = v.Struct().Get(f.Index)
		case data.MapKind:
			v = v.Map().Field(step)
		default:
			return data.Null, smt.DataError("The field " + x.name + " of the URL does not exist: " + step + " is looked for in a " + v.JavaClass())
		}
	}
	return v, nil
}

// text returns the text of a field as it stands in the URL before escaping.
func (x *variable) text(v data.Value) (string, error) {
	if v.Kind() == data.BytesKind || v.Kind() > data.BytesKind && v.Kind() <= data.StructKind || v.Kind() == data.ForeignKind {
		return "", smt.DataError("The field " + x.name + " of the URL must be a text, number, boolean or date, found: " + v.JavaClass())
	}
	text := v
	if v.Kind() != data.StringKind {
		var err error
		if text, err = values.ToString(nil, v); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

// checked refuses a part of the path, the last field of which is x, that would be a step to another path. Services unescape paths, some before
// they follow their steps, so an escaped slash or dot counts as one.
func (x *variable) checked(segment []byte) error {
	if bytes.IndexByte(segment, '.') < 0 && bytes.IndexByte(segment, '%') < 0 {
		return nil
	}
	text, err := url.PathUnescape(string(segment))
	if err != nil {
		return nil // wrong escapes in the template itself: there will be no request
	}
	for step := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '/' || c == '\\' }) {
		if step == "." || step == ".." {
			return smt.DataError("The field " + x.name + " of the URL makes " + strconv.Quote(step) + " a step of its path, which leads to another place")
		}
	}
	return nil
}
