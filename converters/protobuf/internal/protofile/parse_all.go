package protofile

import "fmt"

// ParseAll parses and links a schema. imports are the texts of other schemas by the names under which they are imported; the known ones need not
// be among them.
func ParseAll(text string, imports map[string]string) (*File, error) {
	files := map[string]*File{}
	open := map[string]bool{}
	var load func(name string) (*File, error)
	load = func(name string) (*File, error) {
		if f := files[name]; f != nil {
			return f, nil
		}
		text, ok := imports[name]
		if !ok {
			return Known(name), nil
		}
		if open[name] {
			return nil, fmt.Errorf("schemas import each other: %s", name)
		}
		open[name] = true
		defer delete(open, name)
		p, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		f, err := Link(name, p, load)
		if err != nil {
			return nil, fmt.Errorf("Invalid protobuf schema definition: %w", err)
		}
		files[name] = f
		return f, nil
	}
	p, err := Parse("", text)
	if err != nil {
		return nil, err
	}
	f, err := Link("default", p, load)
	if err != nil {
		return nil, fmt.Errorf("Invalid protobuf schema definition: %w", err)
	}
	return f, nil
}
