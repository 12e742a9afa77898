package source

import (
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// array is a column of arrays whose elements have a schema. PostgreSQL's arrays have no fixed number of dimensions, a schema has: only those of one are
// read.
func (s *settings) array(c *column) {
	if !s.arrays || c.Elem == nil {
		return
	}
	elem := column{Column: *c.Elem}
	elem.Name, elem.Nullable = "element", true
	s.schemaOf(&elem)
	if elem.schema == nil || elem.JDBC == dialect.Array {
		return
	}
	c.elem, c.single = &elem, data.NewStructSchema("", data.Field{Name: "element", Schema: elem.schema}).MustBuild()
	c.schema, c.fill = data.NewListSchema(elem.schema).SetOptional(c.Nullable).MustBuild(), fillArray
}

// errArray is a text that is no array.
var errArray = errors.New("the text of an array cannot be read")

// fillArray reads PostgreSQL's text form: {1,NULL,"two \"quoted\" words"}, before which bounds may stand.
func fillArray(f *filler, i int, c *column, cell *dialect.Cell) error {
	text := cell.Text
	if len(text) > 0 && text[0] == '[' { // [2:3]={1,2}
		for len(text) > 0 && text[0] != '{' {
			text = text[1:]
		}
	}
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return errArray
	}
	list := f.b.Arena().List(0)
	for text = text[1 : len(text)-1]; len(text) > 0; {
		if text[0] == '{' {
			return fmt.Errorf("arrays of several dimensions cannot be read: leave the column out by a query or a view, or unset %s", keyArrays)
		}
		element, quoted, rest, err := arrayElement(text)
		if err != nil {
			return err
		}
		one := filler{settings: f.settings, b: f.b.Arena().Struct(c.single)}
		if !quoted && string(element) == "NULL" {
			one.b.Null(0)
		} else if err := c.elem.fill(&one, 0, c.elem, &dialect.Cell{Text: element}); err != nil {
			return err
		}
		f.bytes += one.bytes
		list.Append(one.b.At(0))
		text = rest
	}
	f.b.Set(i, list.Build().Value())
	return nil
}

// arrayElement cuts the first element off, and the comma behind it. The bytes are changed in place: the driver is done with them.
func arrayElement(text []byte) (element []byte, quoted bool, rest []byte, err error) {
	if text[0] != '"' {
		n := 0
		for n < len(text) && text[n] != ',' {
			n++
		}
		return text[:n], false, text[min(n+1, len(text)):], nil
	}
	out := text[1:1]
	for n := 1; n < len(text); n++ {
		switch text[n] {
		case '\\':
			if n++; n == len(text) {
				return nil, false, nil, errArray
			}
		case '"':
			n++
			if n < len(text) && text[n] != ',' {
				return nil, false, nil, errArray
			}
			return out, true, text[min(n+1, len(text)):], nil
		}
		out = append(out, text[n])
	}
	return nil, false, nil, errArray
}
