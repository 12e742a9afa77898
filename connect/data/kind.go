// Package data is the data model of connectors: values, structs, maps, lists and the schemas that describe them.
//
// A Value is a small immutable handle; the zero Value is null. Text and bytes that a Value gives out may share the buffer the record was read
// from, so they are read-only, and Detach copies a value that is kept for long. Structs, maps and lists are stored as slots of an Arena, which
// one batch of records shares; they never change once built, and any number of goroutines may read them.
package data

// Kind says what a Value is, and what values a Schema describes.
type Kind uint8

// The kinds. Decimal, Date, Time and Timestamp are the kinds of host values of Connect's logical types: they never are the Kind of a Schema,
// only its ValueKind.
const (
	NullKind Kind = iota
	BoolKind
	Int8Kind
	Int16Kind
	Int32Kind
	Int64Kind
	Float32Kind
	Float64Kind
	StringKind
	BytesKind
	ListKind
	MapKind
	StructKind
	DecimalKind
	DateKind
	TimeKind
	TimestampKind
	// ForeignKind is a value that is no Connect data but may reach a place that rejects it by name; see Foreign.
	ForeignKind
	// spanKind is stored text that is not decoded yet. It exists in slots only; no Value has it.
	spanKind
)

var kindNames = [...]string{"NULL", "BOOLEAN", "INT8", "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64", "STRING", "BYTES", "ARRAY", "MAP", "STRUCT",
	"DECIMAL", "DATE", "TIME", "TIMESTAMP", "FOREIGN", "SPAN"}

// String returns the name of Connect's Schema.Type, such as INT32 or ARRAY.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "UNKNOWN"
}

// KindOf returns the kind of a schema type's name, upper case as String writes it. Kinds that no schema has are not found.
func KindOf(name string) (Kind, bool) {
	for k := BoolKind; k <= StructKind; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return NullKind, false
}

// IsPrimitive reports whether a schema of this kind has neither fields nor elements.
func (k Kind) IsPrimitive() bool { return k >= BoolKind && k <= BytesKind }

// IsTemporal reports whether the kind is Date, Time or Timestamp.
func (k Kind) IsTemporal() bool { return k >= DateKind && k <= TimestampKind }
