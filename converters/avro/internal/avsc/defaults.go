package avsc

// ValidDefault reports whether a value may be the default of a field of a schema.
func ValidDefault(s *Schema, v *Node) bool {
	if v == nil {
		return false
	}
	switch s.Type {
	case NullType:
		return v.Kind == NullNode
	case BooleanType:
		return v.Kind == BoolNode
	case IntType:
		return v.Kind == IntNode || v.Kind == LongNode && v.Int == int64(int32(v.Int))
	case LongType:
		return v.Kind == IntNode || v.Kind == LongNode
	case FloatType, DoubleType:
		return v.IsNumber()
	case BytesType, StringType, EnumType, FixedType:
		return v.Kind == TextNode
	case ArrayType:
		return v.Kind == ArrayNode && allValid(s.Elem, v.Items)
	case MapType:
		return v.Kind == ObjectNode && allValid(s.Elem, v.Items)
	case UnionType:
		for _, t := range s.Types {
			if ValidDefault(t, v) {
				return true
			}
		}
		return false
	}
	if v.Kind != ObjectNode {
		return false
	}
	for _, f := range s.Fields {
		x := v.Get(f.Name)
		if x == nil {
			x = f.Default
		}
		if !ValidDefault(f.Schema, x) {
			return false
		}
	}
	return true
}

func allValid(s *Schema, values []*Node) bool {
	for _, v := range values {
		if !ValidDefault(s, v) {
			return false
		}
	}
	return true
}
