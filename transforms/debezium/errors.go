package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// debeziumException is the class of Debezium's own errors.
const debeziumException = "io.debezium.DebeziumException"

func debeziumError(message string, cause error) error {
	return javafmt.NewException(debeziumException, message, cause)
}

func dataError(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

func connectError(message string) error {
	return javafmt.NewException(javafmt.ConnectException, message, nil)
}

// nullPointer is the error of places where Java follows a null.
func nullPointer(what string) error {
	return javafmt.NewException(javafmt.NullPointerException, what, nil)
}

// castError is the error of a value that Java casts to a class it is not of.
func castError(v data.Value, class string) error {
	return javafmt.NewException(javafmt.ClassCastException, "class "+className(v)+" cannot be cast to class "+class, nil)
}

func className(v data.Value) string {
	if v.IsNull() {
		return "null"
	}
	return v.JavaClass()
}

// requireStruct is Requirements.requireStruct.
func requireStruct(v data.Value, purpose string) (*data.Struct, error) {
	if s := v.Struct(); s != nil {
		return s, nil
	}
	return nil, dataError("Only Struct objects supported for [" + purpose + "], found: " + className(v))
}

// castStruct is Java's cast to Struct, which lets null pass.
func castStruct(v data.Value) (*data.Struct, error) {
	if s := v.Struct(); s != nil || v.IsNull() {
		return s, nil
	}
	return nil, castError(v, "org.apache.kafka.connect.data.Struct")
}

func illegalArgument(message string) error {
	return javafmt.NewException(javafmt.IllegalArgument, message, nil)
}
