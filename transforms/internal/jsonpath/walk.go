package jsonpath

import (
	"errors"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// evaluation is one reading of a document along a path.
type evaluation struct {
	scope
	path    *Path
	require bool
	found   []data.Value
}

// walk goes on from v with step n.
func (e *evaluation) walk(n int, v data.Value) error {
	if e.left != nil {
		if *e.left--; *e.left < 0 {
			return errTooLong
		}
	}
	if n == len(e.path.steps) {
		e.found = append(e.found, v)
		return nil
	}
	s := &e.path.steps[n]
	switch s.kind {
	case propertyStep:
		return e.properties(n, s, v)
	case indexStep, sliceStep:
		return e.elements(n, s, v)
	case wildcardStep:
		return children(v, func(child data.Value) error { return e.walk(n+1, child) })
	case filterStep:
		return e.matching(n, s, v)
	case scanStep:
		return e.scan(n+1, v)
	}
	out, err := s.function.apply(v, s.indexes)
	if err != nil {
		return err
	}
	return e.walk(n+1, out)
}

// place follows a path of single properties and elements, which needs no list of what was found.
func (p *Path) place(v data.Value) (data.Value, bool) {
	for i := range p.steps {
		s := &p.steps[i]
		ok := false
		if s.kind == propertyStep {
			v, ok = property(v, s.names[0])
		} else if list := v.List(); list != nil {
			n := s.indexes[0]
			if n < 0 {
				n += list.Len()
			}
			if ok = n >= 0 && n < list.Len(); ok {
				v = list.At(n)
			}
		}
		if !ok {
			return data.Null, false
		}
	}
	return v, true
}

// isObject reports whether a value has properties.
func isObject(v data.Value) bool { return v.Kind() == data.MapKind || v.Kind() == data.StructKind }

// property returns a property of an object; ok is false where it is not there. Nulls of structs read as their defaults.
func property(v data.Value, name string) (out data.Value, ok bool) {
	if s := v.Struct(); s != nil {
		f, ok := s.Schema().Field(name)
		if !ok {
			return data.Null, false
		}
		return s.Get(f.Index), true
	}
	return v.Map().Get(name)
}

// children yields the values in an object or array; others have none.
func children(v data.Value, yield func(data.Value) error) error {
	switch v.Kind() {
	case data.StructKind:
		s := v.Struct()
		for i := range s.Len() {
			if err := yield(s.Get(i)); err != nil {
				return err
			}
		}
	case data.MapKind:
		m := v.Map()
		for _, i := range m.JavaOrder() {
			if err := yield(m.At(i)); err != nil {
				return err
			}
		}
	case data.ListKind:
		for _, x := range v.List().All() {
			if err := yield(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *evaluation) properties(n int, s *step, v data.Value) error {
	if !isObject(v) {
		if !s.before {
			return nil
		}
		return notFound("Expected to find an object with property " + s.String() + " in path " + s.at + " but found '" + smt.JavaClass(v) + "'.")
	}
	last := n == len(e.path.steps)-1
	if last && len(s.names) > 1 {
		return e.merged(s, v)
	}
	for _, name := range s.names {
		child, ok := property(v, name)
		switch {
		case ok:
			if err := e.walk(n+1, child); err != nil {
				return err
			}
		case e.require || !last && s.certain:
			return s.missing
		}
	}
	return nil
}

// merged finds an object with several properties of another.
func (e *evaluation) merged(s *step, v data.Value) error {
	var pairs []data.Value
	for _, name := range s.names {
		child, ok := property(v, name)
		if ok {
			pairs = append(pairs, data.String(name), child)
		} else if e.require {
			return s.missing
		}
	}
	e.found = append(e.found, data.MapOf(pairs...))
	return nil
}

func (e *evaluation) elements(n int, s *step, v data.Value) error {
	list := v.List()
	if list == nil {
		switch {
		case !s.before:
			return nil
		case v.IsNull():
			return notFound("The path " + s.at + " is null")
		}
		return notFound("Filter: " + s.String() + " can only be applied to arrays. Current context is: " + v.String())
	}
	indexes := s.indexes
	if s.kind == sliceStep {
		from, to := s.bounds(list.Len())
		for i := from; i < to; i++ {
			if err := e.element(n, list, i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range indexes {
		if err := e.element(n, list, i); err != nil {
			return err
		}
	}
	return nil
}

// element goes on with one element; a negative index counts from the end, one beyond the array finds nothing.
func (e *evaluation) element(n int, list *data.List, i int) error {
	if i < 0 {
		i += list.Len()
	}
	if i < 0 || i >= list.Len() {
		return nil
	}
	return e.walk(n+1, list.At(i))
}

// bounds returns where a slice of an array begins and ends. As in Jayway only a bound that stands alone counts from the end.
func (s *step) bounds(length int) (from, to int) {
	switch {
	case s.to == nil:
		from = *s.from
		if from < 0 {
			from += length
		}
		return max(0, from), length
	case s.from == nil:
		to = *s.to
		if to < 0 {
			to += length
		}
		return 0, min(length, to)
	}
	// What lies before the beginning of the array is not there.
	return max(*s.from, -length), min(length, *s.to)
}

func (e *evaluation) matching(n int, s *step, v data.Value) error {
	if isObject(v) {
		ok, err := e.accepts(s, v)
		if !ok {
			return err
		}
		return e.walk(n+1, v)
	}
	if list := v.List(); list != nil {
		for _, x := range list.All() {
			ok, err := e.accepts(s, x)
			if ok {
				err = e.walk(n+1, x)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	switch {
	case !s.before:
		return nil
	case v.IsNull():
		return notFound("Filter: " + s.String() + " can not be applied to primitives. Current context is: null")
	}
	return invalid("Filter: " + s.String() + " can not be applied to primitives. Current context is: " + v.String())
}

// accepts reports whether a filter's condition holds for an item. One that makes no sense for it does not hold; the error is that of a regular
// expression that takes too long.
func (e *evaluation) accepts(s *step, item data.Value) (bool, error) {
	holds, err := s.filter.holds(scope{e.doc, item, e.left})
	if errors.Is(err, errNoSense) || isInvalid(err) {
		return false, nil
	}
	return holds && err == nil, err
}

// scan applies step n to v and everything in it.
func (e *evaluation) scan(n int, v data.Value) error {
	if e.left != nil {
		*e.left--
	}
	ok, err := e.scanMatches(&e.path.steps[n], v)
	if ok {
		err = e.walk(n, v)
	}
	if err != nil {
		return err
	}
	return children(v, func(child data.Value) error { return e.scan(n, child) })
}

// scanMatches reports whether a step can find something right in v.
func (e *evaluation) scanMatches(s *step, v data.Value) (bool, error) {
	array := v.Kind() == data.ListKind
	if !array && !isObject(v) {
		return false, nil
	}
	switch s.kind {
	case propertyStep:
		_, ok := property(v, s.names[0])
		return ok || !array && len(s.names) > 1, nil
	case indexStep, sliceStep:
		return array, nil
	case wildcardStep:
		return true, nil
	case filterStep:
		if array {
			return true, nil
		}
		return e.accepts(s, v)
	}
	return false, nil
}
