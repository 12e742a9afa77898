package config

import (
	"fmt"
	"io"
)

// Type is the type of a key's value. The zero value is String.
type Type uint8

// The types of Kafka's ConfigDef and the Go types of their parsed values; an absent value of any type is nil.
const (
	String   Type = iota // string
	Boolean              // bool
	Int                  // int32
	Short                // int16
	Long                 // int64
	Double               // float64
	List                 // []string
	Class                // ClassName
	Password             // Secret
)

var typeNames = [...]string{"STRING", "BOOLEAN", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}

// String returns the name used in messages and in the REST API.
func (t Type) String() string { return typeNames[t] }

// Importance says how likely a user has to set a key. The zero value is Low.
type Importance uint8

// The importances of Kafka's ConfigDef.
const (
	Low Importance = iota
	Medium
	High
)

var importanceNames = [...]string{"LOW", "MEDIUM", "HIGH"}

// String returns the name used in the REST API.
func (i Importance) String() string { return importanceNames[i] }

// Width is a hint for forms: how wide a value is.
type Width uint8

// The widths of Kafka's ConfigDef.
const (
	WidthNone Width = iota
	WidthShort
	WidthMedium
	WidthLong
)

var widthNames = [...]string{"NONE", "SHORT", "MEDIUM", "LONG"}

// String returns the name used in the REST API.
func (w Width) String() string { return widthNames[w] }

// ClassName is the parsed value of a key of type Class: the full Java class name of a plugin.
type ClassName string

// String returns Class.toString's form, which is what messages show.
func (c ClassName) String() string { return "class " + string(c) }

// JavaClass returns the class of the value itself, as messages about wrong types name it.
func (c ClassName) JavaClass() string { return "java.lang.Class" }

// ClassResolver finds a class by its full name or alias and returns its full name. It is called by Parse and Validate on the caller's
// goroutine and must not block.
type ClassResolver func(name string) (ClassName, bool)

// Hidden is the text shown in place of every secret.
const Hidden = "[hidden]"

// Secret is the parsed value of a key of type Password. It prints as [hidden] in every format; Reveal gives the text.
type Secret struct{ text string }

// NewSecret returns a Secret of the text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the secret text; never log it (invariant I5).
func (s Secret) Reveal() string { return s.text }

// String returns [hidden].
func (s Secret) String() string { return Hidden }

// Format prints [hidden] whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// A failing writer reports its own error.
	_, _ = io.WriteString(f, Hidden)
}

// MarshalText returns [hidden], for JSON and structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

// JavaClass returns the class of the value itself, as messages about wrong types name it.
func (s Secret) JavaClass() string { return "org.apache.kafka.common.config.types.Password" }
