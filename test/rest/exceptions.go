package rest

import "slices"

// Exception is a case, or some of its steps, where Moldau does not answer as Java does.
type Exception struct {
	File   string `json:"file"`
	Case   string `json:"case"`
	Steps  []int  `json:"steps"`
	Reason string `json:"reason"`
	// In are the groups of workers that the exception is for, none for all.
	In []string `json:"in"`
}

// Exceptions are all of them.
type Exceptions struct {
	List []Exception `json:"exceptions"`
	// Later are prefixes of the classes of plugins that Java Connect brings and Moldau does not have yet; lists of plugins are compared
	// without them.
	Later []string `json:"later_classes"`
	// Beside are prefixes of classes that Moldau has and the worker that was recorded had not: they may stand in any list of plugins.
	Beside []string `json:"classes_beside"`
}

// LoadExceptions reads exceptions.json.
func LoadExceptions() (*Exceptions, error) {
	e := &Exceptions{}
	return e, read("exceptions.json", e)
}

// Find returns the exception that holds for a step in a group of workers.
func (e *Exceptions) Find(file, id string, step int, in string) (*Exception, bool) {
	for i := range e.List {
		x := &e.List[i]
		if x.File == file && x.Case == id && (len(x.Steps) == 0 || slices.Contains(x.Steps, step)) &&
			(len(x.In) == 0 || slices.Contains(x.In, in)) {
			return x, true
		}
	}
	return nil, false
}
