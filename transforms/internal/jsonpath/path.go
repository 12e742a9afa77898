package jsonpath

import (
	"errors"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// The classes of Jayway's exceptions.
const (
	notFoundException = "com.jayway.jsonpath.PathNotFoundException"
	invalidException  = "com.jayway.jsonpath.InvalidPathException"
)

// Path is a compiled expression. It never changes; any number of goroutines may use it.
type Path struct {
	steps []step
	// ofItem says that the path begins at the item a filter looks at (@), not at the document ($).
	ofItem, definite bool
	// plain says that the steps are single properties and elements.
	plain bool
	// nested says that a filter has a filter or a search in it, or that there are several searches, so that reading may take far longer than the document is large.
	nested bool
	text   string
	none   error
}

// String returns the path in brackets, as $['a'][0].
func (p *Path) String() string { return p.text }

// Definite reports whether the path leads to one place at most.
func (p *Path) Definite() bool { return p.definite }

// Read returns what the path leads to: one value for a definite path, any number for another. The error of a path that a value is missing on
// is one for IsNotFound: a definite path always has it where it leads nowhere, another where it leads nowhere before the step that is not
// definite.
func (p *Path) Read(doc data.Value) ([]data.Value, error) {
	s := scope{doc: doc, item: doc}
	if p.nested {
		s.left = new(int)
		*s.left = mostSteps
	}
	return p.read(s, false)
}

// mostSteps bounds how many steps a nested path may take on one document. Beyond it the reading fails: a hostile path or document
// costs its own record, not the worker.
const mostSteps = 5_000_000

var errTooLong = errors.New("the path takes too many steps on this document")

// IsNotFound reports whether an error says that the path leads nowhere in a document.
func IsNotFound(err error) bool { return isOfClass(err, notFoundException) }

func isInvalid(err error) bool { return isOfClass(err, invalidException) }

func isOfClass(err error, class string) bool {
	if err == nil {
		return false
	}
	var x *javafmt.Exception
	return errors.As(err, &x) && x.Class == class
}

// read is Read for a path that may begin at an item. With require the error of missing properties is also that of indefinite paths
// (Option.REQUIRE_PROPERTIES).
func (p *Path) read(s scope, require bool) ([]data.Value, error) {
	e := evaluation{path: p, scope: s, require: require}
	from := s.doc
	if p.ofItem {
		from = s.item
	}
	if err := e.walk(0, from); err != nil {
		return nil, err
	}
	if p.definite && len(e.found) == 0 {
		return nil, p.none
	}
	return e.found, nil
}

type stepKind uint8

const (
	propertyStep stepKind = iota
	indexStep
	sliceStep
	wildcardStep
	filterStep
	scanStep
	functionStep
)

// step is one part of a path.
type step struct {
	kind     stepKind
	names    []string // propertyStep
	indexes  []int    // indexStep; functionStep: the argument
	from, to *int     // sliceStep
	filter   expression
	function function
	// certain says that this step and all before it are definite: only then a missing value is an error.
	before, certain bool
	// missing is the error of a property that is not there, at the path up to the step.
	missing error
	at      string // the path before the step
}

func (s *step) definite() bool {
	switch s.kind {
	case propertyStep, indexStep:
		return len(s.names)+len(s.indexes) == 1
	case functionStep:
		return true
	}
	return false
}

// String returns the step in brackets.
func (s *step) String() string {
	switch s.kind {
	case propertyStep:
		return "['" + strings.Join(s.names, "','") + "']"
	case indexStep:
		parts := make([]string, len(s.indexes))
		for i, n := range s.indexes {
			parts[i] = strconv.Itoa(n)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case sliceStep:
		text := func(n *int) string {
			if n == nil {
				return ""
			}
			return strconv.Itoa(*n)
		}
		return "[" + text(s.from) + ":" + text(s.to) + "]"
	case wildcardStep:
		return "[*]"
	case filterStep:
		return "[?]"
	case scanStep:
		return ".."
	}
	return "." + s.function.name + "()"
}

// finish works out what depends on all steps.
func (p *Path) finish() {
	p.text, p.definite, p.plain = "$", true, true
	if p.ofItem {
		p.text = "@"
	}
	for i := range p.steps {
		s := &p.steps[i]
		// Several names at the end give one object with them.
		last := i == len(p.steps)-1
		s.before, s.at = p.definite, p.text
		p.definite = p.definite && (s.definite() || last && s.kind == propertyStep)
		s.certain = p.definite
		p.plain = p.plain && s.kind != functionStep && s.definite()
		p.text += s.String()
		s.missing = notFound("Missing property in path " + p.text)
	}
	p.none = notFound("No results for path: " + p.text)
}

func notFound(message string) error { return javafmt.NewException(notFoundException, message, nil) }

func invalid(message string) error { return javafmt.NewException(invalidException, message, nil) }
