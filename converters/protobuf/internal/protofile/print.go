package protofile

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Print returns the text of a schema as ProtobufSchema.canonicalString of Confluent has it, for what converters write and the known types hold:
// messages, enums, oneofs, imports, the options of files, and parameters of fields. A registry tells schemas apart by this text.
func Print(p *descriptorpb.FileDescriptorProto) string {
	w := &printer{proto3: p.GetSyntax() == "proto3"}
	if s := p.GetSyntax(); s == "proto2" || s == "proto3" {
		w.line(`syntax = "` + s + `";`)
	}
	if p.GetPackage() != "" {
		w.line("package " + p.GetPackage() + ";")
	}
	w.imports(p)
	if o := fileOptions(p.GetOptions()); len(o) > 0 {
		w.line("")
		for _, x := range o {
			w.line(x)
		}
	}
	if len(p.GetMessageType())+len(p.GetEnumType()) > 0 {
		w.line("")
		for _, m := range p.GetMessageType() {
			w.message(m)
		}
		for _, e := range p.GetEnumType() {
			w.enum(e)
		}
	}
	return w.b.String()
}

type printer struct {
	b      strings.Builder
	indent string
	proto3 bool
}

// line writes a line. Wire's printer indents an empty line inside a block too.
func (w *printer) line(text string) {
	if text != "" || w.indent != "" {
		w.b.WriteString(w.indent)
	}
	w.b.WriteString(text)
	w.b.WriteByte('\n')
}

func (w *printer) in() { w.indent += "  " }

func (w *printer) out() { w.indent = w.indent[:len(w.indent)-2] }

func (w *printer) imports(p *descriptorpb.FileDescriptorProto) {
	public, weak := map[int32]bool{}, map[int32]bool{}
	for _, i := range p.GetPublicDependency() {
		public[i] = true
	}
	for _, i := range p.GetWeakDependency() {
		weak[i] = true
	}
	var plain, shared []string
	for i, d := range p.GetDependency() {
		switch {
		case public[int32(i)]:
			shared = append(shared, d)
		case !weak[int32(i)]:
			plain = append(plain, d)
		}
	}
	if len(plain)+len(shared) == 0 {
		return
	}
	w.line("")
	for _, d := range plain {
		w.line(`import "` + d + `";`)
	}
	for _, d := range shared {
		w.line(`import public "` + d + `";`)
	}
}

// fileOptionOrder are the options that are printed, in this order.
var fileOptionOrder = []protoreflect.Name{
	"java_package", "java_outer_classname", "java_multiple_files", "java_generate_equals_and_hash", "java_string_check_utf8", "optimize_for",
	"go_package", "cc_generic_services", "java_generic_services", "py_generic_services", "deprecated", "cc_enable_arenas", "objc_class_prefix",
	"csharp_namespace", "swift_prefix", "php_class_prefix", "php_namespace", "php_metadata_namespace", "ruby_package",
}

func fileOptions(o *descriptorpb.FileOptions) []string {
	if o == nil {
		return nil
	}
	r := o.ProtoReflect()
	var out []string
	for _, name := range fileOptionOrder {
		f := r.Descriptor().Fields().ByName(name)
		if !r.Has(f) {
			continue
		}
		text := ""
		switch f.Kind() {
		case protoreflect.StringKind:
			text = quote(r.Get(f).String())
		case protoreflect.BoolKind:
			text = strconv.FormatBool(r.Get(f).Bool())
		default:
			if v := f.Enum().Values().ByNumber(r.Get(f).Enum()); v != nil {
				text = string(v.Name())
			}
		}
		out = append(out, "option "+string(name)+" = "+text+";")
	}
	return out
}

