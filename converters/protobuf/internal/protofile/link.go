package protofile

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

// maxFields bounds what one schema may declare.
const maxFields = 1 << 20

// packageSymbol marks the name of a package among the symbols of a file.
type packageSymbol struct{}

type linker struct {
	file *File
	// all counts what is declared.
	all int
	// fields waits until all types are known.
	fields []pendingField
}

type pendingField struct {
	field *Field
	proto *descriptorpb.FieldDescriptorProto
	scope string
}

// Link checks a schema and resolves its names. imports returns the file of an import; files that it does not know (nil) are left out, as
// Confluent's library does.
func Link(name string, p *descriptorpb.FileDescriptorProto, imports func(name string) (*File, error)) (*File, error) {
	f := &File{Name: name, Proto: p, Package: p.GetPackage(), symbols: map[string]any{}}
	for i := f.Package; i != ""; i = parent(i) {
		f.symbols[i] = packageSymbol{}
	}
	public := map[int32]bool{}
	for _, i := range p.GetPublicDependency() {
		public[i] = true
	}
	for i, name := range p.GetDependency() {
		d, err := imports(name)
		switch {
		case err != nil:
			return nil, err
		case d == nil:
			continue
		}
		f.Imports = append(f.Imports, d)
		if public[int32(i)] {
			f.public = append(f.public, d)
		}
	}
	l := &linker{file: f}
	for _, m := range p.GetMessageType() {
		x, err := l.message(m, f.Package, 0)
		if err != nil {
			return nil, err
		}
		f.Messages = append(f.Messages, x)
	}
	for _, e := range p.GetEnumType() {
		x, err := l.enum(e, f.Package)
		if err != nil {
			return nil, err
		}
		f.Enums = append(f.Enums, x)
	}
	for _, pending := range l.fields {
		if err := l.resolve(pending); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func parent(name string) string { return name[:max(strings.LastIndexByte(name, '.'), 0)] }

func join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func proto3(f *File) bool { return f.Proto.GetSyntax() == "proto3" }

// proto2 reports whether a schema is of proto2, which is also the syntax of those that name none.
func proto2(f *File) bool {
	return f.Proto.GetSyntax() != "proto3" && f.Proto.GetSyntax() != "editions"
}

func invalid(fullName, format string, args ...any) error {
	return errors.New(fullName + ": " + fmt.Sprintf(format, args...))
}

func (l *linker) declare(fullName, name, scope string, x any) error {
	if l.all++; l.all > maxFields {
		return fmt.Errorf("the schema declares more than %d names", maxFields)
	}
	if name == "" {
		return invalid(fullName, "Missing name.")
	}
	for i, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= '0' && c <= '9' && i > 0) {
			return invalid(fullName, "%q is not a valid identifier.", verbatim(name))
		}
	}
	if old, ok := l.file.symbols[fullName]; ok {
		if _, isPackage := old.(packageSymbol); isPackage {
			return invalid(fullName, "%q is already defined (as something other than a package) in file %q.", verbatim(name), verbatim(l.file.Name))
		}
		if scope == "" {
			return invalid(fullName, "%q is already defined in file %q.", verbatim(name), verbatim(l.file.Name))
		}
		return invalid(fullName, "%q is already defined in %q.", verbatim(name), verbatim(scope))
	}
	l.file.symbols[fullName] = x
	return nil
}

// verbatim is a text that %q prints between quotation marks without escapes, as Java does.
type verbatim string

func (v verbatim) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(`"` + string(v) + `"`)) }

// maxNesting is how deep messages may be declared inside each other.
const maxNesting = 256

