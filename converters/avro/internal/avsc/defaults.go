package avsc

// ValidDefault reports whether a value may be the default of a field of a schema.
func ValidDefault(s *Schema, v *Node) bool { return validDefault(s, v, 0) }

func validDefault(s *Schema, v *Node, depth int) bool {
	// Defaults of a record that contains itself may refer to each other for ever.
	if v == nil || depth > maxDepth {
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
		return v.Kind == ArrayNode && allValid(s.Elem, v.Items, depth)
	case MapType:
		return v.Kind == ObjectNode && allValid(s.Elem, v.Items, depth)
	case UnionType:
		for _, t := range s.Types {
			if validDefault(t, v, depth+1) {
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
		if !validDefault(f.Schema, x, depth+1) {
			return false
		}
	}
	return true
}

func allValid(s *Schema, values []*Node, depth int) bool {
	for _, v := range values {
		if !validDefault(s, v, depth+1) {
			return false
		}
	}
	return true
}
