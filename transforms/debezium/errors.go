package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// debeziumException is the class of Debezium's own errors.
const debeziumException = "io.debezium.DebeziumException"

func debeziumError(message string, cause error) error {
	return javafmt.NewException(debeziumException, message, cause)
}

func connectError(message string) error {
	return javafmt.NewException(javafmt.ConnectException, message, nil)
}

// castStruct is Java's cast to Struct, which lets null pass.
func castStruct(v data.Value) (*data.Struct, error) {
	if s := v.Struct(); s != nil || v.IsNull() {
		return s, nil
	}
	return nil, smt.CastError(v, "org.apache.kafka.connect.data.Struct")
}

func illegalArgument(message string) error {
	return javafmt.NewException(javafmt.IllegalArgument, message, nil)
}