func (l *linker) message(p *descriptorpb.DescriptorProto, scope string, depth int) (*Message, error) {
	m := &Message{Name: p.GetName(), FullName: join(scope, p.GetName()), File: l.file, MapEntry: p.GetOptions().GetMapEntry(), byName: map[string]*Field{}}
	if depth > maxNesting {
		return nil, invalid(m.FullName, "messages are declared inside each other more than %d times", maxNesting)
	}
	if err := l.declare(m.FullName, m.Name, scope, m); err != nil {
		return nil, err
	}
	for _, n := range p.GetNestedType() {
		x, err := l.message(n, m.FullName, depth+1)
		if err != nil {
			return nil, err
		}
		m.Messages = append(m.Messages, x)
	}
	for _, e := range p.GetEnumType() {
		x, err := l.enum(e, m.FullName)
		if err != nil {
			return nil, err
		}
		m.Enums = append(m.Enums, x)
	}
	oneofs, err := l.oneofs(m, p)
	if err != nil {
		return nil, err
	}
	numbers := map[int32]string{}
	for _, inOneof := range []bool{true, false} {
		for _, fp := range p.GetField() {
			if (fp.OneofIndex != nil && !fp.GetProto3Optional()) != inOneof {
				continue
			}
			f, err := l.field(m, fp, numbers)
			if err != nil {
				return nil, err
			}
			if inOneof {
				i := int(fp.GetOneofIndex())
				if i < 0 || i >= len(oneofs) || oneofs[i] == nil {
					return nil, invalid(f.FullName, "FieldDescriptorProto.oneof_index is out of range for type %s", m.Name)
				}
				f.Oneof = oneofs[i]
				f.Oneof.Fields = append(f.Oneof.Fields, f)
			}
		}
	}
	return m, nil
}

// oneofs declares the oneofs of a message; those that the keyword optional stands for are nil.
func (l *linker) oneofs(m *Message, p *descriptorpb.DescriptorProto) ([]*Oneof, error) {
	synthetic := map[int32]bool{}
	for _, f := range p.GetField() {
		if f.GetProto3Optional() {
			synthetic[f.GetOneofIndex()] = true
		}
	}
	out := make([]*Oneof, len(p.GetOneofDecl()))
	last := false
	for i, o := range p.GetOneofDecl() {
		if synthetic[int32(i)] {
			last = true
			continue
		}
		if last {
			return nil, invalid(m.FullName, "Synthetic oneofs must come last.")
		}
		out[i] = &Oneof{Name: o.GetName(), FullName: join(m.FullName, o.GetName()), Index: len(m.Oneofs)}
		m.Oneofs = append(m.Oneofs, out[i])
	}
	return out, nil
}

func (l *linker) field(m *Message, p *descriptorpb.FieldDescriptorProto, numbers map[int32]string) (*Field, error) {
	f := &Field{
		Name: p.GetName(), FullName: join(m.FullName, p.GetName()), Number: p.GetNumber(), Type: p.GetType(),
		Repeated: p.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED,
		Required: p.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED,
		Default:  p.GetDefaultValue(), HasDefault: p.DefaultValue != nil, Proto3: p.GetProto3Optional(),
		Checked: !proto2(l.file) || m.MapEntry || l.file.Proto.GetOptions().GetJavaStringCheckUtf8(),
		Params:  fieldParams(p.GetOptions()),
	}
	if p.Type == nil {
		f.Type = 0
	}
	if err := l.declare(f.FullName, f.Name, m.FullName, f); err != nil {
		return nil, err
	}
	if f.Number <= 0 {
		return nil, invalid(f.FullName, "Field numbers must be positive integers.")
	}
	if old, used := numbers[f.Number]; used {
		return nil, invalid(f.FullName, "Field number %d has already been used in %q by field %q.", f.Number, verbatim(m.FullName), verbatim(old))
	}
	if f.Repeated && f.HasDefault {
		return nil, invalid(f.FullName, "Repeated fields cannot have default values.")
	}
	numbers[f.Number] = f.Name
	inOneof := p.OneofIndex != nil
	f.Keyword = f.Proto3 || proto2(l.file) && !f.Repeated && !f.Required && !inOneof
	f.Presence = !f.Repeated && (inOneof || !proto3(l.file))
	f.Packed = f.Repeated && !proto2(l.file)
	if p.GetOptions() != nil && p.GetOptions().Packed != nil {
		f.Packed = f.Repeated && p.GetOptions().GetPacked()
	}
	m.Fields, m.byName[f.Name] = append(m.Fields, f), f
	l.fields = append(l.fields, pendingField{f, p, m.FullName})
	return f, nil
}

