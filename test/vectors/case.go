// Package vectors replays cases recorded from Java Kafka Connect against the Go code and compares the results.
//
// A family is one folder of recorded files (text, values, smt, ...). It has its own Go file here, which maps the name of each recorded file
// and each group in it to a function. Families lists all of them; TestVectors runs them.
package vectors

import (
	"errors"
	"fmt"
	"strings"
)

// Case is one recorded call. The trees hold nil, bool, json.Number, string, []any and map[string]any.
type Case struct {
	// File is "folder/file", without endings.
	File string
	// ID is "group/number".
	ID string
	// Config is the configuration, nil where there is none.
	Config any
	// Input is what went in.
	Input any
	// Output is what came out. It counts only where HasOutput is true, since null is a result too.
	Output    any
	HasOutput bool
	// Error is what was thrown, nil where nothing was.
	Error *Failure
	// More holds the further members of the case, by name.
	More map[string]any
}

// Group is the part of the ID before its number; it names the recorded operation.
func (c *Case) Group() string {
	if i := strings.LastIndexByte(c.ID, '/'); i >= 0 {
		return c.ID[:i]
	}
	return c.ID
}

// Func runs one case and returns the result in the recorded JSON form. The runner calls it from one goroutine per file and recovers its panics
// as failures. Lone surrogates in returned text are in their three-byte form (see Text); the runner writes them as {"utf16":...}. What Java
// would throw is returned as *Failure, or as an error that names its Java class by a method JavaClass. A case with neither output nor error is judged by its function alone: a nil error means it passed.
type Func func(c *Case) (output any, err error)

// Family maps "folder/file" to the functions of that file's groups. The group "*" takes every group not named.
type Family map[string]map[string]Func

// Words says how closely the words of a Failure are compared.
type Words int

const (
	// WordsByContract compares class and message, and of java.lang exceptions only that an error occurs: their words are the JDK's own.
	WordsByContract Words = iota
	// WordsExact compares class and message of java.lang exceptions too.
	WordsExact
	// WordsClassOnly compares the class alone.
	WordsClassOnly
)

// Failure is an exception: the recorded one of a case, or the one a Func returns.
type Failure struct {
	// Class is the name of the Java class.
	Class string
	// Message is the text of getMessage, "" for null.
	Message string
	// Phase is "configure" or "apply" for transformations. It is compared where both sides name one.
	Phase string
	// Causes is the chain of getCause, outermost first. It is not compared.
	Causes []Failure
	// Words is set by a Func that asks for another comparison than the usual one.
	Words Words
}

// Error returns class and message.
func (f *Failure) Error() string { return f.Class + ": " + f.Message }

// errNotUnderstood marks cases whose kind a family does not know.
var errNotUnderstood = errors.New("not understood")

// NotUnderstood returns the error of a Func for a case of a kind it does not know. Such cases are counted apart and fail.
func NotUnderstood(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errNotUnderstood, fmt.Sprintf(format, args...))
}

// Member returns a member of a JSON object, nil where v is no object or has no such member.
func Member(v any, name string) any {
	m, _ := v.(map[string]any)
	return m[name]
}
