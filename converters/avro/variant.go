package avro

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
)

// variantName is the name of Connect's struct of a variant: the two binary parts of a value whose type only the value says.
const (
	variantName    = "org.apache.kafka.connect.data.Variant"
	variantLogical = "variant"
)

func isVariant(s *data.Schema) bool {
	return s.Kind() == data.StructKind && s.HasName() && s.Name() == variantName
}

// variantSchema returns a new Avro schema of variants.
func variantSchema() *avsc.Schema {
	field := func(name string) *avsc.Field { return &avsc.Field{Name: name, Schema: avsc.New(avsc.BytesType)} }
	return &avsc.Schema{
		Type: avsc.RecordType, Name: "Variant", Space: "confluent.type",
		Fields: []*avsc.Field{field("metadata"), field("value")},
		Props:  []avsc.Prop{{Name: logicalTypeProp, Value: avsc.Text(variantLogical)}},
	}
}

// isVariantRecord reports whether a record is one of a variant: by its logical type, which counts only where the fields are right.
func isVariantRecord(a *avsc.Schema) bool {
	if logical, _ := a.TextProp(logicalTypeProp); logical != variantLogical || len(a.Fields) != 2 {
		return false
	}
	metadata, value := a.Field("metadata"), a.Field("value")
	return metadata != nil && metadata.Schema.Type == avsc.BytesType && value != nil && value.Schema.Type == avsc.BytesType
}

// variantBuilder starts the Connect schema of variants.
func variantBuilder() *data.SchemaBuilder {
	return data.NewStructSchema(variantName).Field("metadata", data.BytesSchema).Field("value", data.BytesSchema)
}
