package avsc

// String returns the text of the schema, as Schema.toString of Java prints it. A type that occurs again is printed by its name.
func (s *Schema) String() string {
	p := printer{known: map[string]bool{}}
	p.schema(s, "")
	return string(p.dst)
}

type printer struct {
	dst   []byte
	known map[string]bool
}

func (p *printer) text(s string) { p.dst = append(p.dst, s...) }

func (p *printer) quoted(s string) { p.dst = appendQuoted(p.dst, s) }

func (p *printer) member(name, value string) {
	p.text(`,"` + name + `":`)
	p.quoted(value)
}

func (p *printer) schema(s *Schema, space string) {
	switch s.Type {
	case RecordType, EnumType, FixedType:
		p.named(s, space)
	case UnionType:
		p.text("[")
		for i, t := range s.Types {
			if i > 0 {
				p.text(",")
			}
			p.schema(t, space)
		}
		p.text("]")
	case ArrayType, MapType:
		p.text(`{"type":"` + s.Type.String())
		if s.Type == ArrayType {
			p.text(`","items":`)
		} else {
			p.text(`","values":`)
		}
		p.schema(s.Elem, space)
		p.props(s.Props)
		p.text("}")
	default:
		if len(s.Props) == 0 {
			p.quoted(s.Type.String())
			return
		}
		p.text(`{"type":"` + s.Type.String() + `"`)
		p.props(s.Props)
		p.text("}")
	}
}

func (p *printer) named(s *Schema, space string) {
	if name := s.FullName(); p.known[name] {
		p.quoted(qualified(s.Name, s.Space, space))
		return
	} else {
		p.known[name] = true
	}
	kind := s.Type.String()
	if s.Error {
		kind = "error"
	}
	p.text(`{"type":"` + kind + `"`)
	p.member("name", s.Name)
	if s.Space != space {
		p.member("namespace", s.Space)
	}
	if s.Doc != nil {
		p.member("doc", *s.Doc)
	}
	switch s.Type {
	case RecordType:
		p.fields(s)
	case EnumType:
		p.text(`,"symbols":[`)
		for i, symbol := range s.Symbols {
			if i > 0 {
				p.text(",")
			}
			p.quoted(symbol)
		}
		p.text("]")
		if s.EnumDefault != nil {
			p.member("default", *s.EnumDefault)
		}
	case FixedType:
		p.text(`,"size":`)
		p.dst = Long(int64(s.Size)).Append(p.dst)
	}
	p.props(s.Props)
	if len(s.Aliases) > 0 {
		p.text(`,"aliases":[`)
		for i, a := range s.Aliases {
			if i > 0 {
				p.text(",")
			}
			p.quoted(qualified(a.Name, a.Space, s.Space))
		}
		p.text("]")
	}
	p.text("}")
}

// qualified returns a name as it is written where the namespace is space: in full where the last part alone would mean another type.
func qualified(name, of, space string) string {
	if _, primitive := typeOf(name); of == "" || of == space && !primitive {
		return name
	}
	return of + "." + name
}

func (p *printer) fields(s *Schema) {
	p.text(`,"fields":[`)
	for i, f := range s.Fields {
		if i > 0 {
			p.text(",")
		}
		p.text(`{"name":`)
		p.quoted(f.Name)
		p.text(`,"type":`)
		p.schema(f.Schema, s.Space)
		if f.Doc != nil {
			p.member("doc", *f.Doc)
		}
		if f.Default != nil {
			p.text(`,"default":`)
			p.dst = f.Default.Append(p.dst)
		}
		if f.Order != "" {
			p.member("order", f.Order)
		}
		if len(f.Aliases) > 0 {
			p.text(`,"aliases":[`)
			for i, a := range f.Aliases {
				if i > 0 {
					p.text(",")
				}
				p.quoted(a)
			}
			p.text("]")
		}
		p.props(f.Props)
		p.text("}")
	}
	p.text("]")
}

func (p *printer) props(props []Prop) {
	for _, prop := range props {
		p.text(",")
		p.quoted(prop.Name)
		p.text(":")
		p.dst = prop.Value.Append(p.dst)
	}
}