var escapes = strings.NewReplacer("\a", `\a`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`, `\`, `\\`, "'", `\'`, `"`, `\"`)

func quote(text string) string { return `"` + escapes.Replace(text) + `"` }

func (w *printer) message(m *descriptorpb.DescriptorProto) {
	fields, oneofs := split(m)
	blocks := len(fields)+len(oneofs)+len(m.GetNestedType())+len(m.GetEnumType()) > 0 || m.GetOptions().GetMapEntry()
	if !blocks {
		w.line("message " + m.GetName() + " {}")
		return
	}
	w.line("message " + m.GetName() + " {")
	w.in()
	// Each block begins with a line of its own, of which the first ends the line of the name.
	first := true
	begin := func() {
		if !first {
			w.blank()
		}
		first = false
	}
	if m.GetOptions().GetMapEntry() {
		begin()
		w.line("option map_entry = true;")
	}
	if len(fields) > 0 {
		begin()
		for _, f := range fields {
			w.field(f, false)
		}
	}
	if len(oneofs) > 0 {
		begin()
		for _, o := range oneofs {
			w.line("oneof " + o.name + " {")
			w.in()
			for _, f := range o.fields {
				w.field(f, true)
			}
			w.out()
			w.line("}")
		}
	}
	if len(m.GetNestedType())+len(m.GetEnumType()) > 0 {
		begin()
		for _, n := range m.GetNestedType() {
			w.message(n)
		}
		for _, e := range m.GetEnumType() {
			w.enum(e)
		}
	}
	w.out()
	w.line("}")
}

// blank writes the empty line between two blocks of a message. Inside another message it is indented as deep as that one's members, since the text
// of a member is indented line by line.
func (w *printer) blank() {
	w.b.WriteString(w.indent[2:])
	w.b.WriteByte('\n')
}

type printedOneof struct {
	name   string
	fields []*descriptorpb.FieldDescriptorProto
}

// split separates the members of oneofs from other fields; oneofs without members are not printed.
func split(m *descriptorpb.DescriptorProto) (fields []*descriptorpb.FieldDescriptorProto, oneofs []printedOneof) {
	all := make([]printedOneof, len(m.GetOneofDecl()))
	for i, o := range m.GetOneofDecl() {
		all[i].name = o.GetName()
	}
	for _, f := range m.GetField() {
		if i := int(f.GetOneofIndex()); f.OneofIndex != nil && !f.GetProto3Optional() && i < len(all) {
			all[i].fields = append(all[i].fields, f)
		} else {
			fields = append(fields, f)
		}
	}
	for _, o := range all {
		if len(o.fields) > 0 {
			oneofs = append(oneofs, o)
		}
	}
	return fields, oneofs
}

func (w *printer) field(f *descriptorpb.FieldDescriptorProto, inOneof bool) {
	var b strings.Builder
	switch label := f.GetLabel(); {
	case inOneof:
	case f.GetProto3Optional():
		b.WriteString("optional ")
	case label == descriptorpb.FieldDescriptorProto_LABEL_REPEATED:
		b.WriteString("repeated ")
	case w.proto3:
	case label == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED:
		b.WriteString("required ")
	default:
		b.WriteString("optional ")
	}
	if f.GetTypeName() != "" {
		b.WriteString(f.GetTypeName())
	} else {
		b.WriteString(TypeName(f.GetType()))
	}
	b.WriteString(" " + f.GetName() + " = " + strconv.Itoa(int(f.GetNumber())))
	params := fieldParams(f.GetOptions())
	jsonName := ""
	if f.JsonName != nil {
		jsonName = "json_name = " + quote(f.GetJsonName())
	}
	switch {
	case len(params) > 0:
		w.params(b.String(), params, jsonName)
		return
	case jsonName != "":
		b.WriteString(" [" + jsonName + "]")
	}
	w.line(b.String() + ";")
}

// params writes a field with parameters. Those of decimals stand with the value first, for the sake of older texts.
func (w *printer) params(field string, params []Param, jsonName string) {
	end := "}];"
	if jsonName == "" {
		w.line(field + " [(confluent.field_meta) = {")
	} else {
		w.line(field + " [")
		w.in()
		w.line("(confluent.field_meta) = {")
		end = "},"
	}
	w.in()
	w.line("params: [")
	w.in()
	for i, p := range params {
		first, second := "key: "+quote(p.Key), "value: "+quote(p.Value)
		if p.Key == "precision" || p.Key == "scale" {
			first, second = second, first
		}
		w.line("{")
		w.in()
		w.line(first + ",")
		w.line(second)
		w.out()
		if i < len(params)-1 {
			w.line("},")
		} else {
			w.line("}")
		}
	}
	w.out()
	w.line("]")
	w.out()
	w.line(end)
	if jsonName != "" {
		w.line(jsonName)
		w.out()
		w.line("];")
	}
}

func (w *printer) enum(e *descriptorpb.EnumDescriptorProto) {
	w.line("enum " + e.GetName() + " {")
	w.in()
	if e.GetOptions() != nil && e.GetOptions().AllowAlias != nil {
		w.line("option allow_alias = " + strconv.FormatBool(e.GetOptions().GetAllowAlias()) + ";")
	}
	for _, v := range e.GetValue() {
		w.line(v.GetName() + " = " + strconv.Itoa(int(v.GetNumber())) + ";")
	}
	w.out()
	w.line("}")
}
