package protofile

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/descriptorpb"
)

// metaNumber is the number of Confluent's extensions of all kinds of options, which hold a message Meta.
const metaNumber protowire.Number = 1088

// Param is a parameter of Confluent's option field_meta.
type Param struct{ Key, Value string }

// SetParams adds parameters to the options of a field.
func SetParams(p *descriptorpb.FieldDescriptorProto, params []Param) {
	if len(params) == 0 {
		return
	}
	var meta []byte
	for _, x := range params {
		var entry []byte
		entry = protowire.AppendString(protowire.AppendTag(entry, 1, protowire.BytesType), x.Key)
		entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), x.Value)
		meta = protowire.AppendBytes(protowire.AppendTag(meta, 2, protowire.BytesType), entry)
	}
	if p.Options == nil {
		p.Options = &descriptorpb.FieldOptions{}
	}
	r := p.Options.ProtoReflect()
	r.SetUnknown(protowire.AppendBytes(protowire.AppendTag(r.GetUnknown(), metaNumber, protowire.BytesType), meta))
}

// fieldParams returns the parameters that the options of a field hold, a key that occurs again with its last value.
func fieldParams(o *descriptorpb.FieldOptions) []Param {
	if o == nil {
		return nil
	}
	var out []Param
	each(o.ProtoReflect().GetUnknown(), metaNumber, func(meta []byte) {
		each(meta, 2, func(entry []byte) {
			var p Param
			each(entry, 1, func(b []byte) { p.Key = string(b) })
			each(entry, 2, func(b []byte) { p.Value = string(b) })
			for i := range out {
				if out[i].Key == p.Key {
					out[i].Value = p.Value
					return
				}
			}
			out = append(out, p)
		})
	})
	return out
}

// each calls f for the values of a field that holds bytes.
func each(b []byte, number protowire.Number, f func([]byte)) {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return
		}
		b = b[size:]
		if n == number && kind == protowire.BytesType {
			v, size := protowire.ConsumeBytes(b)
			if size < 0 {
				return
			}
			f(v)
		}
		if size = protowire.ConsumeFieldValue(n, kind, b); size < 0 {
			return
		}
		b = b[size:]
	}
}