func (l *linker) enum(p *descriptorpb.EnumDescriptorProto, scope string) (*Enum, error) {
	e := &Enum{Name: p.GetName(), FullName: join(scope, p.GetName()), Closed: proto2(l.file)}
	if err := l.declare(e.FullName, e.Name, scope, e); err != nil {
		return nil, err
	}
	if len(p.GetValue()) == 0 {
		return nil, invalid(e.FullName, "Enums must contain at least one value.")
	}
	names := map[string]bool{}
	for _, v := range p.GetValue() {
		if l.all++; l.all > maxFields {
			return nil, fmt.Errorf("the schema declares more than %d names", maxFields)
		}
		if names[v.GetName()] {
			return nil, invalid(join(e.FullName, v.GetName()), "%q is already defined in %q.", verbatim(v.GetName()), verbatim(e.FullName))
		}
		names[v.GetName()] = true
		e.Values = append(e.Values, EnumValue{v.GetName(), v.GetNumber()})
	}
	return e, nil
}

// resolve finds the type of a field.
func (l *linker) resolve(p pendingField) error {
	f := p.field
	name := p.proto.GetTypeName()
	if name == "" {
		if f.Type == 0 || f.Type == MessageT || f.Type == EnumT || f.Type == Group {
			return invalid(f.FullName, "Field with message or enum type missing type_name.")
		}
		f.Packed = f.Packed && f.Type != String && f.Type != Bytes
		return l.checkDefault(f)
	}
	switch x := l.lookup(name, p.scope).(type) {
	case *Message:
		f.Type, f.Message, f.Packed, f.Presence = MessageT, x, false, !f.Repeated
		if f.HasDefault {
			return invalid(f.FullName, "Messages can't have default values.")
		}
		return nil
	case *Enum:
		f.Type, f.Enum = EnumT, x
		return l.checkDefault(f)
	case nil:
		return invalid(f.FullName, "%q is not defined.", verbatim(name))
	}
	return invalid(f.FullName, "%q is not a type.", verbatim(name))
}

// lookup finds a type by the rules of Protobuf: the innermost scope that knows the first part of the name decides.
func (l *linker) lookup(name, scope string) any {
	if full, ok := strings.CutPrefix(name, "."); ok {
		return l.symbol(full)
	}
	first, _, more := strings.Cut(name, ".")
	for {
		x := l.symbol(join(scope, first))
		switch x.(type) {
		case nil:
		case *Message, packageSymbol:
			if more {
				return l.symbol(join(scope, name))
			}
			if _, isPackage := x.(packageSymbol); !isPackage {
				return x
			}
		case *Enum:
			if !more {
				return x
			}
		}
		if scope == "" {
			return nil
		}
		scope = parent(scope)
	}
}

// symbol finds a full name in the file, those it imports, and those that these import publicly.
func (l *linker) symbol(fullName string) any {
	if x, ok := l.file.symbols[fullName]; ok {
		return x
	}
	for _, d := range l.file.Imports {
		if x := d.publicSymbol(fullName, 0); x != nil {
			return x
		}
	}
	return nil
}

func (f *File) publicSymbol(fullName string, depth int) any {
	if x, ok := f.symbols[fullName]; ok {
		return x
	}
	if depth > maxNesting {
		return nil
	}
	for _, d := range f.public {
		if x := d.publicSymbol(fullName, depth+1); x != nil {
			return x
		}
	}
	return nil
}
