package config

// noDefault is the type of NoDefault.
type noDefault struct{}

// NoDefault as a key's Default makes the key required.
var NoDefault any = noDefault{}

// Key declares one configuration key.
type Key struct {
	// Name is the full key, for example "batch.size".
	Name string
	// Type is the type of the value.
	Type Type
	// Default is the value of an absent key: NoDefault makes the key required, nil is a null default. Untyped Go constants, texts and
	// []string are converted to the Type; a default that does not parse or that Validator refuses is a programmer error.
	Default any
	// Validator checks the parsed value, nil for none.
	Validator Validator
	// Importance says how likely a user has to set the key.
	Importance Importance
	// Doc is the documentation: one or two sentences with units, the meaning of the default and what goes wrong.
	Doc string
	// Group is the form group, empty for none.
	Group string
	// Order is the place within the group. A key without Group and Order gets -1, as in Java's shorter define.
	Order int
	// Width is the width of the value in a form.
	Width Width
	// DisplayName is the label in a form; empty takes the name.
	DisplayName string
	// Dependents are the keys whose recommendations depend on this one.
	Dependents []string
	// Recommender proposes values and decides visibility, nil for none.
	Recommender Recommender
	// AnyClass takes the value of a key of type Class as it is written, without looking the class up: for Java classes that are judged elsewhere.
	AnyClass bool
	// Internal keys are parsed but left out of generated documentation.
	Internal bool
	// Beyond keys are ones that Java does not have. Clients compare what a worker says of a plugin's keys, so these are documented and checked,
	// but stay out of a worker's answers unless a configuration sets them (see Def.For).
	Beyond bool
	// Deprecated says since when and what to use instead, empty for keys in use.
	Deprecated string
	// NoEffect says why the key is accepted and nothing follows from it, empty for keys that do something.
	NoEffect string
}

// Required reports whether the key has no default.
func (k *Key) Required() bool { return k.Default == NoDefault }

// resolver returns what looks up the key's classes.
func (k *Key) resolver(classes ClassResolver) ClassResolver {
	if k.AnyClass {
		return nil
	}
	return classes
}

// Recommender proposes values for a key from the other parsed values.
type Recommender interface {
	// ValidValues returns the values to propose, given all parsed values (nil for absent and unparsable ones). Validate calls it on the
	// caller's goroutine; it must not keep or change parsed. An *Error becomes a message of the key.
	ValidValues(name string, parsed map[string]any) ([]any, error)
	// Visible reports whether a form shall show the key. Same rules as ValidValues.
	Visible(name string, parsed map[string]any) (bool, error)
}
